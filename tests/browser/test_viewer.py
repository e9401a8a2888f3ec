"""The viewer in a real browser, with a service that is slow or fails when told to: never a stale or a black image."""

from collections import Counter
from collections.abc import Callable
import re

from playwright.sync_api import Page, expect
import pytest

from tests.browser.stage import STUDY
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

Enter = Callable[..., Visitor]
Control = Callable[..., None]

VIEWER = f"/viewer?study={STUDY}"


@pytest.fixture
def viewer(enter: Enter) -> Visitor:
    visitor = enter(at=VIEWER)
    visitor.wait_for_image(1)
    return visitor


def rendered(page: Page) -> list[str]:
    """The addresses of rendered frames asked for from now on."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/rendered" in request.url else None)
    return asked


def test_whose_image_it_is_and_what_it_is_not_for(viewer: Visitor) -> None:
    pane = viewer.page.locator("#pane")
    for words in (
        "Yamada, Tarou (山田 太郎)",
        "born 12 Mar 1961, 65 y",
        "G-1001",
        "General Hospital",
        "12 Nov 2026",
        "S 297.5 mm",
        "C 40  W 400",
    ):
        expect(pane).to_contain_text(words)
    expect(viewer.page.locator(".warning")).to_have_text(re.compile(r"^Not for diagnostic useLossy \d+:1$"))


@pytest.mark.parametrize(
    ("keys", "number"),
    [(["ArrowDown"], 2), (["PageDown", "PageDown", "PageUp"], 11), (["End"], 120), (["End", "ArrowUp"], 119)],
)
def test_keys_scroll(viewer: Visitor, keys: list[str], number: int) -> None:
    first = viewer.pixels()
    viewer.press(keys)
    viewer.wait_for_image(number)
    assert viewer.pixels().hash != first.hash


def test_wheel_slider_and_dragging_scroll(viewer: Visitor) -> None:
    page = viewer.page
    page.mouse.move(700, 400)
    page.mouse.wheel(0, 100)
    viewer.wait_for_image(2)
    page.mouse.wheel(0, -100)
    viewer.wait_for_image(1)
    page.mouse.down()
    page.mouse.move(700, 460, steps=4)
    page.mouse.up()
    expect(page.locator("#pane")).to_have_attribute("data-painted", "11")
    page.locator("#slider").fill("57")
    viewer.wait_for_image(57)


def test_fingers_scroll_and_zoom(enter: Enter) -> None:
    visitor = enter(at=VIEWER, width=390, height=844, has_touch=True, is_mobile=True, device_scale_factor=2)
    visitor.wait_for_image(1)
    hand = visitor.context.new_cdp_session(visitor.page)

    def touch(kind: str, *points: tuple[int, int]) -> None:
        fingers = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

    touch("touchStart", (195, 300))
    for step in range(1, 11):
        touch("touchMove", (195, 300 + 5 * step))
    touch("touchEnd")
    expect(visitor.page.locator("#pane")).not_to_have_attribute("data-painted", "1")
    before = visitor.pixels()
    touch("touchStart", (180, 350))
    touch("touchStart", (180, 350), (210, 350))
    for step in range(1, 11):
        touch("touchMove", (180 - 5 * step, 350), (210 + 5 * step, 350))
    touch("touchEnd")
    assert visitor.pixels().hash != before.hash


def test_the_window_follows_a_drag_and_returns_to_what_is_stored(viewer: Visitor) -> None:
    page, window = viewer.page, viewer.page.locator(".window")
    stored = viewer.pixels()
    page.mouse.move(700, 400)
    page.mouse.down(button="right")
    page.mouse.move(900, 350, steps=20)
    page.mouse.up(button="right")
    expect(window).to_contain_text("W 713")
    assert viewer.pixels().hash != stored.hash
    page.locator("#window").select_option(label="Bone")
    expect(window).to_have_text("C 400  W 1800  Bone")
    viewer.press(["2"])
    expect(window).to_have_text("C -600  W 1500  Lung")
    viewer.press(["0"])
    expect(window).to_have_text("C 40  W 400  Soft tissue")
    assert viewer.pixels().hash == stored.hash


def test_an_image_is_turned_mirrored_and_inverted_and_says_so(viewer: Visitor) -> None:
    page, how = viewer.page, viewer.page.locator(".corner.bottom.end")
    sides = [page.locator(f".edge.{side}") for side in ("left", "top", "right", "bottom")]
    upright = viewer.pixels()
    expect(sides[0]).to_have_text("R")
    viewer.press(["r"])
    for side, letter in zip(sides, "PRAL", strict=True):
        expect(side).to_have_text(letter)
    viewer.press(["h"])
    expect(sides[2]).to_have_text("P")
    expect(how).to_contain_text("Rotated 270°, mirrored")
    viewer.press(["h", "r", "r", "r"])
    expect(how).not_to_contain_text("otated")
    assert viewer.pixels().hash == upright.hash
    page.get_by_role("button", name="Invert").click()
    expect(how).to_contain_text("Inverted")
    assert viewer.pixels().mean > upright.mean
    viewer.press(["i"])
    assert viewer.pixels().hash == upright.hash


def test_a_fast_drag_does_not_ask_for_every_position(viewer: Visitor, control: Control) -> None:
    control(delay=0.2)
    asked = rendered(viewer.page)
    viewer.page.mouse.move(700, 400)
    viewer.page.mouse.down(button="right")
    viewer.page.mouse.move(900, 400, steps=100)
    viewer.page.mouse.up(button="right")
    expect(viewer.page.locator(".window")).to_contain_text("W 713")
    assert len({url for url in asked if "quality=60" in url}) < 20


def test_while_a_frame_is_on_its_way_it_is_named_and_the_words_stay_true(viewer: Visitor, control: Control) -> None:
    control(delay=1.5)
    viewer.press(["End"])
    expect(viewer.page.locator(".badge")).to_have_text("Loading image 120")
    expect(viewer.page.locator(".counter")).to_have_text("Image 1 / 120")
    viewer.wait_for_image(120)
    expect(viewer.page.locator(".badge")).to_be_hidden()


def test_a_failed_frame_leaves_words_and_an_empty_canvas(viewer: Visitor, control: Control) -> None:
    control(failures={"1/90": 502})
    viewer.press(["End"])
    viewer.wait_for_image(120)
    viewer.press(["PageUp", "PageUp", "PageUp"])
    alert = viewer.page.get_by_role("alert")
    expect(alert).to_contain_text("Image 90: The institution’s archive failed")
    assert viewer.pixels().mean == 0
    expect(viewer.page.locator(".counter")).to_have_count(0)
    control(failures={})
    alert.get_by_role("button", name="Try again").click()
    viewer.wait_for_image(90)
    expect(viewer.page.locator(".failure")).to_be_empty()


def test_scrolling_past_a_failed_frame_goes_on(viewer: Visitor, control: Control) -> None:
    control(failures={"1/100": 504})
    viewer.page.locator("#slider").fill("100")
    expect(viewer.page.get_by_role("alert")).to_contain_text("did not answer in time")
    viewer.press(["ArrowDown"])
    viewer.wait_for_image(101)
    expect(viewer.page.locator(".failure")).to_be_empty()


def test_a_study_of_which_a_part_is_missing_says_so(enter: Enter, control: Control) -> None:
    control(partial=True)
    visitor = enter(at=VIEWER)
    visitor.wait_for_image(1)
    missing = visitor.page.locator(".missing")
    expect(missing).to_contain_text("Lakeside Imaging did not answer. A part of this study may be missing.")
    control(partial=False)
    missing.get_by_role("button", name="Ask again").click()
    visitor.wait_for_image(1)
    expect(missing).to_be_empty()


def test_a_page_that_was_left_does_not_come_back_for_the_next_person(viewer: Visitor) -> None:
    page = viewer.page
    page.request.post(f"{viewer.origin}/auth/logout", max_redirects=0)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    expect(page.locator("#pane")).to_be_hidden()
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(page.get_by_role("alert")).to_contain_text("Your session has ended")
    assert viewer.pixels().mean == 0


def test_a_lost_network_is_told_and_found_again(viewer: Visitor) -> None:
    viewer.context.set_offline(True)
    viewer.press(["End"])
    expect(viewer.page.get_by_role("alert")).to_contain_text("The service cannot be reached")
    viewer.context.set_offline(False)
    viewer.wait_for_image(120)


def test_a_tool_that_cannot_be_had_says_so_and_comes_with_the_network(viewer: Visitor) -> None:
    tool = viewer.page.get_by_role("button", name="Length")
    expect(tool).to_be_visible()
    viewer.context.set_offline(True)
    tool.click()
    alert = viewer.page.get_by_role("alert")
    expect(alert).to_contain_text("The service cannot be reached")
    viewer.context.set_offline(False)
    alert.get_by_role("button", name="Try again").click()
    expect(tool).to_have_attribute("aria-pressed", "true")
    expect(viewer.page.locator(".failure")).to_be_empty()


def test_an_ended_session_asks_to_sign_in_and_keeps_the_place(viewer: Visitor) -> None:
    viewer.press(["PageDown"] * 3)
    viewer.wait_for_image(31)
    viewer.page.request.post(f"{viewer.origin}/auth/logout")
    viewer.press(["End"])
    alert = viewer.page.get_by_role("alert")
    expect(alert).to_contain_text("Your session has ended")
    alert.get_by_role("link", name="Sign in again").click()
    viewer.wait_for_image(120)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (403, "You have no treating relationship with this patient."),
        (404, "It does not exist, or it is nothing that you may know of."),
        (503, "The service is busy"),
        (500, "The service failed"),
    ],
)
def test_a_study_that_is_refused_says_why(enter: Enter, control: Control, status: int, words: str) -> None:
    control(study_failure=status)
    visitor = enter(at=VIEWER)
    expect(visitor.page.get_by_role("alert")).to_contain_text(words, ignore_case=True)
    assert visitor.pixels().mean == 0


_PAINTED = """(count) => new Promise((resolve) => {
  const pane = document.getElementById('pane');
  const painted = [Number(pane.dataset.painted)];
  const note = () => {
    const now = Number(pane.dataset.painted);
    if (now !== painted.at(-1)) painted.push(now);
    if (painted.length === count) resolve(painted);
  };
  new MutationObserver(note).observe(pane, { attributeFilter: ['data-painted'] });
  document.getElementById('play').click();
})"""


def test_a_cine_plays_every_frame_in_turn_over_its_end_and_pauses(viewer: Visitor) -> None:
    viewer.open_series("Four chambers")
    page = viewer.page
    assert page.locator("#rate").input_value() == "25"
    expect(page.locator("#window")).to_be_hidden()
    assert viewer.pixels().colored > 0.005
    assert page.evaluate(_PAINTED, 40) == [1 + step % 30 for step in range(40)]
    page.get_by_role("button", name="Pause").click()
    number = int(page.locator("#slider").input_value())
    viewer.wait_for_image(number)
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_no_more_than_six_requests_at_once_and_only_a_few_ahead(viewer: Visitor, control: Control) -> None:
    control(delay=0.3)
    page = viewer.page
    under_way: set[str] = set()
    most = 0

    def begin(url: str) -> None:
        nonlocal most
        if "/rendered" in url:
            under_way.add(url)
            most = max(most, len(under_way))

    asked = rendered(page)
    page.on("request", lambda request: begin(request.url))
    for event in ("requestfinished", "requestfailed"):
        page.on(event, lambda request: under_way.discard(request.url))
    page.locator("#slider").fill("60")
    viewer.wait_for_image(60)
    page.wait_for_timeout(1500)
    assert 0 < most <= 6
    assert len(asked) <= 14


def test_a_report_is_read_as_text_with_whose_it_is(viewer: Visitor) -> None:
    viewer.page.locator("#series button", has_text="Findings").click()
    report = viewer.page.get_by_role("article", name="A structured report")
    expect(report).to_contain_text("No fracture. <img src=x onerror=alert(1)>")
    expect(viewer.page.locator("#pane")).to_contain_text("Yamada, Tarou")
    assert viewer.pixels().mean == 0
    viewer.assert_clean()


def test_help_lists_the_keys_and_can_switch_letters_off(viewer: Visitor) -> None:
    viewer.press(["?"])
    dialog = viewer.page.get_by_role("dialog")
    expect(dialog).to_contain_text("Dragging changes the window")
    dialog.get_by_label("Keys of one character work").uncheck()
    dialog.get_by_role("button", name="Close").click()
    viewer.press(["w"])
    expect(viewer.page.get_by_role("button", name="Scroll")).to_have_attribute("aria-pressed", "true")
    viewer.press(["ArrowDown"])
    viewer.wait_for_image(2)


def test_a_large_image_is_asked_for_at_the_size_of_the_screen(viewer: Visitor) -> None:
    asked = rendered(viewer.page)
    viewer.open_series("Chest PA")
    of_this_series = [url for url in asked if "/series/1.2.3.2/" in url]
    assert of_this_series
    assert all("viewport=768,768" in url for url in of_this_series)
    with viewer.page.expect_request(lambda request: "viewport=1600,1600" in request.url):
        viewer.press(["o"])
    expect(viewer.page.locator("#pane")).to_contain_text("1300 × 1600  100 %")


def test_opening_a_study_asks_for_no_more_than_it_needs(enter: Enter) -> None:
    visitor = enter(at="/portal")
    visitor.page.goto("about:blank")
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url.removeprefix(visitor.origin).split("?")[0]))
    visitor.page.goto(f"{visitor.origin}{VIEWER}")
    visitor.wait_for_image(1)
    expect(visitor.page.get_by_role("button", name="Length")).to_be_visible()
    visitor.page.wait_for_load_state("networkidle")
    kinds = Counter(map(_kind_of, asked))
    told_again = {"static", "thumbnail", "source"}  # by the page, by what is seen, by time
    counts = {kind: count for kind, count in kinds.items() if kind not in told_again}
    assert counts == {"page": 1, "session": 1, "series": 1, "metadata": 1, "frames": 11}


def _kind_of(path: str) -> str:
    named = {"/viewer": "page", "/portal/session": "session", "/portal/source": "source"}
    endings = {"/series": "series", "/metadata": "metadata", "/thumbnail": "thumbnail", "/rendered": "frames"}
    if path.startswith("/static/"):
        return "static"
    return named.get(path) or next((kind for ending, kind in endings.items() if path.endswith(ending)), path)
