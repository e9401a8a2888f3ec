"""Images that an object refers to, wherever they are, as far as the caller may see them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

from policy.request import Capability
from proxy.access.permit import Permit
from proxy.dicomweb.rendered.persons import is_own, names_own
from proxy.dicomweb.rendered.presenting import Asking
from proxy.errors import BadRequest, NotFound, NotPermitted
from proxy.federation.admission import Admission
from proxy.resources import InstanceRef, SeriesRef, Uid, read_uid
from proxy.retrieval.objects import Dataset, Objects
from proxy.wire import dicomjson, tags
from rendering.attributes import is_image, number_of_frames
from rendering.presentation.reading.scope import Referred

MAXIMUM_SERIES = 64
"""Of one object in which references are followed: each can cost a question to every archive."""

_FEW = 8  # images of a series that are asked for one by one

FoundInstance: TypeAlias = tuple[Permit[InstanceRef], Dataset]
Places: TypeAlias = dict[tuple[str, str], frozenset[str] | None]
"""The series, each with its study, in which references are followed, and the instances there where they are listed."""


@dataclass(frozen=True, slots=True)
class FoundImage:
    """An image that may be seen, and the frames of it that are meant (from 1)."""

    permit: Permit[InstanceRef]
    dataset: Dataset
    frames: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """The images in the order in which they are named; `missing` counts the references that lead nowhere."""

    images: tuple[FoundImage, ...]
    missing: int


def missing_warning(missing: int, found: int) -> tuple[str, ...]:
    """What to say of references that lead nowhere."""
    return (f"{missing} of {missing + found} objects referred to are not shown: not here, or not to be seen.",) * (
        missing > 0
    )


@dataclass(frozen=True, slots=True)
class Referenced:
    """What is not there, may not be seen, is no image or is of another person is missing, and nobody learns which."""

    admission: Admission
    objects: Objects

    async def of(self, asking: Asking, named: Sequence[Referred]) -> Found:
        """The images that the object of `asking` names, each under a permit of its own."""
        found = [_image(*one, reference) for one, reference in await self.instances(asking, named) if one is not None]
        images = tuple(image for image in found if image is not None)
        return Found(images, len(named) - len(images))

    async def instances(self, asking: Asking, named: Sequence[Referred]) -> list[tuple[FoundInstance | None, Referred]]:
        """The instances that the object of `asking` names, `None` where there is none that may be shown."""
        places = await self._places(asking, named)
        return [(await self._instance(asking, one, places), one) for one in named]

    async def _places(self, asking: Asking, named: Sequence[Referred]) -> Places:
        """The first `MAXIMUM_SERIES`; those of which much is named are asked for once and remembered."""
        counts = Counter((one.study, one.series) for one in named)
        places: Places = {}
        for place, count in islice(counts.items(), MAXIMUM_SERIES):
            target = _series(asking, *place)
            places[place] = await self._listed(asking, target) if count > _FEW and target is not None else None
        return places

    async def _listed(self, asking: Asking, target: SeriesRef) -> frozenset[str]:
        try:
            if not await names_own(self.admission, asking, target.study):
                return frozenset()
            permit = await self.admission.admit(asking.caller, target, Capability.VIEW)
            datasets = await self.objects.instances(permit)
        except (NotFound, NotPermitted):
            return frozenset()
        return frozenset(dicomjson.text(dataset, tags.SOP_INSTANCE_UID) for dataset in datasets)

    async def _instance(self, asking: Asking, named: Referred, places: Places) -> FoundInstance | None:
        series, instance = _series(asking, named.study, named.series), _uid(named.instance)
        listed = places.get((named.study, named.series), frozenset())
        if series is None or instance is None or (listed is not None and instance not in listed):
            return None
        target = InstanceRef(series.study, series.series, instance)
        try:
            if not await names_own(self.admission, asking, target.study):
                return None
            permit = await self.admission.admit(asking.caller, target, Capability.VIEW)
            return (permit, await self.objects.instance(permit)) if is_own(self.admission, asking, permit) else None
        except (NotFound, NotPermitted):
            return None


def _image(permit: Permit[InstanceRef], dataset: Dataset, named: Referred) -> FoundImage | None:
    if not is_image(dataset):
        return None
    count = number_of_frames(dataset)
    frames = tuple(dict.fromkeys(named.frames)) or tuple(range(1, count + 1))
    return FoundImage(permit, dataset, frames) if max(frames) <= count else None


def _series(asking: Asking, study: str, series: str) -> SeriesRef | None:
    in_study, name = _uid(study) if study else asking.instance.study, _uid(series)
    return SeriesRef(in_study, name) if in_study is not None and name is not None else None


def _uid(text: str) -> Uid | None:
    try:
        return read_uid(text)
    except BadRequest:
        return None
