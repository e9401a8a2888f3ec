"""What the three components of a JPEG stream are: their names, Adobe, JFIF, sub-sampling, then the attributes."""

import imagecodecs
import numpy as np
from pydicom.pixels import convert_color_space
import pytest

from rendering.decode.decoding import decode
from rendering.errors import RenderingError
from tests.rendering.decode import samples

ROWS, COLUMNS = 32, 48
JFIF = b"\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
RGB_IDS, YBR_IDS = b"RGB", b"\1\2\3"


def adobe(transform: int) -> bytes:
    return b"\xff\xee\x00\x0eAdobe\0\x64\0\0\0\0" + bytes([transform])


SHORT_ADOBE = b"\xff\xee\x00\x0aAdobe\0\x64\0"


def gradient() -> samples.Array:
    y, x = np.mgrid[:ROWS, :COLUMNS]
    return np.stack([200 - 2 * x, 60 + 3 * y, 90 + x - y], axis=-1).astype("u1")


def stream(components: str, ids: bytes, *segments: bytes, lossless: bool = False) -> bytes:
    """A stream whose components hold RGB or YCbCr, with other names and segments than its encoder gave it."""
    subsampling = "420" if components == "420" else "444"
    space = "YCBCR" if components in {"YCBCR", "420"} else "RGB"
    options = {"lossless": True} if lossless else {"level": 98, "subsampling": subsampling}
    encoded = imagecodecs.jpeg8_encode(gradient(), colorspace="RGB", outcolorspace=space, **options)
    position = 2
    while encoded[position + 1] in {0xE0, 0xEE}:
        position += 2 + int.from_bytes(encoded[position + 2 : position + 4])
    return encoded[:2] + b"".join(segments) + renamed(encoded[position:], ids)


def renamed(headers: bytes, ids: bytes) -> bytes:
    changed = bytearray(headers)
    start = next(
        changed.index(bytes([0xFF, marker, 0, 17]))
        for marker in (0xC0, 0xC1, 0xC3)
        if bytes([0xFF, marker, 0, 17]) in changed
    )
    scan = changed.index(b"\xff\xda\x00\x0c\x03")
    for index, name in enumerate(ids):
        changed[start + 10 + 3 * index] = name
        changed[scan + 5 + 2 * index] = name
    return bytes(changed)


@pytest.mark.parametrize(
    ("components", "ids", "segments", "interpretation"),
    [
        ("RGB", RGB_IDS, (), "RGB"),
        ("RGB", RGB_IDS, (), "YBR_FULL_422"),
        ("RGB", b"rgb", (), "YBR_FULL"),
        ("RGB", RGB_IDS, (adobe(1),), "YBR_FULL"),
        ("RGB", RGB_IDS, (JFIF,), "RGB"),
        ("RGB", YBR_IDS, (adobe(0),), "YBR_FULL_422"),
        ("RGB", YBR_IDS, (JFIF, adobe(0)), "RGB"),
        ("RGB", YBR_IDS, (), "RGB"),
        ("RGB", YBR_IDS, (SHORT_ADOBE,), "RGB"),
        ("RGB", b"\0\1\2", (), "RGB"),
        ("YCBCR", YBR_IDS, (), "YBR_FULL"),
        ("YCBCR", YBR_IDS, (adobe(1),), "RGB"),
        ("YCBCR", YBR_IDS, (adobe(2),), "RGB"),
        ("YCBCR", YBR_IDS, (JFIF,), "RGB"),
        ("YCBCR", YBR_IDS, (SHORT_ADOBE,), "YBR_FULL"),
        ("YCBCR", b"\0\1\2", (), "YBR_FULL_422"),
        ("420", YBR_IDS, (), "RGB"),
        ("420", YBR_IDS, (), "YBR_FULL_422"),
    ],
)
def test_lossy_colour_comes_out_rgb(components, ids, segments, interpretation):
    values = gradient()
    data = stream(components, ids, *segments)
    decoded = decode(samples.frame(data, samples.BASELINE, values, photometric_interpretation=interpretation))
    assert decoded.color_space == "RGB"
    assert np.abs(decoded.values.astype(int) - values).max() < 12


@pytest.mark.parametrize(
    ("ids", "segments", "interpretation", "space"),
    [
        (YBR_IDS, (), "RGB", "RGB"),
        (YBR_IDS, (), "YBR_FULL", "YBR_FULL"),
        (YBR_IDS, (), "YBR_FULL_422", "YBR_FULL"),
        (YBR_IDS, (adobe(1),), "YBR_FULL", "YBR_FULL"),
        (YBR_IDS, (JFIF,), "RGB", "RGB"),
        (RGB_IDS, (), "YBR_FULL", "RGB"),
    ],
)
def test_lossless_colour_is_left_alone_and_the_attributes_name_it(ids, segments, interpretation, space):
    values = gradient()
    data = stream("RGB", ids, *segments, lossless=True)
    decoded = decode(samples.frame(data, samples.LOSSLESS_SV1, values, photometric_interpretation=interpretation))
    np.testing.assert_array_equal(decoded.values, values)
    assert decoded.color_space == space


@pytest.mark.parametrize(
    ("segments", "space"), [((), "YBR_PARTIAL"), ((adobe(1),), "YBR_PARTIAL"), ((JFIF,), "RGB"), ((adobe(0),), "RGB")]
)
def test_the_partial_range_is_left_to_its_own_equations(segments, space):
    """JFIF has the full range only; and RGB that is called YBR is RGB."""
    told = {"photometric_interpretation": "YBR_PARTIAL_422"}
    data = stream("RGB" if adobe(0) in segments else "YCBCR", YBR_IDS, *segments)
    decoded = decode(samples.frame(data, samples.BASELINE, gradient(), **told))
    assert decoded.color_space == space
    expected = gradient() if space == "RGB" else convert_color_space(gradient(), "RGB", "YBR_FULL")
    assert np.abs(decoded.values.astype(int) - expected).max() < 12


def test_colour_of_12_bits_comes_out_rgb():
    values = gradient().astype("u2") * 16
    for space, interpretation in [("RGB", "RGB"), ("YCBCR", "YBR_FULL")]:
        data = imagecodecs.jpeg8_encode(
            values, level=98, bitspersample=12, colorspace="RGB", outcolorspace=space, subsampling="444"
        )
        frame = samples.frame(data, samples.EXTENDED, values, 12, photometric_interpretation=interpretation)
        decoded = decode(frame)
        assert decoded.color_space == "RGB"
        assert np.abs(decoded.values.astype(int) - values).max() < 12 * 16


def test_truncation_is_seen_when_the_headers_had_to_be_rewritten():
    values = gradient()
    data = stream("RGB", YBR_IDS, JFIF, adobe(0))
    with pytest.raises(RenderingError):
        decode(samples.frame(data[: len(data) * 2 // 3] + b"\xff\xd9", samples.BASELINE, values))
