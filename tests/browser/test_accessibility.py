"""WCAG 2.2 AA on every page, theme and width, as far as axe-core can tell, and what it cannot."""

from collections.abc import Callable

from playwright.sync_api import Page, expect
import pytest

from tests.browser.stage import STUDY
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

Enter = Callable[..., Visitor]

_RUN = """async () => {
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const { violations } = await axe.run(document, { runOnly: tags });
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
}"""


def violations(page: Page, axe: str) -> list[str]:
    page.evaluate(axe)
    found: list[str] = page.evaluate(_RUN)
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_has_a_violation(enter: Enter, axe: str, width: int, scheme: str) -> None:
    visitor = enter(None, width=width, color_scheme=scheme, bypass_csp=True)
    page = visitor.page
    expect(page.locator(".purpose").first).to_be_visible()
    assert violations(page, axe) == []
    page.locator("[data-purpose=TREAT]").click()
    visitor.open_patient("G-1001")
    assert violations(page, axe) == []
    visitor.open_study("Chest")
    assert violations(page, axe) == []
    visitor.press(["?"])
    assert violations(page, axe) == []
    page.request.post(f"{visitor.origin}/auth/logout")
    page.goto(f"{visitor.origin}/auth/login?purpose=HOPERAT&return=/portal")
    expect(page.locator("tbody tr").first).to_be_visible()
    assert violations(page, axe) == []


def test_failures_and_reports_have_no_violation(enter: Enter, axe: str, control: Callable[..., None]) -> None:
    control(failures={"2/1": 502})
    visitor = enter(bypass_csp=True)
    page = visitor.page
    page.goto(f"{visitor.origin}/viewer?study={STUDY}")
    visitor.wait_for_image(1)
    page.locator("#series button", has_text="Chest PA").click()
    expect(page.get_by_role("alert")).to_contain_text("failed")
    assert violations(page, axe) == []
    page.locator("#series button", has_text="Findings").click()
    expect(page.locator(".note")).to_contain_text("report")
    assert violations(page, axe) == []


def test_where_one_is_in_the_stack_is_spoken_once_one_stops(enter: Enter) -> None:
    visitor = enter()
    visitor.page.goto(f"{visitor.origin}/viewer?study={STUDY}")
    visitor.wait_for_image(1)
    visitor.press(["ArrowDown"] * 4)
    expect(visitor.page.get_by_role("status")).to_have_text("Image 5 of 120")
    expect(visitor.page.locator("#canvas")).to_have_attribute("aria-label", "CT image 5 of 120")


def test_text_twice_as_large_still_fits(enter: Enter) -> None:
    visitor = enter(width=640, height=800)
    visitor.open_patient("G-1001")
    visitor.page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert visitor.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    expect(visitor.studies().first).to_be_visible()


def test_motion_is_reduced_when_asked(enter: Enter) -> None:
    visitor = enter(reduced_motion="reduce")
    visitor.page.goto(f"{visitor.origin}/viewer?study={STUDY}")
    visitor.wait_for_image(1)
    assert visitor.page.locator("#canvas").evaluate("canvas => getComputedStyle(canvas).transitionDuration") == "0s"
