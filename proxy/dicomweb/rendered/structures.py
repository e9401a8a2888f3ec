"""Structure sets over the images they were drawn on (PS3.3 A.19, C.8.8.6): one part for each image with contours."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from itertools import chain

from policy.request import Capability
from proxy.dicomweb.negotiation import Offer, alone, as_parts
from proxy.dicomweb.parameters import Rendition, read_rendition
from proxy.dicomweb.rendered.grounds import Grounds
from proxy.dicomweb.rendered.layering import Layering
from proxy.dicomweb.rendered.presenting import Asking, Part
from proxy.dicomweb.rendered.stills import ENCODINGS
from proxy.errors import NotFound
from proxy.federation.admission import Admission
from rendering.errors import UnsupportedObject
from rendering.layers import Layers
from rendering.options import Encoding
from rendering.reading.drawing import Drawing, to_drawing, to_structures
from rendering.reading.ground import Ground
from rendering.reading.images import Images
from rendering.reading.structures import count_contours, read_image_series, read_outlines


@dataclass(frozen=True, slots=True)
class Structures:
    admission: Admission
    grounds: Grounds
    layering: Layering

    def offers(self, asking: Asking) -> Sequence[Offer]:
        """How many images there will be is known beforehand where there is one contour."""
        if count_contours(asking.dataset) == 1:
            return (*alone(ENCODINGS), *as_parts(ENCODINGS))
        return as_parts(ENCODINGS)

    def rendition(self, asking: Asking, offer: Offer) -> Rendition:
        return read_rendition(asking.parameters, Encoding(offer.type), asking.dataset)

    async def count(self, asking: Asking) -> int:
        if asking.frames:
            raise NotFound
        _, drawing = await self._drawing(asking)
        if not (drawing.on or asking.among):
            raise UnsupportedObject("none of the images that the structures were drawn on can be shown")
        return len(drawing.on)

    async def parts(self, asking: Asking, offer: Offer, rendition: Rendition) -> AsyncGenerator[Part]:
        images, drawing = await self._drawing(asking)
        missing = _missing(drawing)
        for number, outlines in drawing.on.items():
            frame = images.frames[number]
            if frame.plane is not None:
                permit = await self.admission.admit(asking.caller, asking.instance, Capability.VIEW)
                layers = Layers(structures=to_structures(outlines, frame.plane))
                part = await self.layering.of_lines(asking, permit, Ground(frame), layers, rendition.options, offer)
                yield replace(part, warnings=(*part.warnings, *missing))

    async def _drawing(self, asking: Asking) -> tuple[Images, Drawing]:
        """The images, and what is drawn on each."""
        named = read_image_series(asking.dataset)
        way = self.grounds.of_series(asking, named) if named else self.grounds.of_study(asking)
        async with aclosing(way) as found:
            images = Images.of(chain.from_iterable([one.frames async for one in found]))
        return images, await asyncio.to_thread(lambda: to_drawing(read_outlines(asking.dataset), images))


def _missing(drawing: Drawing) -> tuple[str, ...]:
    lost = drawing.missing
    return (f"Contours that lie on no image that can be shown are left out: {lost}",) if lost else ()
