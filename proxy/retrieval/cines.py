"""Frames in motion for whoever holds permits: fetched some at a time, shown through one window, never all in memory."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from proxy.access.permit import Permit
from proxy.errors import TooLarge
from proxy.resources import FramesRef
from proxy.retrieval.frames import Frames
from proxy.retrieval.pieces import put_together
from proxy.retrieval.rendered import Render, Rendered, hold_to
from proxy.retrieval.turns import Turns
from rendering.content import Cine
from rendering.frame import RenderedImage
from rendering.options import Encoding, RenderOptions, Viewport, Window

MOST_FRAMES = 5000
MOST_PIXELS = 2**30
"""Of all frames together, as they are stored."""

_PIECE_PIXELS = 2**23  # about a second's work, after which others have their turn
_PIECE_FRAMES = 100
_SAMPLES = 9
_SAMPLE_SIDE = 16

Admit = Callable[[Sequence[int]], Awaitable[Permit[FramesRef]]]
"""Gives the permit for frames with these numbers, or raises what the enforcement point does."""


@dataclass(frozen=True, slots=True)
class Shot:
    """Frames in the order in which they are shown: their numbers (from 1), durations in microseconds, size of one."""

    numbers: tuple[int, ...]
    durations: tuple[int, ...]
    pixels: int


class Cines:
    """One moving image at a time for each of a few; whoever asks for the same one at once shares it."""

    def __init__(self, frames: Frames, rendered: Rendered, turns: Turns) -> None:
        self._frames = frames
        self._rendered = rendered
        self._turns = turns

    async def moving(self, admit: Admit, shot: Shot, options: RenderOptions) -> RenderedImage:
        """The frames of `shot` as GIF, WebP or MP4, with the obligations of their permit carried out.

        Each piece is fetched under a permit asked for anew. Raises `TooLarge` for more than can be made.
        """
        if len(shot.numbers) > MOST_FRAMES or len(shot.numbers) * shot.pixels > MOST_PIXELS:
            raise TooLarge("there are too many frames to be shown in motion; ask for some of them")

        async def compose(narrowed: RenderOptions, render: Render) -> RenderedImage:
            async with self._turns.one():
                window = await self._window(admit, shot, narrowed, render)
                return await put_together(self._pieces(admit, shot, window, narrowed, render), narrowed, render)

        return await self._rendered.composed(await admit(shot.numbers), ("moving", shot.numbers), options, compose)

    async def _pieces(
        self, admit: Admit, shot: Shot, window: Window | None, options: RenderOptions, render: Render
    ) -> AsyncIterator[RenderedImage]:
        step = _step(shot)
        for start in range(0, len(shot.numbers), step):
            numbers = shot.numbers[start : start + step]
            permit = await admit(numbers)
            hold_to(options, permit)
            frames = await self._frames.several(permit, numbers, keep=False)
            yield await render(Cine(frames, shot.durations[start : start + step], window), options)

    async def _window(self, admit: Admit, shot: Shot, options: RenderOptions, render: Render) -> Window | None:
        """One window for all frames without one, from a few of them; a single piece finds it by itself."""
        if len(shot.numbers) <= _step(shot) or options.window is not None:
            return None
        numbers = shot.numbers[:: -(-len(shot.numbers) // _SAMPLES)]
        frames = await self._frames.several(await admit(numbers), numbers, keep=False)
        lacking = tuple(frame for frame in frames if frame.attributes.lacks_window)
        if not lacking:
            return None
        small = replace(options, encoding=Encoding.GIF, viewport=Viewport(_SAMPLE_SIDE, _SAMPLE_SIDE), watermark=None)
        return (await render(Cine(lacking, tuple(islice(shot.durations, len(lacking)))), small)).window


def _step(shot: Shot) -> int:
    return max(1, min(_PIECE_FRAMES, _PIECE_PIXELS // shot.pixels))
