"""How the bytes of each encoding begin: a worker that was taken over shall not pass off one thing as another."""

import re

from rendering.content import Transport
from rendering.options import Encoding
from rendering.transport import syntaxes

_SIGNATURES = {
    Encoding.JPEG: rb"\xff\xd8\xff",
    Encoding.PNG: rb"\x89PNG\r\n\x1a\n",
    Encoding.PNG_16: rb"\x89PNG\r\n\x1a\n....IHDR........\x10",
    Encoding.GIF: rb"GIF8[79]a",
    Encoding.WEBP: rb"RIFF....WEBP",
    Encoding.AVIF: rb"....ftypavi[fs]",
    Encoding.JXL: rb"\xff\x0a|\x00\x00\x00\x0cJXL \r\n\x87\n",
    Encoding.JP2: rb"\x00\x00\x00\x0cjP  \r\n\x87\n....ftypjp2 ",
    Encoding.JPH: rb"\x00\x00\x00\x0cjP  \r\n\x87\n....ftypjph ",
    Encoding.SVG: rb"<svg ",
    Encoding.MP4: rb"....ftyp",
}
_JPEG, _WAVELETS = re.compile(rb"\xff\xd8\xff"), re.compile(rb"\xff\x4f\xff\x51")
_JPEG_XL = re.compile(_SIGNATURES[Encoding.JXL])
_STREAMS = {
    syntaxes.RLE: re.compile(rb"[\x01-\x0f]\0\0\0\x40\0\0\0"),
    **dict.fromkeys((syntaxes.JPEG_LOSSLESS, syntaxes.JPEG_LOSSLESS_FIRST_ORDER), _JPEG),
    **dict.fromkeys((syntaxes.JPEG_LS, syntaxes.JPEG_LS_NEAR), _JPEG),
    **dict.fromkeys((syntaxes.JPEG_XL_LOSSLESS, syntaxes.JPEG_XL), _JPEG_XL),
    **dict.fromkeys((syntaxes.JPEG_2000_LOSSLESS, syntaxes.JPEG_2000), _WAVELETS),
    **dict.fromkeys((syntaxes.HTJ2K_LOSSLESS, syntaxes.HTJ2K_LOSSLESS_RPCL, syntaxes.HTJ2K), _WAVELETS),
}
_PATTERNS = {encoding: re.compile(pattern, re.DOTALL) for encoding, pattern in _SIGNATURES.items()}


def begins_as(encoding: Encoding, data: bytes) -> bool:
    """Whether `data` begins as something in this encoding does."""
    return _PATTERNS[encoding].match(data) is not None


def can_be(asked: Transport, data: bytes) -> bool:
    """Whether `data` begins as frames in the transfer syntax asked for do; native ones have a length instead."""
    beginning = _STREAMS.get(asked.transfer_syntax)
    return len(data) == _native_length(asked) if beginning is None else beginning.match(data) is not None


def _native_length(asked: Transport) -> int:
    one = asked.frame.attributes
    return (one.rows * one.columns * one.samples_per_pixel * one.bits_allocated + 7) // 8
