"""Radiotherapy doses over the images in whose slices their planes lie (PS3.3 A.18, C.8.8.3), plane by plane."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from policy.request import Capability
from proxy.dicomweb.negotiation import Offer, alone, as_parts
from proxy.dicomweb.parameters import Rendition, read_rendition
from proxy.dicomweb.rendered.grounds import Grounds
from proxy.dicomweb.rendered.layering import Layering, remarks
from proxy.dicomweb.rendered.presenting import Asking, Part
from proxy.dicomweb.rendered.stills import ENCODINGS
from proxy.errors import NotFound
from proxy.federation.admission import Admission
from proxy.resources import FramesRef
from rendering.attributes import is_image, number_of_frames
from rendering.errors import TooLarge, UnsupportedObject
from rendering.layers import Dose, Layers
from rendering.options import Encoding
from rendering.reading.dose import read_dose_plane, read_scaling, read_unit
from rendering.reading.ground import Ground, placement, under_dose
from rendering.reading.plane import Plane, frame_of_reference

MAXIMUM_FRAMES = 10_000


@dataclass(frozen=True, slots=True)
class Doses:
    admission: Admission
    grounds: Grounds
    layering: Layering

    def offers(self, asking: Asking) -> Sequence[Offer]:
        return (*alone(ENCODINGS), *as_parts(ENCODINGS)) if len(_numbers(asking)) == 1 else as_parts(ENCODINGS)

    def rendition(self, asking: Asking, offer: Offer) -> Rendition:
        return read_rendition(asking.parameters, Encoding(offer.type), asking.dataset)

    async def count(self, asking: Asking) -> int:
        numbers = _numbers(asking)
        if numbers[-1] > number_of_frames(asking.dataset):
            raise NotFound
        return len(numbers)

    async def parts(self, asking: Asking, offer: Offer, rendition: Rendition) -> AsyncGenerator[Part]:
        numbers = _numbers(asking)
        planes = [read_dose_plane(asking.dataset, number) for number in numbers]
        grounds = await self._under(asking, planes)
        one = asking.instance
        for number, plane, ground in zip(numbers, planes, grounds, strict=True):
            target = FramesRef(one.study, one.series, one.instance, (number,))
            permit = await self.admission.admit(asking.caller, target, Capability.VIEW)
            layers = _to_layers(asking, plane, ground)
            options = rendition.options_for(asking.dataset, number)
            yield await self.layering.of_frames(asking, permit, ground, layers, options, offer)

    async def _under(self, asking: Asking, planes: Sequence[Plane | None]) -> list[Ground | None]:
        """The image under each plane: of the first series that has one; a dose names no images of its own."""
        grounds: list[Ground | None] = [None] * len(planes)
        reference = frame_of_reference(asking.dataset)
        if not reference or not any(planes):
            return grounds
        async with aclosing(self.grounds.of_study(asking)) as found:
            async for images in found:
                grounds = [under_dose(plane, images, reference) if plane else None for plane in planes]
                if any(grounds):
                    break
        return grounds


def _numbers(asking: Asking) -> tuple[int, ...]:
    if not is_image(asking.dataset):
        raise UnsupportedObject("this dose has no grid to show")
    read_unit(asking.dataset)
    if asking.frames:
        return asking.frames
    count = number_of_frames(asking.dataset)
    if count > MAXIMUM_FRAMES:
        raise TooLarge("the dose has more planes than are shown at once; ask for frames")
    return tuple(range(1, count + 1))


def _to_layers(asking: Asking, plane: Plane | None, ground: Ground | None) -> Layers:
    bottom = ground.frame.plane if ground is not None else plane
    dose = Dose(1, placement(bottom, plane), read_scaling(asking.dataset), read_unit(asking.dataset))
    return Layers(dose=dose, remarks=remarks(ground))
