"""Segmentations over the images they segment (PS3.3 A.51): all segments of one image together, or frame by frame."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial

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
from rendering.errors import UnsupportedObject
from rendering.layers import Layers, SegmentFrame, Segments
from rendering.options import Encoding
from rendering.reading import tags
from rendering.reading.elements import integer
from rendering.reading.ground import Ground, placement, under_section
from rendering.reading.images import Images
from rendering.reading.plane import frame_of_reference
from rendering.reading.references import read_series_of
from rendering.reading.segmentation import (
    Section,
    read_background,
    read_frame,
    read_sections,
    read_segments,
    read_type,
    read_whole,
)

_FEW = 64  # frames that are sorted while others wait
_FEW_SOURCES = 3  # images that are asked for one by one and not as a series


@dataclass(frozen=True, slots=True)
class Segmentations:
    admission: Admission
    grounds: Grounds
    layering: Layering

    def offers(self, asking: Asking) -> Sequence[Offer]:
        if not is_image(asking.dataset):
            raise UnsupportedObject("this segmentation has no pixels to show")
        read_type(asking.dataset)
        count = len(asking.frames or ()) or number_of_frames(asking.dataset)
        single = count == 1 or (not asking.frames and count <= _FEW and len(read_sections(asking.dataset)) == 1)
        return (*alone(ENCODINGS), *as_parts(ENCODINGS)) if single else as_parts(ENCODINGS)

    def rendition(self, asking: Asking, offer: Offer) -> Rendition:
        return read_rendition(asking.parameters, Encoding(offer.type), asking.dataset)

    async def count(self, asking: Asking) -> int:
        if asking.frames and asking.frames[-1] > number_of_frames(asking.dataset):
            raise NotFound
        return len(await _read_sections(asking))

    async def parts(self, asking: Asking, offer: Offer, rendition: Rendition) -> AsyncGenerator[Part]:
        sections = await _read_sections(asking)
        grounds = await self._under(asking, sections)
        one = asking.instance
        for section, ground in zip(sections, grounds, strict=True):
            numbers = tuple(frame.number for frame in section)
            target = FramesRef(one.study, one.series, one.instance, numbers)
            permit = await self.admission.admit(asking.caller, target, Capability.VIEW)
            layers = _to_layers(asking, section, ground)
            options = rendition.options_for(asking.dataset, numbers[0])
            yield await self.layering.of_frames(asking, permit, ground, layers, options, offer)

    async def _under(self, asking: Asking, sections: Sequence[Section]) -> list[Ground | None]:
        """The image under each section, `None` where there is none that may be shown."""
        grounds: list[Ground | None] = [None] * len(sections)
        reference = frame_of_reference(asking.dataset)
        size = integer(asking.dataset, tags.ROWS) or 0, integer(asking.dataset, tags.COLUMNS) or 0
        async with aclosing(self._images(asking, sections)) as found:
            async for images in found:
                search = partial(_found, sections, grounds, images, reference, size)
                grounds = search() if len(sections) <= _FEW else await asyncio.to_thread(search)
                if all(grounds):
                    break
        return grounds

    async def _images(self, asking: Asking, sections: Sequence[Section]) -> AsyncGenerator[Images]:
        """Images that may lie under the sections, those first that cost least to find."""
        series_of = read_series_of(asking.dataset)
        sources = dict.fromkeys(source.instance for section in sections for one in section for source in one.sources)
        known = {name: series_of[name] for name in sources if name in series_of}
        series = list(dict.fromkeys([*known.values(), *series_of.values()]))
        ways = [self.grounds.of_series(asking, series)] if series else [self.grounds.of_study(asking)]
        if len(known) <= _FEW_SOURCES:
            ways.insert(0, self.grounds.of_instances(asking, list(known.items())))
        for way in ways:
            async with aclosing(way) as found:
                async for images in found:
                    yield images


def _found(
    sections: Sequence[Section],
    grounds: Sequence[Ground | None],
    images: Images,
    reference: str,
    size: tuple[int, int],
) -> list[Ground | None]:
    """What was found before, and else what is under each section among `images`."""
    return [
        ground or under_section(section, images, reference, size)
        for section, ground in zip(sections, grounds, strict=True)
    ]


def _sections(asking: Asking) -> Sequence[Section]:
    if asking.frames:
        return [(read_frame(asking.dataset, number),) for number in asking.frames]
    return read_sections(asking.dataset)


async def _read_sections(asking: Asking) -> Sequence[Section]:
    few = len(asking.frames or ()) or number_of_frames(asking.dataset) <= _FEW
    return _sections(asking) if few else await asyncio.to_thread(_sections, asking)


def _to_layers(asking: Asking, section: Section, ground: Ground | None) -> Layers:
    """What is laid over the ground, whose frames follow in the order of the section's."""
    bottom = ground.frame.plane if ground is not None else section[0].plane
    frames = tuple(
        SegmentFrame(place, one.segment, placement(bottom, one.plane)) for place, one in enumerate(section, start=1)
    )
    shown = {one.segment for one in section}
    segments = tuple(one for one in read_segments(asking.dataset) if None in shown or one.number in shown)
    whole, background = read_whole(asking.dataset), read_background(asking.dataset)
    return Layers(Segments(segments, frames, whole, background), remarks=remarks(ground))
