"""PNG without loss, JPEG within bounds, each readable by an independent decoder."""

from io import BytesIO
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
from numpy.typing import NDArray
from PIL import Image, JpegImagePlugin
import pytest

from rendering.dicom_file import read_frame
from rendering.encode import encode, to_jpeg, to_png
from rendering.errors import TooLarge
from rendering.options import Encoding, RenderOptions
from rendering.render import render
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


@pytest.mark.parametrize(("encoding", "lossy"), [(Encoding.JPEG, True), (Encoding.PNG, False)])
def test_the_answer_says_whether_encoding_lost_something(encoding: Encoding, lossy: bool) -> None:
    assert render(frame_of(SMOOTH), RenderOptions(encoding=encoding, quality=100)).lossy is lossy
