"""What a frame's bytes themselves say about their transfer syntax: markers of the code streams, stray item tags."""

from collections.abc import Iterator
from itertools import pairwise
import struct

_BASE = "1.2.840.10008.1.2"
JPEG_BASELINE = f"{_BASE}.4.50"
JPEG_EXTENDED = f"{_BASE}.4.51"
JPEG_PROGRESSIVE = f"{_BASE}.4.55"
JPEG_LOSSLESS = f"{_BASE}.4.57"
JPEG_LOSSLESS_FIRST_ORDER = f"{_BASE}.4.70"
JPEG_LS_LOSSLESS = f"{_BASE}.4.80"
JPEG_LS_NEAR_LOSSLESS = f"{_BASE}.4.81"
JPEG_2000_LOSSLESS = f"{_BASE}.4.90"
JPEG_2000 = f"{_BASE}.4.91"
JPEG_XL = f"{_BASE}.4.112"
HTJ2K_LOSSLESS = f"{_BASE}.4.201"
HTJ2K = f"{_BASE}.4.203"
RLE = f"{_BASE}.5"

_ADMITS = {
    JPEG_EXTENDED: {JPEG_BASELINE},
    f"{_BASE}.4.53": {JPEG_PROGRESSIVE},
    JPEG_LOSSLESS: {JPEG_LOSSLESS_FIRST_ORDER},
    JPEG_LS_NEAR_LOSSLESS: {JPEG_LS_LOSSLESS},
    JPEG_2000: {JPEG_2000_LOSSLESS},
    HTJ2K: {HTJ2K_LOSSLESS},
    f"{_BASE}.4.202": {HTJ2K_LOSSLESS},
    f"{_BASE}.4.110": {JPEG_XL},
    f"{_BASE}.4.111": {JPEG_XL},
    f"{_BASE}.4.92": {JPEG_2000, JPEG_2000_LOSSLESS},
    f"{_BASE}.4.93": {JPEG_2000, JPEG_2000_LOSSLESS},
}
"""Transfer syntaxes whose streams may look like those of a narrower one: no reason to distrust the label."""

SELF_EVIDENT = frozenset(
    {
        *(JPEG_BASELINE, JPEG_EXTENDED, JPEG_LOSSLESS, JPEG_LOSSLESS_FIRST_ORDER, JPEG_LS_LOSSLESS),
        *(JPEG_LS_NEAR_LOSSLESS, JPEG_2000_LOSSLESS, JPEG_2000, HTJ2K_LOSSLESS, HTJ2K, RLE),
        *(f"{_BASE}.4.92", f"{_BASE}.4.93", f"{_BASE}.4.202"),
    }
)
"""Transfer syntaxes that show in the bytes: where the bytes show none, these are not it."""

_JPEG_XLS = frozenset({f"{_BASE}.4.110", f"{_BASE}.4.111", JPEG_XL})

_ITEM = b"\xfe\xff\x00\xe0"
_SEQUENCE_DELIMITER = b"\xfe\xff\xdd\xe0"
_JP2_BOX = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
_JXL_BOX = b"\x00\x00\x00\x0cJXL \r\n\x87\n"
_JXL_CODE_STREAM = b"\xff\x0a"
_SOI, _SOC = b"\xff\xd8\xff", b"\xff\x4f\xff\x51"
_WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD9)}
_MOST_MARKERS = 512


def settle_transfer_syntax(data: bytes, declared: str | None) -> str | None:
    """The transfer syntax of one frame: what the bytes show unmistakably, else what was declared.

    Archives label frames wrongly (the type's implied syntax, a default, the file's before transcoding); a code stream's
    own markers do not err. `None` when nothing was declared and the bytes show nothing.
    """
    shown = sniff(data)
    if shown is None or declared is None:
        return shown or declared
    return declared if shown == declared or shown in _ADMITS.get(declared, ()) else shown


def may_be(transfer_syntax: str, data: bytes) -> bool:
    """Whether bytes that nobody labelled can be a frame in `transfer_syntax`."""
    if transfer_syntax in _JPEG_XLS:
        return data.startswith((_JXL_CODE_STREAM, _JXL_BOX))
    return transfer_syntax not in SELF_EVIDENT or sniff(data) is not None


def sniff(data: bytes) -> str | None:
    """The transfer syntax that a code stream's markers or header show, or `None` for native and unknown bytes.

    A bare JPEG XL code stream has too short a signature to tell it from native pixels.
    """
    if data.startswith(_SOI):
        return _sniff_jpeg(data)
    if data.startswith(_SOC):
        return _sniff_jpeg_2000(data, 2)
    if data.startswith(_JP2_BOX):
        start = data.find(_SOC, 0, 2**20)
        return _sniff_jpeg_2000(data, start + 2) if start >= 0 else None
    if data.startswith(_JXL_BOX):
        return JPEG_XL
    return RLE if _is_rle(data) else None


def _is_rle(data: bytes) -> bool:
    """Whether an RLE header stands in front (PS3.5 G.5): 1 to 15 segments from byte 64 on, the rest zero."""
    if len(data) < 66:
        return False
    count, *offsets = struct.unpack_from("<16I", data)
    if not 0 < count < 16 or offsets[0] != 64 or any(offsets[count:]):
        return False
    return all(earlier < later for earlier, later in pairwise(offsets[:count]))


def _segments(data: bytes, position: int) -> Iterator[tuple[int, bytes]]:
    """Marker segments from `position`: the marker's second byte and the segment's content (ITU-T T.81 B.1.1.4)."""
    for _ in range(_MOST_MARKERS):
        while data[position : position + 2] == b"\xff\xff":
            position += 1
        if len(data) < position + 4 or data[position] != 0xFF:
            return
        marker = data[position + 1]
        if marker in _WITHOUT_LENGTH:
            position += 2
            continue
        length = int.from_bytes(data[position + 2 : position + 4])
        yield marker, data[position + 4 : position + 2 + length]
        position += 2 + length


def _sniff_jpeg(data: bytes) -> str | None:
    """By the frame header, and for lossless processes by predictor or NEAR in the scan header (T.81 B.2, T.87 C.2)."""
    frame = None
    for marker, content in _segments(data, 2):
        if marker in {0xC0, 0xC1, 0xC2, 0xC3, 0xF7}:
            frame = marker
        if marker == 0xDA:
            return _by_scan(frame, content)
    return None


def _by_scan(frame: int | None, scan: bytes) -> str | None:
    parameter = scan[-3] if len(scan) >= 3 else None
    match frame:
        case 0xC0:
            return JPEG_BASELINE
        case 0xC1:
            return JPEG_EXTENDED
        case 0xC2:
            return JPEG_PROGRESSIVE
        case 0xC3:
            return JPEG_LOSSLESS_FIRST_ORDER if parameter == 1 else JPEG_LOSSLESS
        case 0xF7:
            return JPEG_LS_LOSSLESS if parameter == 0 else JPEG_LS_NEAR_LOSSLESS
        case _:
            return None


def _sniff_jpeg_2000(data: bytes, position: int) -> str | None:
    """By CAP (Part 15 present: HTJ2K) and the transformation in COD: 1 is reversible (T.800 A.6.1, T.814 A.3.1)."""
    high_throughput = False
    for marker, content in _segments(data, position):
        if marker == 0x50:
            high_throughput = len(content) >= 4 and bool(int.from_bytes(content[:4]) & 0x00020000)
        if marker == 0x52:
            reversible = len(content) >= 10 and content[9] == 1
            if high_throughput:
                return HTJ2K_LOSSLESS if reversible else HTJ2K
            return JPEG_2000_LOSSLESS if reversible else JPEG_2000
    return None


def without_items(data: bytes) -> bytes:
    """The frame without the item tags of PS3.5 Annex A.4, which some archives leave around the fragments.

    Bytes that are not a complete chain of items are returned as they are. An offset table in front is left out.
    """
    if not data.startswith(_ITEM):
        return data
    fragments = _fragments(data)
    if fragments is None:
        return data
    if len(fragments) > 1 and (not fragments[0] or fragments[0][:4] == bytes(4)):
        fragments = fragments[1:]
    return b"".join(fragments)


def _fragments(data: bytes) -> list[bytes] | None:
    fragments, position = [], 0
    while data[position : position + 4] == _ITEM and position + 8 <= len(data):
        (length,) = struct.unpack_from("<I", data, position + 4)
        fragments.append(data[position + 8 : position + 8 + length])
        position += 8 + length
    complete = position == len(data) or data[position : position + 4] == _SEQUENCE_DELIMITER
    return fragments if fragments and complete else None
