"""Multi-frame images: still frame by frame, or all in one moving image (PS3.18 Table 8.7.4-1, PS3.3 C.7.6.5)."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from policy.request import Capability
from proxy.access.permit import Permit
from proxy.access.views.shown import frames
from proxy.dicomweb.negotiation import Offer, alone
from proxy.dicomweb.parameters import Rendition, read_rendition
from proxy.dicomweb.rendered.presenting import Asking, Part
from proxy.dicomweb.rendered.stills import Stills
from proxy.dicomweb.rendering_header import moving_header, rendering_warnings
from proxy.errors import BadRequest, TooLarge
from proxy.federation.admission import Admission
from proxy.resources import FramesRef
from proxy.retrieval.cines import Cines, Shot
from proxy.wire import dicomjson, tags
from rendering.attributes import number_of_frames
from rendering.options import ColorProfile, Encoding
from rendering.reading.timing import Timing, follows_time, read_timing

_MOST_TIMED = 100_000
MOVING = (Encoding.MP4, Encoding.WEBP, Encoding.GIF)


@dataclass(frozen=True, slots=True)
class MovingImages:
    """Whatever `stills` shows, which is asked for as parts or is one; and all frames together in motion."""

    admission: Admission
    stills: Stills
    cines: Cines

    def offers(self, asking: Asking) -> Sequence[Offer]:
        offers = self.stills.offers(asking)
        return (*offers, *alone(MOVING)) if _moves(asking) else offers

    def rendition(self, asking: Asking, offer: Offer) -> Rendition:
        if not _in_motion(asking, offer):
            return self.stills.rendition(asking, offer)
        rendition = read_rendition(asking.parameters, Encoding(offer.type), asking.dataset)
        if rendition.options.color_profile is not ColorProfile.NO:
            raise BadRequest("moving images carry no ICC profile")
        return rendition

    async def count(self, asking: Asking) -> int:
        return await self.stills.count(asking)

    async def parts(self, asking: Asking, offer: Offer, rendition: Rendition) -> AsyncGenerator[Part]:
        if not _in_motion(asking, offer):
            async with aclosing(self.stills.parts(asking, offer, rendition)) as parts:
                async for part in parts:
                    yield part
            return
        numbers, timing = _timed(asking)
        shown = frames(asking.permit, numbers, asking.dataset)

        async def admit(some: Sequence[int]) -> Permit[FramesRef]:
            one = asking.instance
            target = FramesRef(one.study, one.series, one.instance, tuple(some))
            return await self.admission.admit(asking.caller, target, Capability.VIEW)

        image = await self.cines.moving(admit, Shot(numbers, timing.durations, _pixels(asking)), rendition.options)
        header = moving_header(image, timing.timed_by)
        yield Part(asking.instance, shown, offer.type, image.data, header, rendering_warnings(image))


def _moves(asking: Asking) -> bool:
    several = asking.frames is None or len(asking.frames) > 1
    return several and follows_time(asking.dataset)


def _in_motion(asking: Asking, offer: Offer) -> bool:
    return not offer.multipart and offer.type in MOVING and _moves(asking)


def _timed(asking: Asking) -> tuple[tuple[int, ...], Timing]:
    """The frames that are asked for, each with the time that it has among all."""
    count = number_of_frames(asking.dataset)
    if count > _MOST_TIMED:
        raise TooLarge("there are too many frames to be shown in motion")
    timing = read_timing(asking.dataset, count)
    numbers = asking.frames or tuple(range(1, count + 1))
    return numbers, Timing(tuple(timing.durations[number - 1] for number in numbers), timing.timed_by)


def _pixels(asking: Asking) -> int:
    rows, columns = (dicomjson.integer(asking.dataset, tag) or 1 for tag in (tags.ROWS, tags.COLUMNS))
    return max(1, rows * columns)
