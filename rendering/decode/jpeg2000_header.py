"""What a JPEG 2000 code stream says about itself (ITU-T T.800 Annex A, T.814 Annex A)."""

from dataclasses import dataclass, replace
import struct

from rendering.errors import MalformedFrame, UnsupportedObject

_SOC, _EOC, _JP2 = b"\xff\x4f", b"\xff\xd9", b"\x00\x00\x00\x0cjP  "
_SIZ, _CAP, _COD, _COC, _SOT = 0x51, 0x50, 0x52, 0x53, 0x90
_HIGH_THROUGHPUT = 0x00020000  # Pcap: Part 15
_EXTENDED = 0x8000  # Rsiz: Part 2
_SIZ_FIXED = struct.Struct(">H8IH")
_MOST_SEGMENTS = 1024
_MOST_TILES = 4096
_TILE_PART = struct.Struct(">2sHHIBB")
_MOST_TILE_PARTS, _SHORTEST_TILE_PART = 255, 14


@dataclass(frozen=True, slots=True)
class Jpeg2000Header:
    """The image and its coding: `levels` of decomposition, whether `reversible`, whether components are transformed."""

    rows: int
    columns: int
    components: int
    precision: int
    signed: bool
    tiles: int
    at_origin: bool
    levels: int = 0
    reversible: bool = False
    transformed: bool = False
    high_throughput: bool = False

    @property
    def shape(self) -> tuple[int, int, int]:
        """Rows, columns, components."""
        return self.rows, self.columns, self.components


def bare_code_stream(data: bytes | memoryview) -> memoryview:
    """The code stream, taken out of a JP2 file where somebody put one into a frame (T.800 Annex I)."""
    view = memoryview(data)
    if bytes(view[:8]) != _JP2:
        return view
    position = 0
    for _ in range(_MOST_SEGMENTS):
        start, end, kind = _box(view, position)
        if kind == b"jp2c":
            return view[start:end]
        position = end
    raise MalformedFrame("the JP2 file has no code stream")


def _box(view: memoryview, position: int) -> tuple[int, int, bytes]:
    head = bytes(view[position : position + 16])
    if len(head) < 8:
        raise MalformedFrame("the JP2 file has no code stream")
    length, start = int.from_bytes(head[:4]), position + 8
    if length == 1:
        length, start = int.from_bytes(head[8:]), position + 16
    end = position + length if length else len(view)
    if not start <= end <= len(view):
        raise MalformedFrame("the JP2 file's boxes are damaged")
    return start, end, head[4:8]


def read_jpeg2000_header(stream: memoryview) -> Jpeg2000Header:
    """Read the main header and follow the tile-parts to the end; a stream with anything missing is refused here."""
    if bytes(stream[:2]) != _SOC:
        raise MalformedFrame("the frame is not a JPEG 2000 code stream")
    marker, content, position = _segment(stream, 2)
    if marker != _SIZ:
        raise MalformedFrame("the JPEG 2000 code stream does not start with its size")
    header, coded = _read_size(content), False
    for _ in range(_MOST_SEGMENTS):
        marker, content, following = _segment(stream, position)
        if marker == _SOT:
            if not coded:
                raise MalformedFrame("the JPEG 2000 code stream does not say how it is coded")
            _check_tile_parts(stream, position, header.tiles)
            return header
        coded |= marker == _COD
        header = _with_coding(header, marker, content)
        position = following
    raise MalformedFrame("the JPEG 2000 code stream has no end of headers")


def _segment(stream: memoryview, position: int) -> tuple[int, bytes, int]:
    head = bytes(stream[position : position + 4])
    length = int.from_bytes(head[2:])
    if len(head) < 4 or head[0] != 0xFF or length < 2 or position + 2 + length > len(stream):
        raise MalformedFrame("the JPEG 2000 code stream's header is damaged")
    return head[1], bytes(stream[position + 4 : position + 2 + length]), position + 2 + length


def _read_size(content: bytes) -> Jpeg2000Header:
    """SIZ (T.800 A.5.1)."""
    if len(content) < _SIZ_FIXED.size:
        raise MalformedFrame("the JPEG 2000 size is damaged")
    capabilities, right, bottom, left, top, tile_width, tile_height, tile_left, tile_top, count = (
        _SIZ_FIXED.unpack_from(content)
    )
    components = content[_SIZ_FIXED.size :]
    first_tile_meets_image = tile_left <= left < tile_left + tile_width and tile_top <= top < tile_top + tile_height
    if len(components) != 3 * count or not count or left >= right or top >= bottom or not first_tile_meets_image:
        raise MalformedFrame("the JPEG 2000 size is damaged")
    if capabilities & _EXTENDED:
        raise UnsupportedObject("the extensions of JPEG 2000 Part 2 are not supported")
    if len(set(components[::3])) > 1 or set(components[1::3] + components[2::3]) != {1}:
        raise UnsupportedObject("JPEG 2000 components of different kinds are not supported")
    tiles = -(-(right - tile_left) // tile_width) * -(-(bottom - tile_top) // tile_height)
    if tiles > _MOST_TILES:
        raise UnsupportedObject("the JPEG 2000 code stream has too many tiles")
    return Jpeg2000Header(
        rows=bottom - top,
        columns=right - left,
        components=count,
        precision=(components[0] & 0x7F) + 1,
        signed=bool(components[0] & 0x80),
        tiles=tiles,
        at_origin=not (left or top or tile_left or tile_top),
    )


def _with_coding(header: Jpeg2000Header, marker: int, content: bytes) -> Jpeg2000Header:
    """CAP, COD and COC (T.800 A.5.2, A.6.1, A.6.2); where components differ, what holds for all of them."""
    if marker == _CAP:
        return replace(header, high_throughput=bool(int.from_bytes(content[:4]) & _HIGH_THROUGHPUT))
    if marker == _COD and len(content) >= 10:
        return replace(
            header,
            levels=content[5],
            reversible=content[9] == 1,
            transformed=header.components >= 3 and content[4] == 1,
        )
    if marker == _COC and len(content) >= 7:
        return replace(header, levels=min(header.levels, content[2]), reversible=header.reversible and content[6] == 1)
    if marker in {_COD, _COC}:
        raise MalformedFrame("the JPEG 2000 coding style is damaged")
    return header


def _check_tile_parts(stream: memoryview, position: int, tiles: int) -> None:
    """Follow the tile-parts by their lengths (T.800 A.4.2): all tiles are there, and EOC behind the last."""
    seen = set()
    for _ in range(tiles * _MOST_TILE_PARTS):
        head = bytes(stream[position : position + _TILE_PART.size])
        if len(head) < _TILE_PART.size or not head.startswith(b"\xff\x90"):
            break
        _, _, index, length, _, _ = _TILE_PART.unpack(head)
        if length and length < _SHORTEST_TILE_PART:
            break
        seen.add(index)
        position = position + length if length else _end(stream)  # the last tile-part may leave its length open
    if bytes(stream[position : position + 2]) != _EOC or seen != set(range(tiles)):
        raise MalformedFrame("the JPEG 2000 code stream is cut off or its tile-parts are damaged")


def _end(stream: memoryview) -> int:
    """Where EOC lies, at the end but for padding."""
    tail = bytes(stream[-64:]).rstrip(b"\0\xff")
    return len(stream) - min(64, len(stream)) + len(tail) - 2
