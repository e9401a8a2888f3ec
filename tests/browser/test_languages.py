"""The portal in each of its languages: what it says, the way it is read, and that nothing falls out of it."""

from collections.abc import Callable

from playwright.sync_api import expect
import pytest

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


def test_a_page_without_its_catalogue_is_in_english(enter: Enter) -> None:
    visitor = enter(None, locale="de-DE")
    visitor.page.route("**/languages/de.json", lambda route: route.abort())
    visitor.page.reload()
    expect(visitor.page.locator("#why")).to_have_text("Why are you looking?")
    expect(visitor.page.locator("html")).to_have_attribute("lang", "en")


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
