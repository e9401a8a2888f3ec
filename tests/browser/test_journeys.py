"""Journeys through the demo exchange, from signing in to images of several institutions, and to refusals."""

from collections.abc import Callable
import re

from playwright.sync_api import expect
import pytest

from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


@pytest.fixture
def clinician(visit: Callable[..., Visitor]) -> Visitor:
    visitor = visit("treating-clinician")
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
    clinician.open_study("Chest with contrast")
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
    clinician.open_study("Chest with contrast")
    pane = clinician.page.locator("#pane")
    for words in ("G-1001", "General Hospital", "Not for diagnostic use", "Image 1 / 120", " mm"):
        expect(pane).to_contain_text(words)
    expect(clinician.page.locator(".quality")).to_have_text(re.compile(r"^Lossy [\d.]+:1$"))


def test_windows_by_preset_and_by_dragging(clinician: Visitor) -> None:
    clinician.open_study("Chest with contrast")
    clinician.press(["PageDown"] * 5)
    clinician.wait_for_image(51)
    page, window = clinician.page, clinician.page.locator(".window")
    stored = clinician.pixels()
    page.locator("#window").select_option(label="Lung")
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
    clinician.open_study("Chest with contrast")
    asked: list[str] = []
    clinician.page.on("request", lambda request: asked.append(request.url))
    fitted = clinician.pixels()
    clinician.press(["+", "+", "+"])
    expect(clinician.page.locator("#pane")).to_contain_text("512 × 512")
    assert clinician.pixels().hash != fitted.hash
    clinician.press(["f"])
    assert clinician.pixels().hash == fitted.hash
    assert [url for url in asked if "/rendered" in url and "viewport=512,512" not in url] == []


def test_a_radiograph_a_cine_and_a_photograph(clinician: Visitor) -> None:
    page = clinician.page
    clinician.page.locator("a.study").filter(has=page.locator(".modality", has_text="DX")).first.click()
    clinician.wait_for_image(1)
    assert clinician.pixels().bright > 0.1
    page.go_back()
    clinician.page.locator("a.study").filter(has=page.locator(".modality", has_text="US")).first.click()
    clinician.wait_for_image(1)
    clinician.press([" "])
    page.wait_for_selector("#pane:not([data-painted='1'])")
    expect(page.locator("#pane")).not_to_have_attribute("data-painted", "1")
    page.go_back()
    clinician.page.locator("a.study").filter(has=page.locator(".modality", has_text="XC")).first.click()
    clinician.wait_for_image(1)
    assert clinician.pixels().colored > 0.02
    clinician.assert_clean()


def test_key_images_are_reached_from_their_list(clinician: Visitor) -> None:
    page = clinician.page
    clinician.open_study("Chest with contrast")
    page.locator("#series button", has_text="Key images").click()
    page.get_by_role("button", name="List the key images").click()
    page.locator("#panel .entry").nth(1).click()
    clinician.wait_for_image(51)
    clinician.assert_clean()


def test_an_unrelated_clinician_is_refused_with_the_reason(visit: Callable[..., Visitor]) -> None:
    treating, unrelated = visit("treating-clinician"), visit("unrelated-clinician")
    treating.open_patient("G-1001")
    study = treating.page.locator("a.study").first.get_attribute("href")
    unrelated.look_up("GENERAL", "G-1001")
    locked = unrelated.page.locator(".study.locked")
    expect(locked.first.locator(".reason")).not_to_be_empty()
    assert unrelated.page.locator("a.study").count() == 0
    reason = locked.first.locator(".reason").inner_text()
    unrelated.page.goto(f"{unrelated.origin}{study}")
    expect(unrelated.page.get_by_role("alert")).to_contain_text(reason.rstrip("."), ignore_case=True)
    assert unrelated.pixels().mean == 0
    unrelated.assert_clean()


def test_who_opted_out_is_not_there_at_all(visit: Callable[..., Visitor]) -> None:
    visitor = visit("treating-clinician")
    visitor.look_up("LAKESIDE", "77-300")
    expect(visitor.page.locator(".emptiness")).to_contain_text("No studies to show")


def test_a_patient_sees_own_studies_with_a_mark(visit: Callable[..., Visitor]) -> None:
    visitor = visit("patient", "PATRQT")
    expect(visitor.page.locator(".lead")).to_contain_text("marked with your name")
    visitor.page.locator("a.study").first.click()
    visitor.wait_for_image(1)
    assert visitor.pixels().bright > 0.01
    expect(visitor.page.locator("#pane")).to_contain_text("Marked with your name")
    visitor.assert_clean()


def test_an_officer_sees_the_accesses_and_no_images(visit: Callable[..., Visitor]) -> None:
    clinician = visit("treating-clinician")
    clinician.open_patient("G-1001")
    clinician.open_study("Chest with contrast")
    officer = visit("privacy-officer", "HOPERAT")
    rows = officer.page.get_by_role("region", name="Table of accesses").locator("tbody tr")
    expect(rows.filter(has_text="Opened a study").filter(has_text="GENERAL G-1001").first).to_be_visible()
    officer.page.goto(clinician.page.url)
    expect(officer.page.get_by_role("alert")).to_be_visible()
    assert officer.pixels().mean == 0
    officer.assert_clean()


def test_an_officer_of_an_institution_sees_how_its_own_archive_fares(visit: Callable[..., Visitor]) -> None:
    clinician = visit("treating-clinician")
    clinician.open_patient("G-1001")
    officer = visit("archive-officer", "HOPERAT")
    row = officer.page.get_by_role("region", name="Table of archives").locator("tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("Lakeside Imaging")
    expect(row).to_contain_text("Open")
    expect(row).to_contain_text(re.compile(r"\d+ ms, 19 of 20 within \d+ ms"))
    assert officer.page.get_by_role("region", name="Table of accesses").count() == 0
    officer.assert_clean()


def test_signing_out_ends_the_session(visit: Callable[..., Visitor]) -> None:
    clinician = visit()
    clinician.sign_in("treating-clinician")
    clinician.open_patient("G-1001")
    page = clinician.page
    clinician.open_study("Chest with contrast")
    viewer = page.url
    page.get_by_role("link", name="Studies").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator(".purpose").first).to_be_visible()
    page.goto(viewer)
    expect(page.get_by_role("alert")).to_contain_text("Your session has ended")
    assert clinician.pixels().mean == 0
    clinician.assert_clean()


def test_names_of_other_scripts_are_shown_as_people_write_them(visit: Callable[..., Visitor]) -> None:
    visitor = visit("treating-clinician")
    visitor.open_patient("G-1002")
    expect(visitor.page.locator(".banner h2")).to_contain_text("山田 太郎")
