"""What an archive's search understands (QIDO-RS, PS3.18 §10.6, §8.3.4)."""

from collections.abc import Sequence
import re

from proxy.archives.addresses import SearchScope
from proxy.archives.asking import DICOM_JSON
from proxy.archives.probe.exchange import look_at_exchange
from proxy.archives.probe.findings import Findings, plain, rows_of
from proxy.archives.probe.questions import Reply
from proxy.archives.probe.report import NOT_TRIED
from proxy.resources import Uid
from proxy.wire import dicomjson, tags
from proxy.wire.dicomjson import Dataset

PLAIN_JSON = "application/json"
_PAGE = 200
_MOST_BYTES = 8 * 2**20
_NOBODY = Uid("2.25.329800735698586629295641978511506172918")
_FIELDS = ("StudyDescription", "IssuerOfPatientID", "ModalitiesInStudy", "NumberOfStudyRelatedInstances")
_ADDITIONAL = re.compile(r"additional results", re.IGNORECASE)
_FUZZY = re.compile(r"fuzzymatching", re.IGNORECASE)

Query = Sequence[tuple[str, str]]


async def look_at_search(findings: Findings) -> list[Dataset]:
    """Facts on searches of studies; some studies, to look further with."""
    page = await _page(findings, ("limit", str(_PAGE)), *(("includefield", one) for one in _FIELDS))
    look_at_exchange(findings, page)
    findings.facts["search: studies"] = str(page)
    await _look_at_accept(findings, page)
    rows = rows_of(page)
    if rows is None:
        if page.is_success:
            findings.facts["search: studies"] = f"no ({page.words or 'what it answers is no DICOM JSON'})"
        return []
    _look_at_issuer(findings, rows)
    await _look_at_paging(findings, page, rows)
    await _look_at_parameters(findings, rows)
    return rows


async def _page(findings: Findings, *query: tuple[str, str], accept: str = "") -> Reply:
    url = findings.addresses.search(SearchScope("studies"), query)
    return await findings.timed("search", url, accept or findings.archive.dialect.json, _MOST_BYTES)


async def _look_at_accept(findings: Findings, page: Reply) -> None:
    """Which spelling of its one media type an archive takes, and what it calls its answer (PS3.18 Table 10.6.4-1)."""
    facts = findings.facts
    known = findings.archive.dialect.json
    other = PLAIN_JSON if known == DICOM_JSON else DICOM_JSON
    facts[f"search: {known}"] = str(page)
    facts[f"search: {other}"] = str(await _page(findings, ("limit", "1"), accept=other))
    if page.is_success:
        facts["search: labelled"] = plain(page.media_type.essence) if page.media_type else "not"


def _look_at_issuer(findings: Findings, rows: Sequence[Dataset]) -> None:
    given = sum(bool(dicomjson.text(row, tags.ISSUER_OF_PATIENT_ID)) for row in rows)
    findings.seen["studies in a page"] = str(len(rows))
    findings.seen["IssuerOfPatientID"] = f"in {given} of {len(rows)} studies"


async def _look_at_paging(findings: Findings, page: Reply, rows: Sequence[Dataset]) -> None:
    facts = findings.facts
    told = any(map(_ADDITIONAL.search, page.headers.get_list("warning")))
    if len(rows) < 2:
        facts |= dict.fromkeys(
            ("search: limit", "search: offset", "search: cap", "search: says there is more"), NOT_TRIED
        )
        return
    one = rows_of(await _page(findings, ("limit", "1")))
    second = rows_of(await _page(findings, ("limit", "1"), ("offset", "1")))
    facts["search: limit"] = "honoured" if one is not None and len(one) == 1 else "ignored"
    facts["search: offset"] = _offset(one, second)
    facts["search: cap"] = NOT_TRIED
    facts["search: says there is more"] = "yes" if told else NOT_TRIED
    if facts["search: offset"] == "honoured" and len(rows) <= _PAGE:
        await _look_for_cap(findings, len(rows), told=told)


def _offset(one: list[Dataset] | None, second: list[Dataset] | None) -> str:
    if not one or not second:
        return "refused" if second is None else "ignored"
    first, other = (dicomjson.uid(found[0], tags.STUDY_INSTANCE_UID) for found in (one, second))
    return "ignored" if first == other else "honoured"


async def _look_for_cap(findings: Findings, count: int, *, told: bool) -> None:
    """Whether more lies beyond a page that was not full, and whether a full one says so."""
    beyond = rows_of(await _page(findings, ("limit", "1"), ("offset", str(count))))
    if count < _PAGE:
        findings.facts["search: cap"] = f"{count} results" if beyond else f"none up to {_PAGE} results"
    else:
        findings.facts["search: cap"] = f"none up to {_PAGE} results"
    if beyond:
        findings.facts["search: says there is more"] = "yes" if told else "no"


async def _look_at_parameters(findings: Findings, rows: Sequence[Dataset]) -> None:
    facts = findings.facts
    nothing = await _page(findings, ("StudyInstanceUID", _NOBODY))
    found = rows_of(nothing)
    facts["search: of nothing"] = "204" if nothing.status == 204 else "200" if found == [] else _of_nothing(nothing)
    everything = await _page(findings, ("limit", "1"), ("includefield", "all"))
    facts["search: includefield=all"] = str(everything)
    fuzzy = await _page(findings, ("limit", "1"), ("fuzzymatching", "true"))
    facts["search: fuzzymatching"] = _fuzzy(fuzzy)
    uid = dicomjson.uid(rows[0], tags.STUDY_INSTANCE_UID) if rows else None
    if uid is not None:
        await _look_at_key(findings, uid)


def _of_nothing(reply: Reply) -> str:
    return "other studies than asked for" if reply.is_success else str(reply)


def _fuzzy(reply: Reply) -> str:
    if not reply.is_success:
        return str(reply)
    refused = any(map(_FUZZY.search, reply.headers.get_list("warning")))
    return "no, and says so" if refused else "accepted"


async def _look_at_key(findings: Findings, uid: Uid) -> None:
    """A key that is ignored gives everybody's studies; a limit that is too high is refused by some."""
    found = rows_of(await _page(findings, ("StudyInstanceUID", uid), ("limit", "5000")))
    findings.facts["search: limit=5000"] = "refused" if found is None else "accepted"
    if found is not None:
        alone = {dicomjson.uid(row, tags.STUDY_INSTANCE_UID) for row in found} == {uid}
        findings.facts["search: StudyInstanceUID"] = "matched" if alone else "ignored"
