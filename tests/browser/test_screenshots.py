"""The pictures of the documentation, drawn again when `VITRINE_SCREENSHOTS` names the folder to put them in."""

from collections.abc import Callable
import os
from pathlib import Path

from playwright.sync_api import expect
import pytest

from tests.browser.visitor import Visitor

FOLDER = os.environ.get("VITRINE_SCREENSHOTS")

pytestmark = [pytest.mark.browser, pytest.mark.skipif(FOLDER is None, reason="no screenshots are asked for")]


def test_portal_and_viewer(visit: Callable[..., Visitor]) -> None:
    folder = Path(FOLDER or "")
    visitor = visit("treating-clinician", color_scheme="light")
    visitor.open_patient("G-1001")
    visitor.page.wait_for_load_state("networkidle")
    visitor.page.screenshot(path=folder / "portal.png")
    page = visitor.page
    for words in ("Chest with contrast", "Chest, one examination"):
        page.locator("li").filter(has=page.locator("a.study", has_text=words)).locator(".choose input").check()
    page.get_by_role("link", name="Compare").click()
    visitor.wait_for_image(1)
    expect(page.locator(".pane").nth(1)).to_have_attribute("data-painted", "1")
    page.locator("#slider").fill("60")
    visitor.wait_for_image(60)
    page.locator("[data-tool=ellipse]").click()
    expect(page.locator("[data-tool=ellipse]")).to_have_attribute("aria-pressed", "true")
    page.locator("#pane").focus()
    visitor.press(["Enter"])
    expect(page.locator(".reading")).to_contain_text("HU")
    page.mouse.click(10, 700)
    expect(page.locator(".badge:visible")).to_have_count(0)
    page.screenshot(path=folder / "viewer.png")
