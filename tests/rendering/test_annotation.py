"""Annotations are legible, whole and the right way round in the scripts of the world, or are left out and told."""

import subprocess
import sys
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
import pytest

from rendering.annotation import annotate
from rendering.fonts import is_readable, runs
from rendering.laid_over import Annotation
from rendering.options import Encoding, Omission, RenderOptions
from rendering.sandbox.process import WorkerProcess
from tests.rendering.frames import frame_of, pixels

DEJAVU = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
NAMES = ["Müller, Żaneta", "Иванов, Юрий", "Παπαδόπουλος", "山田 太郎", "やまだ たろう", "김 영희"]
INTRICATE = ["כהן, דוד", "محمد علي", "پروانه", "สมหญิง ใจดี", "क्षत्रिय, राम"]


def on(ground: int, *patient: str, side: int = 400, technique: tuple[str, ...] = ()) -> NDArray[np.uint8]:
    image, omissions = annotate(np.full((side, side), ground, np.uint8), Annotation(patient, technique))
    assert omissions == ()
    return image


@pytest.mark.parametrize("name", NAMES + INTRICATE)
@pytest.mark.parametrize("ground", [0, 100, 255])
def test_every_script_is_legible_on_any_ground(name: str, ground: int) -> None:
    """Letters that differ from the ground, or have edges that do; and none that is spelt, or an empty box."""
    image = on(ground, name)
    drawn = image != ground
    rows, columns = np.nonzero(drawn)
    assert is_readable(name)
    assert drawn.sum() > 40 * 3
    assert rows.max() < 40
    assert columns.min() > 0
    assert image.max() > 220
    assert image.min() < 30
    assert "".join(piece for _, piece in runs(name, 12)) == name


@pytest.mark.parametrize("name", NAMES + INTRICATE)
def test_letters_stand_out_of_noise(name: str) -> None:
    """White on a ground around them that is dark wherever it was bright."""
    noise = np.random.default_rng(1).choice(np.array([0, 255], np.uint8), (400, 400))
    image, _ = annotate(noise, Annotation((name,)))
    letters = on(0, name)
    around = cv2.dilate((letters > 127).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    assert image[letters > 200].min() > 200
    assert image[around & (letters == 0)].max() < 127


def test_each_script_has_letters_of_its_own() -> None:
    images = [on(0, name) for name in NAMES + INTRICATE]
    assert all((one != other).any() for number, one in enumerate(images) for other in images[:number])


def test_what_runs_from_the_right_is_written_from_the_right() -> None:
    """Against Pillow without any layout, which draws letters from the left, so that they are given the other way."""
    hebrew = "אבגדהוז"
    font = ImageFont.truetype(DEJAVU, 12, layout_engine=ImageFont.Layout.BASIC)
    page = Image.new("L", (400, 400))
    draw: Any = ImageDraw.Draw(page)
    draw.text((6, 18), hebrew[::-1], fill=255, font=font, anchor="ls")
    assert (np.asarray(page) == on(0, hebrew)).mean() > 0.9999


def test_arabic_letters_are_joined() -> None:
    """With what forbids joining between them, the same letters are wider."""
    joined, apart = (np.nonzero((on(0, name) > 0).any(axis=0))[0].max() for name in ("محمد", "م\u200cح\u200cم\u200cد"))
    assert joined < apart


def test_the_corners_and_the_order_of_lines() -> None:
    image = on(0, "A", "B", technique=("C",)) > 0
    rows, columns = np.nonzero(image)
    assert (rows[columns < 200].max(), columns[rows > 200].min()) < (60, 400)
    assert columns[rows > 200].min() > 370
    assert rows.max() > 370


def test_colour_and_16_bits_are_annotated_alike() -> None:
    flat = np.full((200, 300), 90, np.uint8)
    annotation = Annotation(("Yamada, Tarou",), ("120 kV",))
    gray, _ = annotate(flat, annotation)
    color, _ = annotate(np.stack([flat] * 3, axis=-1), annotation)
    deep, _ = annotate(flat.astype(np.uint16) * 257, annotation)
    assert (color == gray[..., np.newaxis]).all()
    assert deep.dtype == np.uint16
    assert np.abs(np.rint(deep / 257) - gray).max() <= 1


def test_long_lines_are_broken_between_words_and_no_word_is_lost() -> None:
    long = " ".join(f"word{number}" for number in range(30))
    rows, columns = np.nonzero(on(0, long, side=200) > 0)
    assert columns.max() < 198
    assert rows.max() > 5 * 17


@pytest.mark.parametrize(
    ("patient", "technique", "rows", "columns", "omitted"),
    [
        (("Yamada, Tarou",), (), 16, 400, (Omission.PATIENT,)),
        (("Yamada, Tarou",), (), 400, 60, (Omission.PATIENT,)),
        (("Yamada, Tarou",), ("120 kV",), 40, 400, (Omission.TECHNIQUE,)),
        (("Yamada, Tarou",) * 30, ("120 kV",), 200, 200, (Omission.PATIENT,)),
        (("A" * 100,), ("120 kV",), 200, 200, (Omission.PATIENT,)),
        (("ঠাকুর",), (), 400, 400, (Omission.PATIENT,)),
        (("𐤀𐤁𐤂",), (), 400, 400, (Omission.PATIENT,)),
        (("አበበ",), ("120 kV",), 400, 400, (Omission.PATIENT,)),
        (("כהן 山田",), (), 400, 400, (Omission.PATIENT,)),
        ((), (), 1, 1, ()),
    ],
)
def test_what_does_not_fit_or_cannot_be_read_is_left_out_and_told(
    patient: tuple[str, ...], technique: tuple[str, ...], rows: int, columns: int, omitted: tuple[Omission, ...]
) -> None:
    image, omissions = annotate(np.zeros((rows, columns), np.uint8), Annotation(patient, technique))
    assert omissions == omitted
    written = (patient and Omission.PATIENT not in omitted) or (technique and Omission.TECHNIQUE not in omitted)
    assert image.any() == bool(written)


def test_large_images_have_large_letters_and_small_ones_the_least_that_is_legible() -> None:
    heights = {side: np.nonzero((on(0, "X", side=side) > 0).any(axis=1))[0] for side in (120, 400, 2000)}
    tall = {side: int(rows.max() - rows.min()) for side, rows in heights.items()}
    assert 7 <= tall[120] <= tall[400] < 15 < tall[2000] < 45


@pytest.mark.parametrize(
    ("missing", "readable"),
    [
        ("from PIL import features; features.check_feature = lambda name: False", [True, True, True, False, False]),
        ("import rendering.fonts; rendering.fonts.FONT_FILES = ()", [True, False, False, False, False]),
    ],
)
def test_without_fonts_or_layout_what_cannot_be_written_as_it_is_is_left_out(
    missing: str, readable: list[bool]
) -> None:
    """In a process of its own, since what is installed is asked once."""
    names = ("Yamada, Tarou (30°)", "Müller", "山田", "محمد", "राम")
    program = f"{missing}\nfrom rendering.fonts import is_readable\nprint([is_readable(name) for name in {names}])"
    answer = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60)
    assert answer.stdout.strip() == str(readable)


async def test_a_locked_down_worker_writes_every_script() -> None:
    """Nothing of the fonts and of what lays them out is loaded after it has given up files."""
    worker = await WorkerProcess.start(1_000_000, 60)
    try:
        for side in (200, 400, 900):
            annotation = Annotation((*NAMES, *INTRICATE), ("120 kV",))
            plain = np.full((side, side), 100, np.uint8)
            image = await worker.render(frame_of(plain), RenderOptions(Encoding.PNG, annotation=annotation))
            assert (pixels(image) == annotate(plain, annotation)[0]).all()
            assert image.omissions == annotate(plain, annotation)[1]
    finally:
        await worker.end()
