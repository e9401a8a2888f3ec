"""Printing and saving a picture in a real browser: what is on it, its record, and that nothing else is printed."""

from collections.abc import Callable
from pathlib import Path
import re

import cv2
import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page, Route, expect
import pytest

from proxy.audit.canonical import read_body
from proxy.storage.sqlite import SqliteEvents
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

Visit = Callable[..., Visitor]

PRINTED = """window.print = () => {
  const picture = document.querySelector('#printed canvas');
  document.documentElement.dataset.paper = picture?.getAttribute('aria-label') ?? 'nothing';
}"""

MIDDLE = """() => {
  const { width, height } = document.getElementById('canvas');
  const { data } = document.getElementById('canvas').getContext('2d').getImageData(0, Math.floor(height / 2), width, 1);
  return [...data].filter((_, at) => at % 4 === 1);
}"""
"""The greens in the middle of the canvas, from left to right."""


@pytest.fixture
def clinician(visit: Visit) -> Visitor:
    visitor = visit("treating-clinician")
    visitor.context.add_init_script(PRINTED)
    visitor.open_patient("G-1001")
    visitor.open_study("Chest with contrast")
    expect(visitor.page.get_by_role("button", name="Print", exact=True)).to_be_visible()
    return visitor


@pytest.fixture
def record(exchange_origin: str, exchange_folder: Path) -> Callable[[], list[str]]:
    """What pictures were given leave for, in the order of the exchange's audit log."""
    folder = exchange_folder / ".demo" / exchange_origin.rpartition(":")[2]

    def read() -> list[str]:
        (log,) = folder.glob("**/audit")
        events = [read_body(entry.body).event for entry in SqliteEvents(log).entries()]
        return [str(one.detail["way"]) for one in events if one.kind.value == "picture-kept"]

    return read


def visible_on_paper(page: Page) -> str:
    page.emulate_media(media="print")
    text = page.evaluate("document.body.innerText")
    page.emulate_media(media="screen")
    return str(text).strip()


def test_a_picture_is_printed_or_saved_with_all_that_belongs_to_it_once_it_is_on_record(
    clinician: Visitor, record: Callable[[], list[str]], tmp_path: Path
) -> None:
    page, before = clinician.page, record()
    assert re.fullmatch(r"Nothing of this page is printed by the browser\..+", visible_on_paper(page))
    page.get_by_role("button", name="Print", exact=True).click()
    expect(page.locator("html")).to_have_attribute("data-paper", re.compile("Buc, Jérôme"))
    assert record() == [*before, "printed"]
    words = page.locator("html").get_attribute("data-paper") or ""
    for told in ("G-1001", "General Hospital", "Image 1 /", "No watermark"):
        assert told in words
    assert visible_on_paper(page) == "", "the picture alone"
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("#printed canvas").count() == 0

    with page.expect_download() as saved:
        page.get_by_role("button", name="Save picture").click()
    assert re.fullmatch(r"picture-[-0-9T]+\.png", saved.value.suggested_filename)
    saved.value.save_as(tmp_path / "picture.png")
    assert_as_seen(page, cv2.imread(str(tmp_path / "picture.png"), cv2.IMREAD_GRAYSCALE))
    assert record() == [*before, "printed", "saved"]
    clinician.assert_clean()

    page.route("**/portal/pictures", lambda route: route.fulfill(status=503, json={}))
    page.locator("html").evaluate("(page) => delete page.dataset.paper")
    page.get_by_role("button", name="Print", exact=True).click()
    dialog = page.get_by_role("dialog", name="No picture was made")
    expect(dialog).to_contain_text("The service is busy")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert page.locator("html").get_attribute("data-paper") is None


def assert_as_seen(page: Page, picture: NDArray[np.uint8]) -> None:
    """The image is in the picture, pixel upon pixel, below a band with words."""
    width, height = page.evaluate("(({ width, height }) => [width, height])(document.getElementById('canvas'))")
    assert picture.shape[0] > height
    assert np.mean(picture[:20] > 128) > 0, "words are above the image"
    shown = page.evaluate(MIDDLE)
    assert picture.shape[1] == len(shown)
    inside = slice(width // 8, -width // 8)  # between the letters of the sides
    rows = np.abs(picture[:, inside].astype(int) - np.array(shown)[inside]).max(axis=1)
    assert rows.min() <= 1


def test_what_is_whole_is_said_to_be_unfit_unless_the_exchange_says_otherwise(clinician: Visitor) -> None:
    page = clinician.page

    def declare(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | {"diagnostic": True, "keep": False})

    page.route("**/portal/source?*", declare)
    page.reload()
    clinician.wait_for_image(1)
    unfit = page.locator(".warning").get_by_text("Not for diagnostic use")
    expect(unfit).to_be_visible()
    expect(page.get_by_label("Quality")).to_be_visible()
    expect(page.get_by_role("button", name="Print", exact=True)).to_be_hidden()
    clinician.press(["d"])
    expect(unfit).to_be_hidden(timeout=20_000)
    expect(page.locator(".quality")).to_have_text("Lossless")
    clinician.assert_clean()
