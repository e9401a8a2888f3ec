"""The pages in each of their languages: what they say, the way they are read, and that nothing falls out of them."""

from collections.abc import Callable
import json
from pathlib import Path
import re

from playwright.sync_api import Page, expect
import pytest

from tests.browser.stage import STUDY
from tests.browser.test_accessibility import violations
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

Enter = Callable[..., Visitor]
Control = Callable[..., None]

SAID = {
    "en-GB": ("en", "Why are you looking?", "8 studies", "12 Nov 2026"),
    "es-MX": ("es", "¿Para qué los consulta?", "8 estudios", "12 nov 2026"),
    "fr-CA": ("fr", "Pourquoi consultez-vous ?", "8 examens", "12 nov. 2026"),
    "de-AT": ("de", "Wozu sehen Sie sie an?", "8 Untersuchungen", "12. Nov. 2026"),
    "ar-EG": ("ar", "ما الغرض من اطلاعك؟", "8 فحوص", "12 نوفمبر 2026"),
}

_OVERFLOW = "document.documentElement.scrollWidth - innerWidth"
_TURNED = "(node) => getComputedStyle(node).scale"


@pytest.mark.parametrize("locale", SAID)
def test_the_portal_speaks_the_language_of_the_browser(enter: Enter, control: Control, axe: str, locale: str) -> None:
    control(long=True)
    language, question, amount, date = SAID[locale]
    visitor = enter(None, width=390, height=844, locale=locale, bypass_csp=True)
    page = visitor.page
    expect(page.locator("#why")).to_have_text(question)
    assert violations(page, axe) == []
    assert page.evaluate("[document.documentElement.lang, document.documentElement.dir || 'ltr']") == [
        language,
        "rtl" if language == "ar" else "ltr",
    ]
    page.locator("[data-purpose=TREAT]").click()
    visitor.open_patient("G-1001")
    expect(page.locator(".result")).to_have_text(amount)
    expect(page.locator(".when").first).to_contain_text(date)
    assert page.evaluate(_OVERFLOW) <= 0
    assert violations(page, axe) == []
    assert visitor.errors == []


_MARKED = "⟦{}⟧"
_DATA = re.compile(
    r".*(Stage|General Hospital|Lakeside Imaging|GENERAL|12\. Nov\. 2026|treating).*|[A-Z]{2}( \(\d+\)| · \d+)?"
)
_UNMARKED = """() => {
  const found = [document.title];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { data, parentElement } = texts.currentNode;
    if (!parentElement.closest('bdi, code, noscript')) found.push(data);
  }
  for (const name of ['aria-label', 'aria-valuetext', 'title', 'placeholder', 'alt']) {
    for (const node of document.querySelectorAll(`[${name}]`)) found.push(node.getAttribute(name));
  }
  return found.filter((text) => /\\p{L}{2}/u.test(text) && !/[⟦⟧]/.test(text)).map((text) => text.trim());
}"""


def unmarked(page: Page) -> set[str]:
    """What `page` says that is in no catalogue, but for what comes with a study or from an institution."""
    texts: list[str] = page.evaluate(_UNMARKED)
    return {text for text in texts if not _DATA.fullmatch(text)}


def test_nothing_is_said_in_english_alone(enter: Enter, control: Control) -> None:
    control(long=True, silent=True)
    catalogue = json.loads((Path(__file__).parents[2] / "web/languages/de.json").read_text("utf-8"))
    marked = {
        sentence: {form: _MARKED.format(text) for form, text in said.items()}
        if isinstance(said, dict)
        else _MARKED.format(said)
        for sentence, said in catalogue.items()
    }
    visitor = enter(None, locale="de-DE")
    page = visitor.page
    page.route("**/languages/de.json", lambda route: route.fulfill(json=marked))
    page.reload()
    expect(page.locator("#why")).to_contain_text("⟦")
    assert unmarked(page) == set()
    page.locator("[data-purpose=TREAT]").click()
    visitor.open_patient("G-1001")
    expect(page.locator(".sources .missing")).to_be_visible()
    page.locator(".choose input").first.check()
    visitor.press(["?"])
    assert unmarked(page) == set()
    page.goto(f"{visitor.origin}/viewer?study={STUDY}")
    page.wait_for_selector("#pane[data-painted='1']")
    page.locator("[data-panel=measured]").click()
    visitor.press(["?"])
    expect(page.locator("dialog.help")).to_be_visible()
    assert unmarked(page) == set()
    page.goto(f"{visitor.origin}/static/share/index.html#token")
    expect(page.locator("#address")).to_be_visible()
    assert unmarked(page) == set()


_SHARES = "boxes => boxes.map((box) => box.getBoundingClientRect().left / innerWidth)"


@pytest.mark.parametrize("width", [390, 1280])
def test_images_and_their_sides_are_never_mirrored(enter: Enter, axe: str, width: int) -> None:
    """Of a page that is read from right to left, only what stands around the images is turned."""
    seen = []
    for locale in ("en-GB", "ar-EG"):
        visitor = enter(at=f"/viewer?study={STUDY}", width=width, height=844, locale=locale, bypass_csp=True)
        visitor.page.wait_for_selector("#pane[data-painted='1']")
        expect(visitor.page.locator(".tool").first).to_be_visible()
        expect(visitor.page.locator(".badge")).to_be_hidden()
        page = visitor.page
        sides = page.locator(".edge").all_text_contents()
        left, right = page.locator(".edge.left, .edge.right").evaluate_all(_SHARES)
        seen.append((visitor.pixels(), sides, left < right))
        assert page.locator("#slider").evaluate("(slider) => getComputedStyle(slider).direction") == "ltr"
        assert violations(page, axe) == []
        assert page.evaluate(_OVERFLOW) <= 0
        assert visitor.errors == []
    assert seen[0] == seen[1]
    assert visitor.page.locator("html").get_attribute("dir") == "rtl"
    assert visitor.page.locator(".warning span").first.text_content() == "ليس للاستخدام التشخيصي"


_WHERE = """(line) => [/المساحة/, /[0-9]/].map((word) => {
  const at = line.textContent.search(word);
  const text = line.closest('text');
  const before = [...text.children].slice(0, [...text.children].indexOf(line)).map((one) => one.textContent.length);
  return text.getExtentOfChar(before.reduce((sum, one) => sum + one, 0) + at).x;
})"""


def test_what_was_measured_is_read_in_its_order(enter: Enter) -> None:
    """A figure that stands beside the word for another would be taken for that."""
    visitor = enter(at=f"/viewer?study={STUDY}", locale="ar-EG")
    page = visitor.page
    page.wait_for_selector("#pane[data-painted='1']")
    visitor.take_up("ellipse")
    visitor.press(["Enter"])
    line = page.locator(".reading tspan", has_text="المساحة")
    expect(line).to_be_visible()
    word, figure = line.evaluate(_WHERE)
    assert word > figure, "from right to left"
    assert visitor.errors == []


def test_another_language_is_chosen_on_the_page_and_kept(enter: Enter, control: Control) -> None:
    control(long=True)
    visitor = enter()
    page = visitor.page
    visitor.open_patient("G-1001")
    page.get_by_label("Body part").select_option("Chest")
    page.get_by_role("button", name="Language").click()
    page.get_by_role("dialog").get_by_role("button", name="Deutsch").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator(".result")).to_have_text("8 Untersuchungen")
    page.reload()
    expect(page.get_by_role("button", name="Abmelden")).to_be_visible()
    page.get_by_role("button", name="Sprache").click()
    page.get_by_role("dialog").get_by_role("button", name="English").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    visitor.assert_clean()


def test_another_language_is_chosen_in_the_viewer_and_on_the_page_of_a_link(enter: Enter, axe: str) -> None:
    visitor = enter(at=f"/viewer?study={STUDY}", width=390, height=844, bypass_csp=True)
    page = visitor.page
    visitor.wait_for_image(1)
    visitor.measure_a_length()
    page.get_by_role("button", name="Language").press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("ends the measurements")
    assert violations(page, axe) == []
    page.get_by_role("dialog").get_by_role("button", name="العربية").press("Enter")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    page.wait_for_selector("#pane[data-painted='1']")
    assert page.evaluate(_OVERFLOW) <= 0
    page.goto(f"{visitor.origin}/static/share/index.html#token")
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    assert violations(page, axe) == []
    page.get_by_role("button", name="اللغة").click()
    page.get_by_role("dialog").get_by_role("button", name="English").click()
    expect(page.get_by_role("button", name="Send me a code")).to_be_visible()
    assert visitor.errors == []


def test_a_page_without_its_catalogue_is_in_english(enter: Enter) -> None:
    visitor = enter(None, locale="de-DE")
    visitor.page.route("**/languages/de.json", lambda route: route.abort())
    visitor.page.reload()
    expect(visitor.page.locator("#why")).to_have_text("Why are you looking?")
    expect(visitor.page.locator("html")).to_have_attribute("lang", "en")


_CUT = """() => {
  const scrolls = (node) => node.scrollWidth > node.clientWidth && /auto|scroll/.test(getComputedStyle(node).overflowX);
  const isScrolled = (node) => node && (scrolls(node) || isScrolled(node.parentElement));
  const isOutside = (node) => {
    const { left, right } = node.getBoundingClientRect();
    return (left < -1 || right > innerWidth + 1) && !isScrolled(node.parentElement);
  };
  const isCut = (node) => {
    const { display } = getComputedStyle(node);
    if (!node.matches('select')) return display !== 'inline' && node.scrollWidth > node.clientWidth + 1;
    const alone = node.cloneNode();
    alone.append(new Option(node.selectedOptions[0].textContent));
    alone.style.cssText = 'position: absolute; width: max-content; min-width: 0; max-width: none';
    node.after(alone);
    const wanted = alone.offsetWidth;
    alone.remove();
    return wanted > node.offsetWidth + 1;
  };
  const controls = [...document.querySelectorAll('button, select, input, summary, a:not(.skip)')];
  const cut = controls.filter((node) => node.checkVisibility() && (isOutside(node) || isCut(node)));
  return cut.map((node) => node.ariaLabel || node.textContent);
}"""


@pytest.mark.parametrize("language", [language for language, *_ in SAID.values()])
def test_no_control_is_cut_in_any_language_at_any_width(enter: Enter, control: Control, language: str) -> None:
    control(long=True)
    visitor = enter()
    page = visitor.page
    page.evaluate("language => localStorage.setItem('language', language)", language)
    for address, shown in (
        ("/static/share/index.html#token", "#address"),
        (f"/viewer?study={STUDY}", ".group.last"),
        ("/portal", ".patient"),
    ):
        page.goto(f"{visitor.origin}{address}")
        expect(page.locator(shown).first).to_be_visible()
        if address == "/portal":
            visitor.open_patient("G-1001")
        for width in (390, 834, 1280, 1440):
            page.set_viewport_size({"width": width, "height": 844})
            assert (address, width, page.evaluate(_CUT)) == (address, width, [])


def test_what_points_onward_points_the_way_one_reads(enter: Enter, control: Control) -> None:
    control(long=True)
    visitor = enter(locale="ar", width=1280)
    visitor.open_patient("G-1001")
    page = visitor.page
    assert page.locator(".patient .directed").first.evaluate(_TURNED) == "-1 1"
    points = page.locator(".point").all()
    dates = sorted((box["x"], point.get_attribute("title")) for point in points if (box := point.bounding_box()))
    assert "2026" in (dates[0][1] or "")  # the newest is at the left, where one comes to last
    assert "2019" in (dates[-1][1] or "")
    visitor.assert_clean()
