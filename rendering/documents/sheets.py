"""What sheets and pages have in common, whatever is on them: a size, a viewport, a mark, an encoding."""

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from rendering import viewport
from rendering.annotation import annotate
from rendering.encode import encode, is_lossy
from rendering.errors import InvalidOption, TooLarge
from rendering.frame import FrameAttributes, RenderedImage
from rendering.options import Encoding, RenderOptions
from rendering.viewport import Geometry
from rendering.watermark import Place, burn

_PNG_HEADER_END = 33
_JFIF = slice(6, 11)
_JFIF_DENSITY = slice(13, 18)
_DOTS_PER_CENTIMETRE = 2
_LARGEST_SCALE = 64  # above which letters are larger than any memory for them, and headers cannot tell the density


def planned(columns: int, rows: int, options: RenderOptions, maximum_pixels: int) -> Geometry:
    """How a sheet of so many pixels is shown.

    Raises `TooLarge`, and `InvalidOption` for a region outside of it or so small that its letters would be huge.
    """
    attributes = FrameAttributes("", rows, columns, 3, "RGB", 8, 8, 7, signed=False)
    geometry = viewport.plan(attributes, options)
    if geometry.rows * geometry.columns > maximum_pixels:
        raise TooLarge("the image would be too large")
    if max(geometry.scale) > _LARGEST_SCALE:
        raise InvalidOption("the source region of the viewport is too small to be shown so large")
    return geometry


def finished(
    image: NDArray[np.uint8],
    size: tuple[int, int],
    geometry: Geometry,
    options: RenderOptions,
    pixels_per_millimetre: float,
    pages: int = 1,
) -> RenderedImage:
    """`image`, the region of a sheet of `size`, marked, mirrored, annotated and encoded; with its physical size."""
    if options.watermark:
        place = Place(geometry.left, geometry.top, geometry.width, geometry.height, min(size))
        image = burn(image, options.watermark, place)
    image, omissions = annotate(viewport.turn(image, geometry), options.annotation)
    data = encode(image, options.encoding, options.quality)
    return RenderedImage(
        data=_with_density(data, options.encoding, pixels_per_millimetre * geometry.scale[0]),
        encoding=options.encoding,
        columns=geometry.columns,
        rows=geometry.rows,
        window=None,
        window_from="none",
        lossy=is_lossy(image, options.encoding, options.quality),
        marked=bool(options.watermark),
        frames=pages,
        scale=geometry.scale[0],
        omissions=omissions,
        annotated=options.annotated(omissions),
    )


def _with_density(data: bytes, encoding: Encoding, pixels_per_millimetre: float) -> bytes:
    """The physical size of the pixels, where PNG (§11.3.4.3) and JFIF (ITU-T T.871) have a place for it."""
    if encoding is Encoding.PNG:
        content = struct.pack(">IIB", *[round(pixels_per_millimetre * 1000)] * 2, 1)
        chunk = struct.pack(">I", 9) + b"pHYs" + content + struct.pack(">I", zlib.crc32(b"pHYs" + content))
        return data[:_PNG_HEADER_END] + chunk + data[_PNG_HEADER_END:]
    if encoding is Encoding.JPEG and data[_JFIF] == b"JFIF\0":
        density = struct.pack(">BHH", _DOTS_PER_CENTIMETRE, *[max(1, round(pixels_per_millimetre * 10))] * 2)
        return data[: _JFIF_DENSITY.start] + density + data[_JFIF_DENSITY.stop :]
    return data
