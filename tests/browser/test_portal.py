"""The portal's pages in a real browser: what they say, and that nothing in a name or description is ever obeyed."""

from collections.abc import Callable
import json

from playwright.sync_api import expect
import pytest

from tests.browser.stage import HOSTILE, STUDY
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

Enter = Callable[..., Visitor]


def test_signing_in_begins_with_a_purpose(enter: Enter) -> None:
    visitor = enter(None)
    purposes = visitor.page.locator(".purpose")
    expect(purposes.first).to_be_visible()
    assert purposes.evaluate_all("all => all.map((one) => one.dataset.purpose)") == [
        "TREAT",
        "ETREAT",
        "PATRQT",
        "HOPERAT",
    ]
    purposes.first.click()
    expect(visitor.page.locator(".person")).to_contain_text("Treating clinician")
    expect(visitor.page.locator(".person")).to_contain_text("Treatment")
    visitor.page.get_by_role("button", name="Sign out").click()
    expect(purposes.first).to_be_visible()
    visitor.assert_clean()


def test_the_policy_of_the_pages_refuses_what_is_not_theirs(enter: Enter) -> None:
    visitor = enter()
    visitor.page.evaluate(
        "document.body.append(Object.assign(document.createElement('img'), { src: 'https://elsewhere.test/' }))"
    )
    visitor.page.evaluate("try { document.body.innerHTML = '<b>x</b>' } catch {}")
    visitor.page.wait_for_timeout(100)
    assert sorted(visitor.violations) == ["img-src", "require-trusted-types-for"]
    assert visitor.departures == ["https://elsewhere.test/"]  # attempted, and noted before it was stopped


def test_hostile_text_is_shown_and_not_obeyed(enter: Enter) -> None:
    visitor = enter()
    visitor.open_patient("G-1001")
    expect(visitor.studies().nth(1)).to_contain_text(HOSTILE)
    visitor.open_study("Chest")
    visitor.open_series(HOSTILE)
    expect(visitor.page.locator(".corner.bottom.start")).to_contain_text(HOSTILE)
    assert visitor.page.locator("img[src=x]").count() == 0
    visitor.assert_clean()


def test_a_silent_institution_is_named(enter: Enter, control: Callable[..., None]) -> None:
    control(silent=True)
    visitor = enter()
    visitor.open_patient("G-1001")
    missing = visitor.page.locator(".sources .missing")
    expect(missing).to_have_text("Lakeside Imaging did not answer in time: its studies are missing from this list")
    expect(visitor.page.locator(".sources")).to_contain_text("General Hospital: 2 studies")


def test_when_no_institution_answers_nothing_is_claimed(enter: Enter) -> None:
    visitor = enter()
    archive = {"institution": "general", "name": "General Hospital", "archive": "general"}
    end = {"sources": [{**archive, "state": "failed", "studies": 0}], "notices": [], "found": None}
    told = f"event: institutions\ndata: {json.dumps([archive])}\n\nevent: end\ndata: {json.dumps(end)}\n\n"
    visitor.page.route(
        "**/portal/studies/events?*", lambda route: route.fulfill(body=told, content_type="text/event-stream")
    )
    visitor.page.locator(".patient").click()
    expect(visitor.page.locator(".emptiness")).to_contain_text("No institution has answered")
    expect(visitor.page.locator(".banner h2")).to_have_text("Patient GENERAL G-1001")
    visitor.page.unroute_all()
    visitor.page.get_by_role("button", name="Ask all of them again").click()
    expect(visitor.studies().first).to_be_visible()


def test_the_next_person_in_this_tab_begins_with_nobody(enter: Enter) -> None:
    visitor = enter()
    visitor.open_patient("G-1001")
    visitor.page.goto(f"{visitor.origin}/auth/login?purpose=ETREAT&return=/portal")
    expect(visitor.page.locator(".welcome")).to_be_visible()


def test_what_was_looked_up_comes_into_view_and_is_next_for_the_keyboard(enter: Enter) -> None:
    visitor = enter(width=390, height=500)
    visitor.look_up("GENERAL", "G-1001")
    expect(visitor.page.locator(".banner h2")).to_be_in_viewport()
    expect(visitor.page.locator(".result")).to_be_visible()
    visitor.press(["j"])
    expect(visitor.studies().first).to_be_focused()


def test_the_look_up_offers_who_assigns_identifiers(enter: Enter) -> None:
    visitor = enter()
    expect(visitor.page.locator("#authorities option")).to_have_attribute("value", "GENERAL")
    visitor.look_up("GENERAL", "G-*")
    assert visitor.page.locator("#identifier").evaluate("field => field.validity.patternMismatch")
    expect(visitor.page.locator(".welcome")).to_be_visible()


def test_a_locked_study_gives_its_reason_and_no_link(enter: Enter) -> None:
    visitor = enter()
    visitor.open_patient("G-1001")
    locked = visitor.page.locator(".study.locked")
    expect(locked).to_contain_text("You have no treating relationship with this patient.")
    expect(visitor.page.locator(".next")).to_contain_text("ask the institution that holds it")
    assert locked.get_by_role("link").count() == 0
    assert locked.locator("img").count() == 0


def test_the_patient_stands_in_no_address_and_coming_back_finds_the_place(enter: Enter) -> None:
    visitor = enter()
    page = visitor.page
    visitor.look_up("GENERAL", "G-1001")
    expect(visitor.studies().first).to_be_visible()
    assert page.url == f"{visitor.origin}/portal"
    visitor.open_study("Chest")
    page.get_by_role("link", name="Studies").click()
    expect(visitor.studies().first).to_be_visible()
    page.reload()
    expect(visitor.studies().first).to_be_visible()
    page.go_back()
    visitor.wait_for_image(1)
    page.go_back()
    expect(visitor.studies().first).to_be_visible()
    page.go_back()
    expect(page.locator(".welcome")).to_be_visible()


def test_patients_are_told_of_the_mark(enter: Enter) -> None:
    visitor = enter("PATRQT")
    expect(visitor.studies().first).to_be_visible()
    expect(visitor.page.locator(".lead")).to_contain_text("marked with your name and the time")
    assert visitor.page.get_by_label("Identifier").count() == 0


def test_officers_see_accesses_and_rules_and_no_images(enter: Enter) -> None:
    visitor = enter("HOPERAT")
    rows = visitor.page.get_by_role("region", name="Table of accesses").locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("Opened a study")
    expect(rows.nth(0)).to_contain_text("looked at 412 images")
    expect(rows.nth(1)).to_contain_text("Was refused a study")
    expect(rows.nth(0)).to_contain_text(HOSTILE)
    expect(rows.nth(0).locator("td").last).to_have_text(
        "A clinician who treats the patient sees the study.hie.treating"
    )
    expect(rows.nth(0)).to_contain_text(STUDY)
    expect(visitor.page.locator(".rules")).to_contain_text(
        "Permits. A clinician who treats the patient sees the study."
    )
    expect(visitor.page.locator(".lead")).to_contain_text("Officers are shown no images")
    visitor.page.get_by_text("hie/treating.cedar").click()
    expect(visitor.page.locator("pre")).to_contain_text("permit (principal")
    assert visitor.page.locator("main img, canvas").count() == 0
    visitor.assert_clean()


def test_officers_see_how_the_archives_fare(enter: Enter) -> None:
    visitor = enter("HOPERAT")
    row = visitor.page.get_by_role("region", name="Table of archives").locator("tbody tr")
    expect(row).to_have_count(1)
    for text in (
        "General Hospital",
        "Emergencies only: outside its hours",
        "for 1 h 30 min more",
        "3 on their way, 3 in line",
        "1.54 MB of 2 GB",
        "mon-fri 07:00-19:00",
        "12 ms, 19 of 20 within 200 ms",
        "4 × outside hours",
        "the archive cannot be reached",
    ):
        expect(row).to_contain_text(text)
    visitor.assert_clean()


def test_an_outage_is_told_and_can_be_retried(enter: Enter) -> None:
    visitor = enter()
    visitor.context.set_offline(True)
    visitor.page.locator(".patient").click()
    expect(visitor.page.get_by_role("alert")).to_contain_text("The service cannot be reached")
    visitor.context.set_offline(False)
    visitor.page.get_by_role("button", name="Try again").click()
    expect(visitor.studies().first).to_be_visible()


def test_keyboard_alone_reaches_a_study(enter: Enter) -> None:
    visitor = enter()
    page = visitor.page
    page.locator("body").press("Tab")
    expect(page.get_by_text("Skip to content")).to_be_focused()
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.patient')"):
            break
    page.keyboard.press("Enter")
    expect(visitor.studies().first).to_be_visible()
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('a.study')"):
            break
    page.keyboard.press("Enter")
    visitor.wait_for_image(1)
    visitor.press(["ArrowDown", "End", "Shift+ArrowRight"])
    visitor.wait_for_image(120)
    expect(page.locator(".window")).not_to_contain_text("W 400")


@pytest.mark.parametrize("width", [320, 390, 834, 2560])
def test_nothing_runs_out_of_the_page(enter: Enter, width: int) -> None:
    visitor = enter(width=width, height=844)
    overflow = "document.documentElement.scrollWidth - innerWidth"
    assert visitor.page.evaluate(overflow) <= 0
    visitor.open_patient("G-1001")
    assert visitor.page.evaluate(overflow) <= 0
    visitor.open_study("Chest")
    assert visitor.page.evaluate(overflow) <= 0
    assert visitor.pixels().bright > 0.05
