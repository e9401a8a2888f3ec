"""Frames that leave as they are stored, or as near as their client wants them, and count as taken (access.copying)."""

from collections.abc import Sequence
from typing import Final

from starlette.requests import Request

from proxy.access.caller import Caller
from proxy.access.copying import Copying, FullFidelity
from proxy.access.coverage import Taken
from proxy.resources import InstanceRef
from proxy.retrieval.objects import Dataset
from proxy.wire import dicomjson, tags
from rendering.attributes import number_of_frames

VIEWPORTS_HEADER: Final = "Vitrine-Viewports"
"""How many viewports the client's display has: a whole number."""

CONFIRM_HEADER: Final = "Vitrine-Confirm"
_CONFIRMATION: Final = "full-fidelity"

_ASSUMED_INSTANCES: Final = 100  # of a study of which no archive says it


async def admit_taking(copying: Copying, request: Request, caller: Caller, permit: FullFidelity, taken: Taken) -> None:
    """Before an archive is asked for `taken`. Raises `FullFidelityUnconfirmed` and `Overloaded`."""
    viewports = request.headers.get(VIEWPORTS_HEADER, "")
    confirmed = request.headers.get(CONFIRM_HEADER, "") == _CONFIRMATION
    declared = int(viewports) if viewports.isascii() and viewports.isdigit() and len(viewports) < 4 else 0
    await copying.admit(caller, permit, taken, viewports=declared, confirmed=confirmed)


def some_frames(permit: FullFidelity, dataset: Dataset, numbers: Sequence[int]) -> Taken:
    """Frames `numbers` of the instance that `dataset` describes."""
    target = permit.target
    instance = target if isinstance(target, InstanceRef) else target.of
    instances = dicomjson.integer(permit.held.attributes, tags.NUMBER_OF_STUDY_RELATED_INSTANCES)
    return Taken(instance.instance, numbers, number_of_frames(dataset), instances or _ASSUMED_INSTANCES)


def all_frames(permit: FullFidelity, dataset: Dataset) -> Taken:
    return some_frames(permit, dataset, range(1, number_of_frames(dataset) + 1))
