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
        visitor.take_up(tool)
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


_LONG = {
    "00100010": {"vr": "PN", "Value": [{"Alphabetic": "W" * 64, "Ideographic": "山" * 64}]},
    "00100020": {"vr": "LO", "Value": ["9" * 64]},
    "00100021": {"vr": "LO", "Value": ["General Hospital of a long name"]},
    "00081030": {"vr": "LO", "Value": ["Chest, abdomen and pelvis with contrast, portal venous " + "W" * 9]},
    "0008103E": {"vr": "LO", "Value": ["W" * 64]},
}
_NOTICES = ["42 CFR part 2 prohibits unauthorized use or disclosure of these records."]
_OVERLAPS = """() => {
  const words = [...document.querySelectorAll('.corner, .warning, .edge, .reading')];
  const shown = words.filter((node) => node.textContent && node.checkVisibility());
  const boxes = shown.map((node) => [node.getAttribute('class'), node.getBoundingClientRect()]);
  const apart = (one, other) => one.right <= other.left + 0.5 || other.right <= one.left + 0.5
    || one.bottom <= other.top + 0.5 || other.bottom <= one.top + 0.5;
  const crosses = (box, at) => boxes.slice(0, at).filter(([, other]) => !apart(box, other));
  return boxes.flatMap(([name, box], at) => crosses(box, at).map(([other]) => `${name}: ${other}`));
}"""
_KEPT = """() => {
  const pane = document.getElementById('pane').getBoundingClientRect();
  const within = ({ left, top, right, bottom }) =>
    left >= pane.left && top >= pane.top && right <= pane.right && bottom <= pane.bottom;
  const words = [...document.querySelectorAll('.corner bdi, .warning span')];
  const kept = words.filter((node) => node.checkVisibility() && within(node.getBoundingClientRect()));
  return kept.map((node) => node.textContent.replaceAll('\\u00a0', ' '));
}"""


@pytest.mark.parametrize("names", ["short", "long"])
def test_words_over_the_image_never_cover_each_other(enter: Enter, names: str) -> None:
    """Nor what was measured; what says whose image it is, from where, when, which and how good is always there."""
    visitor = enter("TREAT", at="/portal")
    page = visitor.page
    if names == "long":
        page.route("**/metadata", lambda route: route.fulfill(json=[row | _LONG for row in route.fetch().json()]))
        source = {"institution": "general", "name": "University Hospital " * 4, "values": False, "notices": _NOTICES}
        page.route("**/portal/source?*", lambda route: route.fulfill(json=source))
    page.goto(f"{visitor.origin}{VIEWER}")
    visitor.wait_for_image(1)
    visitor.measure_a_length()
    for width, height in ((1440, 900), (834, 1112), (640, 400), (844, 390), (390, 844), (320, 568)):
        page.set_viewport_size({"width": width, "height": height})
        expect(page.locator("#pane .counter")).to_be_visible()
        page.wait_for_function(f"() => ({_OVERLAPS})().length === 0")
        kept = " ".join(page.evaluate(_KEPT))
        for words in ("Not for diagnostic use", "Lossy", "Image 1 / 120", "12 Nov 2026", "born 12 Mar 1961"):
            assert words in kept
        for words in ("W" * 64, "9" * 64, "University Hospital") if names == "long" else ("Yamada", "G-1001"):
            assert words in kept


def test_a_small_box_has_as_much_of_a_measurement_as_there_is_room_for(enter: Enter) -> None:
    visitor = enter(at=VIEWER, width=390, height=844)
    page = visitor.page
    visitor.wait_for_image(1)
    visitor.take_up("ellipse")
    visitor.press(["Enter"])
    reading = page.locator("#pane .reading")
    expect(reading).to_contain_text("Area")
    page.get_by_label("Layout").select_option("below")
    page.wait_for_function(f"() => ({_OVERLAPS})().length === 0")
    page.get_by_label("Layout").select_option("four")
    page.wait_for_function(f"() => ({_OVERLAPS})().length === 0")
    expect(reading).to_contain_text(" …")
    visitor.press(["m"])
    expect(page.get_by_role("complementary", name="Measurements")).to_contain_text("Area")


_UNMARKED = """() => {
  const marks = (node) => {
    const { outlineStyle, outlineWidth, borderTopColor, borderTopWidth, fontWeight } = getComputedStyle(node);
    return [outlineStyle === 'none' ? '' : outlineWidth, borderTopColor, borderTopWidth, fontWeight].join();
  };
  const plain = ':not([aria-current]):not([aria-pressed=true])';
  const kind = ({ localName, classList }) => [localName, ...classList].join('.');
  const like = (node) => document.querySelector(`${kind(node)}${plain}`);
  const chosen = [...document.querySelectorAll('[aria-current], [aria-pressed=true]')];
  const unmarked = (node) => node.checkVisibility() && like(node) && marks(node) === marks(like(node));
  return chosen.filter(unmarked).map((node) => node.outerHTML);
}"""
_MOVING = """() => [...document.querySelectorAll('*')].filter((node) => {
  const { transitionDuration, animationName, animationDuration } = getComputedStyle(node);
  const lasts = (durations) => durations.split(',').some((each) => parseFloat(each) > 0);
  const moves = lasts(transitionDuration) || (animationName !== 'none' && lasts(animationDuration));
  return node.checkVisibility() && moves;
}).map((node) => node.outerHTML.slice(0, 200))"""


def test_large_text_forced_colors_and_no_motion(enter: Enter, control: Callable[..., None]) -> None:
    """As somebody has it who sees little: at 200 %, with text twice as large again; what is chosen stays marked."""
    control(long=True)
    options = {"forced_colors": "active", "reduced_motion": "reduce"}
    visitor = enter(None, width=640, height=800, **options)
    page = visitor.page

    def stands(what: str) -> None:
        assert (what, page.evaluate(_UNMARKED), page.evaluate(_MOVING)) == (what, [], [])
        for size in ("100%", "200%"):
            page.evaluate("size => { document.documentElement.style.fontSize = size; }", size)
            assert (what, page.evaluate("document.documentElement.scrollWidth - innerWidth")) <= (what, 0)

    stands("signing in")
    page.goto(f"{visitor.origin}/auth/login?purpose=TREAT&return=/portal")
    visitor.open_patient("G-1001")
    stands("history")
    page.get_by_role("button", name="Language").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    stands("languages")
    page.goto(f"{visitor.origin}{VIEWER}")
    visitor.wait_for_image(1)
    page.locator("[data-panel=measured]").click()
    expect(page.locator("#panel")).to_be_visible()
    stands("viewer")
    page.goto(f"{visitor.origin}/static/share/index.html#token")
    expect(page.locator("#address")).to_be_visible()
    stands("share link")
    assert visitor.errors == []
