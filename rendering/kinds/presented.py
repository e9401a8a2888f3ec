"""A frame as a presentation state shows it: the stages of PS3.4 N.2 in order, the state's in place of the frame's."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rendering import overlay, shutter, viewport
from rendering.annotation import annotate
from rendering.color import Bytes, spanned_by, to_rgb, with_colors
from rendering.content import Presented
from rendering.decode.decoding import decode
from rendering.decode.stored import StoredValues
from rendering.errors import MalformedFrame, TooLarge
from rendering.frame import EncodedFrame, FrameAttributes, RenderedImage
from rendering.grayscale import Transformation, to_deep_presentation, to_modality, to_presentation
from rendering.icc.management import GRAY, Colors, to_asked
from rendering.laid_over import Color
from rendering.options import Omission, RenderOptions
from rendering.pipeline import Shown, encoded
from rendering.presentation.drawing import draw
from rendering.presentation.graphics import Layer
from rendering.presentation.planning import Plan, plan
from rendering.presentation.presented import Presentation, Subtraction, Superimposition
from rendering.presentation.writing import write
from rendering.reading.padding import stored_range
from rendering.sampling import after, linear, to_frame
from rendering.tint import tint
from rendering.tint import to_rgb as tint_to_rgb
from rendering.viewport import Geometry
from rendering.watermark import Place, burn

_GRAY = ("MONOCHROME1", "MONOCHROME2")


def render_presented(presented: Presented, options: RenderOptions, maximum_pixels: int) -> RenderedImage:
    """The first frame as `options` ask. Raises `RenderingError`; no frame and no image may exceed `maximum_pixels`."""
    return encoded(_shown(presented, options, maximum_pixels), presented.frames[0].attributes, options)


def _shown(presented: Presented, options: RenderOptions, maximum_pixels: int) -> Shown:
    frame, presentation = presented.frames[0], presented.presentation
    attributes = frame.attributes
    planned = plan(attributes, presentation, options)
    geometry = planned.geometry
    if geometry.rows * geometry.columns > maximum_pixels:
        raise TooLarge("the image would be too large")
    stored = decode(frame, maximum_pixels, _smallest(presented, planned.inner))
    inner = viewport.on_reduced(planned.inner, stored, attributes)
    image, colors = _to_image(stored, presented, inner, options, maximum_pixels)
    if attributes.shutter is not None:
        image = shutter.close(image, attributes.shutter, planned.inner, attributes.pixel_aspect)
    image = viewport.turn(_on_canvas(image, planned), geometry)
    layers = [_readable(layer, frame, maximum_pixels) for layer in presentation.layers]
    for layer in layers:
        image = _drawn(image, layer, planned)
    if options.watermark:
        image = _marked(image, options.watermark, attributes, geometry)
    image, unwritten = annotate(image, options.annotation)
    unread = any(
        len(one.overlays) < len(whole.overlays) for one, whole in zip(layers, presentation.layers, strict=True)
    )
    return Shown(
        image=image,
        window=next(iter(attributes.windows), None) if stored.color_space in _GRAY else None,
        window_from="state" if stored.color_space in _GRAY else "none",
        colors=colors,
        scale=geometry.scale[0],
        decoder=stored.decoder,
        source_lossy=stored.lossy or attributes.lossy,
        omissions=(*((Omission.OVERLAY,) if unread else ()), *unwritten),
    )


def _smallest(presented: Presented, geometry: Geometry) -> tuple[int, int] | None:
    """How far decoding may reduce the frame: not where others are laid against it, nor where means mean nothing."""
    attributes = presented.frames[0].attributes
    if len(presented.frames) > 1 or attributes.palette is not None or attributes.padding is not None:
        return None
    return geometry.smallest(attributes.rows, attributes.columns)


def _to_image(
    stored: StoredValues, presented: Presented, geometry: Geometry, options: RenderOptions, maximum_pixels: int
) -> tuple[Bytes, Colors]:
    """The upright image by what its pixels are and what the state ends in (PS3.4 N.2.1, N.2.2, N.2.4)."""
    frame, presentation = presented.frames[0], presented.presentation
    attributes = frame.attributes
    if stored.color_space not in _GRAY:
        rgb = to_rgb(stored.values, stored.color_space, attributes)
        return to_asked(viewport.scale(rgb, geometry, attributes), frame, options)
    if attributes.palette is not None:
        gray = to_presentation(stored.values, _transformation(attributes, presentation))
        colored = with_colors(gray, stored.values, attributes.palette)
        return to_asked(viewport.scale(colored, geometry, attributes), frame, options)
    values = stored.values
    if presentation.subtraction is not None:
        values = _subtracted(values, presented, presentation.subtraction, maximum_pixels)
        attributes = replace(attributes, rescale_slope=1.0, rescale_intercept=0.0, modality_lut=None, padding=None)
    scaled = _scaled(values, attributes, geometry)
    transformation = _transformation(attributes, presentation)
    if presentation.superimposition is not None:
        gray = to_presentation(scaled, transformation)
        return to_asked(
            _blended(gray, presented, presentation.superimposition, geometry, maximum_pixels), frame, options
        )
    if presentation.palette is not None:
        shown = to_deep_presentation(scaled, transformation)
        colored = spanned_by(presentation.palette, shown)
        colored[_is_padding(scaled, attributes)] = 0
        return to_asked(colored, frame, options)
    return to_presentation(scaled, transformation), GRAY


def _transformation(attributes: FrameAttributes, presentation: Presentation) -> Transformation:
    """The grayscale stages, of which the last one is the state's own."""
    lowest, highest = stored_range(attributes.bits_stored, attributes.signed)
    return Transformation(
        slope=attributes.rescale_slope,
        intercept=attributes.rescale_intercept,
        modality_lut=attributes.modality_lut,
        window=next(iter(attributes.windows), None),
        voi_lut=next(iter(attributes.voi_luts), None),
        presentation_lut=presentation.presentation_lut,
        inverted=presentation.inverted,
        padding=attributes.padding,
        lowest=lowest,
        highest=highest,
    )


def _scaled(values: NDArray[Any], attributes: FrameAttributes, geometry: Geometry) -> NDArray[Any]:
    if values.dtype.kind == "f":
        return viewport.scale_around_missing(values, geometry, attributes)
    if attributes.padding is None:
        return viewport.scale(values, geometry, attributes)
    return viewport.scale_around_padding(values, geometry, attributes, attributes.padding)


def _is_padding(values: NDArray[Any], attributes: FrameAttributes) -> NDArray[np.bool_]:
    if attributes.padding is None:
        return np.isnan(values) if values.dtype.kind == "f" else np.zeros(values.shape, np.bool_)
    lowest, highest = attributes.padding
    return np.asarray((values >= lowest) & (values <= highest))


def _subtracted(
    values: NDArray[Any], presented: Presented, subtraction: Subtraction, maximum_pixels: int
) -> NDArray[np.float64]:
    """Modality values less those of the mean of the frames behind (PS3.3 C.7.6.10.1, C.8.19.7.1)."""
    frame, *masks = presented.frames
    total = np.zeros(values.shape)
    for mask in masks:
        subtracted = decode(mask, maximum_pixels).values
        if subtracted.shape != total.shape:
            raise MalformedFrame("frames to be subtracted from each other differ in size")
        total += _modality(subtracted, frame.attributes)
    return _modality(values, frame.attributes) - total * ((1 - subtraction.visible) / len(masks))


def _modality(values: NDArray[Any], attributes: FrameAttributes) -> NDArray[np.float64]:
    slope, intercept = attributes.rescale_slope, attributes.rescale_intercept
    return to_modality(values.astype(np.float64), slope, intercept, attributes.modality_lut)


def _blended(
    gray: Bytes, presented: Presented, superimposition: Superimposition, geometry: Geometry, maximum_pixels: int
) -> Bytes:
    """The second frame in colour over the first one's grey; padding covers nothing (PS3.4 N.2.4.3)."""
    image, above = tint_to_rgb(gray), presented.frames[1]
    values = decode(above, maximum_pixels).values
    transformation = _transformation(above.attributes, replace(presented.presentation, presentation_lut=None))
    shown = to_deep_presentation(values, transformation).astype(np.float64)
    shown[_is_padding(values, above.attributes)] = np.nan
    placed = linear(shown, after(superimposition.placement, to_frame(geometry)), geometry.upright)
    covered = np.isfinite(placed)
    colored = spanned_by(superimposition.palette, np.where(covered, placed, 0))
    tint(image, covered * np.float32(superimposition.opacity), colored.astype(np.float32))
    return image


def _on_canvas(image: Bytes, planned: Plan) -> Bytes:
    """The upright image with black where the displayed area exceeds the frame."""
    columns, rows = planned.geometry.upright
    if image.shape[:2] == (rows, columns):
        return image
    canvas = np.zeros((rows, columns, *image.shape[2:]), np.uint8)
    canvas[planned.top : planned.top + image.shape[0], planned.left : planned.left + image.shape[1]] = image
    return canvas


def _readable(layer: Layer, frame: EncodedFrame, maximum_pixels: int) -> Layer:
    """The layer with those overlays that can be had, if they are in the frame's own pixels."""
    planes = (overlay.extracted(one, frame, maximum_pixels) if one.embedded else one for one in layer.overlays)
    return replace(layer, overlays=tuple(plane for plane in planes if plane is not None))


def _drawn(image: Bytes, layer: Layer, planned: Plan) -> Bytes:
    """The turned image with one layer over it, in colour where the layer has any."""
    ink = layer.color or (layer.gray,) * 3
    colors = (layer.color, *(one.color or one.fill for one in layer.graphics), *(one.color for one in layer.texts))
    image = tint_to_rgb(image) if any(map(_is_chromatic, colors)) else image.copy()
    for plane in layer.overlays:
        upright = overlay.draw(_upright(image, planned.geometry), plane, planned.geometry, ink)
        image = viewport.turn(upright, planned.geometry)
    for graphic in layer.graphics:
        draw(image, graphic, planned.to_image(graphic.units, graphic.points), ink)
    for text in layer.texts:
        write(image, text, planned, ink)
    return image


def _marked(image: Bytes, watermark: str, attributes: FrameAttributes, geometry: Geometry) -> Bytes:
    """The turned image with the watermark where all images of the frame have it."""
    place = Place(
        geometry.left, geometry.top, geometry.width, geometry.height, min(attributes.rows, attributes.columns)
    )
    return viewport.turn(burn(_upright(image, geometry), watermark, place), geometry)


def _upright(image: Bytes, geometry: Geometry) -> Bytes:
    """A turned image as it was before."""
    mirrored = image[:, ::-1] if geometry.flip_horizontal else image
    return np.ascontiguousarray(np.rot90(mirrored, geometry.rotation // 90))


def _is_chromatic(color: Color | None) -> bool:
    return color is not None and len(set(color)) > 1
