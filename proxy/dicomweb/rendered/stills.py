"""Images frame by frame: of classic and enhanced multi-frame objects, photographs and slides alike."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from policy.request import Capability
from proxy.dicomweb.negotiation import Offer, alone, as_parts
from proxy.dicomweb.parameters import Rendition, read_rendition
from proxy.dicomweb.rendered.presenting import Asking, Part
from proxy.dicomweb.rendering_header import rendering_header
from proxy.errors import NotFound
from proxy.federation.admission import Admission
from proxy.resources import FramesRef
from proxy.retrieval.rendered import Rendered
from rendering.attributes import is_image, number_of_frames
from rendering.errors import UnsupportedObject
from rendering.options import Encoding

ENCODINGS = (Encoding.JPEG, Encoding.PNG)


@dataclass(frozen=True, slots=True)
class Stills:
    admission: Admission
    rendered: Rendered

    def offers(self, asking: Asking) -> Sequence[Offer]:
        return (*alone(ENCODINGS), *as_parts(ENCODINGS)) if len(_numbers(asking)) == 1 else as_parts(ENCODINGS)

    def rendition(self, asking: Asking, offer: Offer) -> Rendition:
        return read_rendition(asking.parameters, Encoding(offer.type))

    async def count(self, asking: Asking) -> int:
        numbers = _numbers(asking)
        if numbers[-1] > number_of_frames(asking.dataset):
            raise NotFound
        return len(numbers)

    async def parts(self, asking: Asking, offer: Offer, rendition: Rendition) -> AsyncGenerator[Part]:
        numbers = _numbers(asking)
        one = asking.instance
        target = FramesRef(one.study, one.series, one.instance, numbers)
        for number in numbers:
            permit = await self.admission.admit(asking.caller, target, Capability.VIEW)
            image = await self.rendered.image(permit, number, rendition.options)
            source = FramesRef(one.study, one.series, one.instance, (number,))
            yield Part(source, offer.type, image.data, rendering_header(source, image))


def _numbers(asking: Asking) -> tuple[int, ...]:
    if not is_image(asking.dataset):
        raise UnsupportedObject("this object has no pixels to show")
    return asking.frames or tuple(range(1, number_of_frames(asking.dataset) + 1))
