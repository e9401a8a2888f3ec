"""What a JPEG or JPEG-LS stream says about itself before its first scan (ITU-T T.81 B.2, T.87 C.2)."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
import struct

from rendering.errors import MalformedFrame, UnsupportedObject

_SOI, _EOI = b"\xff\xd8", b"\xff\xd9"
_TABLES, _START_OF_SCAN, _HIERARCHY = {0xC4, 0xC8, 0xCC}, 0xDA, 0xDE
_JFIF, _ADOBE = 0xE0, 0xEE
_WITHOUT_LENGTH = {0x00, 0x01, *range(0xD0, 0xDA)}
_MOST_SEGMENTS = 512
_LONGEST_PADDING = 64
_MOST_COMPONENTS = 4


class Process(IntEnum):
    """The coding processes that can be decoded, by their frame header's marker.

    The others are arithmetic or hierarchical, all of them retired from DICOM (PS3.5 §10.3). Of arithmetic codes nobody
    can tell whether they are all there: those that are missing count as zeros (T.81 D.2.6).
    """

    BASELINE = 0xC0
    EXTENDED = 0xC1
    PROGRESSIVE = 0xC2
    LOSSLESS = 0xC3
    JPEG_LS = 0xF7


@dataclass(frozen=True, slots=True)
class Segment:
    """A marker segment: the marker's second byte, where it stands, and where its content starts and ends."""

    marker: int
    position: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Scan:
    """The first scan's header: where its entropy-coded data start, and the last three of its parameters.

    For lossless processes `selection` is the predictor and `low` the point transform; for JPEG-LS `selection` is NEAR.
    """

    start: int
    selection: int
    low: int


@dataclass(frozen=True, slots=True)
class JpegHeader:
    """The frame header, the first scan's, and what the application segments say about colour.

    `component_ids` in the order of the frame header; `subsampled` when not every component has one sample for each
    pixel; `transform` is Adobe's (0 none, 1 YCbCr); `application` holds where the JFIF and Adobe segments lie;
    `precision_position` where the byte of the precision does.
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
    precision_position: int
    scan: Scan

    @property
    def shape(self) -> tuple[int, int, int]:
        """Rows, columns, components."""
        return self.rows, self.columns, len(self.component_ids)

    @property
    def lossy(self) -> bool:
        """Whether the process loses information with these parameters."""
        match self.process:
            case Process.LOSSLESS:
                return self.scan.low > 0
            case Process.JPEG_LS:
                return self.scan.selection > 0 or self.scan.low > 0
            case Process.BASELINE | Process.EXTENDED | Process.PROGRESSIVE:
                return True


def read_jpeg_header(data: bytes | memoryview) -> JpegHeader:
    """Read up to the frame header and past it to the first scan; a stream cut off before its end is refused here."""
    if bytes(data[:2]) != _SOI:
        raise MalformedFrame("the frame is not a JPEG stream")
    if not bytes(data[-_LONGEST_PADDING:]).rstrip(b"\0\xff").endswith(_EOI):
        raise MalformedFrame("the JPEG stream is cut off")
    *headers, scan = header_segments(data)
    if any(segment.marker == _HIERARCHY for segment in headers):
        raise UnsupportedObject("arithmetic and hierarchical JPEG processes are not supported")
    frames = [segment for segment in headers if _is_frame(segment.marker)]
    if len(frames) != 1:
        raise MalformedFrame("the JPEG stream has no frame header, or more than one")
    jfif = [segment for segment in headers if segment.marker == _JFIF and _begins(data, segment, b"JFIF\0", 14)]
    adobe = [segment for segment in headers if segment.marker == _ADOBE and _begins(data, segment, b"Adobe", 12)]
    process, precision, rows, columns, components = _read_frame(data, frames[0])
    sampling = components[1::3]
    return JpegHeader(
        process=process,
        precision=precision,
        rows=rows,
        columns=columns,
        component_ids=components[::3],
        subsampled=len(sampling) > 1 and len(set(sampling)) > 1,
        transform=data[adobe[-1].start + 11] if adobe else None,
        jfif=bool(jfif),
        application=tuple(sorted((segment.position, segment.end) for segment in (*jfif, *adobe))),
        precision_position=frames[0].start,
        scan=_read_scan(data, scan),
    )


def header_segments(data: bytes | memoryview, position: int = 2) -> Iterator[Segment]:
    """The segments from `position` (behind SOI) up to the next scan's header, which is the last one given."""
    for _ in range(_MOST_SEGMENTS):
        segment = _segment(data, position)
        yield segment
        if segment.marker == _START_OF_SCAN:
            return
        position = segment.end
    raise MalformedFrame("the JPEG stream has no end of headers")


def _segment(data: bytes | memoryview, position: int) -> Segment:
    """The segment at `position`, after any fill bytes (T.81 B.1.1.2)."""
    marker = position
    while bytes(data[marker : marker + 2]) == b"\xff\xff":
        marker += 1
    head = bytes(data[marker : marker + 4])
    if len(head) < 4 or head[0] != 0xFF or head[1] in _WITHOUT_LENGTH:
        raise MalformedFrame("the JPEG stream's segments are damaged")
    length = int.from_bytes(head[2:])
    if length < 2 or marker + 2 + length > len(data):
        raise MalformedFrame("the JPEG stream's segments are damaged")
    return Segment(head[1], position, marker + 4, marker + 2 + length)


def _is_frame(marker: int) -> bool:
    return (0xC0 <= marker <= 0xCF and marker not in _TABLES) or marker == Process.JPEG_LS


def _begins(data: bytes | memoryview, segment: Segment, name: bytes, shortest: int) -> bool:
    """Whether an application segment is the one of that name; shorter ones occur, which nobody can read."""
    long_enough = segment.end - segment.start >= shortest
    return long_enough and bytes(data[segment.start : segment.start + len(name)]) == name


def _read_frame(data: bytes | memoryview, segment: Segment) -> tuple[Process, int, int, int, bytes]:
    """Process, precision, rows, columns, and three bytes for each component (T.81 B.2.2)."""
    if segment.marker not in set(Process):
        raise UnsupportedObject("arithmetic and hierarchical JPEG processes are not supported")
    content = bytes(data[segment.start : segment.end])
    if len(content) < 9 or len(content) != 6 + 3 * content[5] or content[5] > _MOST_COMPONENTS:
        raise MalformedFrame("the JPEG frame header is damaged")
    precision, rows, columns = struct.unpack_from(">BHH", content)
    return Process(segment.marker), precision, rows, columns, content[6:]


def _read_scan(data: bytes | memoryview, segment: Segment) -> Scan:
    content = bytes(data[segment.start : segment.end])
    if len(content) < 6 or len(content) != 4 + 2 * content[0]:
        raise MalformedFrame("the JPEG scan header is damaged")
    return Scan(segment.end, selection=content[-3], low=content[-1] & 0x0F)
