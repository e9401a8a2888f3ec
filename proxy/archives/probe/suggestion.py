"""The entries of the configuration that a report suggests, as TOML to paste."""

from collections.abc import Iterator
import json
import math
import re

from proxy.archives.asking import DICOM_JSON
from proxy.archives.probe.report import Report
from proxy.archives.probe.searches import PLAIN_JSON
from proxy.settings.archives import Archive, Limits

_WAYS = ("link", "pixeldata", "bulkdata", "bulk")
_AMPLE = 4  # times what a slow answer takes
_IN_ANY = re.compile(r"in (\d+) of (\d+) studies")


def suggest(report: Report, archive: Archive) -> str:
    """One `[[institutions.archives]]` table; what only its owner can decide is a comment."""
    return "\n".join([*_entries(report, archive), *_tables(report, archive)])


def _entries(report: Report, archive: Archive) -> Iterator[str]:
    yield "[[institutions.archives]]"
    yield f"id = {_quoted(archive.id)}"
    for name in ("base_url", "search_url", "retrieve_url", "assigning_authority"):
        if getattr(archive, name):
            yield f"{name} = {_quoted(getattr(archive, name))}"
    if not archive.assigning_authority and not _names_issuers(report):
        unknown = "IssuerOfPatientID" not in report.seen
        why = "if its studies do not say so" if unknown else "not all of its studies say so"
        yield f'# assigning_authority = "…"  # whose its patient identifiers are: {why}'
    yield from _identification(report, archive)
    yield from _whole_objects(report, archive)
    yield "# probe_hours = 24  # to hear when the archive changes"


def _names_issuers(report: Report) -> bool:
    found = _IN_ANY.fullmatch(report.seen.get("IssuerOfPatientID", ""))
    return found is not None and found[1] == found[2] != "0"


def _identification(report: Report, archive: Archive) -> Iterator[str]:
    asked = report.facts.get("http: authentication", "")
    if archive.credentials.kind != "none":
        taken = asked in {"accepted", ""}
        yield "# credentials as they are" if taken else f"# credentials: not those that it has, it asks for {asked}"
    elif "Basic" in asked:
        yield 'credentials = { kind = "basic", username = "vitrine", secret = { file = "archive-password" } }'
    elif "Bearer" in asked:
        yield 'credentials = { kind = "bearer", secret = { file = "archive-token" } }  # or kind = "oauth2"'


def _whole_objects(report: Report, archive: Archive) -> Iterator[str]:
    if archive.retrieves_instances:
        yield "retrieves_instances = true"
    elif _frames_by(report) == "instance":
        yield "# retrieves_instances = true  # it gives frames by no other way; if its owner agrees"


def _tables(report: Report, archive: Archive) -> Iterator[str]:
    yield from _tls(report, archive)
    link = report.facts.get("metadata: link to pixels", "")
    if link.startswith("to http"):
        yield "\n# [[institutions.archives.bulkdata_urls]]"
        yield f"# url = {_quoted(link.removeprefix('to '))}  # if that place is the archive's too"
    yield from _table("limits", _limits(report, archive.limits))
    yield from _table("dialect", _dialect(report))


def _tls(report: Report, archive: Archive) -> Iterator[str]:
    facts, known = report.facts, archive.tls
    entries = {name: str(path) for name in ("ca", "certificate", "key") if (path := getattr(known, name)) is not None}
    if "authority" in facts.get("tls: certificate", ""):
        entries.setdefault("ca", "archive-ca.pem")
    if "certificate" in facts.get("http: authentication", "") or "wants a certificate" in report.ended:
        entries |= {"certificate": "vitrine.pem", "key": "vitrine-key.pem"}
    fingerprint = facts.get("tls: fingerprint")
    if entries or known.fingerprints:
        yield from _table("tls", {name: _quoted(value) for name, value in entries.items()}, always=True)
        if known.fingerprints:
            yield f"fingerprints = {json.dumps(list(known.fingerprints))}"
    elif fingerprint:
        yield "\n# [institutions.archives.tls]"
        yield f'# fingerprints = ["{fingerprint}"]'
        yield f"# to believe this certificate alone, which expires on {facts.get('tls: expires', 'an unknown day')}"


def _limits(report: Report, known: Limits) -> dict[str, str]:
    slowest = report.timings.get("search")
    seconds = math.ceil(_AMPLE * slowest.p95) if slowest else 0
    entries = {}
    if known.connections != Limits().connections:
        entries["connections"] = str(known.connections)
    if max(seconds, known.search_seconds) != Limits().search_seconds:
        entries["search_seconds"] = f"{max(float(seconds), known.search_seconds)}"
    return entries


def _dialect(report: Report) -> dict[str, str]:
    facts, entries = report.facts, dict[str, str]()
    if facts.get(f"search: {DICOM_JSON}") != "yes" and facts.get(f"search: {PLAIN_JSON}") == "yes":
        entries["json"] = _quoted(PLAIN_JSON)
    quoted, unquoted = (facts.get(f"frames: type {how} quotes") for how in ("in", "without"))
    if "yes" in {quoted, unquoted}:
        entries["quoted_type"] = "true" if quoted == "yes" else "false"
    if facts.get("frames: as stored") == "yes":
        entries["any_transfer_syntax"] = "true"
    elif facts.get("frames: native") == "yes":
        entries["any_transfer_syntax"] = "false"
    way = _frames_by(report)
    if way:
        entries["frames_by"] = _quoted(way)
    if way not in {"", "frames", "instance"} and facts.get("pixels: byte ranges") == "yes":
        entries["byte_ranges"] = "true"
    return entries


def _frames_by(report: Report) -> str:
    facts = report.facts
    if "yes" in {facts.get("frames: as stored"), facts.get("frames: native")}:
        return "frames"
    way = next((way for way in _WAYS if facts.get(f"pixels: by {way}") == "yes"), "")
    return way or ("instance" if facts.get("object: as file") == "yes" else "")


def _table(name: str, entries: dict[str, str], *, always: bool = False) -> Iterator[str]:
    if entries or always:
        yield f"\n[institutions.archives.{name}]"
        yield from (f"{entry} = {value}" for entry, value in entries.items())


def _quoted(text: str) -> str:
    """A TOML basic string, whose escapes are those of JSON."""
    return json.dumps(text, ensure_ascii=True)
