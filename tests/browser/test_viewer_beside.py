"""Several boxes in the viewer: two studies beside each other, scrolling together, over a whole exchange."""

from collections.abc import Callable, Iterator
import re

import numpy as np
from playwright.sync_api import Browser, Page, Route, expect
from pydicom import Dataset
import pytest

from tests.browser.exchange import exchange_in_a_thread
from tests.browser.visitor import Visitor
from tests.exchange import ct
from tests.service import Service

pytestmark = pytest.mark.browser

SIDE = 64
AXIAL = (1, 0, 0, 0, 1, 0)
CORONAL = (1, 0, 0, 0, 0, -1)


def plane(study: str, series: int, number: int, position: tuple[float, float, float], **more: object) -> Dataset:
    spread = {
        "Rows": SIDE,
        "Columns": SIDE,
        "PixelSpacing": ["2", "2"],
        "ImagePositionPatient": [str(part) for part in position],
        "ImageOrientationPatient": [str(part) for part in AXIAL],
        "FrameOfReferenceUID": f"{study}.9",
        "SeriesDescription": "Thorax",
        "PixelData": np.full((SIDE, SIDE), 10 * number, "<u2").tobytes(),
        **more,
    }
    return ct(study, series, number, **spread)


def holdings() -> Iterator[Dataset]:
    """Now: 21 images, 2 mm apart, and a coronal series. Before: 9 images, 5 mm apart, of another frame of reference."""
    for number in range(1, 22):
        yield plane("1.2.1", 1, number, (0, 0, 2.0 * number))
    for number in range(1, 4):
        coronal = {"ImageOrientationPatient": [str(part) for part in CORONAL], "SeriesDescription": "Coronal"}
        yield plane("1.2.1", 2, number, (0, 60.0 + 10 * number, 100), **coronal)
    for number in range(1, 10):
        yield plane("1.2.2", 2, number, (0, 0, 500 + 5.0 * number), StudyDate="20240102")
    yield plane("1.2.2", 1, 1, (0, 0, 0), StudyDate="20240102", Modality="MR", SeriesDescription="Head")


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with exchange_in_a_thread(tmp_path_factory.mktemp("exchange"), list(holdings())) as service:
        yield service


Look = Callable[..., Visitor]


@pytest.fixture
def look(browser: Browser, exchange: Service) -> Iterator[Look]:
    """Opens an address of the viewer in a fresh browser context."""
    contexts = []

    def open_address(address: str, *, width: int = 1280, height: int = 800) -> Visitor:
        context = browser.new_context(viewport={"width": width, "height": height}, locale="en-GB")
        context.set_extra_http_headers(exchange.bearer())
        contexts.append(context)
        visitor = Visitor(context, exchange.origin, exchange.origin)
        visitor.page.goto(f"{exchange.origin}{address}")
        visitor.page.wait_for_selector("#pane:not([data-painted=''])[data-painted]")
        return visitor

    yield open_address
    for context in contexts:
        context.close()


def showing(page: Page, box: int, number: int) -> None:
    expect(page.locator(".pane").nth(box)).to_have_attribute("data-painted", str(number))


def test_a_study_and_its_prior_stand_side_by_side_and_scroll_together(look: Look) -> None:
    visitor = look("/viewer?study=1.2.1&prior=1.2.2")
    page = visitor.page
    boxes = page.locator(".box")
    expect(boxes).to_have_count(2)
    for box, date in enumerate(("2 Jan 2026", "2 Jan 2024")):
        for words in ("Yamada, Tarou", "General Hospital", date, "Thorax", "Not for diagnostic use"):
            expect(boxes.nth(box)).to_contain_text(words)
    showing(page, 1, 1)
    expect(boxes.nth(1)).to_contain_text("Follows by millimetres from where it was")
    visitor.press(["PageDown"])
    showing(page, 0, 11)
    showing(page, 1, 5)
    page.locator(".pane").nth(1).click()
    expect(boxes.nth(0)).to_contain_text("Follows by millimetres")
    visitor.press(["ArrowDown"])
    showing(page, 1, 6)
    expect(page.locator(".pane").nth(0)).not_to_have_attribute("data-painted", "11")
    page.get_by_role("button", name="Scroll together").click()
    visitor.press(["Home"])
    showing(page, 1, 1)
    expect(page.locator(".remark")).to_have_count(0)
    visitor.assert_clean()


def test_a_prior_that_comes_late_stands_where_it_would_have(look: Look) -> None:
    visitor = look("/viewer?study=1.2.1")
    page, metadata = visitor.page, re.compile(r"/studies/1\.2\.2/series/[^/]+/metadata")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(metadata, hold)
    with page.expect_request(metadata):
        page.goto(f"{visitor.origin}/viewer?study=1.2.1&prior=1.2.2")
    showing(page, 0, 1)
    visitor.press(["PageDown"])
    showing(page, 0, 11)
    held.pop().continue_()
    showing(page, 1, 5)
    visitor.assert_clean()


def test_the_place_of_every_box_is_kept(look: Look) -> None:
    visitor = look("/viewer?study=1.2.1&prior=1.2.2")
    page = visitor.page
    showing(page, 1, 1)
    page.get_by_role("button", name="Scroll together").click()
    visitor.press(["PageDown"])
    showing(page, 0, 11)
    page.locator(".pane").nth(1).click()
    visitor.press(["End"])
    showing(page, 1, 9)
    page.wait_for_url("**box=1.2.2%2F1.2.2.2%2F9**")
    page.reload()
    showing(page, 0, 11)
    showing(page, 1, 9)


def test_reference_lines_say_where_the_other_image_is(look: Look) -> None:
    visitor = look("/viewer?study=1.2.1")
    page = visitor.page
    page.get_by_label("Layout").select_option("1 × 2")
    expect(page.locator(".box").nth(1)).to_contain_text("Nothing here yet")
    page.locator(".pane").nth(1).click()
    page.locator("#series button", has_text="Coronal").click()
    showing(page, 1, 1)
    line = page.locator(".box").nth(0).locator(".reference")
    expect(line).to_have_count(1)
    before = line.get_attribute("y1")
    visitor.press(["ArrowDown"])
    showing(page, 1, 2)
    expect(line).not_to_have_attribute("y1", before or "")
    assert line.get_attribute("y1") == line.get_attribute("y2")
    visitor.assert_clean()


def test_the_active_box_alone_is_acted_on_and_stays_when_others_go(look: Look) -> None:
    visitor = look("/viewer?study=1.2.1")
    page = visitor.page
    page.get_by_label("Layout").select_option("2 × 2")
    expect(page.locator(".box")).to_have_count(4)
    visitor.press(["Escape"])
    page.locator(".pane").nth(2).click()
    page.locator("#series button", has_text="Coronal").click()
    showing(page, 2, 1)
    visitor.press(["i", "ArrowDown"])
    showing(page, 2, 2)
    expect(page.locator(".box").nth(2)).to_contain_text("Inverted")
    expect(page.locator(".box").nth(0)).not_to_contain_text("Inverted")
    page.get_by_label("Layout").select_option("1 × 1")
    expect(page.locator(".box")).to_have_count(1)
    expect(page.locator("#pane")).to_contain_text("Coronal")
    expect(page.locator("#pane")).to_have_attribute("data-painted", "2")
    visitor.assert_clean()


def test_a_prior_that_may_not_be_seen_says_so_beside_the_study(look: Look) -> None:
    visitor = look("/viewer?study=1.2.1&prior=1.2.999")
    page = visitor.page
    expect(page.locator(".box").nth(1).get_by_role("alert")).to_contain_text("Nothing to show here")
    showing(page, 0, 1)


def test_boxes_stack_on_a_phone(look: Look) -> None:
    page = look("/viewer?study=1.2.1&prior=1.2.2", width=390, height=844).page
    showing(page, 1, 1)
    first, second = (page.locator(".box").nth(box).bounding_box() for box in (0, 1))
    assert first is not None
    assert second is not None
    assert second["y"] >= first["y"] + first["height"]
    assert first["width"] == second["width"] == 390
