"""Whether the scans of a JPEG stream are all there and whole, which decoders do not always tell (T.81 F, G, H)."""

from collections.abc import Iterator
from functools import cache
import re

import cv2
import numpy as np
from numpy.typing import NDArray
import simplejpeg

from rendering.decode.cells import Array
from rendering.decode.jpeg_header import JpegHeader, Process, header_segments

_HUFFMAN_TABLES, _START_OF_SCAN, _RESTART_INTERVAL = 0xC4, 0xDA, 0xDD
_SEQUENTIAL = b"\x00\x3f\x00"  # all coefficients, in one go
_LEFT = 1  # the predictor of process 14, selection value 1
_IMPOSSIBLE = 255  # bits, for a difference that the table has no code for
_PADDING = b"\0\xff"
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # but for those within a scan
_END = 0xD9
_COEFFICIENTS = 64  # of a block
_BLOCK = 256  # rows whose differences are counted at a time


def with_usual_parameters(data: bytes | memoryview, header: JpegHeader) -> bytes | memoryview:
    """The stream with the first scan's parameters as sequential processes must have them (T.81 Table B.3).

    Others occur in sound streams and mean nothing, but are warned of.
    """
    start = header.scan.start
    sequential = header.process in {Process.BASELINE, Process.EXTENDED}
    if not sequential or bytes(data[start - len(_SEQUENTIAL) : start]) == _SEQUENTIAL:
        return data
    return b"".join([data[: start - len(_SEQUENTIAL)], _SEQUENTIAL, data[start:]])


def check_scans(data: bytes | memoryview, header: JpegHeader) -> None:
    """Raise `ValueError` where no scan holds a component, or the last bits of a coefficient (T.81 G.1.1.1)."""
    missing = np.ones((len(header.component_ids), _COEFFICIENTS), bool)
    for scan in _scan_headers(data):
        whole = scan[0] == len(missing)
        components = range(len(missing)) if whole else [header.component_ids.index(name) for name in scan[1:-3:2]]
        if header.process is Process.PROGRESSIVE:
            first, last, low = scan[-3], scan[-2], scan[-1] & 0x0F
            missing[components, first : last + 1] = low > 0
        else:
            missing[components] = False
    if missing.any():
        raise ValueError("a scan is missing")


def _scan_headers(data: bytes | memoryview) -> Iterator[bytes]:
    """What the header of each scan says: how many components, which ones, and three parameters (T.81 B.2.3)."""
    position = 2
    while True:
        *_, scan = header_segments(data, position)
        yield bytes(data[scan.start : scan.end])
        marker = _MARKER.search(data, scan.end)
        if marker is None or data[marker.start() + 1] == _END:
            return
        position = marker.start()


def check_lossy_scans(data: bytes | memoryview, header: JpegHeader) -> None:
    """Raise `ValueError` for scans that end early, go on past the image or hold what is no code.

    What is entropy-coded does not depend on the precision. Told that there are 8 bits, the binding that takes a
    warning for an error reads all of it, and computes as few pixels as it can.
    """
    _read_as_8_bits(data, header, min_height=1, min_width=1)


def check_lossless_scan(data: bytes | memoryview, header: JpegHeader, samples: Array) -> None:
    """The same for lossless processes, which cannot be scaled; `samples` are what was decoded.

    Nearly all streams have one component, the left neighbour for a predictor, and one scan without restarts. Of those
    the samples themselves say how many bits they took: no more and no less must be there.
    """
    if not _accounts_for_every_bit(data, header, samples):
        _read_as_8_bits(data, header)


def _read_as_8_bits(data: bytes | memoryview, header: JpegHeader, **scaling: int) -> None:
    told = bytearray(data)
    told[header.precision_position] = 8
    simplejpeg.decode_jpeg(told, "GRAY" if len(header.component_ids) == 1 else "RGB", strict=True, **scaling)


def _accounts_for_every_bit(data: bytes | memoryview, header: JpegHeader, samples: Array) -> bool:
    lengths = _code_lengths(data)
    simple = header.process is Process.LOSSLESS and len(header.component_ids) == 1
    if not simple or lengths is None or (header.scan.selection, header.scan.low) != (_LEFT, 0):
        return False
    coded = bytes(data[header.scan.start :]).rstrip(_PADDING)[:-2]
    stuffed = coded.count(b"\xff\x00")
    if coded.count(b"\xff") != stuffed:
        return False  # markers: restarts, or a further scan
    return -(-_count_bits(samples, header.precision, lengths) // 8) == len(coded) - stuffed


def _code_lengths(data: bytes | memoryview) -> Array | None:
    """Bits of the Huffman code for each of the 17 categories of differences; `None` where there are restarts."""
    tables: dict[int, Array] = {}
    wanted = 0
    for segment in header_segments(data):
        content = bytes(data[segment.start : segment.end])
        if segment.marker == _RESTART_INTERVAL and any(content):
            return None
        if segment.marker == _HUFFMAN_TABLES:
            tables |= _read_tables(content)
        if segment.marker == _START_OF_SCAN:
            wanted = content[2] >> 4
    return tables.get(wanted)


def _read_tables(content: bytes) -> Iterator[tuple[int, Array]]:
    """Destination and code lengths of each Huffman table for differences in a DHT segment."""
    position = 0
    while position + 17 <= len(content):
        counts = content[position + 1 : position + 17]
        values = content[position + 17 : position + 17 + sum(counts)]
        lengths = np.full(256, _IMPOSSIBLE, np.uint8)
        lengths[np.frombuffer(values, np.uint8)] = np.repeat(np.arange(1, 17), list(counts))[: len(values)]
        yield content[position], lengths[:17]
        position += 17 + sum(counts)


def _count_bits(samples: Array, precision: int, lengths: Array) -> int:
    """How many bits the differences of `samples` to their left neighbours take, modulo 2**16 (T.81 H.1.2)."""
    extra = np.append(np.arange(16), 0)  # bits that follow the code and tell the difference within its category
    costs = np.where(lengths == _IMPOSSIBLE, _IMPOSSIBLE, lengths + extra).astype(np.uint8)[_categories()]
    total, above = 0.0, np.uint16(1 << (precision - 1))
    for start in range(0, len(samples), _BLOCK):
        block = samples[start : start + _BLOCK]
        differences = np.empty_like(block)
        np.subtract(block[:, 1:], block[:, :-1], out=differences[:, 1:])
        np.subtract(block[:, 0], np.append(above, block[:-1, 0]), out=differences[:, 0])
        total += cv2.sumElems(cv2.LUT(differences, costs))[0]
        above = block[-1, 0]
    return int(total)


@cache
def _categories() -> NDArray[np.intp]:
    """The category of each difference, which is the number of bits of its size (T.81 Table H.2)."""
    sizes = np.abs(np.arange(1 << 16, dtype=np.uint16).view(np.int16).astype(np.intp))
    return np.asarray(np.frexp(sizes)[1], np.intp)
