"""Images frame by frame: of classic and enhanced multi-frame objects, photographs and slides alike."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from policy.request import Capability
from proxy.access.views.shown import frames
from proxy.dicomweb.negotiation import Offer, alone, as_parts
from proxy.dicomweb.parameters import Rendition, read_rendition
from proxy.dicomweb.rendered.presenting import Asking, Part
from proxy.dicomweb.rendering_header import rendering_header, rendering_warnings
from proxy.errors import NotFound
from proxy.federation.admission import Admission
from proxy.resources import FramesRef
from proxy.retrieval.rendered import Rendered
from rendering.attributes import is_colored, is_image, number_of_frames, takes_window
from rendering.errors import UnsupportedObject
from rendering.options import Encoding
from rendering.reading.real_world import read_real_world_values

ENCODINGS = (
    *(Encoding.JPEG, Encoding.PNG, Encoding.JXL, Encoding.JPH),  # quick to make
    *(Encoding.WEBP, Encoding.JP2, Encoding.AVIF),
    Encoding.GIF,  # no more than 256 colours
)
"""What stills are given in, in the order in which this service chooses where a client has no preference."""

GRAY_ENCODINGS = (*ENCODINGS, Encoding.PNG_16)
"""For who may have stored values: a window over all of them puts them into 16 bits."""


@dataclass(frozen=True, slots=True)
class Stills:
    admission: Admission
    rendered: Rendered

    def offers(self, asking: Asking) -> Sequence[Offer]:
        deep = not is_colored(asking.dataset) and not asking.permit.obligations.rendered_only
        encodings = GRAY_ENCODINGS if deep else ENCODINGS
        return (*alone(encodings), *as_parts(encodings)) if len(_numbers(asking)) == 1 else as_parts(encodings)

    def rendition(self, asking: Asking, offer: Offer) -> Rendition:
        has_tables = takes_window(asking.dataset) and not asking.among
        return read_rendition(asking.parameters, Encoding(offer.type), asking.dataset, has_tables=has_tables)

    async def count(self, asking: Asking) -> int:
        numbers = _numbers(asking)
        if numbers[-1] > number_of_frames(asking.dataset):
            raise NotFound
        return len(numbers)

    async def parts(self, asking: Asking, offer: Offer, rendition: Rendition) -> AsyncGenerator[Part]:
        numbers = _numbers(asking)
        one = asking.instance
        target = FramesRef(one.study, one.series, one.instance, tuple(numbers))
        for number in numbers:
            permit = await self.admission.admit(asking.caller, target, Capability.VIEW)
            options = rendition.options_for(asking.dataset, number)
            image = await self.rendered.image(permit, number, options, rendition.voi_lut)
            source = FramesRef(one.study, one.series, one.instance, (number,))
            quantities = read_real_world_values(asking.dataset, number)
            header = rendering_header(source, image, quantities, rendition.voi_lut or 1)
            kept = self.rendered.may_stay(permit)
            shown = frames(permit, (number,), asking.dataset)
            yield Part(source, shown, offer.type, image.data, header, rendering_warnings(image), kept=kept)


def _numbers(asking: Asking) -> Sequence[int]:
    if not is_image(asking.dataset):
        raise UnsupportedObject("this object has no pixels to show")
    return asking.frames or range(1, number_of_frames(asking.dataset) + 1)
