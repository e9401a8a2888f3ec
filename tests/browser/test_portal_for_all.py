"""The imaging history for everybody: WCAG 2.2 AA in each theme and width, large text, forced colours, no motion."""

from collections.abc import Callable

from playwright.sync_api import expect
import pytest

from tests.browser.test_accessibility import violations
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

Enter = Callable[..., Visitor]
Control = Callable[..., None]

_OVERFLOW = "document.documentElement.scrollWidth - innerWidth"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_a_history_has_no_violation_at_any_moment(
    enter: Enter, control: Control, axe: str, width: int, scheme: str
) -> None:
    control(long=True, held=True, silent=True, notices=["The patient index does not answer"])
    visitor = enter(width=width, color_scheme=scheme, bypass_csp=True)
    page = visitor.page
    visitor.open_patient("G-1001")
    expect(page.locator(".waits")).to_be_visible()
    assert violations(page, axe) == []
    control(held=False)
    expect(page.locator(".missing")).to_be_visible()
    for at in range(2):
        page.locator(".choose input").nth(at).check()
    page.get_by_label("Modality").select_option("CT")
    assert violations(page, axe) == []
    page.get_by_role("button", name="Keys").click()
    assert violations(page, axe) == []


def test_a_history_fits_with_text_twice_as_large(enter: Enter, control: Control) -> None:
    control(long=True, silent=True)
    visitor = enter(width=720, height=450)
    visitor.page.evaluate("document.documentElement.style.fontSize = '200%'")
    visitor.open_patient("G-1001")
    assert visitor.page.evaluate(_OVERFLOW) <= 0
    visitor.press(["?"])
    assert visitor.page.evaluate(_OVERFLOW) <= 0


def test_points_are_seen_in_forced_colors(enter: Enter, control: Control) -> None:
    control(long=True)
    visitor = enter(forced_colors="active")
    visitor.open_patient("G-1001")
    seen = "(point) => getComputedStyle(point).backgroundColor !== getComputedStyle(document.body).backgroundColor"
    assert visitor.page.locator(".point:not(.closed)").first.evaluate(seen)


@pytest.mark.parametrize(("motion", "name"), [("reduce", "none"), ("no-preference", "turn")])
def test_nothing_turns_for_those_who_want_no_motion(enter: Enter, control: Control, motion: str, name: str) -> None:
    control(held=True)
    visitor = enter(reduced_motion=motion)
    visitor.open_patient("G-1001")
    assert visitor.page.locator(".turning").evaluate("mark => getComputedStyle(mark).animationName") == name


def test_what_has_the_keyboard_is_not_under_the_bar(enter: Enter, control: Control) -> None:
    control(long=True)
    visitor = enter(height=600)
    visitor.open_patient("G-1001")
    visitor.press(["j", "x"])
    bar = visitor.page.get_by_label("Comparing", exact=True)
    for _ in range(6):
        visitor.press(["j"])
        focused = visitor.page.locator(".study:focus").bounding_box()
        above = bar.bounding_box()
        assert focused is not None
        assert above is not None
        assert focused["y"] + focused["height"] <= above["y"] or focused["y"] >= above["y"] + above["height"]
