"""The imaging history of a patient in a real browser: as it unfolds, filtered by hand and by key, and compared."""

from collections.abc import Callable

from playwright.sync_api import Locator, Route, expect
import pytest

from tests.browser.stage import HOSTILE, STUDY
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

Enter = Callable[..., Visitor]
Control = Callable[..., None]

EVENTS = "**/portal/studies/events?*"


@pytest.fixture
def reader(enter: Enter, control: Control) -> Visitor:
    """Somebody at a history of eight studies."""
    control(long=True)
    visitor = enter()
    visitor.open_patient("G-1001")
    return visitor


def institution(visitor: Visitor, name: str) -> Locator:
    return visitor.page.locator(f".sources li[data-institution={name}]")


def result(visitor: Visitor) -> Locator:
    return visitor.page.locator(".result")


def test_institutions_are_told_of_as_they_answer(enter: Enter, control: Control) -> None:
    control(long=True, held=True)
    visitor = enter()
    visitor.open_patient("G-1001")
    expect(visitor.studies()).to_have_count(5)
    expect(institution(visitor, "general")).to_have_text("General Hospital: 5 studies")
    expect(institution(visitor, "lakeside")).to_have_text("Lakeside Imaging is being asked")
    spoken = visitor.page.locator(".detail > .unseen[role=status]")
    expect(spoken).to_have_text("General Hospital: 5 studies.")
    control(held=False)
    expect(visitor.studies()).to_have_count(8)
    expect(institution(visitor, "lakeside")).to_have_text("Lakeside Imaging: 3 studies")
    expect(spoken).to_have_text("Lakeside Imaging: 3 studies.")
    visitor.assert_clean()


def test_what_has_the_keyboard_keeps_it_while_studies_arrive(enter: Enter, control: Control) -> None:
    control(long=True, held=True)
    visitor = enter()
    visitor.open_patient("G-1001")
    visitor.press(["j", "j"])
    focused = visitor.studies().filter(has_text="Chest PA")
    expect(focused).to_be_focused()
    control(held=False)
    expect(visitor.studies()).to_have_count(8)
    expect(focused).to_be_focused()


def test_a_click_on_a_study_never_opens_what_has_just_moved_into_its_place(enter: Enter, control: Control) -> None:
    control(long=True, held=True)
    visitor = enter()
    visitor.open_patient("G-1001")
    page = visitor.page
    aimed = visitor.studies().filter(has_text="Abdomen").bounding_box()
    assert aimed is not None
    control(held=False)
    page.wait_for_selector(".years.moving")
    page.mouse.click(aimed["x"] + 100, aimed["y"] + 20)
    page.wait_for_selector(".years:not(.moving)")
    assert page.url == f"{visitor.origin}/portal"
    visitor.open_study("Chest with contrast")
    visitor.assert_clean()


@pytest.mark.parametrize(
    "stream",
    [
        {"body": "", "content_type": "text/event-stream"},
        {"body": 'event: institutions\ndata: []\n\nevent: study\ndata: {"stu', "content_type": "text/event-stream"},
        {"body": "<html>", "content_type": "text/html"},
    ],
)
def test_a_stream_that_does_not_come_or_breaks_off_is_asked_for_in_one_piece(
    enter: Enter, stream: dict[str, str]
) -> None:
    visitor = enter()
    visitor.page.route(EVENTS, lambda route: route.fulfill(**stream))
    visitor.open_patient("G-1001")
    expect(visitor.studies()).to_have_count(2)
    expect(institution(visitor, "lakeside")).to_have_text("Lakeside Imaging: 0 studies")
    visitor.assert_clean()


def test_a_session_that_has_ended_is_said_and_not_asked_around(enter: Enter) -> None:
    visitor = enter()
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    visitor.page.route(
        EVENTS, lambda route: route.fulfill(status=401, json={}, content_type="application/problem+json")
    )
    visitor.page.locator(".patient").click()
    expect(visitor.page.get_by_role("alert")).to_contain_text("Your session has ended")
    assert not any("/portal/studies?" in url for url in asked)


def test_no_thumbnail_holds_up_the_list(enter: Enter, control: Control) -> None:
    control(long=True)
    visitor = enter()
    waiting: list[Route] = []

    def leave_waiting(route: Route) -> None:
        waiting.append(route)

    visitor.page.route("**/thumbnail?*", leave_waiting)
    visitor.open_patient("G-1001")
    expect(visitor.studies()).to_have_count(8)
    expect(visitor.page.locator(".picture img").first).to_have_attribute("loading", "lazy")
    assert waiting
    for route in waiting:
        route.abort()


def test_a_thumbnail_that_is_refused_leaves_a_drawing(enter: Enter) -> None:
    visitor = enter()
    visitor.page.route("**/thumbnail?*", lambda route: route.fulfill(status=403))
    visitor.open_patient("G-1001")
    expect(visitor.studies().first.locator(".picture svg")).to_be_visible()
    assert visitor.page.locator(".picture img").count() == 0


def test_what_is_not_certain_of_the_patient_is_said(enter: Enter, control: Control) -> None:
    control(notices=["The patient index does not answer"])
    visitor = enter()
    visitor.open_patient("G-1001")
    expect(visitor.page.locator(".doubt")).to_have_text("The patient index does not answer.")
    expect(visitor.page.locator(".detail > .unseen")).to_contain_text("The patient index does not answer.")


def test_words_filter_and_escape_shows_everything_again(reader: Visitor) -> None:
    expect(result(reader)).to_have_text("8 studies")
    reader.press(["/"])
    reader.page.keyboard.type("CHEST lakeside")
    expect(reader.page.locator(".emptiness")).to_contain_text("No study is like this")
    reader.press(["Escape"])
    reader.page.keyboard.type("chest 2026")
    expect(result(reader)).to_have_text("2 of 8 studies")
    reader.press(["Enter"])
    expect(reader.studies().first).to_be_focused()
    expect(reader.page.locator(".point.dim")).to_have_count(6)
    reader.press(["Escape"])
    expect(result(reader)).to_have_text("8 studies")
    expect(reader.studies()).to_have_count(8)


@pytest.mark.parametrize(
    ("key", "typed", "left"),
    [("m", "MR", 2), ("i", "Lakeside", 3), ("y", "2019", 1), ("y", "Last 12", None), ("b", "Leg", None)],
)
def test_each_filter_is_a_key_and_its_first_letters(reader: Visitor, key: str, typed: str, left: int | None) -> None:
    reader.press([key])
    reader.page.keyboard.type(typed)
    chosen = reader.page.locator("select:focus option:checked")
    expect(chosen).to_contain_text(typed)
    if left is not None:
        expect(result(reader)).to_have_text(f"{left} of 8 studies")
        expect(reader.studies()).to_have_count(left)


def test_a_filter_by_body_part_keeps_what_does_not_tell_its_own(reader: Visitor) -> None:
    reader.page.get_by_label("Body part").select_option("Leg")
    expect(reader.studies()).to_have_count(3)  # the knee, one without a description, and one of a hostile one
    expect(reader.page.locator(".filters p.small")).to_have_text(
        "2 studies that do not tell the body part are listed too."
    )


def test_the_order_is_by_time_institution_or_kind(reader: Visitor) -> None:
    headings = reader.page.locator(".year h3")
    order = reader.page.get_by_label("Order")
    assert headings.all_inner_texts() == ["2026", "2025", "2024", "2023", "2022", "2019"]
    order.select_option("oldest")
    assert headings.all_inner_texts() == ["2019", "2022", "2023", "2024", "2025", "2026"]
    order.select_option("institution")
    assert headings.all_inner_texts() == ["General Hospital", "Lakeside Imaging"]
    order.select_option("modality")
    assert headings.all_inner_texts() == ["CT", "CT, SR", "DX", "MR", "OT", "US"]


def test_a_filter_stands_in_no_address_and_is_there_again_after_a_study(reader: Visitor) -> None:
    page = reader.page
    page.get_by_label("Modality").select_option("CT")
    page.get_by_label("Order").select_option("oldest")
    expect(result(reader)).to_have_text("3 of 8 studies")
    assert page.url == f"{reader.origin}/portal"
    page.locator("a.study", has_text="Chest with contrast").click()
    reader.wait_for_image(1)
    page.get_by_role("link", name="Studies").click()
    expect(result(reader)).to_have_text("3 of 8 studies")
    expect(page.get_by_label("Order")).to_have_value("oldest")
    page.locator(".patient").click()
    expect(result(reader)).to_have_text("8 studies")
    reader.assert_clean()


def test_two_studies_are_chosen_by_key_and_opened_beside_each_other(reader: Visitor) -> None:
    page = reader.page
    bar = page.get_by_label("Comparing", exact=True)
    reader.press(["j", "x"])
    expect(bar).to_contain_text("Chest with contrast, 12 Nov 2026 – choose another study")
    reader.press(["j", "j", "x"])
    expect(bar).to_contain_text("Chest with contrast, 12 Nov 2026 and Head without contrast, 5 Dec 2025")
    reader.press(["c"])
    reader.wait_for_image(1)
    assert page.url.startswith(f"{reader.origin}/viewer?study={STUDY}")
    beside = page.locator(".box").nth(1)
    expect(beside).to_contain_text("10 Mar 2025")
    expect(page.locator("#series h2")).to_have_text(
        ["This study: Chest with contrast · 12 Nov 2026", "Prior study: Chest with contrast · 10 Mar 2025"]
    )
    reader.press(["ArrowDown"])
    reader.wait_for_image(2)
    page.wait_for_url("**prior=1.2.5.1**")
    reader.assert_clean()


def test_a_third_choice_takes_the_place_of_the_first_and_locked_studies_are_no_choice(reader: Visitor) -> None:
    boxes = reader.page.locator(".choose input")
    expect(boxes).to_have_count(7)
    for at in range(3):
        boxes.nth(at).check()
    assert [box.is_checked() for box in boxes.all()[:3]] == [False, True, True]
    reader.page.get_by_role("button", name="Clear").click()
    expect(reader.page.get_by_label("Comparing", exact=True)).to_be_hidden()
    assert not any(box.is_checked() for box in boxes.all())


def test_arrows_walk_the_list_and_enter_opens(reader: Visitor) -> None:
    reader.press(["j", "End", "ArrowUp", "Home", "ArrowDown"])
    expect(reader.studies().nth(1)).to_be_focused()
    reader.press(["Enter"])
    reader.page.wait_for_url("**/viewer?study=1.2.5.0**")


def test_one_key_opens_a_study_beside_its_prior(reader: Visitor) -> None:
    reader.press(["j", "p"])
    reader.page.wait_for_url(f"**/viewer?study={STUDY}&**prior=1.2.5.5**")


def test_help_names_the_keys_and_letters_can_be_switched_off(reader: Visitor) -> None:
    page = reader.page
    page.get_by_role("button", name="Keys").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Filter by modality")
    dialog.get_by_label("Keys of one character work").uncheck()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    reader.press(["m"])
    assert page.locator("select:focus").count() == 0
    page.evaluate("localStorage.clear()")


def test_a_point_in_time_leads_to_its_study(reader: Visitor) -> None:
    reader.page.locator(".point[title^='Abdomen']").click()
    expect(reader.studies().filter(has_text="Abdomen")).to_be_focused()


def test_hostile_words_are_filtered_by_and_never_obeyed(reader: Visitor) -> None:
    reader.press(["/"])
    reader.page.keyboard.type(HOSTILE)
    expect(result(reader)).to_have_text("1 of 8 studies")
    expect(reader.studies()).to_contain_text(HOSTILE)
    assert reader.page.locator("img[src=x]").count() == 0
    reader.assert_clean()


def test_many_institutions_without_studies_stand_together_and_failures_do_not(enter: Enter) -> None:
    visitor = enter()
    visitor.page.route(EVENTS, lambda route: route.fulfill(body="", content_type="text/event-stream"))
    states = ["failed", "timed-out", *["answered"] * 498]
    sources = [
        {"institution": f"i{at}", "name": f"Institution {at}", "archive": f"i{at}", "state": state, "studies": 0}
        for at, state in enumerate(states)
    ]
    answer = {"sources": sources, "studies": [], "notices": [], "found": None}
    visitor.page.route("**/portal/studies?*", lambda route: route.fulfill(json=answer))
    visitor.page.locator(".patient").click()
    expect(visitor.page.locator(".sources li")).to_have_text(
        [
            "Institution 0 could not be asked: its studies are missing from this list",
            "Institution 1 did not answer in time: its studies are missing from this list",
        ]
    )
    expect(visitor.page.locator(".quiet summary")).to_have_text(
        "498 institutions have answered and have no studies to show"
    )
    visitor.assert_clean()
