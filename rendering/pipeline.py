"""From an encoded frame to an image to look at: the stages in their order (PS3.4 N.2, PS3.18 §8.3.5.1)."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rendering import overlay, shutter, viewport
from rendering.annotation import annotate
from rendering.color import spanned_by, to_rgb, with_colors
from rendering.content import Still
from rendering.decode.decoding import decode
from rendering.decode.stored import StoredValues
from rendering.depth import Words, deepened
from rendering.encode import encode, is_lossy
from rendering.errors import TooLarge
from rendering.frame import EncodedFrame, FrameAttributes, RenderedImage
from rendering.grayscale import Bytes, to_deep_presentation, to_presentation
from rendering.icc.management import GRAY, Colors, to_asked, to_described
from rendering.kinds.layers import lay_over
from rendering.legend import Line, write_legend
from rendering.masking import blacken
from rendering.options import Encoding, Omission, RenderOptions, Window
from rendering.preparation import read_values
from rendering.scaling import scale_gray, smallest
from rendering.viewport import Geometry
from rendering.watermark import Place, burn
from rendering.window_choice import choose

_GRAY = ("MONOCHROME1", "MONOCHROME2")


@dataclass(frozen=True, slots=True)
class Shown:
    """An image of 8 bits, of shape (rows, columns) or (rows, columns, 3), and how it was made.

    `window` is what grey was windowed by, `colors` what red, green and blue mean, `scale` the columns of the image for
    one column of the frame. The image has 16 bits where 16-bit PNG is asked for and the frame is grey.
    """

    image: NDArray[Any]
    window: Window | None
    window_from: str
    colors: Colors = GRAY
    scale: float = 1.0
    decoder: str = ""
    source_lossy: bool = False
    omissions: tuple[Omission, ...] = ()


@dataclass(frozen=True, slots=True)
class _Plain:
    """The frame alone, with nothing laid over it; `deep` is the same in 16 bits."""

    image: Bytes
    window: Window | None = None
    window_from: str = "none"
    colors: Colors = GRAY
    deep: Words | None = None


def render_still(still: Still, options: RenderOptions, maximum_pixels: int) -> RenderedImage:
    """The frame as `options` ask. Raises `RenderingError`; neither frame nor image may exceed `maximum_pixels`."""
    return encoded(show(still, options, maximum_pixels), still.frames[0].attributes, options)


def encoded(shown: Shown, attributes: FrameAttributes, options: RenderOptions) -> RenderedImage:
    """The finished image of a frame with these attributes as it is given away."""
    image, colors, profile = to_described(shown.image, shown.colors, options.color_profile)
    rows, columns = image.shape[:2]
    return RenderedImage(
        data=encode(image, options.encoding, options.quality, profile),
        encoding=options.encoding,
        columns=columns,
        rows=rows,
        window=shown.window,
        window_from=shown.window_from,
        lossy=is_lossy(image, options.encoding, options.quality),
        marked=bool(options.watermark),
        scale=shown.scale,
        decoder=shown.decoder,
        source_lossy=shown.source_lossy,
        ratio=attributes.lossy_ratio,
        color_space=colors.space,
        color_found=colors.found,
        described=bool(profile),
        omissions=shown.omissions,
        annotated=options.annotated(shown.omissions),
    )


def show(still: Still, options: RenderOptions, maximum_pixels: int) -> Shown:
    """Like `render_still`, before it is encoded."""
    frame = still.frames[0]
    attributes = frame.attributes
    geometry = viewport.plan(attributes, options)
    if geometry.rows * geometry.columns > maximum_pixels:
        raise TooLarge("the image would be too large")
    stored = _stored(frame, geometry, maximum_pixels)
    plain = _to_image(stored, frame, viewport.on_reduced(geometry, stored, attributes), options)
    plain = _masked(_shuttered(plain, attributes, geometry), attributes, geometry)
    image, omissions = _with_overlays(plain.image, frame, geometry, options.overlays, maximum_pixels)
    legend: tuple[Line, ...] = ()
    if still.layers is not None:
        image, legend = lay_over(image, still.layers, still.frames, geometry, maximum_pixels)
    if options.watermark:
        image = burn(image, options.watermark, _place(attributes, geometry))
    finished: NDArray[Any] = image if plain.deep is None or legend else deepened(plain.deep, plain.image, image)
    annotated, not_annotated = annotate(write_legend(viewport.turn(finished, geometry), legend), options.annotation)
    return Shown(
        image=annotated,
        window=plain.window,
        window_from=plain.window_from,
        colors=plain.colors,
        scale=geometry.columns / geometry.width,
        decoder=stored.decoder,
        source_lossy=stored.lossy or attributes.lossy,
        omissions=(*omissions, *not_annotated),
    )


def _stored(frame: EncodedFrame, geometry: Geometry, maximum_pixels: int) -> StoredValues:
    if frame.prepared is not None:
        return read_values(frame, frame.prepared)
    return decode(frame, maximum_pixels, smallest(frame.attributes, geometry))


def _shuttered(plain: _Plain, attributes: FrameAttributes, geometry: Geometry) -> _Plain:
    """The image under the frame's shutter, in either depth (PS3.4 N.2.3)."""
    hiding, aspect = attributes.shutter, attributes.pixel_aspect
    if hiding is None:
        return plain
    deep = None if plain.deep is None else shutter.close(plain.deep, hiding, geometry, aspect)
    return replace(plain, image=shutter.close(plain.image, hiding, geometry, aspect), deep=deep)


def _masked(plain: _Plain, attributes: FrameAttributes, geometry: Geometry) -> _Plain:
    """Black outside the frame's areas, in either depth, whatever their lowest value looks like."""
    areas = attributes.areas
    if areas is None:
        return plain
    deep = None if plain.deep is None else blacken(plain.deep, areas, geometry)
    return replace(plain, image=blacken(plain.image, areas, geometry), deep=deep)


def _with_overlays(
    image: Bytes, frame: EncodedFrame, geometry: Geometry, wanted: bool, maximum_pixels: int
) -> tuple[Bytes, tuple[Omission, ...]]:
    """The upright image under the frame's overlay planes, and whether some are missing."""
    if not wanted:
        return image, ()
    planes = [
        overlay.extracted(plane, frame, maximum_pixels) if plane.embedded else plane
        for plane in frame.attributes.overlays
    ]
    for plane in planes:
        image = image if plane is None else overlay.draw(image, plane, geometry)
    missing = frame.attributes.unread_overlays > 0 or None in planes
    return image, (Omission.OVERLAY,) if missing else ()


def _place(attributes: FrameAttributes, geometry: Geometry) -> Place:
    side = min(attributes.rows, attributes.columns)
    return Place(geometry.left, geometry.top, geometry.width, geometry.height, side)


def _to_image(stored: StoredValues, frame: EncodedFrame, geometry: Geometry, options: RenderOptions) -> _Plain:
    """Grey is scaled before it is windowed, which costs as much and loses less; what a palette colours cannot be."""
    attributes = frame.attributes
    if stored.color_space not in _GRAY:
        rgb = to_rgb(stored.values, stored.color_space, attributes)
        image, colors = _scaled_colors(rgb, frame, geometry, options)
        return _Plain(image, colors=colors)
    inverted = stored.color_space == "MONOCHROME1"
    transformation, window_from = choose(stored.values, inverted, attributes, options.window)
    if attributes.palette is not None:
        colored = with_colors(to_presentation(stored.values, transformation), stored.values, attributes.palette)
        image, colors = _scaled_colors(colored, frame, geometry, options)
        return _Plain(image, transformation.window, window_from, colors)
    scaled = scale_gray(stored.values, attributes, geometry)
    if attributes.range_palette is not None:
        rgb = spanned_by(attributes.range_palette, to_deep_presentation(scaled, transformation))
        rgb[_is_nothing(scaled, attributes)] = 0
        image, colors = to_asked(rgb, frame, options)
        return _Plain(image, transformation.window, window_from, colors)
    deep = to_deep_presentation(scaled, transformation) if options.encoding is Encoding.PNG_16 else None
    return _Plain(to_presentation(scaled, transformation), transformation.window, window_from, deep=deep)


def _is_nothing(values: NDArray[Any], attributes: FrameAttributes) -> NDArray[np.bool_]:
    """Where there is no value to show: padding, and what is no number."""
    nothing = np.isnan(values) if attributes.floating_point else np.zeros(values.shape, np.bool_)
    if attributes.padding is not None:
        nothing |= (values >= attributes.padding[0]) & (values <= attributes.padding[1])
    return nothing


def _scaled_colors(rgb: Bytes, frame: EncodedFrame, geometry: Geometry, options: RenderOptions) -> tuple[Bytes, Colors]:
    return to_asked(viewport.scale(rgb, geometry, frame.attributes), frame, options)
