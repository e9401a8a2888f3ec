"""Which ways to metadata and pixels an archive has (WADO-RS, PS3.18 §10.4), and how it reads Accept."""

from collections.abc import Sequence
from itertools import takewhile
import re

import httpx

from proxy.archives.addresses import SearchScope
from proxy.archives.dialect import ANY_SYNTAX, EXPLICIT_SYNTAX, Ask
from proxy.archives.probe.findings import Findings, Image, rows_of
from proxy.archives.probe.parts import Parts, read_parts
from proxy.archives.probe.questions import TELLING_BYTES, Reply
from proxy.archives.probe.report import NOT_TRIED
from proxy.resources import FramesRef, SeriesRef, StudyRef
from proxy.wire import dicomjson, tags
from proxy.wire.dicomjson import Dataset

_MOST_METADATA = 4 * 2**20
_LARGEST_FRAME = 32 * 2**20
_REPEATED = 5
_NUMBER = re.compile(r"[0-9]{4}")  # may be somebody's
_STEP = re.compile(r"[A-Za-z0-9._~-]{0,40}", re.ASCII)
_FEW_BYTES = 1024
_FILE = 'multipart/related; type="application/dicom"; transfer-syntax=*'


async def look_at_metadata(findings: Findings, image: Image) -> Dataset:
    """Metadata of the instance; empty when the archive gives none."""
    facts, ref = findings.facts, image.ref
    accept = findings.archive.dialect.json
    found: Dataset = {}
    for name, scope in (
        ("instance", ref),
        ("series", SeriesRef(ref.study, ref.series)),
        ("study", StudyRef(ref.study)),
    ):
        reply = await findings.timed("metadata", findings.addresses.metadata(scope), accept, _MOST_METADATA)
        facts[f"metadata: {name}"] = str(reply)
        if name == "instance":
            found = next(iter(rows_of(reply) or []), {})
            if reply.is_success and not found:
                facts["metadata: instance"] = f"no ({reply.words or 'what it answers is no DICOM JSON'})"
    available = dicomjson.text(found, tags.AVAILABLE_TRANSFER_SYNTAX_UID) or image.available
    facts["metadata: AvailableTransferSyntaxUID"] = "given" if available else "left out"
    facts["metadata: link to pixels"] = _link_words(findings, _link(found))
    return found


def _link(metadata: Dataset) -> str:
    return str(metadata.get(tags.PIXEL_DATA, {}).get("BulkDataURI", ""))


def _link_words(findings: Findings, link: str) -> str:
    """Where it leads, and no more of it than a configuration needs: the rest names a study."""
    if not link:
        return "none"
    if findings.addresses.link(link) is not None:
        return "to a configured place"
    try:
        url = httpx.URL(link)
    except (httpx.InvalidURL, ValueError):
        return "unreadable"
    stem = url.path.partition("/studies/")[0] if "/studies/" in url.path else ""
    steps = takewhile(lambda step: _STEP.fullmatch(step) and not _NUMBER.search(step), stem.split("/"))
    return f"to {url.scheme}://{url.netloc.decode('ascii')}{'/'.join(steps)}"


async def look_at_frames(findings: Findings, images: Sequence[Image], metadata: Dataset) -> None:
    """How frames are asked for, and what comes."""
    image = images[0]
    available = dicomjson.text(metadata, tags.AVAILABLE_TRANSFER_SYNTAX_UID) or image.available
    url = findings.addresses.frames(_frames(image, 1))
    stored = await _look_at_spellings(findings, url)
    if stored is not None:
        _look_at_answer(findings, stored, available)
    await _look_at_several(findings, next((one for one in images if one.frames > 1), None))


def _frames(image: Image, *numbers: int) -> FramesRef:
    return FramesRef(image.ref.study, image.ref.series, image.ref.instance, numbers)


async def _look_at_spellings(findings: Findings, url: httpx.URL) -> Reply | None:
    """The frame as it is stored, by the first spelling that is understood."""
    facts = findings.facts
    replies = {quoted: await _frame(findings, url, Ask(ANY_SYNTAX, quoted).header) for quoted in (True, False)}
    facts["frames: type in quotes"] = str(replies[True])
    facts["frames: type without quotes"] = str(replies[False])
    understood = next((quoted for quoted in (True, False) if replies[quoted].is_success), None)
    native = await _frame(findings, url, Ask(EXPLICIT_SYNTAX, understood is not False).header)
    if understood is None and not native.is_success:
        native = await _frame(findings, url, Ask(EXPLICIT_SYNTAX, quoted=False).header)
    facts["frames: as stored"] = str(replies[understood is not False])
    facts["frames: native"] = str(native)
    for name, accept in (
        ("frames: single part", "application/octet-stream; transfer-syntax=*"),
        ("frames: any type", "*/*"),
        ("frames: list of types", f"{ANY_SYNTAX}, {EXPLICIT_SYNTAX}; q=0.5"),
    ):
        facts[name] = _shape(await findings.questions.get(url, accept))
    return replies[understood] if understood is not None else native if native.is_success else None


async def _frame(findings: Findings, url: httpx.URL, accept: str) -> Reply:
    """The first is read whole, to see how fast bytes come."""
    first = "frame" not in findings.seconds
    return await findings.timed("frame", url, accept, _LARGEST_FRAME if first else TELLING_BYTES)


def _shape(reply: Reply) -> str:
    if not reply.is_success:
        return str(reply)
    multipart = reply.media_type is not None and reply.media_type.is_multipart
    return "yes, as multipart" if multipart else "yes, as single part"


def _look_at_answer(findings: Findings, reply: Reply, available: str) -> None:
    facts, parts = findings.facts, read_parts(reply)
    facts["frames: multipart"] = "yes" if parts.is_multipart else "single part, though multipart was asked for"
    facts["frames: label"] = parts.label(available)
    facts["frames: boundary"] = "another than it says" if parts.misnamed else "right"
    if parts.parts and not parts.malformed:
        findings.seen["transfer syntax of a frame"] = _true_syntax(parts, available)
    if reply.whole:
        findings.seen["bytes of a frame"] = str(len(reply.body))
        if reply.reading > 0 and len(reply.body) > TELLING_BYTES:
            findings.seen["throughput"] = f"{len(reply.body) / reply.reading / 1e6:.1f} MB/s"


def _true_syntax(parts: Parts, available: str) -> str:
    syntax = parts.transfer_syntax(available)
    stored = f", stored as {available}" if available and available != syntax else ""
    return f"{syntax}{stored}"


async def _look_at_several(findings: Findings, image: Image | None) -> None:
    """Two frames in one request (PS3.18 §10.1.1.3)."""
    findings.facts["frames: several"] = NOT_TRIED
    if image is None or not findings.seconds.get("frame"):
        return
    quoted = findings.facts["frames: type in quotes"] == "yes"
    url = findings.addresses.frames(_frames(image, 1, 2))
    reply = await findings.questions.get(url, Ask(ANY_SYNTAX, quoted).header, _LARGEST_FRAME)
    count = len(read_parts(reply).parts)
    only_one = "only one of them" if reply.whole and count < 2 else "yes"
    findings.facts["frames: several"] = only_one if reply.is_success else str(reply)


async def look_at_whole(findings: Findings, image: Image, metadata: Dataset) -> None:
    """The ways to all pixels of an instance, and whether parts of them can be had (RFC 9110 §14)."""
    addresses, ref = findings.addresses, image.ref
    link = addresses.link(_link(metadata)) if _link(metadata) else None
    ways = {
        "link": link,
        "pixeldata": addresses.pixeldata(ref),
        "bulkdata": addresses.bulkdata_pixels(ref),
        "bulk": addresses.stored_pixels(ref),
    }
    findings.facts["pixels: byte ranges"] = NOT_TRIED
    for name, url in ways.items():
        reply = await _whole(findings, url) if url is not None else None
        findings.facts[f"pixels: by {name}"] = NOT_TRIED if reply is None else str(reply)
        if url is not None and reply is not None and reply.is_success and not _tried_ranges(findings):
            await _look_at_ranges(findings, url)


def _tried_ranges(findings: Findings) -> bool:
    return findings.facts["pixels: byte ranges"] != NOT_TRIED


async def _whole(findings: Findings, url: httpx.URL) -> Reply:
    reply = await findings.questions.get(url, ANY_SYNTAX)
    return await findings.questions.get(url, "*/*") if reply.status in {400, 406} else reply


async def _look_at_ranges(findings: Findings, url: httpx.URL) -> None:
    headers = {"Range": f"bytes=0-{_FEW_BYTES - 1}"}
    reply = await findings.questions.get(url, "application/octet-stream", headers=headers)
    right = reply.headers.get("content-range", "").startswith(f"bytes 0-{_FEW_BYTES - 1}/")
    multipart = reply.media_type is not None and reply.media_type.is_multipart
    partial = reply.status == 206 and right and not multipart
    findings.facts["pixels: byte ranges"] = "yes" if partial else "no"


async def look_at_objects(findings: Findings, image: Image) -> None:
    """Whole objects and rendered images: only whether they exist, as this service renders itself."""
    url = findings.addresses.instance(image.ref)
    findings.facts["object: as file"] = str(await findings.questions.get(url, _FILE, _FEW_BYTES))
    single = await findings.questions.get(url, "application/dicom; transfer-syntax=*", _FEW_BYTES)
    findings.facts["object: as single part"] = _shape(single)
    rendered = await findings.questions.get(httpx.URL(f"{url}/rendered"), "image/jpeg", _FEW_BYTES)
    findings.facts["object: rendered"] = str(rendered)


async def repeat(findings: Findings, image: Image) -> None:
    """The same questions again, for the times that they take."""
    accept = findings.archive.dialect.json
    urls = {
        "search": (findings.addresses.search(SearchScope("studies"), [("StudyInstanceUID", image.ref.study)]), accept),
        "metadata": (findings.addresses.metadata(image.ref), accept),
        "frame": (findings.addresses.frames(_frames(image, 1)), _understood(findings)),
    }
    for _ in range(_REPEATED):
        for name, (url, wanted) in urls.items():
            if name in findings.seconds:
                await findings.timed(name, url, wanted, TELLING_BYTES)


def _understood(findings: Findings) -> str:
    accept = ANY_SYNTAX if findings.facts.get("frames: as stored") == "yes" else EXPLICIT_SYNTAX
    return Ask(accept, findings.facts.get("frames: type in quotes") == "yes").header
