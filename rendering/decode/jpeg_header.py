"""What a JPEG or JPEG-LS stream says about itself before its first scan (ITU-T T.81 B.2, T.87 C.2)."""

from dataclasses import dataclass
from enum import IntEnum
import struct

from rendering.errors import MalformedFrame, UnsupportedObject

_SOI, _EOI = b"\xff\xd8", b"\xff\xd9"
_TABLES, _START_OF_SCAN = {0xC4, 0xC8, 0xCC}, 0xDA
_JFIF, _ADOBE = 0xE0, 0xEE
_WITHOUT_LENGTH = {0x00, 0x01, *range(0xD0, 0xDA)}
_MOST_SEGMENTS = 512
_LONGEST_PADDING = 64


class Process(IntEnum):
    """The coding processes of DICOM's transfer syntaxes, by their frame header's marker."""

    BASELINE = 0xC0
    EXTENDED = 0xC1
    LOSSLESS = 0xC3
    JPEG_LS = 0xF7


@dataclass(frozen=True, slots=True)
class JpegHeader:
    """The frame header, and what the application segments say about colour.

    `component_ids` in the order of the frame header; `subsampled` when not every component has one sample for each
    pixel; `transform` is Adobe's (0 none, 1 YCbCr); `application` holds where the JFIF and Adobe segments lie.
    """

    process: Process
    precision: int
    rows: int
    columns: int
    component_ids: bytes
    subsampled: bool
    transform: int | None
    jfif: bool
    application: tuple[tuple[int, int], ...]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Rows, columns, components."""
        return self.rows, self.columns, len(self.component_ids)


def read_jpeg_header(data: bytes | memoryview) -> JpegHeader:
    """Read up to the frame header and past it to the first scan; a stream cut off before its end is refused here."""
    if bytes(data[:2]) != _SOI:
        raise MalformedFrame("the frame is not a JPEG stream")
    if not bytes(data[-_LONGEST_PADDING:]).rstrip(b"\0\xff").endswith(_EOI):
        raise MalformedFrame("the JPEG stream is cut off")
    return _read_segments(data)


def _read_segments(data: bytes | memoryview) -> JpegHeader:
    position, frame, transform, jfif = 2, None, None, False
    application: list[tuple[int, int]] = []
    for _ in range(_MOST_SEGMENTS):
        marker, start, end = _segment(data, position)
        content = bytes(data[start : min(end, start + 64)])
        if marker == _START_OF_SCAN:
            return _header(frame, transform, jfif, tuple(application))
        if _is_frame(marker):
            if frame:
                raise MalformedFrame("the JPEG stream has more than one frame header")
            frame = marker, content
        if marker == _JFIF and content.startswith(b"JFIF\0") and len(content) >= 14:
            jfif = True
            application.append((position, end))
        if marker == _ADOBE and content.startswith(b"Adobe") and len(content) >= 12:
            transform = content[11]
            application.append((position, end))
        position = end
    raise MalformedFrame("the JPEG stream has no end of headers")


def _segment(data: bytes | memoryview, position: int) -> tuple[int, int, int]:
    """Marker, start and end of the content of the segment at `position`, after any fill bytes (T.81 B.1.1.2)."""
    while bytes(data[position : position + 2]) == b"\xff\xff":
        position += 1
    head = bytes(data[position : position + 4])
    if len(head) < 4 or head[0] != 0xFF or head[1] in _WITHOUT_LENGTH:
        raise MalformedFrame("the JPEG stream's segments are damaged")
    length = int.from_bytes(head[2:])
    if length < 2 or position + 2 + length > len(data):
        raise MalformedFrame("the JPEG stream's segments are damaged")
    return head[1], position + 4, position + 2 + length


def _is_frame(marker: int) -> bool:
    return (0xC0 <= marker <= 0xCF and marker not in _TABLES) or marker == Process.JPEG_LS


def _header(
    frame: tuple[int, bytes] | None, transform: int | None, jfif: bool, application: tuple[tuple[int, int], ...]
) -> JpegHeader:
    if frame is None or len(frame[1]) < 6:
        raise MalformedFrame("the JPEG stream has no frame header")
    marker, content = frame
    if marker not in set(Process):
        raise UnsupportedObject("the JPEG process is not one of DICOM's transfer syntaxes")
    precision, rows, columns, count = struct.unpack_from(">BHHB", content)
    components = content[6:]
    if len(components) != 3 * count or not 1 <= count <= 4:
        raise MalformedFrame("the JPEG frame header is damaged")
    sampling = components[1::3]
    return JpegHeader(
        process=Process(marker),
        precision=precision,
        rows=rows,
        columns=columns,
        component_ids=components[::3],
        subsampled=count > 1 and len(set(sampling)) > 1,
        transform=transform,
        jfif=jfif,
        application=application,
    )
