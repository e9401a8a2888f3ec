"""Native colour with fewer chrominance than luminance samples: 4:2:2 and 4:2:0 (PS3.3 C.7.6.3.1.2)."""

import numpy as np

from rendering.decode.cells import Array, interleave
from rendering.errors import MalformedAttributes
from rendering.frame import FrameAttributes

_CHROMA_ROWS = {"YBR_FULL_422": 1, "YBR_PARTIAL_422": 1, "YBR_PARTIAL_420": 2}
"""Which rows hold chrominance: every one, or every second from the first on."""


def is_subsampled(attributes: FrameAttributes) -> bool:
    return attributes.photometric_interpretation in _CHROMA_ROWS


def count_cells(attributes: FrameAttributes) -> int:
    """The cells of a subsampled frame: one for each pixel, and one for each pixel of the rows with chrominance."""
    step = _CHROMA_ROWS[attributes.photometric_interpretation]
    return (attributes.rows + -(-attributes.rows // step)) * attributes.columns


def upsample(cells: Array, attributes: FrameAttributes) -> Array:
    """`count_cells` cells, Y1 Y2 Cb Cr for each pair of pixels and Y1 Y2 in rows without chrominance, as whole pixels.

    Chrominance lies where the first pixel of a pair does; both have it, and in 4:2:0 the pair below as well.
    """
    rows, columns = attributes.rows, attributes.columns
    if columns % 2:
        raise MalformedAttributes("subsampled colour needs an even number of columns")
    step = _CHROMA_ROWS[attributes.photometric_interpretation]
    lines = np.zeros((-(-rows // step), (1 + step) * columns), cells.dtype)
    lines.reshape(-1)[: cells.size] = cells
    pairs = lines[:, : 2 * columns].reshape(len(lines), -1, 4)
    luminance = np.empty((len(lines) * step, columns), cells.dtype)
    luminance[::step] = pairs[..., :2].reshape(len(lines), columns)
    if step == 2:
        luminance[1::step] = lines[:, 2 * columns :]
    blue, red = (pairs[..., index].repeat(step, axis=0).repeat(2, axis=1) for index in (2, 3))
    return interleave([np.ascontiguousarray(plane[:rows]) for plane in (luminance, blue, red)])
