"""Known pixels, their attributes, and the encoders that the decoders are held against."""

from collections.abc import Callable
import struct
from typing import Any
import zlib

import imagecodecs
import numpy as np
import numpy.typing as npt

from rendering.frame import EncodedFrame, FrameAttributes

Array = npt.NDArray[Any]

BASE = "1.2.840.10008.1.2"
IMPLICIT, EXPLICIT, DEFLATED, BIG_ENDIAN = BASE, f"{BASE}.1", f"{BASE}.1.99", f"{BASE}.2"
BASELINE, EXTENDED, LOSSLESS, LOSSLESS_SV1 = (f"{BASE}.4.{number}" for number in (50, 51, 57, 70))
JPEG_LS, JPEG_LS_NEAR = f"{BASE}.4.80", f"{BASE}.4.81"
JPEG_2000_LOSSLESS, JPEG_2000 = f"{BASE}.4.90", f"{BASE}.4.91"
HTJ2K_LOSSLESS, HTJ2K_RPCL, HTJ2K = f"{BASE}.4.201", f"{BASE}.4.202", f"{BASE}.4.203"
JPEG_XL_LOSSLESS, JPEG_XL_JPEG, JPEG_XL = f"{BASE}.4.110", f"{BASE}.4.111", f"{BASE}.4.112"
RLE = f"{BASE}.5"
ENCAPSULATED, DEFLATED_FRAMES = f"{BASE}.1.98", f"{BASE}.8.1"


def gray(bits: int, signed: bool = False, rows: int = 61, columns: int = 83) -> Array:
    """A smooth structure with noise over the whole range of `bits`, both ends included; its sides are odd."""
    y, x = np.mgrid[:rows, :columns]
    noise = np.random.default_rng(bits).normal(0, 0.02, (rows, columns))
    wave = (np.sin(x / 9) * np.cos(y / 13) * 0.45 + 0.5 + noise).clip(0, 1)
    values = np.rint(wave * ((1 << bits) - 1)).astype(np.int64)
    values[0, :2] = 0, (1 << bits) - 1
    size = 8 if bits <= 8 else 16
    return (values - (1 << (bits - 1))).astype(f"i{size // 8}") if signed else values.astype(f"u{size // 8}")


def color(rows: int = 61, columns: int = 83) -> Array:
    """Three samples of 8 bits that differ everywhere."""
    red = gray(8, rows=rows, columns=columns)
    return np.stack([red, red[::-1, ::-1], 255 - red[::-1]], axis=-1)


def attributes(values: Array, bits: int | None = None, **changed: Any) -> FrameAttributes:
    """The attributes of such values, in cells of the array's own size."""
    allocated = 8 * values.itemsize
    stored = bits or allocated
    told: dict[str, Any] = {
        "sop_class": "1.2.840.10008.5.1.4.1.1.7",
        "rows": values.shape[0],
        "columns": values.shape[1],
        "samples_per_pixel": 1 if values.ndim == 2 else 3,
        "photometric_interpretation": "MONOCHROME2" if values.ndim == 2 else "RGB",
        "bits_allocated": allocated,
        "bits_stored": stored,
        "high_bit": stored - 1,
        "signed": values.dtype.kind == "i",
    }
    return FrameAttributes(**(told | changed))


def frame(data: bytes, syntax: str, values: Array, bits: int | None = None, **changed: Any) -> EncodedFrame:
    return EncodedFrame(data, syntax, attributes(values, bits, **changed))


def as_unsigned(values: Array, bits: int) -> Array:
    """Two's complement in `bits` bits, as a codec without signs is given it."""
    return values.view(f"u{values.itemsize}") & np.array((1 << bits) - 1, f"u{values.itemsize}")


def rle(values: Array) -> bytes:
    """PS3.5 Annex G, by its text: segments of even length, rows packed on their own, literal runs only where short."""
    whole = values[..., None] if values.ndim == 2 else values
    planes = [
        (whole[..., sample].astype("u8") >> (8 * byte)).astype("u1")
        for sample in range(whole.shape[2])
        for byte in reversed(range(values.itemsize))
    ]
    segments = [b"".join(pack_bits(bytes(row)) for row in plane) for plane in planes]
    segments = [segment + b"\0" * (len(segment) % 2) for segment in segments]
    offsets = [64 + sum(map(len, segments[:index])) for index in range(len(segments))]
    return struct.pack("<16I", len(segments), *offsets, *[0] * (15 - len(segments))) + b"".join(segments)


def pack_bits(row: bytes) -> bytes:
    packed, position = bytearray(), 0
    while position < len(row):
        run = 1
        while run < 128 and row[position : position + 1] == row[position + run : position + run + 1]:
            run += 1
        if run > 1:
            packed += bytes([257 - run, row[position]])
        else:
            packed += bytes([0, row[position]])
        position += run
    return bytes(packed)


def jpeg_lossless(values: Array, bits: int) -> bytes:
    if values.ndim == 3:
        return imagecodecs.jpeg8_encode(values, lossless=True, colorspace="RGB", outcolorspace="RGB")
    return imagecodecs.jpeg8_encode(as_unsigned(values, bits), lossless=True, bitspersample=bits)


def jpeg_ls(values: Array, bits: int, near: int = 0) -> bytes:
    return imagecodecs.jpegls_encode(as_unsigned(values, bits), level=near)


def jpeg_2000(values: Array, bits: int, **options: Any) -> bytes:
    return imagecodecs.jpeg2k_encode(
        values,
        **({"level": 0, "reversible": True, "codecformat": "j2k", "bitspersample": bits} | options),
    )


def htj2k(values: Array, bits: int, reversible: bool = True, **options: Any) -> bytes:
    """OpenJPH's binding codes unsigned cells as a whole, so the stream is told afterwards to have fewer bits.

    What a stream of fewer bits means: reversible samples lie around the middle of the smaller range (T.800 G.1), the
    step sizes of irreversible ones are fractions of it (T.800 E.1).
    """
    spare = 0 if values.dtype.kind == "i" else 8 * values.itemsize - bits
    middle = (1 << (bits + spare - 1)) - (1 << (bits - 1))
    wide = values + np.array(middle, values.dtype) if reversible else values << spare
    stream = bytearray(imagecodecs.htj2k_encode(wide, **({"reversible": reversible, "resolutions": 5} | options)))
    if spare:
        for index in range(1 if values.ndim == 2 else 3):
            stream[42 + 3 * index] = bits - 1
    return bytes(stream)


def jpeg_xl(values: Array, bits: int, **options: Any) -> bytes:
    return imagecodecs.jpegxl_encode(
        as_unsigned(values, bits), **({"lossless": True, "bitspersample": bits, "effort": 3, "numthreads": 1} | options)
    )


def deflated(values: Array, bits: int) -> bytes:
    """As a fragment holds it, padded to an even length."""
    stream = zlib.compress(values.tobytes(), wbits=-15)
    return stream + b"\0" * (len(stream) % 2)


LOSSLESS_ENCODERS: dict[str, Callable[[Array, int], bytes]] = {
    EXPLICIT: lambda values, bits: values.tobytes(),
    ENCAPSULATED: lambda values, bits: values.tobytes(),
    DEFLATED_FRAMES: deflated,
    BIG_ENDIAN: lambda values, bits: values.astype(values.dtype.newbyteorder(">")).tobytes(),
    RLE: lambda values, bits: rle(values),
    LOSSLESS: jpeg_lossless,
    LOSSLESS_SV1: jpeg_lossless,
    JPEG_LS: jpeg_ls,
    JPEG_2000_LOSSLESS: jpeg_2000,
    HTJ2K_LOSSLESS: htj2k,
    JPEG_XL_LOSSLESS: jpeg_xl,
}


def recompressed(values: Array) -> bytes:
    """A JPEG stream, compressed once more as JPEG XL."""
    return imagecodecs.jpegxl_encode_jpeg(imagecodecs.jpeg8_encode(values, level=95), numthreads=1)


def encoded_gray(syntax: str) -> EncodedFrame:
    """One sound 12-bit frame (8-bit in baseline JPEG) of each transfer syntax."""
    bits = 8 if syntax == BASELINE else 12
    values = gray(bits)
    if syntax in {BASELINE, EXTENDED}:
        return frame(imagecodecs.jpeg8_encode(values, level=95, bitspersample=bits), syntax, values, bits)
    if syntax == JPEG_XL_JPEG:
        return frame(recompressed(gray(8)), syntax, gray(8))
    if syntax == JPEG_XL:
        return frame(jpeg_xl(values, bits, lossless=False, distance=1.0), syntax, values, bits)
    return frame(LOSSLESS_ENCODERS[syntax](values, bits), syntax, values, bits)


ENCODED_SYNTAXES = (
    *(EXPLICIT, RLE, DEFLATED_FRAMES, BASELINE, EXTENDED, LOSSLESS_SV1, JPEG_LS, JPEG_2000_LOSSLESS, HTJ2K_LOSSLESS),
    *(JPEG_XL_LOSSLESS, JPEG_XL_JPEG, JPEG_XL),
)


def encoded_color(syntax: str) -> EncodedFrame:
    """One sound frame of 8-bit colour of each transfer syntax that has it."""
    values = color()
    if syntax in {BASELINE, EXTENDED}:
        return frame(
            imagecodecs.jpeg8_encode(values, level=95), syntax, values, photometric_interpretation="YBR_FULL_422"
        )
    if syntax == JPEG_XL_JPEG:
        return frame(recompressed(values), syntax, values, photometric_interpretation="YBR_FULL_422")
    if syntax == JPEG_XL:
        stream = jpeg_xl(values, 8, lossless=False, distance=1.0)
        return frame(stream, syntax, values, photometric_interpretation="XYB")
    return frame(LOSSLESS_ENCODERS[syntax](values, 8), syntax, values)
