"""The watermark: there, everywhere, on any ground, in any script, whatever fonts are installed."""

import subprocess
import sys

import cv2
from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from rendering import fonts
from rendering.dicom_file import read_frame
from rendering.options import Viewport
from rendering.watermark import _tile, burn
from tests.rendering.frames import FILES, frame_of, shown

TEXT = "Radiologist on call · 2026-05-01 12:00"
NAMES = [
    "Yamada^Tarou=山田^太郎=やまだ^たろう",
    "Hong^Gildong=洪^吉洞=홍^길동",
    "Buc^Jérôme",
    "Люкceмбypг",
    "Wang^XiaoDong=王^小东",
]


@pytest.mark.parametrize("ground", [0, 60, 128, 200, 255])
@pytest.mark.parametrize("colored", [False, True])
def test_letters_stand_out_on_any_ground(ground: int, colored: bool) -> None:
    image = np.full((300, 400, 3) if colored else (300, 400), ground, np.uint8)
    marked = burn(image, TEXT)
    assert marked.shape == image.shape
    assert marked.dtype == np.uint8
    assert np.abs(marked.astype(int) - ground).max() > 45


@pytest.mark.parametrize("side", [256, 512, 1024])
def test_no_half_of_the_image_goes_without_a_whole_copy(side: int) -> None:
    """Wherever it is cut out, half of either side holds the text from its first letter to its last."""
    marked = burn(np.zeros((side, side), np.uint8), "Radiologist A")
    for top in range(0, side // 2 + 1, side // 8):
        for left in range(0, side // 2 + 1, side // 8):
            crop = marked[top : top + side // 2, left : left + side // 2]
            assert best_match(crop, one_copy(side)) > 0.95


def one_copy(side: int) -> np.ndarray:
    """The first whole copy of the text, from where its ink begins to where it ends."""
    ink = _tile("Radiologist A", side).added
    page = ink[: ink.shape[0] // 2]
    rows, columns = np.nonzero(page)
    return np.ascontiguousarray(page[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1])


def best_match(image: np.ndarray, pattern: np.ndarray) -> float:
    return float(cv2.matchTemplate(image, pattern, cv2.TM_CCOEFF_NORMED).max())


@pytest.mark.parametrize("name", NAMES)
def test_names_are_written_in_their_own_script(name: str) -> None:
    """With the fonts of `make setup` no letter is replaced by its code point."""
    assert "".join(piece for _, piece in fonts.runs(name, 20)) == name


def test_different_people_leave_different_marks() -> None:
    image = np.zeros((300, 300), np.uint8)
    marks = {burn(image, name).tobytes() for name in NAMES}
    assert len(marks) == len(NAMES)


def test_a_letter_that_no_font_has_is_spelt() -> None:
    assert "".join(piece for _, piece in fonts.runs("a𓀀b", 20)) == "aU+13000b"


@settings(max_examples=50)
@given(st.text(max_size=80), st.integers(1, 90), st.integers(1, 90))
def test_any_text_on_any_image(text: str, rows: int, columns: int) -> None:
    assert burn(np.zeros((rows, columns), np.uint8), text).shape == (rows, columns)


@pytest.mark.parametrize("viewport", [Viewport(512, 512, flip_horizontal=True), Viewport(512, 512, flip_vertical=True)])
def test_a_mirror_image_has_the_same_pixels_covered(viewport: Viewport) -> None:
    frame = frame_of(np.full((512, 512), 100, np.uint8))
    axis = 1 if viewport.flip_horizontal else 0
    assert (np.flip(shown(frame, viewport=viewport, watermark=TEXT), axis) == shown(frame, watermark=TEXT)).all()


@pytest.mark.parametrize("side", [4, 8, 64, 200])
def test_regions_put_together_are_the_marked_frame(side: int) -> None:
    frame = frame_of(np.full((512, 512), 100, np.uint8))
    whole = shown(frame, watermark=TEXT)
    for left, top in ((0, 0), (37, 91), (300, 12), (311, 308)):
        region = shown(frame, viewport=Viewport(side, side, left, top, side, side), watermark=TEXT)
        assert (region == whole[top : top + side, left : left + side]).all()


@given(st.integers(0, 350), st.integers(0, 350), st.integers(100, 150), st.floats(0.75, 6))
@settings(max_examples=30, deadline=None)
def test_an_enlargement_has_the_same_pixels_covered(left: int, top: int, side: int, scale: float) -> None:
    frame = frame_of(np.full((512, 512), 100, np.uint8))
    whole = shown(frame, watermark=TEXT).astype(float)[top : top + side, left : left + side]
    length = round(side * scale)
    region = shown(frame, viewport=Viewport(length, length, left, top, side, side), watermark=TEXT)
    back = cv2.resize(region.astype(np.float32), (side, side), interpolation=cv2.INTER_AREA)
    assert np.corrcoef(back.ravel(), whole.ravel())[0, 1] > 0.7


def test_a_reduced_image_is_legible() -> None:
    frame = frame_of(np.full((2048, 2048), 100, np.uint8))
    reduced = shown(frame, viewport=Viewport(256, 256), watermark=TEXT)
    assert (reduced == burn(np.full((256, 256), 100, np.uint8), TEXT)).all()


def test_without_any_font_installed() -> None:
    """In a process of its own, since fonts are read once: Pillow's font has ASCII and spells the rest."""
    program = (
        "from rendering import fonts\n"
        "fonts.FONT_FILES = ()\n"
        "from rendering.watermark import burn\n"
        "import numpy as np\n"
        "assert burn(np.zeros((200, 200), np.uint8), 'Yamada 山田').any()\n"
        "print(''.join(piece for _, piece in fonts.runs('Yé山', 20)))\n"
    )
    command = [sys.executable, "-c", program]
    answer = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert (answer.stdout.strip(), answer.stderr) == ("YeU+5C71", "")


def test_a_real_image_stays_recognisable() -> None:
    frame = read_frame(FILES / "examples_rgb_color.dcm", 1)
    plain, marked = shown(frame).astype(int), shown(frame, watermark=TEXT).astype(int)
    changed = np.abs(plain - marked).max(axis=-1) > 2
    assert 0.02 < changed.mean() < 0.4
