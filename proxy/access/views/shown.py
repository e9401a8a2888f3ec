"""Frames that leave together under one permit: what every image says of itself before it is sent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from proxy.access.permit import Permit
from proxy.audit.views.runs import WHOLE, Runs, to_runs
from proxy.resources import BulkdataRef, FramesRef, InstanceRef
from proxy.wire import dicomjson, tags

Dataset: TypeAlias = Mapping[str, Any]
_UNKNOWN: Final[Dataset] = {}
OfInstance: TypeAlias = Permit[FramesRef] | Permit[BulkdataRef] | Permit[InstanceRef]


@dataclass(frozen=True, slots=True)
class Shown:
    """`runs` are the frames of the permit's instance. What is `native` leaves in full fidelity.

    A native frame has `frame_pixels` pixels, and is `near` when its values are not the stored ones but differ from
    them by no more than a stated error (profile lossy16). `sop_class` is the instance's, empty where it is not known.
    """

    permit: OfInstance
    runs: Runs
    native: bool = False
    frame_pixels: int = 0
    sop_class: str = ""
    near: bool = False


def frames(permit: OfInstance, numbers: Iterable[int], dataset: Dataset = _UNKNOWN) -> tuple[Shown]:
    """Frames with these numbers, which ascend, of the instance that `dataset` describes, as rendered images."""
    return (Shown(permit, to_runs(numbers), sop_class=sop_class_of(dataset)),)


def whole(permit: OfInstance, dataset: Dataset, *, native: bool = False) -> tuple[Shown]:
    """What an instance holds that has no frames."""
    return (Shown(permit, (WHOLE,), native, sop_class=sop_class_of(dataset)),)


def natively(permit: OfInstance, dataset: Dataset, runs: Runs, *, near: bool = False) -> tuple[Shown]:
    """Frames of the instance that `dataset` describes, in full fidelity or `near` it."""
    rows, columns = (dicomjson.integer(dataset, tag) or 0 for tag in (tags.ROWS, tags.COLUMNS))
    return (Shown(permit, runs, native=True, frame_pixels=rows * columns, sop_class=sop_class_of(dataset), near=near),)


def sop_class_of(dataset: Dataset) -> str:
    """SOP Class UID (0008,0016), or empty."""
    return dicomjson.uid(dataset, tags.SOP_CLASS_UID) or ""
