"""Every encoding: without loss where it promises that, near otherwise, and readable by another program's decoder."""

from io import BytesIO
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import imagecodecs
import numpy as np
from numpy.typing import NDArray
from PIL import Image, JpegImagePlugin
import pytest

from rendering.decode.jpeg2000_header import read_jpeg2000_header
from rendering.dicom_file import read_frame
from rendering.encode import encode, is_lossy
from rendering.encode.jpeg import to_jpeg
from rendering.encode.png import to_png
from rendering.errors import InvalidOption, TooLarge
from rendering.options import Encoding, RenderOptions
from rendering.render import render
from rendering.sandbox.signatures import begins_as
from tests.rendering.frames import FILES, frame_of, shown

SMOOTH = np.add.outer(np.arange(90), np.arange(120)).astype(np.uint8)
COLORED = np.stack([SMOOTH, 255 - SMOOTH, np.full_like(SMOOTH, 77)], axis=-1)


@given(st.integers(1, 20), st.integers(1, 20), st.booleans(), st.integers(0, 2**32))
def test_png_keeps_every_pixel(rows: int, columns: int, colored: bool, seed: int) -> None:
    shape = (rows, columns, 3) if colored else (rows, columns)
    image = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    opened = Image.open(BytesIO(to_png(image)))
    opened.load()
    assert opened.mode == ("RGB" if colored else "L")
    assert (np.asarray(opened) == image).all()


@pytest.mark.parametrize("name", ["examples_overlay.dcm", "examples_ybr_color.dcm", "CT_small.dcm"])
def test_png_is_hardly_larger_than_pillow_makes_it(name: str) -> None:
    image = shown(read_frame(FILES / name, 1))
    theirs = BytesIO()
    Image.fromarray(image).save(theirs, "PNG", compress_level=1)
    assert len(to_png(image)) < 1.15 * len(theirs.getvalue())


@pytest.mark.parametrize("image", [SMOOTH, COLORED], ids=["grey", "colour"])
def test_jpeg_is_close_and_baseline(image: NDArray[Any]) -> None:
    data = to_jpeg(image, 90)
    opened = Image.open(BytesIO(data))
    assert np.abs(np.asarray(opened).astype(int) - image).mean() < 3
    assert b"\xff\xc0" in data
    assert "progressive" not in opened.info


@pytest.mark.parametrize(("quality", "sampling"), [(100, "4:4:4"), (90, "4:4:4"), (89, "4:2:0"), (1, "4:2:0")])
def test_colour_keeps_its_resolution_at_high_quality(quality: int, sampling: str) -> None:
    opened: Any = Image.open(BytesIO(to_jpeg(COLORED, quality)))
    assert JpegImagePlugin.get_sampling(opened) == {"4:4:4": 0, "4:2:0": 2}[sampling]


def test_less_quality_is_smaller() -> None:
    sizes = [len(to_jpeg(COLORED, quality)) for quality in (10, 50, 95)]
    assert sizes == sorted(sizes)


def test_a_jpeg_has_its_limits() -> None:
    with pytest.raises(TooLarge):
        encode(np.zeros((1, 65501), np.uint8), Encoding.JPEG, 90)


STILLS = [one for one in Encoding if one not in {Encoding.SVG, Encoding.MP4}]
EXACT_AT_BEST = [Encoding.WEBP, Encoding.JXL, Encoding.JP2, Encoding.JPH]
IMAGES = {
    "grey": SMOOTH,
    "colour": COLORED,
    "many colours": np.stack(np.meshgrid(np.arange(0, 250, 5), np.arange(40), 80), axis=-1)[:, :, 0].astype(np.uint8),
    "one pixel": np.full((1, 1), 7, np.uint8),
    "one row": np.arange(0, 240, 3, dtype=np.uint8)[np.newaxis],
    "one column of colours": np.arange(0, 240, dtype=np.uint8).reshape(80, 1, 3),
}


def decoded(data: bytes, shape: tuple[int, ...]) -> NDArray[Any]:
    """What Pillow's own builds of the codecs make of it; JPEG XL, which it has not, by imagecodecs."""
    if data.startswith((b"\xff\x0a", b"\0\0\0\x0cJXL ")):
        return np.asarray(imagecodecs.jpegxl_decode(data)).reshape(shape)
    opened = Image.open(BytesIO(data)).convert("RGB" if len(shape) == 3 else "L")
    return np.asarray(opened)


@pytest.mark.parametrize("quality", [1, 50, 90, 99, 100])
@pytest.mark.parametrize("encoding", [one for one in STILLS if one is not Encoding.PNG_16])
@pytest.mark.parametrize("name", IMAGES)
def test_every_encoding_gives_the_image_back(name: str, encoding: Encoding, quality: int) -> None:
    image = IMAGES[name]
    data = encode(image, encoding, quality)
    assert begins_as(encoding, data)
    back = decoded(data, image.shape).astype(int)
    assert back.shape == image.shape
    if is_lossy(image, encoding, quality):
        assert np.abs(back - image).mean() < (5 if quality >= 90 else 40)
    else:
        assert (back == image).all()


@pytest.mark.parametrize("encoding", [Encoding.JPEG, Encoding.WEBP, Encoding.AVIF, *EXACT_AT_BEST[1:]])
@pytest.mark.parametrize("file", ["examples_rgb_color.dcm", "examples_overlay.dcm"])
def test_more_quality_is_larger_and_nearer(encoding: Encoding, file: str) -> None:
    image = shown(read_frame(FILES / file, 1))
    sizes, errors = [], []
    for quality in (5, 40, 75, 95):
        data = encode(image, encoding, quality)
        sizes.append(len(data))
        errors.append(float(((decoded(data, image.shape).astype(float) - image) ** 2).mean()))
    assert sizes == sorted(sizes)
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 40


@pytest.mark.parametrize(
    ("encoding", "quality", "lossy"),
    [
        (Encoding.JPEG, 100, True),
        (Encoding.AVIF, 100, True),
        (Encoding.PNG, 1, False),
        (Encoding.PNG_16, 1, False),
        (Encoding.GIF, 1, False),
        *((encoding, 99, True) for encoding in EXACT_AT_BEST),
        *((encoding, 100, False) for encoding in EXACT_AT_BEST),
    ],
)
def test_the_answer_says_whether_encoding_lost_something(encoding: Encoding, quality: int, lossy: bool) -> None:
    assert render(frame_of(SMOOTH), RenderOptions(encoding=encoding, quality=quality)).lossy is lossy


def test_a_gif_of_few_colours_is_exact_and_one_of_many_says_that_it_is_not() -> None:
    assert len(np.unique(COLORED.reshape(-1, 3), axis=0)) <= 256
    assert not is_lossy(COLORED, Encoding.GIF, 90)
    many = IMAGES["many colours"]
    assert is_lossy(many, Encoding.GIF, 90)
    assert np.abs(decoded(encode(many, Encoding.GIF, 90), many.shape).astype(int) - many).mean() < 25


@pytest.mark.parametrize("encoding", [Encoding.JP2, Encoding.JPH])
@pytest.mark.parametrize("image", [SMOOTH, COLORED], ids=["grey", "colour"])
def test_wavelets_come_in_the_boxes_of_their_file(encoding: Encoding, image: NDArray[Any]) -> None:
    data = encode(image, encoding, 90)
    brand = b"jp2 " if encoding is Encoding.JP2 else b"jph "
    kinds, position = [], 0
    while position < len(data):
        kinds.append(data[position + 4 : position + 8])
        position += int.from_bytes(data[position : position + 4])
    assert kinds == [b"jP  ", b"ftyp", b"jp2h", b"jp2c"]
    assert data[20:24] == brand == data[28:32]
    stream = data[data.index(b"jp2c") + 4 :]
    header = read_jpeg2000_header(memoryview(stream))
    assert header.shape == (90, 120, 1 if image.ndim == 2 else 3)
    assert header.high_throughput is (encoding is Encoding.JPH)


def test_too_long_an_image_is_refused_by_what_cannot_hold_it() -> None:
    for encoding, side in ((Encoding.WEBP, 16384), (Encoding.AVIF, 65536)):
        with pytest.raises(TooLarge):
            encode(np.zeros((1, side), np.uint8), encoding, 90)


def test_what_is_no_still_image_is_no_encoding_of_one() -> None:
    with pytest.raises(InvalidOption):
        encode(SMOOTH, Encoding.MP4, 90)
