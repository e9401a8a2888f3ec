"""The permit: the only key to retrieval. It names what may be fetched, from where, and under which obligations."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Generic, TypeVar

from proxy.resources import BulkdataRef, FramesRef, HeldStudy, InstanceRef, SeriesRef, StudyRef

Target_co = TypeVar("Target_co", bound=StudyRef | SeriesRef | InstanceRef | FramesRef | BulkdataRef, covariant=True)


class Look(IntEnum):
    """How much of a study is looked at, in rising order: the one small image that stands for it, or the study."""

    PREVIEW = 1
    STUDY = 2


@dataclass(frozen=True, slots=True)
class Obligations:
    """What must be done to whatever is shown: each is a capability that policy refused (policy/capabilities.py).

    What is `masked` must not say whose it is, and of what is `transient` no picture is printed or saved. `notices` are
    sentences that accompany it.
    """

    rendered_only: bool = True
    lossy_only: bool = False
    maximum_side: int | None = None
    watermark: str | None = None
    masked: bool = False
    notices: tuple[str, ...] = ()
    transient: bool = True


@dataclass(frozen=True, slots=True)
class Permit(Generic[Target_co]):
    """Leave to show `target` from `held.archive`, given by `access.enforcement` after its audit event was committed.

    `rules` gave it, under the policy of that content hash.
    Only `proxy.access.enforcement` constructs permits (tests/proxy/test_doors.py holds this).
    """

    target: Target_co
    held: HeldStudy
    obligations: Obligations
    view_session: str
    rules: tuple[str, ...] = ()
    policy: str = ""
