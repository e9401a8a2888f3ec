"""Anything that can be rendered, rendered: each type of content by its own renderer."""

from rendering.content import Content, Still
from rendering.frame import EncodedFrame, RenderedImage
from rendering.options import RenderOptions
from rendering.pipeline import render_still

MAXIMUM_PIXELS = 200_000_000


def render(content: Content, options: RenderOptions, maximum_pixels: int = MAXIMUM_PIXELS) -> RenderedImage:
    """`content` as `options` ask. Raises `RenderingError`; no frame and no image may exceed `maximum_pixels`."""
    match content:
        case EncodedFrame():
            return render_still(Still((content,)), options, maximum_pixels)
        case Still():
            return render_still(content, options, maximum_pixels)
