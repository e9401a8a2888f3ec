"""The pictures of the documentation, drawn again when `VITRINE_SCREENSHOTS` names the folder to put them in."""

from collections.abc import Callable
import os
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, expect
import pytest

from tests.browser.test_sharing import ask_code, share
from tests.browser.test_whole_way import PHONE, row
from tests.browser.visitor import Visitor

FOLDER = Path(os.environ.get("VITRINE_SCREENSHOTS", ""))

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif("VITRINE_SCREENSHOTS" not in os.environ, reason="no screenshots are asked for"),
]

Visit = Callable[..., Visitor]
MOST_BYTES: Final = 250_000
QUALITY: Final = 90


def draw(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=FOLDER / name, quality=QUALITY if name.endswith(".jpg") else None)
    assert (FOLDER / name).stat().st_size < MOST_BYTES


def test_a_history_and_a_ct_beside_its_prior(visit: Visit) -> None:
    visitor = visit("treating-clinician", color_scheme="light")
    page = visitor.page
    visitor.open_patient("G-1001")
    draw(page, "portal.png")
    row(visitor, "Chest with contrast").get_by_role("link", name="Compare with").click()
    visitor.wait_for_image(1)
    prior = page.locator(".pane").nth(1)
    expect(prior).to_have_attribute("data-painted", "1")
    visitor.press(["PageDown"] * 4)
    visitor.wait_for_image(41)
    expect(prior).to_have_attribute("data-painted", "14")
    measure(page, (-0.041, -0.08), (0.003, -0.036))
    draw(page, "viewer.jpg")


def measure(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Draw an ellipse between two points, in widths of the pane from its middle."""
    tool = page.locator("[data-tool=ellipse]")
    tool.click()
    expect(tool).to_have_attribute("aria-pressed", "true")
    box = page.locator("#pane").bounding_box()
    assert box is not None
    places = [
        (box["x"] + box["width"] * (0.5 + across), box["y"] + box["height"] / 2 + box["width"] * down)
        for across, down in (start, end)
    ]
    page.mouse.move(*places[0])
    page.mouse.down()
    page.mouse.move(*places[1], steps=4)
    page.mouse.up()
    expect(page.locator("#pane .reading")).to_contain_text("HU")
    page.mouse.move(0, 0)


def test_a_phone_and_a_link(visit: Visit) -> None:
    visitor = visit("treating-clinician", **PHONE)
    visitor.open_patient("G-1001")
    visitor.open_study("Chest with contrast")
    visitor.press(["PageDown"] * 4)
    visitor.wait_for_image(41)
    draw(visitor.page, "phone.jpg")
    address = share(visitor)
    recipient = visit(color_scheme="light", **PHONE)
    recipient.page.get_by_label("Code").fill(ask_code(recipient.page, address))
    draw(recipient.page, "share.png")
