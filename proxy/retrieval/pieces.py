"""A moving image made piece by piece: only one piece's frames are in memory, and other images come in between."""

from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import chain

from proxy.errors import TooLarge
from proxy.retrieval.rendered import Render
from rendering.content import Pieces
from rendering.frame import RenderedImage
from rendering.options import Loss, RenderOptions

LARGEST_BYTES = 96 * 2**20
"""Of a moving image: it is held in memory while it is made, and looked up in it while it is played."""


async def put_together(pieces: AsyncIterator[RenderedImage], options: RenderOptions, render: Render) -> RenderedImage:
    """The pieces, of which there is at least one, as a single image. Raises `TooLarge` beyond `LARGEST_BYTES`."""
    made: list[RenderedImage] = []
    async for piece in pieces:
        made.append(piece)
        if sum(len(one.data) for one in made) > LARGEST_BYTES:
            raise TooLarge(
                "the moving image would be too large; ask for a smaller viewport, less quality or fewer frames"
            )
    if len(made) == 1:
        return made[0]
    joined = await render(Pieces(tuple(one.data for one in made)), options)
    losses = {loss for one in made for loss in one.losses}
    windows = {one.window for one in made}
    return replace(
        made[0],
        data=joined.data,
        window=made[0].window if len(windows) == 1 else None,
        frames=sum(one.frames for one in made),
        milliseconds=sum(one.milliseconds for one in made),
        lossy=any(one.lossy for one in made),
        losses=tuple(loss for loss in Loss if loss in losses),
        omissions=tuple(dict.fromkeys(chain.from_iterable(one.omissions for one in made))),
    )
