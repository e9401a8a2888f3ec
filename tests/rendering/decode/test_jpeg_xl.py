"""JPEG XL: lossless, lossy and JPEG compressed once more, bare or in boxes, and what is refused (PS3.5 §8.2.15)."""

import ctypes
from dataclasses import replace
from pathlib import Path
import struct

from hypothesis import given, settings
from hypothesis import strategies as st
import imagecodecs
import numpy as np
import pytest
import simplejpeg

from rendering.decode.decoding import decode
from rendering.decode.jpegxl_container import read_jpegxl_frame
from rendering.decode.jpegxl_header import read_jpegxl_header
from rendering.errors import MalformedFrame, RenderingError, TooLarge, UnsupportedObject
from tests.rendering.decode import samples

SIGNATURE = b"\x00\x00\x00\x0cJXL \r\n\x87\n"


def boxed(*boxes: tuple[bytes, bytes]) -> bytes:
    kinds = ((b"ftyp", b"jxl \0\0\0\0jxl "), *boxes)
    return SIGNATURE + b"".join(struct.pack(">I4s", 8 + len(content), kind) + content for kind, content in kinds)


def photo(rows: int = 160, columns: int = 240) -> samples.Array:
    y, x = np.mgrid[:rows, :columns]
    return np.stack([200 - x * 0.5, 60 + y * 0.8, 90 + 60 * np.sin(x / 19) * np.cos(y / 23)], axis=-1).astype("u1")


@pytest.mark.parametrize("bits", [8, 12, 16])
def test_a_code_stream_may_lie_in_boxes(bits):
    values = samples.gray(bits)
    stream = (
        samples.jpeg_xl(values, bits, usecontainer=False) if bits < 16 else code_stream(samples.jpeg_xl(values, 16))
    )
    half = len(stream) // 2
    parts = [(b"jxlp", struct.pack(">I", 0) + stream[:half]), (b"jxlp", struct.pack(">I", 0x8000_0001) + stream[half:])]
    last = boxed() + struct.pack(">I4s", 0, b"jxlc") + stream
    for data in (stream, boxed((b"jxlc", stream)), boxed((b"Exif", bytes(20)), *parts), last, last + b"\0"):
        decoded = decode(samples.frame(data, samples.JPEG_XL_LOSSLESS, values, bits))
        np.testing.assert_array_equal(decoded.values, values)
        assert (decoded.decoder, decoded.lossy) == ("libjxl", False)


def code_stream(file: bytes) -> bytes:
    """The code stream out of the boxes that an encoder has put around it."""
    position, parts = 0, []
    while position < len(file):
        length = int.from_bytes(file[position : position + 4]) or len(file) - position
        kind, content = file[position + 4 : position + 8], file[position + 8 : position + length]
        parts += {b"jxlc": [content], b"jxlp": [content[4:]]}.get(kind, [])
        position += length
    return b"".join(parts)


@pytest.mark.parametrize("interpretation", ["RGB", "YBR_FULL", "YBR_RCT"])
def test_lossless_components_are_what_the_attributes_say(interpretation):
    values = samples.color()
    stream = samples.jpeg_xl(values, 8)
    frame = samples.frame(stream, samples.JPEG_XL_LOSSLESS, values, photometric_interpretation=interpretation)
    decoded = decode(frame)
    np.testing.assert_array_equal(decoded.values, values)
    assert decoded.color_space == {"YBR_RCT": "RGB"}.get(interpretation, interpretation)


@pytest.mark.parametrize("interpretation", ["XYB", "RGB", "YBR_FULL_422"])
def test_lossy_colour_comes_out_rgb(interpretation):
    values = photo()
    stream = samples.jpeg_xl(values, 8, lossless=False, distance=0.5)
    decoded = decode(samples.frame(stream, samples.JPEG_XL, values, photometric_interpretation=interpretation))
    assert (decoded.color_space, decoded.lossy) == ("RGB", True)
    assert np.abs(decoded.values.astype(int) - values).mean() < 2


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
@pytest.mark.parametrize("signed", [False, True])
def test_lossy_gray_stays_near(bits, signed):
    values = samples.gray(bits)[..., :]
    stream = samples.jpeg_xl(values, bits, lossless=False, distance=0.3)
    decoded = decode(samples.frame(stream, samples.JPEG_XL, values, bits, signed=signed)).values
    decoded = decoded.astype(int) % (1 << bits) if signed else decoded.astype(int)
    assert np.abs(decoded - values).mean() < (1 << bits) / 50


@pytest.mark.parametrize("subsampling", ["444", "422", "420"])
def test_recompressed_jpeg_is_the_jpeg_that_it_was(subsampling):
    values = photo()
    jpeg = simplejpeg.encode_jpeg(values, 85, "RGB", subsampling)
    stream = imagecodecs.jpegxl_encode_jpeg(jpeg)
    sent = samples.frame(stream, samples.JPEG_XL_JPEG, values, photometric_interpretation="YBR_FULL_422")
    decoded = decode(sent)
    np.testing.assert_array_equal(
        decoded.values, decode(replace(sent, data=jpeg, transfer_syntax=samples.BASELINE)).values
    )
    assert (decoded.color_space, decoded.decoder, decoded.lossy) == ("RGB", "libjxl", True)


@pytest.mark.parametrize("interpretation", ["RGB", "YBR_FULL_422", "YBR_FULL"])
def test_recompressed_jpeg_whose_headers_were_left_out_comes_out_rgb_all_the_same(interpretation):
    values = photo()
    jpeg = simplejpeg.encode_jpeg(values, 95, "RGB", "444")
    stream = code_stream(imagecodecs.jpegxl_encode_jpeg(jpeg))
    decoded = decode(samples.frame(stream, samples.JPEG_XL_JPEG, values, photometric_interpretation=interpretation))
    assert (decoded.color_space, decoded.lossy) == ("RGB", True)
    assert np.abs(decoded.values.astype(int) - values).mean() < 2


@pytest.mark.parametrize(
    "values",
    [
        np.dstack([samples.color(), samples.gray(8)]),
        samples.color()[..., :2],
        (samples.gray(8) / 255).astype("f4"),
        np.stack([samples.gray(8)] * 3),
    ],
    ids=["transparent", "grey and transparent", "float", "animated"],
)
def test_what_is_no_still_image_of_integers_is_refused(values):
    options = {"photometric": "gray"} if values.shape[0] == 3 else {}
    stream = imagecodecs.jpegxl_encode(values, lossless=True, **options)
    for pixels in (samples.gray(8), samples.color()):
        with pytest.raises(UnsupportedObject):
            decode(samples.frame(stream, samples.JPEG_XL_LOSSLESS, pixels))


def test_a_bomb_is_refused_by_its_header():
    """Rows of 30 bits, as many columns, and all else as it is by default."""
    size = 3 << 1 | (2**29 - 1) << 3 | 1 << 33
    stream = b"\xff\x0a" + (size | 1 << 36).to_bytes(16, "little") + bytes(64)
    assert read_jpegxl_header(stream).shape == (2**29, 2**29, 3)
    values = samples.color()
    with pytest.raises(MalformedFrame):
        decode(samples.frame(stream, samples.JPEG_XL, values))
    with pytest.raises(TooLarge):
        decode(samples.frame(stream, samples.JPEG_XL, values, rows=65535, columns=65535))


@pytest.mark.parametrize("length", [0, 7, 8, 11, 2**31])
def test_boxes_that_lie_about_their_length_are_refused(length):
    values = samples.gray(8)
    stream = samples.jpeg_xl(values, 8)
    data = boxed((b"free", bytes(3))) + struct.pack(">I4s", length or 1, b"jxlc") + stream
    with pytest.raises(MalformedFrame):
        decode(samples.frame(data, samples.JPEG_XL_LOSSLESS, values))


def test_boxes_without_end_are_refused():
    values = samples.gray(8)
    with pytest.raises(MalformedFrame):
        decode(samples.frame(boxed(*[(b"free", b"")] * 100_000), samples.JPEG_XL_LOSSLESS, values))
    with pytest.raises(MalformedFrame):
        decode(samples.frame(boxed((b"jxlc", samples.jpeg_xl(values, 8))) + b"junk", samples.JPEG_XL_LOSSLESS, values))


def test_a_reconstructed_jpeg_larger_than_any_image_needs_is_refused():
    """What a JPEG held beside its pixels is compressed a thousandfold in a JPEG XL file."""
    values = samples.gray(8)
    jpeg = imagecodecs.jpeg8_encode(values, level=90)
    comments = b"\xff\xfe\xff\xff" + bytes(65533)
    for count, fits in ((3, True), (400, False)):
        stream = imagecodecs.jpegxl_encode_jpeg(jpeg[:2] + comments * count + jpeg[2:])
        sent = samples.frame(stream, samples.JPEG_XL_JPEG, values)
        if fits:
            np.testing.assert_array_equal(
                decode(sent).values, decode(replace(sent, data=jpeg, transfer_syntax=samples.BASELINE)).values
            )
        else:
            with pytest.raises(MalformedFrame):
                decode(sent)


class _BasicInfo(ctypes.Structure):
    """The beginning of JxlBasicInfo (jxl/codestream_header.h)."""

    _fields_ = (
        *((name, ctypes.c_uint32) for name in ("boxed", "columns", "rows", "bits", "exponent")),
        *((name, ctypes.c_uint32) for name in ("intensity", "least", "relative", "linear", "original")),
        *((name, ctypes.c_uint32) for name in ("preview", "animation", "orientation", "channels", "extra")),
        ("rest", ctypes.c_uint32 * 200),
    )


def told_by_libjxl(data: bytes) -> _BasicInfo | None:
    """What libjxl itself reads in the header, `None` when it finds no image."""
    wheel = Path(imagecodecs.__file__).parent.parent / "imagecodecs.libs"
    call = ctypes.CDLL(str(next(wheel.glob("libjxl-*"))))
    call.JxlDecoderCreate.restype = ctypes.c_void_p
    decoder = ctypes.c_void_p(call.JxlDecoderCreate(None))
    try:
        call.JxlDecoderSubscribeEvents(decoder, 0x40)
        call.JxlDecoderSetKeepOrientation(decoder, 1)
        call.JxlDecoderSetInput(decoder, data, ctypes.c_size_t(len(data)))
        call.JxlDecoderCloseInput(decoder)
        info = _BasicInfo()
        found = call.JxlDecoderProcessInput(decoder) == 0x40
        return info if found and call.JxlDecoderGetBasicInfo(decoder, ctypes.byref(info)) == 0 else None
    finally:
        call.JxlDecoderDestroy(decoder)


SOUND = [
    samples.jpeg_xl(samples.gray(12), 12),
    samples.jpeg_xl(samples.gray(16), 16),
    samples.jpeg_xl(samples.color(64, 128), 8, lossless=False, distance=1.0),
    samples.recompressed(samples.color()),
    imagecodecs.jpegxl_encode(np.dstack([samples.color(), samples.gray(8)]), lossless=True),
]


def header_bytes(data):
    """Where the code stream goes on behind its signature, and where the first box that holds some of it ends."""
    place = data.index(b"\xff\x0a")
    if place == 0:
        return 2, len(data)
    box = max(data.rfind(kind, 0, place) for kind in (b"jxlc", b"jxlp")) - 4
    return place + 2, box + (int.from_bytes(data[box : box + 4]) or len(data) - box)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SOUND), st.lists(st.tuples(st.integers(0, 119), st.booleans()), max_size=4))
def test_headers_are_read_as_libjxl_reads_them(data, flipped):
    """A header that says less to us than to the decoder would let a bomb through; so both read mutated ones."""
    begin, end = header_bytes(data)
    mutated = bytearray(data)
    for position, flip in flipped:
        mutated[min(begin + position // 8, end - 1)] ^= flip << (position % 8)
    ours = refusal = None
    try:
        ours = read_jpegxl_header(read_jpegxl_frame(bytes(mutated)).beginning)
    except RenderingError as error:
        refusal = error
    theirs = told_by_libjxl(bytes(mutated))
    if ours is not None and theirs is not None:
        assert (*ours.shape, ours.precision) == (theirs.rows, theirs.columns, theirs.channels, theirs.bits)
        assert ours.xyb is not bool(theirs.original)
        assert (theirs.extra, theirs.exponent, theirs.orientation, theirs.animation) == (0, 0, 1, 0)
    elif theirs is not None:
        unusual = theirs.extra or theirs.exponent or theirs.orientation != 1 or theirs.animation or theirs.preview
        assert unusual, refusal
