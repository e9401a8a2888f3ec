"""Tiny frames of every transfer syntax: rendering them once loads all that a worker cannot load when locked down."""

from collections.abc import Iterator
from dataclasses import replace
import struct
import zlib

import imagecodecs
import numpy as np

from rendering.content import Still, Transport
from rendering.frame import EncodedFrame, FrameAttributes
from rendering.layers import Contour, Dose, Layers, Segment, SegmentFrame, Segments, Structure
from rendering.options import ColorProfile, Encoding, RenderOptions, Viewport, Window
from rendering.reading.plane import IDENTITY
from rendering.sandbox.warming_motion import warm_motion
from rendering.sandbox.warming_paper import warm_paper
from rendering.sandbox.warming_presented import warm_presented
from rendering.sandbox.worker import Render
from rendering.transport.syntaxes import LOSSLESS, LOSSY

_SIDE = 16
_MAXIMUM_PIXELS = 4 * _SIDE * _SIDE
_LEGIBLE_SIDE = 256  # of an image with room for a legend
_LARGEST_PAPER = 2**24
_NATIVE = "1.2.840.10008.1.2.1"
_MOVED = {_NATIVE, "1.2.840.10008.1.2.5"}  # one in colour, one in grey
_OPTIONS = (
    RenderOptions(Encoding.JPEG, Window(40, 400), Viewport(8, 8), watermark="Aé山"),
    RenderOptions(Encoding.PNG),
)
_ENCODINGS = (Encoding.PNG_16, Encoding.GIF, Encoding.WEBP, Encoding.AVIF, Encoding.JXL, Encoding.JP2, Encoding.JPH)
_FINISHES = (
    *(RenderOptions(encoding, quality=quality) for encoding in _ENCODINGS for quality in (50, 100)),
    RenderOptions(Encoding.WEBP, color_profile=ColorProfile.ADOBE_RGB),
)


def warm(render: Render) -> None:
    """Render every tiny frame in every way; an error here is an installation that cannot render."""
    for frame in frames():
        for options in (*_OPTIONS, *(_FINISHES if frame.transfer_syntax == _NATIVE else ())):
            render(frame, options, _MAXIMUM_PIXELS)
        for syntax in LOSSLESS | LOSSY if frame.transfer_syntax == _NATIVE else ():
            render(Transport(frame, syntax, maximum_error=1), _OPTIONS[0], _MAXIMUM_PIXELS)
        if frame.transfer_syntax in _MOVED and frame.attributes.bits_stored == 8:
            warm_motion(render, frame, _MAXIMUM_PIXELS)
    warm_presented(render, layered().frames[0], _LEGIBLE_SIDE**2 * 2)
    render(layered(), RenderOptions(Encoding.PNG), _LEGIBLE_SIDE**2)
    warm_paper(render, _LARGEST_PAPER)


def frames() -> Iterator[EncodedFrame]:
    """Values are 16 bits wide where the encoder says so in the code stream, and 12 where that is the most there is."""
    deep = np.arange(_SIDE * _SIDE, dtype=np.uint16).reshape(_SIDE, _SIDE) * 16
    flat = (deep // 16).astype(np.uint8)
    color = np.stack([flat] * 3, axis=-1)
    flat_row = b"".join(bytes([_SIDE - 1]) + row.tobytes() for row in flat)
    for syntax, data, bits in (
        (_NATIVE, deep.tobytes(), 16),
        ("1.2.840.10008.1.2.5", struct.pack("<16I", 1, 64, *[0] * 14) + flat_row, 8),
        ("1.2.840.10008.1.2.4.50", imagecodecs.jpeg8_encode(flat), 8),
        ("1.2.840.10008.1.2.4.51", imagecodecs.jpeg8_encode(deep, bitspersample=12), 12),
        ("1.2.840.10008.1.2.4.70", imagecodecs.jpeg8_encode(deep, bitspersample=12, lossless=True), 12),
        ("1.2.840.10008.1.2.4.80", imagecodecs.jpegls_encode(deep), 16),
        ("1.2.840.10008.1.2.4.90", imagecodecs.jpeg2k_encode(deep, codecformat="j2k", reversible=True), 16),
        ("1.2.840.10008.1.2.4.201", imagecodecs.htj2k_encode(deep), 16),
        ("1.2.840.10008.1.2.4.110", imagecodecs.jpegxl_encode(deep, lossless=True, numthreads=1), 16),
        ("1.2.840.10008.1.2.4.112", imagecodecs.jpegxl_encode(flat, distance=1.0, numthreads=1), 8),
        ("1.2.840.10008.1.2.8.1", zlib.compress(deep.tobytes(), wbits=-15), 16),
    ):
        yield EncodedFrame(bytes(data), syntax, _attributes(bits))
    yield EncodedFrame(color.tobytes(), _NATIVE, _attributes(8, "RGB"))
    jpeg = bytes(imagecodecs.jpeg8_encode(color))
    yield EncodedFrame(jpeg, "1.2.840.10008.1.2.4.50", _attributes(8, "YBR_FULL_422"))
    recompressed = bytes(imagecodecs.jpegxl_encode_jpeg(jpeg, numthreads=1))
    yield EncodedFrame(recompressed, "1.2.840.10008.1.2.4.111", _attributes(8, "YBR_FULL_422"))
    floats = replace(_attributes(32), bits_allocated=32, signed=True, floating_point=True)
    yield EncodedFrame((deep / 7).astype("<f4").tobytes(), "1.2.840.10008.1.2", floats)


def layered() -> Still:
    """One of everything that is laid over an image."""
    ground = replace(_attributes(8), rows=_LEGIBLE_SIDE, columns=_LEGIBLE_SIDE)
    bottom = EncodedFrame(bytes(_LEGIBLE_SIDE**2), _NATIVE, ground)
    over = EncodedFrame(bytes([0, 1] * (_SIDE**2 // 2)), _NATIVE, _attributes(8))
    segments = Segments((Segment(1, "1", (1, 2, 3)),), (SegmentFrame(1, 1, IDENTITY), SegmentFrame(1, None, IDENTITY)))
    contours = (Contour((1.0, 1.0, 9.0, 1.0, 5.0, 9.0), closed=True), Contour((5.0, 5.0), closed=False))
    dose = Dose(1, IDENTITY, 1.0, "Gy")
    return Still((bottom, over), layers=Layers(segments, dose, (Structure("1", (1, 2, 3), contours),)))


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
