"""What is made of stored videos under the obligations of a permit: pictures, MP4 files, marked and reduced ones."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from proxy.access.permit import Permit
from proxy.errors import NotFound, TooLarge
from proxy.resources import FramesRef, InstanceRef
from proxy.retrieval.objects import Dataset
from proxy.retrieval.pieces import put_together
from proxy.retrieval.rendered import Render, Rendered, hold_to
from proxy.retrieval.turns import Turns
from proxy.retrieval.videos import LARGEST_HELD, VideoPermit, Videos
from proxy.wire import dicomjson, tags
from rendering.attributes import number_of_frames
from rendering.content import Film, Rewrapped
from rendering.errors import MalformedAttributes
from rendering.frame import RenderedImage
from rendering.options import Encoding, RenderOptions
from rendering.reading.containers import HEAD_BYTES, Container, container_of
from rendering.reading.timing import read_timing

MOST_PICTURES = 20_000
MOST_PIXELS = 2**33
"""Of all pictures that are decoded for one answer together: some minutes' work."""

_WITHOUT_TIMES = {Container.H264, Container.HEVC}
_PIECE_PIXELS = 2**27
_PIECE_PICTURES = 250

Admit = Callable[[], Awaitable[Permit[InstanceRef]]]
"""Gives the permit for the video, or raises what the enforcement point does."""


@dataclass(frozen=True, slots=True)
class Reel:
    """What a data set tells of its video: how many pictures, how long each in microseconds, how many pixels each."""

    pictures: int
    duration: int
    pixels: int


def read_reel(dataset: Dataset) -> Reel:
    """The reel of a video by its attributes, which its stream may contradict."""
    rows, columns = (dicomjson.integer(dataset, tag) or 1 for tag in (tags.ROWS, tags.COLUMNS))
    (duration,) = read_timing(dataset, 1).durations
    return Reel(number_of_frames(dataset), duration, max(1, rows * columns))


@dataclass(frozen=True, slots=True)
class Films:
    """MP4 files and pictures."""

    videos: Videos
    rendered: Rendered
    turns: Turns

    async def picture(
        self,
        permit: Permit[FramesRef],
        number: int,
        reel: Reel,
        options: RenderOptions,
        maximum_bytes: int = LARGEST_HELD,
    ) -> RenderedImage:
        """Picture `number` (from 1), which must be one of the permit's, as a still image."""
        if number not in permit.target.frames:
            raise NotFound

        async def gather() -> Film:
            return Film(await self._timed(permit, reel, maximum_bytes), reel.duration, number - 1)

        return await self.rendered.made(permit, number, options, gather)

    async def rewrapped(self, permit: Permit[InstanceRef], reel: Reel) -> RenderedImage:
        """The pictures as they are stored, in MP4: for a permit without obligations towards the image."""

        async def gather() -> Rewrapped:
            return Rewrapped(await self.videos.whole(permit), reel.duration)

        return await self.rendered.made(permit, "rewrapped", RenderOptions(Encoding.MP4), gather)

    async def moving(self, admit: Admit, reel: Reel, options: RenderOptions) -> RenderedImage:
        """All pictures as `options` ask, in MP4, with the obligations of their permit carried out.

        Each piece is made under a permit asked for anew. Raises `TooLarge` for more than can be made.
        """
        if reel.pictures > MOST_PICTURES or reel.pictures * reel.pixels > MOST_PIXELS:
            raise _too_long()

        async def compose(narrowed: RenderOptions, render: Render) -> RenderedImage:
            async with self.turns.one():
                return await put_together(self._pieces(admit, reel, narrowed, render), narrowed, render)

        return await self.rendered.composed(await admit(), "moving", options, compose)

    async def _pieces(
        self, admit: Admit, reel: Reel, options: RenderOptions, render: Render
    ) -> AsyncIterator[RenderedImage]:
        """Until there are no more pictures, whatever their number is said to be."""
        step = max(1, min(_PIECE_PICTURES, _PIECE_PIXELS // reel.pixels))
        for start in range(0, MOST_PICTURES, step):
            permit = await admit()
            hold_to(options, permit)
            film = Film(await self._timed(permit, reel), reel.duration, start, step)
            try:
                piece = await render(film, options)
            except MalformedAttributes:
                if start == 0:
                    raise
                return
            yield piece
            if piece.frames < step:
                return
        raise _too_long()

    async def _timed(self, permit: VideoPermit, reel: Reel, maximum_bytes: int = LARGEST_HELD) -> bytes:
        """The video in a container that tells the times of its pictures, by which each is found without the others."""
        data = await self.videos.whole(permit, maximum_bytes)
        if container_of(data[:HEAD_BYTES]) not in _WITHOUT_TIMES:
            return data

        async def gather() -> Rewrapped:
            return Rewrapped(data, reel.duration, for_browsers=False)

        return (await self.rendered.made(permit, "timed", RenderOptions(Encoding.MP4), gather)).data


def _too_long() -> TooLarge:
    return TooLarge("the video is too long to be made anew; ask for single frames, or for it as it is stored")
