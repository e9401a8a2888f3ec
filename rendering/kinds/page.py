"""Pages of encapsulated PDF documents → images, by PDFium (PS3.3 A.45.1): no scripts, no forms, nothing fetched."""

from math import ceil
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
import pypdfium2

from rendering.content import Page
from rendering.documents.sheets import finished, planned
from rendering.errors import InvalidOption, MalformedFrame, TooLarge
from rendering.frame import RenderedImage
from rendering.options import RenderOptions
from rendering.viewport import Geometry

MAXIMUM_PAGES = 2000
_DOTS_PER_POINT = 150 / 72
_DOTS_PER_MILLIMETRE = 150 / 25.4
_LONGEST_SIDE = 14_400  # points, more than which no viewer has to support (ISO 32000-1 Annex C)


def render_page(page: Page, options: RenderOptions, maximum_pixels: int) -> RenderedImage:
    """The page at 150 dots per inch, or in the viewport; `frames` of the image are the pages of the document.

    Raises `InvalidOption` when there is no such page, `MalformedFrame` for a document that is damaged or locked.
    """
    try:
        document = pypdfium2.PdfDocument(bytes(page.data))
        pages = len(document)
        if pages > MAXIMUM_PAGES:
            raise TooLarge("the document has more pages than are shown")
        if not 1 <= page.number <= pages:
            raise InvalidOption("the document has no such page")
        return _render(document[page.number - 1], pages, options, maximum_pixels)
    except pypdfium2.PdfiumError:
        raise MalformedFrame("the document is damaged, or locked by a password") from None


def _render(page: pypdfium2.PdfPage, pages: int, options: RenderOptions, maximum_pixels: int) -> RenderedImage:
    width, height = page.get_size()
    if not (0 < width <= _LONGEST_SIDE and 0 < height <= _LONGEST_SIDE):
        raise MalformedFrame("the page has no size that a page can have")
    size = max(1, round(width * _DOTS_PER_POINT)), max(1, round(height * _DOTS_PER_POINT))
    geometry = planned(*size, options, maximum_pixels)
    image = _drawn(page, size, geometry, maximum_pixels)
    return finished(image, size, geometry, options, _DOTS_PER_MILLIMETRE, pages)


def _drawn(
    page: pypdfium2.PdfPage, size: tuple[int, int], geometry: Geometry, maximum_pixels: int
) -> NDArray[np.uint8]:
    """The region of the page at its size in the image; nothing is drawn of what lies outside of it."""
    across, down = geometry.scale
    scale = max(across, down)
    columns, rows = ceil(geometry.width * scale), ceil(geometry.height * scale)
    if columns * rows > maximum_pixels:
        raise TooLarge("the image would be too large")
    right, bottom = size[0] - geometry.left - geometry.width, size[1] - geometry.top - geometry.height
    margins = (geometry.left, bottom, right, geometry.top)
    crop = tuple(max(0.0, margin / _DOTS_PER_POINT) for margin in margins)
    drawn: Any = page.render(scale=scale * _DOTS_PER_POINT, crop=crop, may_draw_forms=False, rev_byteorder=True)
    pixels: NDArray[np.uint8] = drawn.to_numpy()[..., :3]
    wanted = (geometry.columns, geometry.rows)
    if pixels.shape[1::-1] == wanted:
        return np.ascontiguousarray(pixels)
    return np.asarray(cv2.resize(np.ascontiguousarray(pixels), wanted, interpolation=cv2.INTER_AREA), np.uint8)
