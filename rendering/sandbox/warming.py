"""Tiny frames of every transfer syntax: rendering them once loads all that a worker cannot load when locked down."""

from collections.abc import Iterator
import struct

import imagecodecs
import numpy as np

from rendering.frame import EncodedFrame, FrameAttributes
from rendering.options import Encoding, RenderOptions, Viewport, Window
from rendering.sandbox.worker import Render

_SIDE = 16
_MAXIMUM_PIXELS = 4 * _SIDE * _SIDE
_OPTIONS = (
    RenderOptions(Encoding.JPEG, Window(40, 400), Viewport(8, 8), watermark="Aé山"),
    RenderOptions(Encoding.PNG),
)


def warm(render: Render) -> None:
    """Render every tiny frame in every way; an error here is an installation that cannot render."""
    for frame in frames():
        for options in _OPTIONS:
            render(frame, options, _MAXIMUM_PIXELS)


def frames() -> Iterator[EncodedFrame]:
    """Values are 16 bits wide where the encoder says so in the code stream, and 12 where that is the most there is."""
    deep = np.arange(_SIDE * _SIDE, dtype=np.uint16).reshape(_SIDE, _SIDE) * 16
    flat = (deep // 16).astype(np.uint8)
    color = np.stack([flat] * 3, axis=-1)
    flat_row = b"".join(bytes([_SIDE - 1]) + row.tobytes() for row in flat)
    for syntax, data, bits in (
        ("1.2.840.10008.1.2.1", deep.tobytes(), 16),
        ("1.2.840.10008.1.2.5", struct.pack("<16I", 1, 64, *[0] * 14) + flat_row, 8),
        ("1.2.840.10008.1.2.4.50", imagecodecs.jpeg8_encode(flat), 8),
        ("1.2.840.10008.1.2.4.51", imagecodecs.jpeg8_encode(deep, bitspersample=12), 12),
        ("1.2.840.10008.1.2.4.70", imagecodecs.jpeg8_encode(deep, bitspersample=12, lossless=True), 12),
        ("1.2.840.10008.1.2.4.80", imagecodecs.jpegls_encode(deep), 16),
        ("1.2.840.10008.1.2.4.90", imagecodecs.jpeg2k_encode(deep, codecformat="j2k", reversible=True), 16),
        ("1.2.840.10008.1.2.4.201", imagecodecs.htj2k_encode(deep), 16),
    ):
        yield EncodedFrame(bytes(data), syntax, _attributes(bits))
    yield EncodedFrame(color.tobytes(), "1.2.840.10008.1.2.1", _attributes(8, "RGB"))
    yield EncodedFrame(bytes(imagecodecs.jpeg8_encode(color)), "1.2.840.10008.1.2.4.50", _attributes(8, "YBR_FULL_422"))


def _attributes(bits: int, photometric_interpretation: str = "MONOCHROME2") -> FrameAttributes:
    return FrameAttributes(
        sop_class="1.2.840.10008.5.1.4.1.1.7",
        rows=_SIDE,
        columns=_SIDE,
        samples_per_pixel=1 if photometric_interpretation == "MONOCHROME2" else 3,
        photometric_interpretation=photometric_interpretation,
        bits_allocated=8 if bits == 8 else 16,
        bits_stored=bits,
        high_bit=bits - 1,
        signed=False,
    )
