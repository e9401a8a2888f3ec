"""Breaking the glass as people do it: refused, declared, shown with a mark, ended, and shown no longer."""

from collections.abc import Callable
from pathlib import Path
import re

from playwright.sync_api import Page, expect
import pytest

from tests.browser.test_accessibility import violations
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

Visit = Callable[..., Visitor]


def emergency(visit: Visit, **options: object) -> Visitor:
    """The emergency clinician, who declares the purpose when signing in."""
    visitor = visit(**options)
    visitor.sign_in("emergency-clinician", "ETREAT")
    return visitor


def fill_in(page: Page) -> None:
    page.get_by_role("button", name="Declare an emergency").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Identifier assigned by").fill("LAKESIDE")
    dialog.get_by_label("Identifier of the patient").fill("77-300")
    dialog.get_by_label("What the emergency is").fill("Unconscious after a fall, no history")
    for box in dialog.get_by_role("checkbox").all():
        box.check()


def test_refused_then_declared_then_shown_then_ended(visit: Visit) -> None:
    visitor = emergency(visit)
    page = visitor.page
    visitor.look_up("LAKESIDE", "77-300")
    expect(page.locator(".detail .emptiness")).to_be_visible(timeout=15_000)
    fill_in(page)
    page.get_by_role("button", name="Declare the emergency").click()
    declared = page.locator(".emergency", has_text="77-300")
    expect(declared).to_contain_text("Nothing was opened; will be reviewed.")
    visitor.studies().first.click()
    expect(page).to_have_url(re.compile("/viewer"))
    visitor.wait_for_image(1)
    expect(page.get_by_text("Emergency clinician ·").first).to_be_visible()
    page.goto(f"{visitor.origin}/portal")
    expect(declared).to_contain_text("1 study was opened; will be reviewed.")
    declared.get_by_role("button", name="End it now").click()
    expect(declared).to_have_count(0)
    expect(page.get_by_text("Declared before")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("Nothing to show here").first).to_be_visible(timeout=15_000)
    visitor.assert_clean()


def test_each_attestation_has_to_be_given_by_itself(visit: Visit) -> None:
    page = emergency(visit).page
    fill_in(page)
    page.get_by_role("dialog").get_by_role("checkbox").nth(2).uncheck()
    page.get_by_role("button", name="Declare the emergency").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert page.locator("dialog input:invalid").count() == 1
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".emergency", has_text="77-300")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_the_form_is_for_everybody(visit: Visit, axe: str, width: int, scheme: str, tmp_path: Path) -> None:
    visitor = emergency(visit, width=width, color_scheme=scheme, bypass_csp=True)
    fill_in(visitor.page)
    assert violations(visitor.page, axe) == []
    assert visitor.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    visitor.page.screenshot(path=tmp_path / "form.png")


def test_nobody_else_is_offered_it(visit: Visit) -> None:
    visitor = visit()
    visitor.sign_in("treating-clinician", "ETREAT")
    expect(visitor.page.locator(".patients .patient").first).to_be_visible()
    expect(visitor.page.get_by_role("button", name="Declare an emergency")).to_have_count(0)
