"""How stored bits lie in pixel cells, and samples in planes (PS3.5 §8.1.1, PS3.3 C.7.6.3.1.3)."""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy.typing as npt

from rendering.frame import FrameAttributes

Array = npt.NDArray[Any]


def to_stored(cells: Array, attributes: FrameAttributes) -> Array:
    """The stored bits of whole pixel cells, wherever High Bit puts them; what else the cells hold is dropped."""
    lowest = attributes.high_bit + 1 - attributes.bits_stored
    return _stored_bits(cells, lowest, attributes.bits_stored, is_signed(attributes))


def to_stored_of_stream(samples: Array, precision: int, attributes: FrameAttributes) -> Array:
    """The stored bits of what a lossless code stream of `precision` bits gave.

    A precision beyond Bits Stored means that whole cells were compressed. A smaller one is where the sign is, as the
    code stream's encoder saw it.
    """
    if precision > attributes.high_bit:
        return to_stored(samples, attributes)
    return _stored_bits(samples, 0, min(precision, attributes.bits_stored), is_signed(attributes))


def to_stored_of_lossy(samples: Array, precision: int, attributes: FrameAttributes) -> Array:
    """The same where samples are only near to the stored values: an overshoot beyond Bits Stored does not wrap around.

    That holds for lossy code streams and for reduced resolutions.
    """
    signed = is_signed(attributes)
    if signed is not (samples.dtype.kind == "i"):
        return to_stored_of_stream(samples, precision, attributes)
    least, most = _range(attributes.bits_stored, signed)
    if precision <= attributes.bits_stored or (least <= samples.min() and samples.max() <= most):
        return samples
    return samples.clip(least, most)


def is_signed(attributes: FrameAttributes) -> bool:
    """Whether the values have a sign; colour never has (PS3.3 C.7.6.3.1.2)."""
    return attributes.signed and attributes.samples_per_pixel == 1


def interleave(planes: Sequence[Array]) -> Array:
    """Planes of one shape as the last axis of one array."""
    kind = planes[0].dtype
    merged: Array = cv2.merge([plane.view(f"i{kind.itemsize}") for plane in planes])
    return merged.view(kind)


def color_space(attributes: FrameAttributes) -> str:
    """What whole samples for each pixel mean, where nothing but the attributes says it.

    YBR_RCT, YBR_ICT and XYB came out as RGB: an archive that decoded a frame may still describe the code stream it
    keeps.
    """
    match attributes.photometric_interpretation:
        case "YBR_RCT" | "YBR_ICT" | "XYB":
            return "RGB"
        case "YBR_FULL_422":
            return "YBR_FULL"
        case "YBR_PARTIAL_422" | "YBR_PARTIAL_420":
            return "YBR_PARTIAL"
        case other:
            return other


def _stored_bits(cells: Array, lowest: int, bits: int, signed: bool) -> Array:
    """`bits` bits of each cell from `lowest` on, as numbers; the cells themselves where they are that already."""
    numbers = cells.view(f"{'i' if signed else 'u'}{cells.itemsize}")
    if lowest == 0 and _fits(numbers, bits, signed):
        return numbers
    above = 8 * cells.itemsize - lowest - bits
    shifted: Array = (numbers << above) >> (above + lowest)
    return shifted


def _fits(numbers: Array, bits: int, signed: bool) -> bool:
    least, most = _range(bits, signed)
    return bits == 8 * numbers.itemsize or bool(least <= numbers.min() and numbers.max() <= most)


def _range(bits: int, signed: bool) -> tuple[int, int]:
    half = 1 << (bits - 1)
    return (-half, half - 1) if signed else (0, 2 * half - 1)
