"""Modality, VOI and palette look-up tables out of DICOM JSON (PS3.3 C.11.1.1.1, C.11.2.1.1, C.7.6.3.1.5, C.7.9.2)."""

import binascii
from collections.abc import Iterable, Mapping
import struct
from typing import Any

from rendering.errors import MalformedAttributes
from rendering.frame import LookupTable, Palette
from rendering.reading import tags
from rendering.reading.elements import Dataset, numbers, values

MAXIMUM_ENTRIES = 65536
_MAXIMUM_SEGMENTS = 65536


def read_table(dataset: Dataset, signed: bool, descriptor: str, data: str) -> LookupTable:
    """Read one table; `signed` is the data type that its input has (first mapped value: US or SS)."""
    entries, first, bits = _read_descriptor(dataset, descriptor, signed)
    content = _read_data(dataset, data)
    if not _holds(content, entries, bits):
        raise MalformedAttributes("a look-up table is shorter than its descriptor says")
    return LookupTable(entries, first, bits, content)


def read_palette(dataset: Dataset, signed: bool) -> Palette:
    """Read the three palette colour tables, segmented ones expanded (PS3.3 C.7.9.2)."""
    segmented = tags.PALETTE_DATA[0] not in dataset
    read = _read_segmented if segmented else read_table
    sources = tags.SEGMENTED_PALETTE_DATA if segmented else tags.PALETTE_DATA
    red, green, blue = (
        read(dataset, signed, descriptor, source)
        for descriptor, source in zip(tags.PALETTE_DESCRIPTORS, sources, strict=True)
    )
    return Palette(red, green, blue)


def _read_segmented(dataset: Dataset, signed: bool, descriptor: str, data: str) -> LookupTable:
    entries, first, bits = _read_descriptor(dataset, descriptor, signed)
    expanded = expand_segments(_read_data(dataset, data), entries, bits)
    return LookupTable(entries, first, bits, expanded)


def _holds(content: bytes, entries: int, bits: int) -> bool:
    """Words suffice always; bytes do for 8 bits, and for tables that declare more but are packed all the same."""
    packed = len(content) >= entries if bits <= 8 else entries <= len(content) <= entries + entries % 2
    return packed or len(content) >= 2 * entries


def _read_descriptor(dataset: Dataset, tag: str, signed: bool) -> tuple[int, int, int]:
    described = numbers(dataset, tag)
    if len(described) != 3 or not all(value.is_integer() for value in described):
        raise MalformedAttributes("a look-up table has no valid descriptor")
    entries, first, bits = map(int, described)
    entries = entries & 0xFFFF or MAXIMUM_ENTRIES
    if signed and first > 0x7FFF:
        first -= 0x10000
    if not 1 <= bits <= 16 or not -0x8000 <= first <= 0xFFFF:
        raise MalformedAttributes("a look-up table has no valid descriptor")
    return entries, first, bits


def _read_data(dataset: Dataset, tag: str) -> bytes:
    element = dataset.get(tag)
    if not isinstance(element, Mapping):
        raise MalformedAttributes("a look-up table has no data")
    if "InlineBinary" in element:
        return _read_binary(element)
    if "BulkDataURI" in element:
        raise MalformedAttributes("a look-up table was not fetched")
    return _read_words(values(dataset, tag))


def _read_binary(element: Mapping[str, Any]) -> bytes:
    try:
        return binascii.a2b_base64(element["InlineBinary"])
    except (binascii.Error, TypeError, ValueError):
        raise MalformedAttributes("a look-up table's inline data is not base64") from None


def _read_words(words: list[Any]) -> bytes:
    try:
        return struct.pack(f"<{len(words)}H", *(int(word) & 0xFFFF for word in words))
    except (OverflowError, TypeError, ValueError):
        raise MalformedAttributes("a look-up table holds something else than numbers") from None


def expand_segments(data: bytes, entries: int, bits: int) -> bytes:
    """Expand segmented palette data into `entries` entries of one or two bytes each (PS3.3 C.7.9.2)."""
    size = 1 if bits <= 8 else 2
    words = struct.unpack(f"<{len(data) // size}{'B' if size == 1 else 'H'}", data[: len(data) // size * size])
    try:
        expanded = list(_bounded(_segments(words, size), entries))
        return struct.pack(f"<{entries}{'B' if size == 1 else 'H'}", *expanded)
    except (IndexError, struct.error):
        raise MalformedAttributes("a segmented palette does not give the entries it declares") from None


def _bounded(produced: Iterable[int], entries: int) -> Iterable[int]:
    for count, value in enumerate(produced):
        if count == entries:
            return
        yield value


def _segments(words: tuple[int, ...], size: int) -> Iterable[int]:
    position, last, steps = 0, None, 0
    replay: list[int] = []  # where to go on after the segments that an indirect one repeats
    remaining = 0
    while position < len(words) or replay:
        steps += 1
        if steps > _MAXIMUM_SEGMENTS:
            raise IndexError
        if replay and remaining == 0:
            position = replay.pop()
            continue
        if position + 1 >= len(words):
            return  # the odd pad byte of 8-bit data
        opcode, count = words[position], words[position + 1]
        remaining -= bool(replay)
        if opcode == 2:
            if replay:
                raise IndexError  # the standard forbids an indirect segment among the repeated ones
            replay, remaining = [position + 2 + 4 // size], count
            position = _offset(words[position + 2 : position + 2 + 4 // size], size)
            continue
        produced = _discrete(words, position, count) if opcode == 0 else _linear(words, position, count, last)
        yield from produced
        last = produced[-1] if produced else last
        position += 2 + (count if opcode == 0 else 1)


def _offset(parts: tuple[int, ...], size: int) -> int:
    return sum(part << (8 * size * place) for place, part in enumerate(parts)) // size


def _discrete(words: tuple[int, ...], position: int, count: int) -> tuple[int, ...]:
    return words[position + 2 : position + 2 + count]


def _linear(words: tuple[int, ...], position: int, count: int, last: int | None) -> list[int]:
    if last is None or words[position] != 1:
        raise IndexError
    end = words[position + 2]
    return [round(last + (end - last) * step / count) for step in range(1, count + 1)]
