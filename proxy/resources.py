"""References to what an archive holds, by UID (PS3.18 §10.1.1): parsed once at the border, trusted inside."""

from dataclasses import dataclass, field
from itertools import pairwise
import re
from typing import NewType

from proxy.errors import BadRequest

Uid = NewType("Uid", str)
ArchiveId = NewType("ArchiveId", str)
InstitutionId = NewType("InstitutionId", str)

_UID = re.compile(r"(?:0|[1-9][0-9]*+)(?:\.(?:0|[1-9][0-9]*+))*+", re.ASCII)
_FRAME_LIST = re.compile(r"[1-9][0-9]{0,8}(,[1-9][0-9]{0,8})*", re.ASCII)
MAXIMUM_FRAMES_PER_REQUEST = 1000


def read_uid(text: str) -> Uid:
    """Parse a UID (PS3.5 §9.1: digits and dots, no leading zeros, at most 64 characters) or raise `BadRequest`."""
    if len(text) > 64 or not _UID.fullmatch(text):
        raise BadRequest("a UID in the request is not valid")
    return Uid(text)


def read_frames(text: str) -> tuple[int, ...]:
    """Parse a frame list: comma-separated, from 1, strictly ascending (PS3.18 §10.1.1), or raise `BadRequest`."""
    if not _FRAME_LIST.fullmatch(text):
        raise BadRequest("the frame list is not valid")
    frames = tuple(map(int, text.split(",")))
    if any(later <= earlier for earlier, later in pairwise(frames)):
        raise BadRequest("the frame list is not ascending")
    if len(frames) > MAXIMUM_FRAMES_PER_REQUEST:
        raise BadRequest("the frame list is too long")
    return frames


@dataclass(frozen=True, slots=True)
class StudyRef:
    study: Uid


@dataclass(frozen=True, slots=True)
class SeriesRef:
    study: Uid
    series: Uid


@dataclass(frozen=True, slots=True)
class InstanceRef:
    study: Uid
    series: Uid
    instance: Uid


@dataclass(frozen=True, slots=True)
class FramesRef:
    """One or several frames of an instance; `frames` count from 1 and ascend."""

    study: Uid
    series: Uid
    instance: Uid
    frames: tuple[int, ...]

    @property
    def of(self) -> InstanceRef:
        return InstanceRef(self.study, self.series, self.instance)


@dataclass(frozen=True, slots=True)
class BulkdataRef:
    """A bulk data element of an instance by its path of tags and item numbers, e.g. `00283010/0/00283006`."""

    study: Uid
    series: Uid
    instance: Uid
    path: str

    @property
    def of(self) -> InstanceRef:
        return InstanceRef(self.study, self.series, self.instance)


Resource = StudyRef | SeriesRef | InstanceRef | FramesRef | BulkdataRef


@dataclass(frozen=True, slots=True)
class PatientIdentifier:
    """An identifier and who assigned it: the value alone names nobody (PS3.3 C.7.1.1, IHE PIXm)."""

    authority: str
    value: str


@dataclass(frozen=True, slots=True)
class HeldStudy:
    """A study as one archive holds it: the unit that an institution's policy decides about.

    `date` is StudyDate (0008,0020) as `YYYYMMDD` or empty; `attributes` the study's DICOM JSON from the archive;
    `aliases` other identifiers of the same person under which this archive keeps parts of the study. `circle` says for
    whom that is so, where another exchange decides about each person itself; empty when for everybody.
    """

    study: Uid
    archive: ArchiveId
    institution: InstitutionId
    patient: PatientIdentifier
    modalities: tuple[str, ...] = ()
    date: str = ""
    aliases: tuple[PatientIdentifier, ...] = ()
    attributes: dict[str, object] = field(default_factory=dict, compare=False, hash=False)
    circle: str = ""

    @property
    def place(self) -> str:
        """Where it is, for whom: what is remembered of it is remembered under this (docs/decisions/0043)."""
        return f"{self.archive} {self.circle}" if self.circle else self.archive
