"""Whether what came back is what was asked for: an archive that ignores a key, or errs, must not show someone else."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
import re
from typing import Any

from proxy.archives.addresses import SearchScope
from proxy.resources import ArchiveId, FramesRef, InstanceRef, InstitutionId, SeriesRef, StudyRef, Uid
from proxy.wire import dicomjson, dictionary, tags

_LEVEL_TAGS = {
    "studies": tags.STUDY_INSTANCE_UID,
    "series": tags.SERIES_INSTANCE_UID,
    "instances": tags.SOP_INSTANCE_UID,
}
_NAMED_BY = {
    tags.STUDY_INSTANCE_UID: "study",
    tags.SERIES_INSTANCE_UID: "series",
    tags.SOP_INSTANCE_UID: "instance",
}
_LOCATION = re.compile(
    r"/studies/([0-9.]+)(?:/series/([0-9.]+)(?:/instances/([0-9.]+)(?:/frames/([0-9,]+))?)?)?(?![0-9.])", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """An answer about something else than was asked for. `what` is `study`, `series`, `instance` or `frame`."""

    archive: ArchiveId
    institution: InstitutionId
    study: Uid | None
    what: str


def foreign_dataset(dataset: Mapping[str, Any], ref: StudyRef | SeriesRef | InstanceRef) -> str | None:
    """What of `dataset` is not of `ref`, or `None` when all is; metadata must name itself (PS3.18 §10.4.1.1.2)."""
    for what, tag, uid in _named(ref):
        if dicomjson.text(dataset, tag) != uid:
            return what
    return None


def _named(ref: StudyRef | SeriesRef | InstanceRef) -> Iterable[tuple[str, str, Uid]]:
    yield "study", tags.STUDY_INSTANCE_UID, ref.study
    if not isinstance(ref, StudyRef):
        yield "series", tags.SERIES_INSTANCE_UID, ref.series
    if isinstance(ref, InstanceRef):
        yield "instance", tags.SOP_INSTANCE_UID, ref.instance


def foreign_in(rows: Iterable[Mapping[str, Any]], scope: SearchScope, query: Sequence[tuple[str, str]]) -> str | None:
    """What of search results is not what was asked for by UID, or `None`; UIDs that a row leaves out are not held
    against it, because results within a study need not repeat the study's (PS3.18 §10.6.3.3).
    """
    asked = tuple(_asked(scope, query))
    for row in rows if asked else ():
        for what, tag, admitted in asked:
            given = dicomjson.text(row, tag)
            if given and given not in admitted:
                return what
    return None


def _asked(scope: SearchScope, query: Sequence[tuple[str, str]]) -> Iterable[tuple[str, str, set[str]]]:
    if scope.study:
        yield "study", tags.STUDY_INSTANCE_UID, {scope.study}
    if scope.series:
        yield "series", tags.SERIES_INSTANCE_UID, {scope.series}
    for name, value in query:
        tag = dictionary.tag_of(name) or name.upper()
        if value and tag in _NAMED_BY:
            yield _NAMED_BY[tag], tag, set(re.split(r"[,\\]", value))


def usable_row(row: dict[str, Any], scope: SearchScope) -> dict[str, Any] | None:
    """The row with the UIDs that its path implies, or `None` for one that cannot be referred to, such as `{}`."""
    implied = {tags.STUDY_INSTANCE_UID: scope.study, tags.SERIES_INSTANCE_UID: scope.series}
    missing = {
        tag: {"vr": "UI", "Value": [uid]} for tag, uid in implied.items() if uid and not dicomjson.text(row, tag)
    }
    if dicomjson.uid(row, _LEVEL_TAGS[scope.level]) is None:
        return None
    return dict(sorted({**row, **missing}.items())) if missing else row


def located_frame(location: str | None) -> int | None:
    """The frame number that a part's Content-Location names, or `None` when it names none (PS3.18 Table 8.6.1-1)."""
    found = _LOCATION.search(location or "")
    return int(found[4]) if found and found[4] and found[4].isdigit() and len(found[4]) < 10 else None


def foreign_location(location: str | None, ref: FramesRef) -> str | None:
    """The level at which a part's Content-Location leaves the instance of `ref`, or `None` when it does not.

    A location that is not understood says nothing.
    """
    found = _LOCATION.search(location or "")
    if found is None:
        return None
    for what, given, asked in zip(
        ("study", "series", "instance"), found.groups(), (ref.study, ref.series, ref.instance), strict=False
    ):
        if given is not None and given != asked:
            return what
    return None
