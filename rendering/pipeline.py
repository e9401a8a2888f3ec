"""From an encoded frame to an image to look at: the stages in their order (PS3.4 N.2, PS3.18 §8.3.5.1)."""

from typing import Any

from numpy.typing import NDArray

from rendering import viewport
from rendering.color import to_rgb, with_colors
from rendering.content import Still
from rendering.decode.decoding import decode
from rendering.decode.stored import StoredValues
from rendering.encode import encode, is_lossy
from rendering.errors import TooLarge
from rendering.frame import FrameAttributes, RenderedImage
from rendering.grayscale import Bytes, to_presentation
from rendering.options import RenderOptions, Window
from rendering.viewport import Geometry
from rendering.watermark import Place, burn
from rendering.window_choice import choose

_GRAY = ("MONOCHROME1", "MONOCHROME2")


def render_still(still: Still, options: RenderOptions, maximum_pixels: int) -> RenderedImage:
    """The frame as `options` ask. Raises `RenderingError`; neither frame nor image may exceed `maximum_pixels`."""
    frame = still.frames[0]
    attributes = frame.attributes
    geometry = viewport.plan(attributes, options)
    if geometry.rows * geometry.columns > maximum_pixels:
        raise TooLarge("the image would be too large")
    stored = decode(frame, maximum_pixels, _smallest(attributes, geometry))
    image, window, window_from = _to_image(stored, attributes, geometry, options.window)
    if options.watermark:
        image = burn(image, options.watermark, _place(attributes, geometry))
    image = viewport.flip(image, geometry)
    return RenderedImage(
        data=encode(image, options.encoding, options.quality),
        encoding=options.encoding,
        columns=geometry.columns,
        rows=geometry.rows,
        window=window,
        window_from=window_from,
        lossy=is_lossy(options.encoding),
        marked=bool(options.watermark),
    )


def _place(attributes: FrameAttributes, geometry: Geometry) -> Place:
    side = min(attributes.rows, attributes.columns)
    return Place(geometry.left, geometry.top, geometry.width, geometry.height, side)


def _smallest(attributes: FrameAttributes, geometry: Geometry) -> tuple[int, int] | None:
    """How far decoding may reduce the frame: not where a mean of stored values means nothing, or mixes padding in."""
    if attributes.palette is not None or attributes.padding is not None:
        return None
    return geometry.smallest(attributes.rows, attributes.columns)


def _to_image(
    stored: StoredValues, attributes: FrameAttributes, geometry: Geometry, requested: Window | None
) -> tuple[Bytes, Window | None, str]:
    """Grey is scaled before it is windowed, which costs as much and loses less; what a palette colours cannot be."""
    if stored.color_space not in _GRAY:
        rgb = to_rgb(stored.values, stored.color_space, attributes)
        return viewport.scale(rgb, geometry, attributes), None, "none"
    inverted = stored.color_space == "MONOCHROME1"
    transformation, window_from = choose(stored.values, inverted, attributes, requested)
    if attributes.palette is not None:
        colored = with_colors(to_presentation(stored.values, transformation), stored.values, attributes.palette)
        return viewport.scale(colored, geometry, attributes), transformation.window, window_from
    scaled = _scale_gray(stored.values, attributes, geometry)
    return to_presentation(scaled, transformation), transformation.window, window_from


def _scale_gray(values: NDArray[Any], attributes: FrameAttributes, geometry: Geometry) -> NDArray[Any]:
    if attributes.padding is None:
        return viewport.scale(values, geometry, attributes)
    return viewport.scale_around_padding(values, geometry, attributes, attributes.padding)
