"""What must hold before a native decoder sees a frame: sane attributes, and a code stream that agrees with them."""

from rendering.errors import MalformedAttributes, MalformedFrame, TooLarge, UnsupportedObject
from rendering.frame import SAMPLES_PER_PIXEL, FrameAttributes

_MOST_LINES = 65535  # Rows and Columns are US


def check_attributes(attributes: FrameAttributes, maximum_pixels: int) -> None:
    """Refuse attributes that cannot explain any pixels, and images of more than `maximum_pixels` samples."""
    _check_photometric_interpretation(attributes)
    if attributes.floating_point:
        _check_floats(attributes)
    else:
        _check_cells(attributes)
    if not (0 < attributes.rows <= _MOST_LINES and 0 < attributes.columns <= _MOST_LINES):
        raise MalformedAttributes("rows or columns are out of their range")
    if attributes.rows * attributes.columns * attributes.samples_per_pixel > maximum_pixels:
        raise TooLarge("the frame has more pixels than are decoded")


def check_stream(attributes: FrameAttributes, shape: tuple[int, int, int], precision: int) -> None:
    """Refuse a code stream whose rows, columns and samples are not the attributes', or that overflows their cells."""
    if shape != (attributes.rows, attributes.columns, attributes.samples_per_pixel):
        raise MalformedFrame("the code stream's size contradicts the attributes")
    if precision > attributes.bits_allocated:
        raise MalformedFrame("the code stream's precision exceeds the bits allocated")


def _check_photometric_interpretation(attributes: FrameAttributes) -> None:
    samples = SAMPLES_PER_PIXEL.get(attributes.photometric_interpretation)
    if samples is None:
        raise UnsupportedObject("the photometric interpretation is not one that can be shown")
    if attributes.samples_per_pixel != samples:
        raise MalformedAttributes("samples per pixel contradict the photometric interpretation")


def _check_cells(attributes: FrameAttributes) -> None:
    allocated, stored, high = attributes.bits_allocated, attributes.bits_stored, attributes.high_bit
    if not 0 < stored <= allocated or not stored - 1 <= high < allocated:
        raise MalformedAttributes("the stored bits do not lie within the bits allocated")
    if allocated not in {1, 8, 16, 32}:
        raise UnsupportedObject("pixel cells of this size are not supported")
    if allocated == 1 and attributes.samples_per_pixel != 1:
        raise MalformedAttributes("single-bit pixels cannot have colour")


def _check_floats(attributes: FrameAttributes) -> None:
    """Floating point pixels are one sample of 32 or 64 bits (PS3.3 C.7.6.24, C.7.6.25)."""
    if attributes.bits_allocated not in {32, 64}:
        raise MalformedAttributes("floating point pixels have 32 or 64 bits")
    if attributes.photometric_interpretation not in {"MONOCHROME1", "MONOCHROME2"}:
        raise MalformedAttributes("floating point pixels cannot have colour")
