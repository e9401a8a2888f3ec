"""Stored videos: as they are stored, wrapped for browsers, marked or reduced, or one picture of them (§8.7.4)."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
import hashlib

from policy.request import Capability
from proxy.access.copying import Copying
from proxy.access.permit import Permit
from proxy.access.views.shown import Shown, frames, natively, sop_class_of
from proxy.audit.views.runs import Runs
from proxy.dicomweb.full_fidelity import all_frames
from proxy.dicomweb.negotiation import Offer, alone, as_parts
from proxy.dicomweb.parameters import Rendition, read_rendition
from proxy.dicomweb.rendered.presenting import Asking, Part, Stream
from proxy.dicomweb.rendered.stills import ENCODINGS
from proxy.dicomweb.rendering_header import moving_header, rendering_header, rendering_warnings, stored_header
from proxy.errors import NotFound, NotPermitted, TooLarge
from proxy.federation.admission import Admission
from proxy.resources import FramesRef, InstanceRef
from proxy.retrieval.films import Films, read_reel
from proxy.retrieval.videos import Passing, Videos
from rendering.attributes import number_of_frames
from rendering.errors import UnsupportedObject
from rendering.frame import RenderedImage
from rendering.options import Encoding, RenderOptions
from rendering.reading.codecs import Codec, codec_of
from rendering.reading.containers import Container

_STORED_TYPES = {Codec.MPEG2: "video/mpeg", Codec.H264: "video/mp4", Codec.HEVC: "video/h265"}
_SAME_ACCESS_BYTES = 16 * 2**20  # after which a long stream is permitted anew
_NOT_ASKED = RenderOptions(Encoding.MP4)
_TIMED_BY = "stream"


@dataclass(frozen=True, slots=True)
class StoredVideos:
    """MP4 with H.264 is what all browsers play; the other types are given as they are stored only.

    Nothing can be burnt into a stream on its way: who is owed marked or reduced images is given MP4 made here.
    """

    admission: Admission
    films: Films
    copying: Copying

    @property
    def videos(self) -> Videos:
        return self.films.videos

    def offers(self, asking: Asking) -> Sequence[Offer]:
        if asking.frames is not None:
            return (*alone(ENCODINGS), *as_parts(ENCODINGS)) if len(asking.frames) == 1 else as_parts(ENCODINGS)
        stored = () if _owes(asking.permit) else (_stored_type(asking),)
        types = tuple(dict.fromkeys((Encoding.MP4.value, *stored)))
        return (*alone(types), *as_parts(types))

    def rendition(self, asking: Asking, offer: Offer) -> Rendition:
        known = asking.frames is not None or offer.type == Encoding.MP4
        encoding = Encoding(offer.type) if known else Encoding.MP4
        rendition = read_rendition(asking.parameters, encoding, asking.dataset)
        if known or rendition.options == _NOT_ASKED:
            return rendition
        return Rendition(rendition.options, (*rendition.warnings, "The video is given as it is stored."))

    async def count(self, asking: Asking) -> int:
        if asking.frames is None:
            return 1
        if asking.frames[-1] > number_of_frames(asking.dataset):
            raise NotFound
        return len(asking.frames)

    async def parts(self, asking: Asking, offer: Offer, rendition: Rendition) -> AsyncGenerator[Part]:
        if asking.frames is not None:
            for number in asking.frames:
                options = rendition.options_for(asking.dataset, number)
                yield await self._picture(asking, asking.frames, number, offer, options)
        elif offer.type != Encoding.MP4:
            yield await self._stored(asking, offer)
        else:
            yield await self._as_mp4(asking, offer, rendition.options)

    async def _picture(
        self, asking: Asking, numbers: tuple[int, ...], number: int, offer: Offer, options: RenderOptions
    ) -> Part:
        one = asking.instance
        target = FramesRef(one.study, one.series, one.instance, numbers)
        permit = await self.admission.admit(asking.caller, target, Capability.VIEW)
        image = await self.films.picture(permit, number, read_reel(asking.dataset), options)
        source = FramesRef(one.study, one.series, one.instance, (number,))
        header = rendering_header(source, image)
        shown = frames(permit, (number,), asking.dataset)
        return Part(source, shown, offer.type, image.data, header, rendering_warnings(image))

    async def _as_mp4(self, asking: Asking, offer: Offer, options: RenderOptions) -> Part:
        """As little changed as can be: not at all, in another container, or coded anew."""
        permit = await self._admit(asking)
        reel = read_reel(asking.dataset)
        asked = replace(options, window=None)  # which colour has none of
        if not _owes(permit) and asked == _NOT_ASKED and codec_of(asking.dataset) in {Codec.H264, None}:
            if await self.videos.container(permit) is Container.MP4:
                return await self._stored(asking, offer)
            with suppress(UnsupportedObject):  # another codec than was told, or presumed where none was
                return _made(asking, offer, await self.films.rewrapped(permit, reel), native=True)
        return _made(asking, offer, await self.films.moving(lambda: self._admit(asking), reel, options))

    async def _stored(self, asking: Asking, offer: Offer) -> Part:
        """Players seek in what has a known length: where the archive tells none, the video is held if it can be."""
        permit = await self._admit_as_stored(asking)
        await self.copying.take(asking.caller, permit, all_frames(permit, asking.dataset))
        shown = natively(permit, asking.dataset, _all(asking))
        passing = await self.videos.passing(permit)
        if passing.length is None or passing.container is None:
            await passing.closing.aclose()
            try:
                return Part(asking.instance, shown, offer.type, await self.videos.whole(permit), stored_header())
            except TooLarge:
                passing = await self.videos.passing(permit)
        stream = Stream(self._pieces(asking, passing), passing.length, _validator(permit, passing), passing.closing)
        return Part(asking.instance, shown, offer.type, stream, stored_header())

    async def _pieces(self, asking: Asking, passing: Passing) -> AsyncGenerator[bytes]:
        """The archive's bytes for as long as they are permitted."""
        passed = 0
        async for piece in passing.body:
            passed += len(piece)
            if passed > _SAME_ACCESS_BYTES:
                passed = 0
                await self._admit_as_stored(asking)
            yield piece

    async def _admit(self, asking: Asking) -> Permit[InstanceRef]:
        return await self.admission.admit(asking.caller, asking.instance, Capability.VIEW)

    async def _admit_as_stored(self, asking: Asking) -> Permit[InstanceRef]:
        permit = await self._admit(asking)
        if _owes(permit):
            raise NotPermitted("this video may not be seen as it is stored")
        return permit


def _owes(permit: Permit[InstanceRef]) -> bool:
    """Whether something must be done to the pictures before they are shown, or nothing may leave as it is stored."""
    return permit.obligations.rendered_only


def _stored_type(asking: Asking) -> str:
    codec = codec_of(asking.dataset)
    return _STORED_TYPES[codec] if codec is not None else Encoding.MP4.value


def _made(asking: Asking, offer: Offer, image: RenderedImage, *, native: bool = False) -> Part:
    """Which keeps every picture as it is stored, if it is `native`."""
    rendered = Shown(asking.permit, _all(asking), sop_class=sop_class_of(asking.dataset))
    shown = natively(asking.permit, asking.dataset, _all(asking)) if native else (rendered,)
    header = moving_header(image, _TIMED_BY)
    return Part(asking.instance, shown, offer.type, image.data, header, rendering_warnings(image))


def _all(asking: Asking) -> Runs:
    return ((1, number_of_frames(asking.dataset)),)


def _validator(permit: Permit[InstanceRef], passing: Passing) -> str:
    """What an archive keeps under a UID never changes (PS3.5 §9): the same place and length are the same bytes."""
    named = f"{permit.held.place} {permit.target} {passing.length}"
    return f'"{hashlib.sha256(named.encode()).hexdigest()[:32]}"'
