"""Recordings of waveforms → images of the sheets that they are drawn on (PS3.3 A.34, C.10.9)."""

from dataclasses import replace

from rendering.documents.sheets import finished, planned
from rendering.errors import InvalidOption
from rendering.frame import RenderedImage
from rendering.options import Encoding, RenderOptions
from rendering.waveforms.layout import compose
from rendering.waveforms.raster import to_pixels
from rendering.waveforms.recording import Recording
from rendering.waveforms.svg import to_svg

PIXELS_PER_MILLIMETRE = 8


def render_waveform(recording: Recording, options: RenderOptions, maximum_pixels: int) -> RenderedImage:
    """The recording at 8 pixels for a millimetre, or in the viewport; as SVG in its physical size.

    Raises `InvalidOption` for an SVG that would have to be reduced or marked, since its points are the samples.
    """
    on_sheet = (*options.annotation.patient, *options.annotation.technique) if options.encoding is Encoding.SVG else ()
    sheet = compose(replace(recording, annotation=on_sheet))
    size = round(sheet.width * PIXELS_PER_MILLIMETRE), round(sheet.height * PIXELS_PER_MILLIMETRE)
    geometry = planned(*size, options, maximum_pixels)
    if options.encoding is not Encoding.SVG:
        return finished(
            to_pixels(sheet, geometry, PIXELS_PER_MILLIMETRE), size, geometry, options, PIXELS_PER_MILLIMETRE
        )
    if options.watermark or options.maximum_side is not None:
        raise InvalidOption("a waveform that is to be marked or reduced is not given as SVG")
    data = to_svg(sheet, geometry, PIXELS_PER_MILLIMETRE, is_scaled=options.viewport is not None)
    annotated = options.annotated(())
    return RenderedImage(
        data, Encoding.SVG, geometry.columns, geometry.rows, None, "none", lossy=False, annotated=annotated
    )
