"""What a stored video's bytes are: the container around it, or the bare stream (PS3.5 §8.2.5 to §8.2.9)."""

from enum import StrEnum
import re


class Container(StrEnum):
    """By the names that FFmpeg has for them."""

    MP4 = "mp4"
    TRANSPORT_STREAM = "mpegts"
    PROGRAM_STREAM = "mpeg"
    MPEG_VIDEO = "mpegvideo"
    H264 = "h264"
    HEVC = "hevc"


HEAD_BYTES = 1024
"""How much of a video tells what it is."""

_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide")
_PACKETS = ((0, 188), (4, 192), (0, 204))  # where each packet's sync byte is, and how far the next packet
_SYNC = 0x47
_START_CODE = re.compile(rb"\x00{0,64}\x00\x00\x01(..)", re.DOTALL)
_PACK, _SEQUENCE = 0xBA, 0xB3
_HEVC_UNITS = frozenset(range(32, 36)) | {39}  # parameter sets, delimiter, information (ITU-T H.265 Table 7-1)
_H264_UNITS = frozenset({1, 5, 6, 7, 8, 9})  # slices, information, parameter sets, delimiter (ITU-T H.264 Table 7-1)


def container_of(head: bytes) -> Container | None:
    """What begins with `head`, `HEAD_BYTES` of it or all; `None` for what is no video known here."""
    if head[4:8] in _BOXES:
        return Container.MP4
    if any(_is_synchronous(head, first, step) for first, step in _PACKETS):
        return Container.TRANSPORT_STREAM
    found = _START_CODE.match(head)
    return _by_unit(*found[1]) if found else None


def _is_synchronous(head: bytes, first: int, step: int) -> bool:
    return len(head) > first + step and all(head[place] == _SYNC for place in range(first, len(head), step))


def _by_unit(first: int, second: int) -> Container | None:
    if first == _PACK:
        return Container.PROGRAM_STREAM
    if first == _SEQUENCE:
        return Container.MPEG_VIDEO
    if first >= 0x80:
        return None
    if second == 1 and first % 2 == 0 and first >> 1 in _HEVC_UNITS:
        return Container.HEVC
    return Container.H264 if first & 0x1F in _H264_UNITS else None
