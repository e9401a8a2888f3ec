"""What surrounds a JPEG XL code stream, if anything does: a file of boxes (ISO/IEC 18181-2)."""

from collections.abc import Iterator
from dataclasses import dataclass

from rendering.errors import MalformedFrame

_BARE = b"\xff\x0a"
_SIGNATURE = b"\x00\x00\x00\x0cJXL \r\n\x87\n"
_WHOLE, _PART, _JPEG = b"jxlc", b"jxlp", b"jbrd"
_COMPRESSED, _PART_NUMBER = b"brob", 4
_MOST_BOXES = 1024
_ENOUGH = 256  # bytes that hold the headers, but for an embedded profile


@dataclass(frozen=True, slots=True)
class JpegXlFrame:
    """`beginning` is that of the code stream; `holds_jpeg` when a JPEG stream can be put together again, bit by bit."""

    beginning: bytes
    holds_jpeg: bool = False


def read_jpegxl_frame(data: bytes | memoryview) -> JpegXlFrame:
    """Look for the code stream. Raises `MalformedFrame` when there is none, or boxes are cut off or damaged."""
    view = memoryview(data)
    if bytes(view[:2]) == _BARE:
        return JpegXlFrame(bytes(view[:_ENOUGH]))
    if bytes(view[: len(_SIGNATURE)]) != _SIGNATURE:
        raise MalformedFrame("the frame is not a JPEG XL code stream")
    beginning, kinds = b"", set()
    for kind, content in _boxes(view):
        kinds.add(kind)
        if kind in {_WHOLE, _PART} and len(beginning) < _ENOUGH:
            beginning += bytes(content[_PART_NUMBER if kind == _PART else 0 :][:_ENOUGH])
    if not beginning.startswith(_BARE):
        raise MalformedFrame("the JPEG XL file has no code stream")
    return JpegXlFrame(beginning, _JPEG in kinds)


def _boxes(view: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """Type and content of every box; nothing but padding lies behind the last one."""
    position = 0
    for _ in range(_MOST_BOXES):
        head = bytes(view[position : position + 16])
        if not head.strip(b"\0"):
            return
        length, kind, start = int.from_bytes(head[:4]), head[4:8], position + 8
        if length == 1:
            length, start = int.from_bytes(head[8:]), position + 16
        end = position + length if length else len(view)
        if len(head) < 8 or not start <= end <= len(view):
            raise MalformedFrame("the JPEG XL file's boxes are cut off or damaged")
        yield kind, view[start:end]
        position = end
    raise MalformedFrame("the JPEG XL file has too many boxes")
