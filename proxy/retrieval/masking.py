"""What may leave under a permit that does not let its caller know whose it is: masked, or refused."""

from dataclasses import replace

from proxy.access.permit import Permit
from proxy.resources import BulkdataRef, FramesRef, InstanceRef, SeriesRef, StudyRef
from proxy.wire.deidentified import deidentified
from proxy.wire.dicomjson import Dataset
from rendering.errors import NotAnonymous
from rendering.frame import EncodedFrame
from rendering.laid_over import Rectangle


def told_under(
    permit: Permit[StudyRef | SeriesRef | InstanceRef | FramesRef | BulkdataRef], dataset: Dataset
) -> Dataset:
    """What of `dataset` the permit lets its caller know."""
    return deidentified(dataset) if permit.obligations.masked else dataset


def masked(frame: EncodedFrame, areas: tuple[Rectangle, ...] | None) -> EncodedFrame:
    """`frame` with no more than `areas` to be shown of it, and nothing laid over it."""
    if areas is None:
        return frame
    return replace(frame, attributes=replace(frame.attributes, areas=areas, overlays=(), unread_overlays=0))


def refuse_masked(permit: Permit[InstanceRef] | Permit[FramesRef]) -> None:
    """For what is given as it is stored, or made of what nobody can mask. Raises `NotAnonymous`."""
    if permit.obligations.masked:
        raise NotAnonymous("this cannot be shown without saying whose it is")
