"""WCAG 2.2 AA on every page, theme and width, as far as axe-core can tell, and what it cannot."""

from collections.abc import Callable

from playwright.sync_api import Page, expect
import pytest

from tests.browser.stage import STUDY
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

Enter = Callable[..., Visitor]

VIEWER = f"/viewer?study={STUDY}"

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
    visitor = enter(at=VIEWER, bypass_csp=True)
    page = visitor.page
    visitor.wait_for_image(1)
    page.locator("#series button", has_text="Chest PA").click()
    expect(page.get_by_role("alert")).to_contain_text("failed")
    assert violations(page, axe) == []
    page.locator("#series button", has_text="Findings").click()
    expect(page.get_by_role("article", name="A structured report")).to_be_visible()
    assert violations(page, axe) == []


@pytest.mark.parametrize("width", [390, 1280])
def test_tools_boxes_and_panels_have_no_violation(enter: Enter, axe: str, width: int) -> None:
    visitor = enter(at=f"{VIEWER}&prior=1.2.5.1", width=width, bypass_csp=True)
    page = visitor.page
    visitor.wait_for_image(1)
    expect(page.locator(".pane").nth(1)).to_have_attribute("data-painted", "1")
    assert violations(page, axe) == []
    page.locator("#pane").focus()
    for tool in ("length", "ellipse", "probe"):
        page.locator(f"[data-tool={tool}]").click()
        expect(page.locator(f"[data-tool={tool}]")).to_have_attribute("aria-pressed", "true")
        page.locator("#pane").focus()
        visitor.press(["Enter"])
    expect(page.locator(".reading")).to_have_count(3)
    for panel in ("measured", "keyimages", "metadata"):
        page.locator(f"[data-panel={panel}]").click()
        expect(page.locator("#panel")).to_be_visible()
        expect(page.locator(f"[data-panel={panel}]")).to_have_attribute("aria-pressed", "true")
        assert violations(page, axe) == [], panel


def test_where_one_is_in_the_stack_is_spoken_once_one_stops(enter: Enter) -> None:
    visitor = enter(at=VIEWER)
    visitor.wait_for_image(1)
    visitor.press(["ArrowDown"] * 4)
    expect(visitor.page.locator("#spoken")).to_have_text("Image 5 of 120")
    expect(visitor.page.locator("#canvas")).to_have_attribute("aria-label", "CT image 5 of 120")


_CONTRAST = """(selector) => {
  const light = (channel) => (channel <= 0.03928 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4);
  const weights = [0.2126, 0.7152, 0.0722];
  const luminance = (color) => weights.reduce((sum, weight, at) => sum + weight * light(color[at] / 255), 0);
  const read = (text) => text.match(/[\\d.]+/g).map(Number);
  return [...document.querySelectorAll(selector)].map((words) => {
    const behind = read(getComputedStyle(words.closest('.warning') ?? words).backgroundColor);
    const ground = behind.slice(0, 3).map((channel) => channel * (behind[3] ?? 1) + 255 * (1 - (behind[3] ?? 1)));
    return (luminance(read(getComputedStyle(words).color)) + 0.05) / (luminance(ground) + 0.05);
  });
}"""


def test_words_can_be_read_over_the_brightest_image(enter: Enter) -> None:
    visitor = enter(at=VIEWER)
    visitor.wait_for_image(1)
    contrasts = visitor.page.evaluate(_CONTRAST, ".corner bdi, .warning span")
    assert len(contrasts) >= 12
    assert min(contrasts) >= 4.5


@pytest.mark.parametrize(("width", "height"), [(640, 400), (844, 390), (390, 844), (320, 568), (1024, 640)])
def test_words_over_the_image_never_cover_each_other(enter: Enter, width: int, height: int) -> None:
    visitor = enter(at=VIEWER, width=width, height=height)
    visitor.wait_for_image(1)
    boxes = [box for place in visitor.page.locator(".corner, .warning").all() if (box := place.bounding_box())]
    assert len(boxes) == 5
    for at, one in enumerate(boxes):
        for other in boxes[:at]:
            apart_down = one["y"] + one["height"] <= other["y"] or other["y"] + other["height"] <= one["y"]
            apart_across = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
            assert apart_down or apart_across


def test_text_twice_as_large_still_fits(enter: Enter) -> None:
    visitor = enter(width=640, height=800)
    visitor.open_patient("G-1001")
    visitor.page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert visitor.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    expect(visitor.studies().first).to_be_visible()


def test_motion_is_reduced_when_asked(enter: Enter) -> None:
    visitor = enter(at=VIEWER, reduced_motion="reduce")
    visitor.wait_for_image(1)
    assert visitor.page.locator("#canvas").evaluate("canvas => getComputedStyle(canvas).transitionDuration") == "0s"
