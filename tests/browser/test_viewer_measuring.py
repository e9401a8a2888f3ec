"""Measuring in the viewer, against what numpy says of the same stored values, over a whole exchange."""

from collections.abc import Iterator
import re

import numpy as np
from playwright.sync_api import Browser, expect
from pydicom import Dataset
import pytest

from rendering.grayscale import Transformation, to_presentation
from rendering.options import VoiFunction, Window
from tests.browser.exchange import exchange_in_a_thread
from tests.browser.visitor import Visitor
from tests.exchange import ct
from tests.proxy.dicomweb.composites import dose
from tests.service import Service

pytestmark = pytest.mark.browser

SIDE = 256
SPACING = (0.8, 0.5)
"""Of rows, and of columns: pixels are no squares, and are drawn so."""


def phantom(seed: int) -> np.ndarray:
    """Stored values of 12 bits: noise around a lesion of 60 HU in water, in a frame of padding."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    values = np.random.default_rng(seed).normal(1024, 12, (SIDE, SIDE))
    values[(columns - 140) ** 2 + (rows - 100) ** 2 < 30**2] += 60
    values[:4] = 0
    return np.clip(np.rint(values), 0, 4095).astype("<u2")


def image(study: str, number: int, **more: object) -> Dataset:
    more = {
        "Rows": SIDE,
        "Columns": SIDE,
        "BitsStored": 12,
        "HighBit": 11,
        "RescaleSlope": "1",
        "RescaleIntercept": "-1024",
        "PixelPaddingValue": 0,
        "PixelSpacing": [str(one) for one in SPACING],
        "WindowCenter": "40",
        "WindowWidth": "400",
        "PixelData": phantom(number).tobytes(),
        **more,
    }
    return ct(study, number=number, **more)


def square(study: str, **more: object) -> Dataset:
    return image(study, 1, **{"PixelSpacing": ["0.5", "0.5"], **more})


HOLDINGS = [
    *(image("1.2.1", number) for number in (1, 2, 3)),
    square("1.2.2", PhotometricInterpretation="MONOCHROME1"),
    square("1.2.3", PixelRepresentation=1, RescaleIntercept="-1000.5", RescaleSlope="0.5", PixelPaddingRangeLimit=9),
    square("1.2.4", BitsAllocated=8, BitsStored=8, HighBit=7, PixelData=(phantom(1) // 16).astype("u1").tobytes()),
    square("1.2.5"),
    dose(np.full((1, 8, 8), 40_000, "u2"), (0, 0, 0), [0], StudyInstanceUID="1.2.6", SeriesInstanceUID="1.2.6.1"),
]


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with exchange_in_a_thread(tmp_path_factory.mktemp("exchange"), HOLDINGS) as service:
        yield service


@pytest.fixture
def look(browser: Browser, exchange: Service) -> Iterator[object]:
    """Opens a study in a fresh browser context."""
    contexts = []

    def open_study(study: str, **options: object) -> Visitor:
        context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB", **options)
        context.set_extra_http_headers(exchange.bearer())
        contexts.append(context)
        visitor = Visitor(context, exchange.origin, exchange.origin)
        visitor.page.goto(f"{exchange.origin}/viewer?study={study}")
        visitor.wait_for_image(1)
        return visitor

    yield open_study
    for context in contexts:
        context.close()


def place(visitor: Visitor, column: float, row: float) -> tuple[float, float]:
    """Where a point of the upright, fitted image is on the screen."""
    box = visitor.page.locator("#pane").bounding_box()
    assert box is not None
    tall = SPACING[0] / SPACING[1]
    scale = min(box["width"], box["height"] / tall) / SIDE
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    return middle[0] + (column - SIDE / 2) * scale, middle[1] + (row - SIDE / 2) * scale * tall


def drag(visitor: Visitor, start: tuple[float, float], end: tuple[float, float]) -> None:
    mouse = visitor.page.mouse
    mouse.move(*place(visitor, *start))
    mouse.down()
    mouse.move(*place(visitor, *end), steps=4)
    mouse.up()


def choose(visitor: Visitor, key: str, name: str) -> None:
    """By its key, once the tools are there."""
    button = visitor.page.get_by_role("button", name=name, exact=True)
    expect(button).to_be_visible()
    visitor.press([key])
    expect(button).to_have_attribute("aria-pressed", "true")


def reading(visitor: Visitor) -> str:
    return "\n".join(visitor.page.locator(".reading").last.locator("tspan").all_text_contents())


def figures(text: str, words: str) -> list[float]:
    found = re.search(words.replace("#", r"(-?[\d.]+)"), text)
    assert found, text
    return [float(one) for one in found.groups()]


def test_a_lesion_is_measured_in_hounsfield_units(look) -> None:
    visitor = look("1.2.1")
    choose(visitor, "x", "Rectangle")
    drag(visitor, (120, 80), (160, 120))
    expect(visitor.page.locator(".reading")).to_contain_text("Mean")
    text = reading(visitor)
    mean, deviation = figures(text, "Mean # HU, SD #")
    truth = phantom(1)[80:120, 120:160].astype(float) - 1024
    assert mean == pytest.approx(truth.mean(), abs=0.7)
    assert deviation == pytest.approx(truth.std(), abs=0.3)
    assert figures(text, "Area # mm") == pytest.approx([40 * 40 * SPACING[0] * SPACING[1]], rel=0.02)
    visitor.assert_clean()


def test_a_length_an_angle_and_a_value_have_their_units(look) -> None:
    visitor = look("1.2.1")
    choose(visitor, "l", "Length")
    drag(visitor, (50, 50), (80, 90))
    expect(visitor.page.locator(".reading")).to_contain_text(" mm")
    assert figures(reading(visitor), "^# mm") == pytest.approx([np.hypot(30 * 0.5, 40 * 0.8)], rel=0.02)
    choose(visitor, "a", "Angle")
    for point in ((60, 150), (100, 200), (140, 150)):
        visitor.page.mouse.click(*place(visitor, *point))
    expect(visitor.page.locator(".reading")).to_have_count(2)
    truth = 2 * np.degrees(np.arctan2(40 * 0.5, 50 * 0.8))
    assert figures(reading(visitor), "^#°") == pytest.approx([truth], abs=1.5)
    choose(visitor, "v", "Value")
    visitor.page.mouse.click(*place(visitor, 140.5, 100.5))
    expect(visitor.page.locator(".reading").last).to_contain_text(f"{int(phantom(1)[100, 140]) - 1024} HU")
    visitor.page.mouse.click(*place(visitor, 30, 2))
    expect(visitor.page.locator(".reading").last).to_contain_text("Nothing was measured here")
    visitor.assert_clean()


def test_what_is_shown_over_another_image_is_not_measured_and_has_no_letters(look) -> None:
    """The picture of a dose has the places, sizes and sides of the image under it, and the grid may have others."""
    visitor = look("1.2.6")
    expect(visitor.page.get_by_role("button", name="Print", exact=True)).to_be_visible()
    expect(visitor.page.get_by_role("group", name="Measure")).to_be_hidden()
    expect(visitor.page.locator("#pane .edge")).to_have_text([""] * 4)
    visitor.press(["l"])
    drag(visitor, (50, 50), (80, 90))
    expect(visitor.page.locator(".reading")).to_have_count(0)
    visitor.assert_clean()


def test_measurements_stay_with_their_image_and_turn_with_it(look) -> None:
    visitor = look("1.2.1")
    page = visitor.page
    choose(visitor, "l", "Length")
    drag(visitor, (50, 50), (80, 90))
    said = reading(visitor)
    visitor.press(["r", "h", "+"])
    assert reading(visitor) == said
    visitor.press(["s", "ArrowDown"])
    visitor.wait_for_image(2)
    expect(page.locator(".reading")).to_have_count(0)
    visitor.press(["m"])
    panel = page.get_by_role("complementary", name="Measurements")
    panel.locator(".entry").click()
    visitor.wait_for_image(1)
    expect(page.locator(".reading")).to_have_count(1)
    panel.get_by_role("button", name="Remove length 1").click()
    expect(page.locator(".reading")).to_have_count(0)
    expect(panel).to_contain_text("Nothing has been measured")
    visitor.assert_clean()


def test_everything_is_measured_by_keys_alone(look) -> None:
    visitor = look("1.2.1")
    page = visitor.page
    page.locator("#pane").focus()
    choose(visitor, "l", "Length")
    visitor.press(["Enter"])
    grip = page.locator(".grip:focus")
    expect(grip).to_have_attribute("aria-label", re.compile("Point 2 of length 1"))
    before = figures(reading(visitor), "^# mm")[0]
    visitor.press(["Shift+ArrowRight"] * 2)
    expect(page.locator(".reading")).not_to_contain_text(f"{before} mm")
    assert figures(reading(visitor), "^# mm")[0] == pytest.approx(before + 20 * SPACING[1], abs=0.2)
    expect(page.locator("#spoken")).to_contain_text("Length 1")
    visitor.press(["Delete"])
    expect(page.locator(".reading")).to_have_count(0)
    expect(page.locator("#pane")).to_be_focused()


_GRAY = """() => {
  const canvas = document.getElementById('canvas');
  const [side, left, top] = [256, Math.round((canvas.width - 256) / 2), Math.round((canvas.height - 256) / 2)];
  const { data } = canvas.getContext('2d').getImageData(left, top, side, side);
  return Array.from({ length: side * side }, (_, at) => data[4 * at]);
}"""

CASES = {
    "1.2.5": Transformation(1.0, -1024.0, None, None, None, False, (0, 0), 0, 4095),
    "1.2.2": Transformation(1.0, -1024.0, None, None, None, True, (0, 0), 0, 4095),
    "1.2.3": Transformation(0.5, -1000.5, None, None, None, False, (0, 9), -2048, 2047),
    "1.2.4": Transformation(1.0, -1024.0, None, None, None, False, (0, 0), 0, 255),
}


@pytest.mark.parametrize("study", CASES)
def test_a_window_is_drawn_here_of_the_values_as_the_service_renders_them(look, study: str) -> None:
    visitor = look(study)
    page = visitor.page
    expect(page.get_by_role("button", name="Window", exact=True)).to_be_visible()
    rendered: list[str] = []
    with page.expect_response(lambda response: response.url.endswith("/frames/1")):
        page.mouse.move(700, 400)
        page.mouse.down(button="right")
        page.mouse.move(701, 400)
    page.mouse.move(702, 400)
    expect(page.locator(".quality")).to_have_text("Lossless")
    page.on("request", lambda request: rendered.append(request.url) if "/rendered" in request.url else None)
    page.mouse.move(760, 380, steps=6)
    expect(page.locator(".window")).to_contain_text("W 4")
    page.mouse.up(button="right")
    visitor.press(["o"])
    expect(page.locator("#pane")).to_contain_text("100 %")
    words = page.locator(".window").inner_text()
    center, width = (float(one) for one in re.findall(r"-?[\d.]+", words)[:2])
    seen = np.array(page.evaluate(_GRAY), np.uint8).reshape(SIDE, SIDE)
    one = CASES[study]
    window = Window(center, width, VoiFunction.LINEAR)
    transformation = Transformation(
        one.slope, one.intercept, None, window, None, one.inverted, one.padding, one.lowest, one.highest
    )
    dataset = next(dataset for dataset in HOLDINGS if dataset.StudyInstanceUID == study)
    kind = ("u" if dataset.PixelRepresentation == 0 else "i") + str(dataset.BitsAllocated // 8)
    stored = np.frombuffer(dataset.PixelData, f"<{kind}").reshape(SIDE, SIDE)
    np.testing.assert_array_equal(seen, to_presentation(stored, transformation))
    assert rendered == []
    visitor.assert_clean()


def test_whoever_rests_on_an_image_may_have_it_without_loss(look) -> None:
    visitor = look("1.2.5")
    page, quality = visitor.page, visitor.page.locator(".quality")
    choice = page.get_by_label("Quality")
    expect(quality).to_contain_text("Lossy")
    choice.select_option(label="Lossless")
    expect(quality).to_have_text("Lossless")
    expect(page.locator(".window")).to_contain_text("C 40  W 400")
    visitor.press(["o"])
    expect(page.locator("#pane")).to_contain_text("100 %")
    seen = np.array(page.evaluate(_GRAY), np.uint8).reshape(SIDE, SIDE)
    window = Window(40, 400, VoiFunction.LINEAR)
    shown = Transformation(1.0, -1024.0, None, window, None, False, (0, 0), 0, 4095)
    np.testing.assert_array_equal(seen, to_presentation(phantom(1), shown))
    page.locator("#window").select_option(label="Lung")
    expect(page.locator(".window")).to_contain_text("C -600  W 1500")
    expect(quality).to_have_text("Lossless")
    choice.select_option(label="As needed")
    page.locator("#window").select_option(label="As stored")
    expect(page.locator(".window")).to_contain_text("C 40  W 400")
    expect(quality).to_contain_text("Lossy")
    visitor.assert_clean()


def test_what_was_measured_is_gone_with_the_right_to_see(look) -> None:
    visitor = look("1.2.1")
    page = visitor.page
    choose(visitor, "l", "Length")
    drag(visitor, (50, 50), (80, 90))
    expect(page.locator(".reading")).to_have_count(1)
    page.get_by_role("button", name="Measurements").click()
    expect(page.locator("#panel")).to_contain_text("Length 1")
    visitor.context.set_extra_http_headers({})
    expect(page.get_by_role("alert")).to_contain_text("Your session has ended")
    expect(page.locator(".reading")).to_have_count(0)
    expect(page.locator("#panel")).to_be_hidden()
    assert visitor.pixels().mean == 0
