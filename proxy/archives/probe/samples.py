"""An image to ask for, found the way that a viewer finds it: studies, their series, the instances of those."""

from collections.abc import Iterator, Sequence

from proxy.archives.addresses import SearchScope
from proxy.archives.probe.findings import Findings, Image, rows_of
from proxy.archives.probe.questions import Reply
from proxy.resources import InstanceRef, Uid
from proxy.wire import dicomjson, tags
from proxy.wire.dicomjson import Dataset

_WITHOUT_PIXELS = frozenset({"SR", "PR", "KO", "DOC", "RTPLAN", "RTSTRUCT", "ECG", "REG", "PLAN", "AU", "FID"})
_STUDIES_TRIED = 3
_SERIES_TRIED = 2
_INSTANCES = 20
_MOST_BYTES = 4 * 2**20
_FIELDS = ("Rows", "Columns", "NumberOfFrames", "AvailableTransferSyntaxUID")


async def find_images(findings: Findings, studies: Sequence[Dataset]) -> list[Image]:
    """An image, and one of several frames if one comes along; none where none is found quickly."""
    found: list[Image] = []
    for study in list(_likely(studies, tags.MODALITIES_IN_STUDY, tags.STUDY_INSTANCE_UID))[:_STUDIES_TRIED]:
        found += await _in_study(findings, study)
        if any(one.frames > 1 for one in found):
            break
    return found[:1] + [one for one in found if one.frames > 1][:1]


async def _in_study(findings: Findings, study: Uid) -> list[Image]:
    reply = await _search(findings, SearchScope("series", study))
    findings.facts["search: series"] = str(reply)
    found: list[Image] = []
    for series in list(_likely(rows_of(reply) or [], tags.MODALITY, tags.SERIES_INSTANCE_UID))[:_SERIES_TRIED]:
        reply = await _search(findings, SearchScope("instances", study, series))
        findings.facts["search: instances"] = str(reply)
        found += _images(rows_of(reply) or [], study, series)
    return found


async def _search(findings: Findings, scope: SearchScope) -> Reply:
    query = [("limit", str(_INSTANCES)), *(("includefield", one) for one in _FIELDS if scope.series)]
    url = findings.addresses.search(scope, query)
    return await findings.timed("search", url, findings.archive.dialect.json, _MOST_BYTES)


def _likely(rows: Sequence[Dataset], modality: str, uid: str) -> Iterator[Uid]:
    """Those first that do not say that they have no pixels."""
    for row in sorted(rows, key=lambda row: set(dicomjson.texts(row, modality)) <= _WITHOUT_PIXELS):
        found = dicomjson.uid(row, uid)
        if found is not None:
            yield found


def _images(rows: Sequence[Dataset], study: Uid, series: Uid) -> list[Image]:
    """The smallest first; instances of which nothing is told but their UIDs count as small."""
    sized = []
    for row in rows:
        uid = dicomjson.uid(row, tags.SOP_INSTANCE_UID)
        if uid is not None:
            pixels = (dicomjson.integer(row, tags.ROWS) or 0) * (dicomjson.integer(row, tags.COLUMNS) or 0)
            frames = dicomjson.integer(row, tags.NUMBER_OF_FRAMES) or 1
            available = dicomjson.text(row, tags.AVAILABLE_TRANSFER_SYNTAX_UID)
            sized.append((pixels, Image(InstanceRef(study, series, uid), frames, available)))
    return [image for _, image in sorted(sized, key=lambda one: one[0])]
