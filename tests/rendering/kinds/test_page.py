"""Pages of PDF documents, against what is written on them; hostile documents end in an error."""

from contextlib import suppress
from io import BytesIO
import random
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
import pytest

from rendering.content import Page
from rendering.errors import InvalidOption, MalformedFrame, RenderingError
from rendering.options import Encoding, RenderOptions, Viewport
from rendering.render import render
from rendering.sandbox.process import WorkerProcess
from rendering.sandbox.warming_paper import document

SIZES = ((300, 400), (600, 200))


def pdf() -> bytes:
    """Two pages of different sizes at 72 dots per inch, each a picture with a black square at its own place."""
    pages = []
    for number, size in enumerate(SIZES):
        page = Image.new("RGB", size, (200, 230, 255))
        ImageDraw.Draw(page).rectangle((20 + 50 * number, 40, 60 + 50 * number, 80), fill=(0, 0, 0))
        pages.append(page)
    written = BytesIO()
    pages[0].save(written, "PDF", save_all=True, append_images=pages[1:], resolution=72, quality=95)
    return written.getvalue()


def shown(number: int, **options: Any) -> NDArray[np.uint8]:
    image = render(Page(pdf(), number), RenderOptions(Encoding.PNG, **options))
    assert image.frames == len(SIZES)
    return np.asarray(Image.open(BytesIO(image.data)))


@pytest.mark.parametrize("number", [1, 2])
def test_each_page_is_that_page_at_150_dots_per_inch(number: int) -> None:
    width, height = SIZES[number - 1]
    pixels = shown(number)
    assert pixels.shape == (round(height * 150 / 72), round(width * 150 / 72), 3)
    dark = np.argwhere(pixels.max(axis=2) < 60)
    left, right = 20 + 50 * (number - 1), 61 + 50 * (number - 1)
    np.testing.assert_allclose(dark.min(axis=0), np.array([40, left]) * 150 / 72, atol=3)
    np.testing.assert_allclose(dark.max(axis=0), np.array([81, right]) * 150 / 72, atol=3)
    assert np.abs(pixels[5, 5].astype(int) - (200, 230, 255)).max() <= 4


def test_a_region_is_that_region() -> None:
    whole = shown(1)
    region = shown(1, viewport=Viewport(200, 200, 50, 60, 100, 100))
    assert region.shape == (200, 200, 3)
    expected = np.asarray(Image.fromarray(whole[60:160, 50:150]).resize((200, 200)))
    assert np.abs(region.astype(int) - expected).mean() < 6
    mirrored = shown(1, viewport=Viewport(200, 200, 50, 60, 100, 100, flip_horizontal=True))
    np.testing.assert_array_equal(mirrored, region[:, ::-1])


@pytest.mark.parametrize("number", [0, 3, 10**9])
def test_there_is_no_other_page(number: int) -> None:
    with pytest.raises(InvalidOption):
        render(Page(pdf(), number), RenderOptions())


@pytest.mark.parametrize("data", [b"", b"%PDF-1.4", b"not a document", pdf()[:200]])
def test_what_is_no_document_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedFrame):
        render(Page(data, 1), RenderOptions())


async def test_a_worker_renders_pages_without_any_file_and_survives_hostile_ones() -> None:
    """Standard fonts are none of the system's; whatever is broken, the next page is right."""
    chance = random.Random(7)
    worker = await WorkerProcess.start(50_000_000, 60)
    options = RenderOptions(Encoding.PNG, watermark="The clinician")
    try:
        for sound in (document(), pdf()):
            assert await worker.render(Page(sound, 1), options) == render(Page(sound, 1), options)
            for _ in range(60):
                broken = bytearray(sound)
                for _ in range(chance.randint(1, 8)):
                    broken[chance.randrange(len(broken))] = chance.randrange(256)
                with suppress(RenderingError):
                    await worker.render(Page(bytes(broken), 1), RenderOptions(viewport=Viewport(50, 50)))
                if not worker.alive:
                    worker = await WorkerProcess.start(50_000_000, 60)
        assert (await worker.render(Page(pdf(), 2), options)).frames == len(SIZES)
    finally:
        await worker.end()
