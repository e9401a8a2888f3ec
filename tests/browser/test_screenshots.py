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
    visitor.open_study("Chest with contrast")
    visitor.page.locator("#slider").fill("60")
    visitor.wait_for_image(60)
    visitor.page.mouse.click(700, 400)
    visitor.page.wait_for_load_state("networkidle")
    expect(visitor.page.locator(".badge")).to_be_hidden()
    visitor.page.screenshot(path=folder / "viewer.png")
