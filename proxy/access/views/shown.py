"""Frames that leave together under one permit: what every image says of itself before it is sent."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from proxy.access.permit import Permit
from proxy.audit.views.runs import WHOLE, Runs, to_runs
from proxy.resources import BulkdataRef, FramesRef, InstanceRef

OfInstance: TypeAlias = Permit[FramesRef] | Permit[BulkdataRef] | Permit[InstanceRef]


@dataclass(frozen=True, slots=True)
class Shown:
    """`runs` are the frames of the permit's instance. What is `native` leaves in full fidelity.

    A native frame has `frame_pixels` pixels.
    """

    permit: OfInstance
    runs: Runs
    native: bool = False
    frame_pixels: int = 0


def frames(permit: OfInstance, numbers: Iterable[int]) -> tuple[Shown]:
    """Frames with these numbers, which ascend, as rendered images."""
    return (Shown(permit, to_runs(numbers)),)


def whole(permit: OfInstance, *, native: bool = False) -> tuple[Shown]:
    """What an instance holds that has no frames."""
    return (Shown(permit, (WHOLE,), native),)
