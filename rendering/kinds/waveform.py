"""Recordings of waveforms → images of the sheets that they are drawn on (PS3.3 A.34, C.10.9)."""

from dataclasses import dataclass, replace

from rendering.documents.sheets import finished, planned
from rendering.errors import InvalidOption
from rendering.fonts import is_readable
from rendering.frame import RenderedImage
from rendering.laid_over import Annotation
from rendering.options import Encoding, RenderOptions
from rendering.viewport import Geometry
from rendering.waveforms.drawing import Sheet
from rendering.waveforms.layout import TEXT_SIZE, compose
from rendering.waveforms.raster import to_pixels
from rendering.waveforms.recording import Recording
from rendering.waveforms.svg import to_svg

PIXELS_PER_MILLIMETRE = 8
_SMALLEST_TEXT = 12  # pixels


def render_waveform(recording: Recording, options: RenderOptions, maximum_pixels: int) -> RenderedImage:
    """The recording at 8 pixels for a millimetre, or in the viewport; as SVG in its physical size.

    Annotation has a place on the sheet, and is burnt in where that would not be seen. Raises `InvalidOption` for an
    SVG that would have to be reduced or marked, since its points are the samples.
    """
    lines = (*options.annotation.patient, *options.annotation.technique)
    plan = _plan(replace(recording, annotation=lines), options, maximum_pixels)
    if options.encoding is Encoding.SVG:
        return _drawing(plan, options)
    if plan.shows_text and all(map(is_readable, lines)):
        image = _picture(plan, replace(options, annotation=Annotation()))
        return replace(image, annotated=options.annotated(()))
    return _picture(_plan(recording, options, maximum_pixels), options)


@dataclass(frozen=True, slots=True)
class _Plan:
    """A sheet, its size in pixels, and what of it is shown at which scale."""

    sheet: Sheet
    size: tuple[int, int]
    geometry: Geometry

    @property
    def shows_text(self) -> bool:
        """Whether the head of the sheet is in the image, and can be read there."""
        shown = self.geometry
        is_whole = (shown.left, shown.top, shown.width, shown.height) == (0, 0, *self.size)
        is_mirrored = shown.flip_horizontal or shown.flip_vertical
        return is_whole and not is_mirrored and min(shown.scale) * PIXELS_PER_MILLIMETRE * TEXT_SIZE >= _SMALLEST_TEXT


def _plan(recording: Recording, options: RenderOptions, maximum_pixels: int) -> _Plan:
    sheet = compose(recording)
    size = round(sheet.width * PIXELS_PER_MILLIMETRE), round(sheet.height * PIXELS_PER_MILLIMETRE)
    return _Plan(sheet, size, planned(*size, options, maximum_pixels))


def _picture(plan: _Plan, options: RenderOptions) -> RenderedImage:
    pixels = to_pixels(plan.sheet, plan.geometry, PIXELS_PER_MILLIMETRE)
    return finished(pixels, plan.size, plan.geometry, options, PIXELS_PER_MILLIMETRE)


def _drawing(plan: _Plan, options: RenderOptions) -> RenderedImage:
    if options.watermark or options.maximum_side is not None:
        raise InvalidOption("a waveform that is to be marked or reduced is not given as SVG")
    return RenderedImage(
        data=to_svg(plan.sheet, plan.geometry, PIXELS_PER_MILLIMETRE, is_scaled=options.viewport is not None),
        encoding=Encoding.SVG,
        columns=plan.geometry.columns,
        rows=plan.geometry.rows,
        window=None,
        window_from="none",
        lossy=False,
        annotated=options.annotated(()),
    )
