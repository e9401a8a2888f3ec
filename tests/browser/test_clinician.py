"""A treating clinician: from signing in to scrolled, windowed, played and coloured images of several institutions."""

from collections.abc import Callable

from playwright.sync_api import expect
import pytest

from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


@pytest.fixture
def clinician(visit: Callable[..., Visitor]) -> Visitor:
    visitor = visit()
    visitor.sign_in("treating-clinician")
    visitor.open_patient("G-1001")
    return visitor


def test_one_history_of_three_institutions(clinician: Visitor) -> None:
    page = clinician.page
    sources = page.get_by_label("How the institutions answered")
    for name in ("General Hospital", "Lakeside Imaging", "University Hospital"):
        expect(sources).to_contain_text(name)
        expect(clinician.studies().filter(has_text=name).first).to_be_visible()
    dates = page.locator(".years .year h3").all_inner_texts()
    assert dates == sorted(dates, reverse=True)
    expect(clinician.studies().filter(has_text="General Hospital and").first).to_be_visible()
    clinician.assert_clean()


def test_one_click_opens_the_ct_and_scrolling_really_changes_the_image(clinician: Visitor) -> None:
    clinician.open_study("CT")
    first = clinician.pixels()
    assert first.bright > 0.02
    assert clinician.count() == 120
    clinician.page.mouse.move(700, 400)
    clinician.page.mouse.wheel(0, 100)
    clinician.wait_for_image(2)
    clinician.press(["PageDown"] * 5)
    clinician.wait_for_image(52)
    assert clinician.pixels().hash != first.hash
    clinician.press(["End"])
    clinician.wait_for_image(120)
    clinician.press(["Home"])
    clinician.wait_for_image(1)
    assert clinician.pixels().hash == first.hash
    clinician.assert_clean()


def test_what_must_always_stand_on_the_image(clinician: Visitor) -> None:
    clinician.open_study("CT")
    pane = clinician.page.locator("#pane")
    for words in ("G-1001", "General Hospital", "Not for diagnostic use", "Image 1 / 120", " mm"):
        expect(pane).to_contain_text(words)
    expect(clinician.page.locator(".quality")).to_have_text("Lossy")


def test_windows_by_preset_and_by_dragging(clinician: Visitor) -> None:
    clinician.open_study("CT")
    clinician.press(["PageDown"] * 5)
    clinician.wait_for_image(51)
    page, window = clinician.page, clinician.page.locator(".window")
    stored = clinician.pixels()
    page.get_by_label("Window", exact=True).nth(1).select_option("Lung")
    expect(window).to_contain_text("C -600  W 1500")
    lung = clinician.pixels()
    assert lung.hash != stored.hash
    page.mouse.move(700, 400)
    page.mouse.down(button="right")
    page.mouse.move(760, 400, steps=6)
    page.mouse.up(button="right")
    expect(window).not_to_contain_text("W 1500")
    expect(window).to_contain_text("C -600")
    clinician.press(["0"])
    expect(window).not_to_contain_text("C -600")
    assert clinician.pixels().hash == stored.hash
    clinician.assert_clean()


def test_zooming_asks_for_nothing_beyond_the_images_own_pixels(clinician: Visitor) -> None:
    clinician.open_study("CT")
    asked: list[str] = []
    clinician.page.on("request", lambda request: asked.append(request.url))
    fitted = clinician.pixels()
    clinician.press(["+", "+", "+"])
    expect(clinician.page.locator("#pane")).to_contain_text("512 × 512")
    assert clinician.pixels().hash != fitted.hash
    clinician.press(["f"])
    assert clinician.pixels().hash == fitted.hash
    assert [url for url in asked if "/rendered" in url and "viewport=512,512" not in url] == []
