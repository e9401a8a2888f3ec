"""How the bytes of each encoding begin: a worker that was taken over shall not pass off one thing as another."""

import re

from rendering.options import Encoding

_SIGNATURES = {
    Encoding.JPEG: rb"\xff\xd8\xff",
    Encoding.PNG: rb"\x89PNG\r\n\x1a\n",
    Encoding.GIF: rb"GIF8[79]a",
    Encoding.WEBP: rb"RIFF....WEBP",
    Encoding.AVIF: rb"....ftypavi[fs]",
    Encoding.JXL: rb"\xff\x0a|\x00\x00\x00\x0cJXL \r\n\x87\n",
    Encoding.JP2: rb"\x00\x00\x00\x0cjP  \r\n\x87\n....ftypjp2 ",
    Encoding.JPH: rb"\x00\x00\x00\x0cjP  \r\n\x87\n....ftypjph ",
    Encoding.SVG: rb"<svg ",
    Encoding.MP4: rb"....ftyp",
}
_PATTERNS = {encoding: re.compile(pattern, re.DOTALL) for encoding, pattern in _SIGNATURES.items()}


def begins_as(encoding: Encoding, data: bytes) -> bool:
    """Whether `data` begins as something in this encoding does."""
    return _PATTERNS[encoding].match(data) is not None
