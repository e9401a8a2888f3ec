"""Values decoded and drawn in the page: each grey value against numpy, by both ways, and whatever may go wrong."""

import base64
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, Route, expect
from pydicom import Dataset
import pytest

from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.browser.exchange import exchange_in_a_thread
from tests.browser.visitor import Visitor
from tests.exchange import ct
from tests.rendering.frames import table_item
from tests.service import Service

pytestmark = pytest.mark.browser

SIDE = 128
ERROR = 4
WAYS = ("flat", "deep")
GRAPHICS = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]


def values(bits: int, *, signed: bool) -> NDArray[Any]:
    """A soft slope under noise over most of the range, with both ends of it in the first row."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    noise = np.random.default_rng(bits).normal(0, 6, (SIDE, SIDE))
    span = 1 << bits
    made = np.clip(np.rint((0.1 + 0.8 * (rows + columns) / (2 * SIDE)) * span + noise), 0, span - 1)
    made[0, :2] = 0, span - 1
    return made.astype(int) - (span // 2 if signed else 0)


def image(study: str, stored: NDArray[Any], bits: int, number: int = 1, **more: object) -> Dataset:
    signed = bool(stored.min() < 0)
    kind = f"<{'i' if signed else 'u'}{1 if bits <= 8 else 2}"
    layout = {"Rows": SIDE, "Columns": SIDE, "BitsAllocated": 8 if bits <= 8 else 16, "BitsStored": bits}
    cells = {"HighBit": bits - 1, "PixelRepresentation": int(signed), "PixelData": stored.astype(kind).tobytes()}
    meaning = {"RescaleSlope": "1", "RescaleIntercept": "-1024", "WindowCenter": "40", "WindowWidth": "400"}
    return ct(study, number=number, **{**layout, **cells, **meaning, **more})


CASES: dict[str, tuple[NDArray[Any], int, dict[str, Any]]] = {
    "1.2.11": (values(12, signed=False), 12, {}),
    "1.2.12": (values(16, signed=True), 16, {"RescaleSlope": "0.5", "RescaleIntercept": "-1000.5"}),
    "1.2.13": (values(16, signed=False), 16, {"RescaleSlope": "-0.0625", "PhotometricInterpretation": "MONOCHROME1"}),
    "1.2.14": (values(12, signed=True), 12, {"PixelPaddingValue": -2000, "PixelPaddingRangeLimit": -1500}),
    "1.2.15": (values(8, signed=False), 8, {"PixelPaddingValue": 0, "PhotometricInterpretation": "MONOCHROME1"}),
}
STACK = [image("1.2.20", values(12, signed=False) + step, 12, step + 1) for step in range(8)]
CURVES = [(np.sqrt(np.arange(4096)) * 1023.9).astype("<u2"), (np.arange(4096) ** 2 // 256).astype("<u2")]


def curve(name: str, entries: NDArray[Any]) -> Dataset:
    made = table_item(-1024, entries, signed=True)
    made.LUTExplanation = name
    return made


TABLED = image(
    *("1.2.30", values(12, signed=False), 12),
    VOILUTSequence=[curve("HARD", CURVES[0]), curve("", CURVES[1])],
    WindowCenter=["1000", "300"],
    WindowWidth=["2000", "500"],
    WindowCenterWidthExplanation=["NORMAL", "SOFT"],
)
MAPPED = image("1.2.31", values(12, signed=False), 12, ModalityLUTSequence=[curve("OD", CURVES[1])])
DEEP = ct("1.2.32", BitsAllocated=32, BitsStored=32, HighBit=31, PixelData=np.full((16, 16), 70_000, "<u4").tobytes())
OTHERS = [TABLED, MAPPED, DEEP]
HOLDINGS = [*(image(study, stored, bits, **more) for study, (stored, bits, more) in CASES.items()), *STACK, *OTHERS]
WINDOWS = [
    {"center": center, "width": width, "shape": shape}
    for center, width in ((40, 400), (-300.5, 1), (1000, 4000.25))
    for shape in ("linear", "linear-exact", "sigmoid")
]


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with exchange_in_a_thread(tmp_path_factory.mktemp("exchange"), HOLDINGS) as service:
        yield service


@pytest.fixture(scope="module")
def graphics(browser: Browser) -> Iterator[Browser]:
    """Chromium with WebGL by software, which the viewer takes only when it is told to."""
    arguments = [one for one in ARGUMENTS if one != "--disable-gpu"]
    with browser.browser_type.launch(executable_path=CHROMIUM, args=[*arguments, *GRAPHICS]) as one:
        yield one


@pytest.fixture
def look(graphics: Browser, exchange: Service) -> Iterator[Any]:
    """Opens a study in a fresh browser context, drawn one way."""
    contexts = []

    def open_study(study: str, way: str = "flat") -> Visitor:
        context = graphics.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
        context.set_extra_http_headers(exchange.bearer())
        context.add_init_script(f"localStorage.setItem('drawing', '{way}')")
        contexts.append(context)
        visitor = Visitor(context, exchange.origin, exchange.origin)
        visitor.page.goto(f"{exchange.origin}/viewer?study={study}")
        visitor.wait_for_image(1)
        expect(visitor.page.get_by_label("Quality")).to_be_visible()
        return visitor

    yield open_study
    for context in contexts:
        context.close()


_DRAW = """async ({ studies, windows, ways, profile }) => {
  const [{ askMetadata }, { toStack }, { askValues, readValues }, { Decoding }, { Painter }] = await Promise.all([
    '/static/viewer/dicomweb.js', '/static/viewer/stack.js', '/static/viewer/picture/values.js',
    '/static/viewer/picture/htj2k/decoding.js', '/static/viewer/picture/painter.js'].map((name) => import(name)));
  const decoder = new Decoding();
  const painters = ways.map((way) => { localStorage.setItem('drawing', way); return new Painter(() => {}); });
  const brush = new OffscreenCanvas(128, 128).getContext('2d', { willReadFrequently: true });
  const toText = (octets) => btoa(Array.from(octets, (one) => String.fromCharCode(one)).join(''));
  const found = {};
  for (const study of studies) {
    const [frame] = toStack(await askMetadata(study, `${study}.1`));
    const came = await askValues(frame, profile, { decoder });
    const values = await readValues(frame, came, decoder);
    const drawn = windows.map((window) => painters.map((painter) => {
      const { bitmap, by } = painter.draw(values, window);
      brush.drawImage(bitmap, 0, 0);
      const { data } = brush.getImageData(0, 0, 128, 128);
      return { by, gray: toText(data.filter((_, at) => at % 4 === 0)) };
    }));
    const patterns = toText(new Uint8Array(values.patterns.buffer));
    found[study] = { drawn, isCoded: came.isCoded, loss: values.loss, patterns };
  }
  return found;
}"""


def drawn_by(page: Page, profile: str, ways: tuple[str, ...] = WAYS, windows: list[Any] = WINDOWS) -> dict[str, Any]:
    asked = {"studies": list(CASES), "windows": windows, "ways": ways, "profile": profile}
    return page.evaluate(_DRAW, asked)


def octets(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(base64.b64decode(text), np.uint8)


def presented(study: str, window: dict[str, Any]) -> NDArray[np.uint8]:
    """PS3.3 C.11.1.1.2, C.11.2.1.2, C.11.2.1.3 and C.7.6.3.1.2, padding black."""
    stored, _, more = CASES[study]
    modality = stored * float(more.get("RescaleSlope", 1)) + float(more.get("RescaleIntercept", -1024))
    center, width = window["center"], window["width"]
    match window["shape"]:
        case "linear" if width == 1:
            share = np.where(modality <= center - 0.5, 0.0, 1.0)
        case "linear":
            share = (modality - (center - 0.5)) / (width - 1) + 0.5
        case "linear-exact":
            share = (modality - center) / width + 0.5
        case _:
            share = 1 / (1 + np.exp(-4 * (modality - center) / width))
    gray = np.rint(np.clip(share, 0, 1) * 255)
    if more.get("PhotometricInterpretation") == "MONOCHROME1":
        gray = 255 - gray
    if "PixelPaddingValue" in more:
        first = more["PixelPaddingValue"]
        gray[(stored >= first) & (stored <= more.get("PixelPaddingRangeLimit", first))] = 0
    return gray.astype(np.uint8)


def test_every_pixel_is_as_grey_as_the_standard_says_whichever_way_it_is_drawn(look) -> None:
    visitor = look("1.2.11")
    with np.errstate(over="ignore"):
        for study, found in drawn_by(visitor.page, "lossless").items():
            assert found["isCoded"], study
            assert found["loss"]["error"] == 0
            for window, ways in zip(WINDOWS, found["drawn"], strict=True):
                assert [one["by"] for one in ways] == list(WAYS)
                for one in ways:
                    seen = octets(one["gray"]).reshape(SIDE, SIDE)
                    np.testing.assert_array_equal(seen, presented(study, window), f"{study} {window} {one['by']}")
    visitor.assert_clean()


def test_what_comes_near_the_stored_values_is_within_the_stated_error(look) -> None:
    visitor = look("1.2.11")
    found = drawn_by(visitor.page, "lossy16", (), [])
    errors = {study: one["loss"]["error"] for study, one in found.items()}
    assert errors["1.2.11"] == ERROR
    assert errors["1.2.14"] == errors["1.2.15"] == 0  # padding stays what it is
    for study, one in found.items():
        stored, _, _ = CASES[study]
        words = octets(one["patterns"]).view("<i2" if stored.min() < 0 else "<u2").reshape(SIDE, SIDE)
        assert np.abs(words.astype(int) - stored).max() <= errors[study], study
    visitor.assert_clean()


_GO_TO_THE_END = """() => new Promise((resolve) => {
  const [pane, quality, said] = [document.getElementById('pane'), document.querySelector('.quality'), []];
  const look = () => {
    const words = `${pane.dataset.painted} ${quality.textContent}`;
    if (said.at(-1) !== words) said.push(words);
    if (words === '8 Lossless') resolve(said); else requestAnimationFrame(look);
  };
  look();
  pane.dispatchEvent(new KeyboardEvent('keydown', { key: 'End', bubbles: true }));
})"""
_SAVE_DATA = "() => Object.defineProperty(navigator.connection, 'saveData', { value: true })"
_LOSE_GRAPHICS = """() => {
  const open = OffscreenCanvas.prototype.getContext;
  OffscreenCanvas.prototype.getContext = function (...asked) {
    const context = open.apply(this, asked);
    if (asked[0] === 'webgl2') globalThis.loseGraphics = () => context.getExtension('WEBGL_lose_context').loseContext();
    return context;
  };
}"""


@pytest.mark.parametrize("way", WAYS)
def test_a_stack_is_gone_through_near_its_values_and_exact_where_one_rests(look, way: str) -> None:
    visitor = look("1.2.20", way)
    page, quality = visitor.page, visitor.page.locator(".quality")
    page.evaluate(_SAVE_DATA)
    page.evaluate(_LOSE_GRAPHICS)
    page.get_by_label("Quality").select_option(label="Lossless")
    expect(quality).to_have_text("Lossless")
    said = page.evaluate(_GO_TO_THE_END)
    assert any(words.startswith("8 Lossy") and "no value off by more than 4 HU" in words for words in said), said
    expect(page.locator("#pane")).to_have_attribute("data-drawn", way)
    before = visitor.pixels()
    if way == "deep":
        page.evaluate("loseGraphics()")
        expect(page.locator("#pane")).to_have_attribute("data-drawn", "flat")
    assert visitor.pixels() == before
    page.get_by_label("Quality").select_option(label="Pictures only")
    expect(quality).to_contain_text("Lossy")
    expect(page.locator("#pane")).to_have_attribute("data-drawn", "")
    visitor.assert_clean()


def test_damaged_values_are_said_to_be_and_the_picture_stays(look) -> None:
    visitor = look("1.2.11")
    page, pane = visitor.page, visitor.page.locator("#pane")

    def cut(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.body()[:-40])

    page.route("**/frames/1", cut)
    page.get_by_label("Quality").select_option(label="Lossless")
    expect(pane.locator(".shortfall")).to_contain_text("The values arrived damaged")
    expect(page.locator(".quality")).to_contain_text("Lossy")
    assert visitor.pixels().mean > 10
    visitor.assert_clean()


_SHOWN = """() => {
  const canvas = document.getElementById('canvas');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return btoa(Array.from(data.filter((_, at) => at % 4 === 0), (one) => String.fromCharCode(one)).join(''));
}"""


def seen_on(page: Page) -> NDArray[np.uint8]:
    """What is on the canvas at one pixel of the image for one of the screen."""
    width, height = page.evaluate(
        "() => [document.getElementById('canvas').width, document.getElementById('canvas').height]"
    )
    canvas = octets(page.evaluate(_SHOWN)).reshape(height, width)
    left, top = (width - SIDE + 1) // 2, (height - SIDE + 1) // 2
    return canvas[top : top + SIDE, left : left + SIDE]


def test_look_up_tables_and_stored_windows_are_chosen_by_name(look) -> None:
    visitor = look("1.2.30")
    page, windows = visitor.page, visitor.page.locator("#window")
    shown = page.locator("#pane .window")
    offered = windows.locator("option:not([hidden])").all_text_contents()
    assert offered[:5] == ["As stored", "NORMAL", "SOFT", "VOI LUT HARD", "VOI LUT 2"]
    expect(shown).to_have_text("C 1000  W 2000  NORMAL")
    visitor.press(["o"])
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if "/frames/1" in one.url else None)
    page.get_by_label("Quality").select_option(label="Lossless")
    expect(page.locator(".quality")).to_have_text("Lossless")
    for name, entries in (("VOI LUT HARD", CURVES[0]), ("VOI LUT 2", CURVES[1])):
        windows.select_option(label=name)
        expect(shown).to_have_text(name)
        expect(page.locator("#pane .shortfall")).to_have_text("The look-up table is applied by the service.")
        expect(page.locator("#pane")).to_have_attribute("data-drawn", "")
        as_stored = np.rint(entries[values(12, signed=False)] / 257)
        assert np.abs(seen_on(page) - as_stored).mean() < 2  # a JPEG of noise
    windows.select_option(label="SOFT")
    expect(shown).to_have_text("C 300  W 500  SOFT")
    expect(page.locator("#pane")).to_have_attribute("data-drawn", "flat")
    expect(page.locator(".quality")).to_have_text("Lossless")
    share = np.clip((values(12, signed=False) - 1024 - 299.5) / 499 + 0.5, 0, 1)
    np.testing.assert_array_equal(seen_on(page), np.rint(share * 255))
    assert [url.partition("?")[2].partition("&")[2] for url in asked if "voilut" in url] == ["voilut=1", "voilut=2"]
    windows.select_option(label="VOI LUT HARD")
    page.locator("#pane").focus()
    visitor.press(["Shift+ArrowRight"])
    expect(shown).to_contain_text("C 1000")
    visitor.assert_clean()


@pytest.mark.parametrize(
    ("study", "words"), [("1.2.31", "by a table that is not read here"), ("1.2.32", "of this depth")]
)
def test_why_values_are_not_drawn_or_measured_is_said(look, study: str, words: str) -> None:
    visitor = look(study)
    page = visitor.page
    page.get_by_label("Quality").select_option(label="Lossless")
    expect(page.locator("#pane .shortfall")).to_contain_text(words)
    visitor.take_up("ellipse")
    visitor.press(["Enter", "m"])
    expect(page.get_by_role("complementary", name="Measurements")).to_contain_text(words)
    visitor.assert_clean()


def test_without_the_decoder_values_come_as_octets(look) -> None:
    visitor = look("1.2.11")
    page = visitor.page
    page.route("**/static/vendor/**", lambda route: route.fulfill(status=404))
    accepted: list[str] = []
    page.on("request", lambda one: accepted.append(one.headers["accept"]) if one.url.endswith("/frames/1") else None)
    page.get_by_label("Quality").select_option(label="Lossless")
    expect(page.locator(".quality")).to_have_text("Lossless")
    assert set(accepted) == {"application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1"}
