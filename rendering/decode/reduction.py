"""How far a decoder may reduce the resolution while it decodes: an average must mean something, and be enough."""

from collections.abc import Sequence

from rendering.decode.cells import is_signed
from rendering.frame import FrameAttributes


def choose_reduction(
    shape: Sequence[int], attributes: FrameAttributes, signed: bool, smallest: tuple[int, int] | None, most: int
) -> int:
    """How often to halve `shape` (rows, columns, ...) with `smallest` (rows, columns) left, at most `most` times.

    Never where an average means nothing: palette indices, cells that hold other bits below the stored ones, and
    samples whose sign, `signed` in the code stream, is another than that of the values.
    """
    only_bits = signed is not is_signed(attributes) or attributes.high_bit >= attributes.bits_stored
    if smallest is None or only_bits or attributes.photometric_interpretation == "PALETTE COLOR":
        return 0
    reduction = 0
    while reduction < most and all(
        reduced(size, reduction + 1) >= enough for size, enough in zip(shape, smallest, strict=False)
    ):
        reduction += 1
    return reduction


def reduced(size: int, reduction: int) -> int:
    """Rows or columns that remain of `size` (T.800 B-15)."""
    return -(-size >> reduction)
