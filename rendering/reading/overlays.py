"""The overlay planes of one frame, in elements of their own or in unused bits of its pixels (PS3.3 C.9.2, C.9.3)."""

import binascii
from collections.abc import Iterator

from rendering.errors import MalformedAttributes
from rendering.laid_over import OverlayPlane
from rendering.reading import tags
from rendering.reading.elements import Dataset, integer, numbers, text

GROUPS = range(0x6000, 0x6020, 2)
_HIGHEST_US = 65535


def read_overlays(dataset: Dataset, frame_number: int) -> tuple[tuple[OverlayPlane, ...], int]:
    """The overlay planes that lie over frame `frame_number` (from 1), and how many more there are that say nothing.

    Those are left out: what they would show is unknown, and the image is none the less true.
    """
    planes: list[OverlayPlane] = []
    unreadable = 0
    for group in present_overlays(dataset):
        try:
            plane = read_overlay(dataset, group, frame_number)
        except MalformedAttributes:
            unreadable += 1
        else:
            planes += [plane] if plane is not None else []
    return tuple(planes), unreadable


def present_overlays(dataset: Dataset) -> Iterator[int]:
    """The groups of the overlay planes of a data set, but not of one that serves as its shutter (C.7.6.15)."""
    shutter = integer(dataset, tags.SHUTTER_OVERLAY_GROUP)
    return (group for group in GROUPS if group != shutter and tags.in_group(group, tags.OVERLAY_ROWS) in dataset)


def overlay_bytes(dataset: Dataset, group: int) -> int:
    """How many bytes all frames of an overlay take, as its element has them: an even number; 0 when it is not told."""
    try:
        sides = [_side(dataset, tags.in_group(group, tag)) for tag in (tags.OVERLAY_ROWS, tags.OVERLAY_COLUMNS)]
        count = integer(dataset, tags.in_group(group, tags.NUMBER_OF_FRAMES_IN_OVERLAY))
    except MalformedAttributes:
        return 0
    bits = sides[0] * sides[1] * (1 if count is None else max(count, 0))
    return -(-bits // 16) * 2


def read_overlay(dataset: Dataset, group: int, frame_number: int) -> OverlayPlane | None:
    """The overlay plane in `group` as far as it lies over frame `frame_number`: `None` where it has no frame for it.

    Raises `MalformedAttributes` when it has no size, no place or not enough data.
    """
    rows, columns = (_side(dataset, tags.in_group(group, tag)) for tag in (tags.OVERLAY_ROWS, tags.OVERLAY_COLUMNS))
    number = _frame_of_overlay(dataset, group, frame_number)
    if number is None:
        return None
    top, left = _origin(dataset, group)
    bits, position = b"", 0
    data = _data(dataset, tags.in_group(group, tags.OVERLAY_DATA))
    if data is not None:
        bits = _cut_out(data, number * rows * columns, rows * columns)
    else:
        position = _embedded_position(dataset, group, rows, columns)
    region = text(dataset, tags.in_group(group, tags.OVERLAY_TYPE)).upper() == "R"
    return OverlayPlane(group, rows, columns, left, top, bits, position, region)


def _side(dataset: Dataset, tag: str) -> int:
    side = integer(dataset, tag)
    if side is None or not 1 <= side <= _HIGHEST_US:
        raise MalformedAttributes("an overlay has no size")
    return side


def _origin(dataset: Dataset, group: int) -> tuple[int, int]:
    """Rows and columns from the upper left pixel of the frame, which the data set calls 1\\1 and means by nothing."""
    origin = numbers(dataset, tags.in_group(group, tags.OVERLAY_ORIGIN)) or (1.0, 1.0)
    if len(origin) != 2 or not all(part.is_integer() and abs(part) <= _HIGHEST_US for part in origin):
        raise MalformedAttributes("an overlay has no place")
    return int(origin[0]) - 1, int(origin[1]) - 1


def _frame_of_overlay(dataset: Dataset, group: int, frame_number: int) -> int | None:
    """Which of its frames (from 0) an overlay shows over an image's; one without a count lies over all of them."""
    count = integer(dataset, tags.in_group(group, tags.NUMBER_OF_FRAMES_IN_OVERLAY))
    first = integer(dataset, tags.in_group(group, tags.IMAGE_FRAME_ORIGIN))
    if count is None and first is None:
        return 0
    number = frame_number - (1 if first is None else first)
    return number if 0 <= number < (1 if count is None else count) else None


def _data(dataset: Dataset, tag: str) -> str | None:
    """The data in base64, `None` where there is no such element."""
    element = dataset.get(tag)
    if not isinstance(element, dict) or not ({"InlineBinary", "BulkDataURI"} & element.keys()):
        return None
    encoded = element.get("InlineBinary")
    if not isinstance(encoded, str):
        raise MalformedAttributes("an overlay's data cannot be read")
    return encoded


def _cut_out(encoded: str, start: int, count: int) -> bytes:
    """`count` bits from the one numbered `start` on: the frames of an overlay follow each other without padding."""
    first, skipped = divmod(start, 8)
    taken = _bytes(encoded, first, (start + count + 7) // 8)
    if len(taken) * 8 < skipped + count:
        raise MalformedAttributes("an overlay is shorter than its rows and columns")
    if not skipped:
        return taken
    return (int.from_bytes(taken, "little") >> skipped).to_bytes(len(taken), "little")


def _bytes(encoded: str, first: int, end: int) -> bytes:
    """Some of the bytes, without taking all apart: three of them are four characters (RFC 4648 §4)."""
    unbroken = "".join(encoded.split()) if "\n" in encoded or " " in encoded else encoded
    whole = first // 3
    try:
        return binascii.a2b_base64(unbroken[4 * whole : 4 * -(-end // 3)])[first - 3 * whole : end - 3 * whole]
    except (binascii.Error, ValueError):
        raise MalformedAttributes("an overlay's data cannot be read") from None


def _embedded_position(dataset: Dataset, group: int, rows: int, columns: int) -> int:
    """The bit of each pixel cell that is the overlay's in old data sets: one that is not among the stored bits."""
    position = integer(dataset, tags.in_group(group, tags.OVERLAY_BIT_POSITION))
    allocated, stored, high = (integer(dataset, tag) for tag in (tags.BITS_ALLOCATED, tags.BITS_STORED, tags.HIGH_BIT))
    if position is None or allocated is None or stored is None:
        raise MalformedAttributes("an overlay has no data")
    high = stored - 1 if high is None else high
    unused = 0 <= position <= high - stored or high < position < allocated
    whole = (rows, columns) == (integer(dataset, tags.ROWS), integer(dataset, tags.COLUMNS))
    if not unused or not whole or integer(dataset, tags.SAMPLES_PER_PIXEL) not in {None, 1}:
        raise MalformedAttributes("an overlay has no data")
    return position
