"""A whole slide in a real browser, over a whole exchange: the right tile at the right place, or words why not."""

from collections.abc import Callable, Iterator
import time

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, Route, expect
from pydicom import Dataset
import pytest

from tests.browser.exchange import exchange_in_a_thread
from tests.browser.visitor import Visitor
from tests.exchange import ct
from tests.service import Service

pytestmark = pytest.mark.browser

STUDY = "1.2.40"
WHOLE_SLIDE = "1.2.840.10008.5.1.4.1.1.77.1.6"
COLUMNS, ROWS = 4096, 3072
LARGE, SMALL = 512, 256
"""Sides of the tiles of the largest level, and of one a quarter as wide."""

MANY = 12
"""As many tiles as a slide and its map ask for at once."""

PIXELS = """async (points) => {
  await new Promise(requestAnimationFrame);
  const canvas = document.querySelector('.slide canvas');
  const brush = canvas.getContext('2d');
  const density = canvas.width / canvas.clientWidth;
  return points.map(([x, y]) => [...brush.getImageData(x * density, y * density, 1, 1).data].slice(0, 3));
}"""


def color_of(number: int, *, large: bool) -> list[int]:
    """Of a tile, by its number and its level."""
    return [20 + 4 * number, 200, 40] if large else [20 + 15 * number, 60, 200]


def tiles(count: int, side: int, *, large: bool) -> bytes:
    colors = np.array([color_of(number, large=large) for number in range(count)], np.uint8)
    return np.broadcast_to(colors[:, None, None], (count, side, side, 3)).tobytes()


def level(number: int, columns: int, rows: int, side: int, pixels: bytes, kind: str = "VOLUME") -> Dataset:
    measures, shared, optics = Dataset(), Dataset(), Dataset()
    measures.PixelSpacing = [str(0.001 * COLUMNS / columns)] * 2
    shared.PixelMeasuresSequence, optics.ObjectiveLensPower = [measures], "20"
    made = ct(STUDY, number=number, Rows=side, Columns=side, PixelData=pixels, Modality="SM", SOPClassUID=WHOLE_SLIDE)
    made.SamplesPerPixel, made.PhotometricInterpretation, made.PlanarConfiguration = 3, "RGB", 0
    made.BitsAllocated, made.BitsStored, made.HighBit = 8, 8, 7
    del made.WindowCenter, made.WindowWidth
    made.ImageType = ["ORIGINAL", "PRIMARY", kind, "NONE"]
    made.TotalPixelMatrixColumns, made.TotalPixelMatrixRows = columns, rows
    made.NumberOfFrames, made.DimensionOrganizationType = -(-columns // side) * -(-rows // side), "TILED_FULL"
    made.SharedFunctionalGroupsSequence, made.OpticalPathSequence = [shared], [optics]
    return made


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    held = [
        level(1, 64, 64, 64, bytes(64 * 64 * 3), "LABEL"),
        level(2, COLUMNS, ROWS, LARGE, tiles(48, LARGE, large=True)),
        level(3, COLUMNS // 4, ROWS // 4, SMALL, tiles(12, SMALL, large=False)),
    ]
    with exchange_in_a_thread(tmp_path_factory.mktemp("exchange"), held) as service:
        yield service


@pytest.fixture
def enter(browser: Browser, exchange: Service) -> Iterator[Callable[[], Visitor]]:
    contexts = []

    def come() -> Visitor:
        context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB", reduced_motion="reduce")
        context.set_extra_http_headers(exchange.bearer())
        contexts.append(context)
        return Visitor(context, exchange.origin, exchange.origin)

    yield come
    for context in contexts:
        context.close()


@pytest.fixture
def slide(enter: Callable[[], Visitor]) -> Visitor:
    visitor = enter()
    visitor.page.goto(f"{visitor.origin}/viewer?study={STUDY}")
    shown(visitor.page)
    return visitor


def shown(page: Page) -> None:
    """Until all tiles that are wanted are there."""
    expect(page.locator("#pane")).to_have_attribute("data-painted", "1", timeout=20_000)


def expected(at: list[tuple[int, int]], *, large: bool) -> NDArray[np.int_]:
    """The colours at points of the largest level."""
    side = LARGE if large else SMALL * 4
    return np.array([color_of(y // side * (COLUMNS // side) + x // side, large=large) for x, y in at])


def assert_seen(
    page: Page, at: list[tuple[int, int]], *, large: bool, scale: float | None = None, right: float = 0
) -> None:
    """The colours of a level come to these points; the slide was moved by `right` of a pane, and is fitted to it."""
    box = page.locator(".slide").bounding_box()
    assert box is not None
    by = scale or min(box["width"] / COLUMNS, box["height"] / ROWS)
    middle = box["width"] * (0.5 - right)
    places = [[middle + (x - COLUMNS / 2) * by, box["height"] / 2 + (y - ROWS / 2) * by] for x, y in at]
    end = time.monotonic() + 10
    while np.abs((seen := np.array(page.evaluate(PIXELS, places))) - expected(at, large=large)).max() > 8:
        assert time.monotonic() < end, f"{seen.tolist()} instead of {expected(at, large=large).tolist()}"


def test_the_right_tile_is_at_the_right_place_at_two_sizes(slide: Visitor) -> None:
    page = slide.page
    corners = [(512, 512), (3584, 512), (512, 2560), (3584, 2560), (1536, 1536)]
    assert_seen(page, corners, large=False)
    for words in (
        "General Hospital",
        "4096 × 3072",
        "4.1 × 3.07 mm",
        "No watermark",
        "Not for diagnostic use",
        "Lossy",
    ):
        expect(page.locator("#pane")).to_contain_text(words)
    expect(page.locator(".ruler")).to_have_text("500 µm")
    slide.press(["o"])
    expect(page.locator(".magnification")).to_have_text("As through an objective of 20×")
    shown(page)
    near = [(1800, 1400), (2300, 1400), (1800, 1700), (2300, 1700)]
    assert_seen(page, near, large=True, scale=1)
    expect(page.locator(".ruler")).to_have_text("100 µm")
    slide.press(["r", "h"])
    expect(page.locator("#pane")).to_contain_text("Rotated 90°, mirrored")
    slide.press(["h", "r", "r", "r"])
    expect(page.locator("#pane")).not_to_contain_text("otated")
    slide.press(["ArrowRight"])
    assert_seen(page, near, large=True, scale=1, right=0.15)
    slide.assert_clean()


def test_the_label_is_asked_for_by_nobody_but_a_person(enter: Callable[[], Visitor]) -> None:
    visitor = enter()
    page = visitor.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{visitor.origin}/viewer?study={STUDY}")
    shown(page)
    assert any("/rendered" in url for url in asked)
    assert not any("/rendered" in url and f"/instances/{STUDY}.1.1/" in url for url in asked)
    page.get_by_role("button", name="Glass and label").click()
    visitor.wait_for_image(1)
    assert any("/rendered" in url and f"/instances/{STUDY}.1.1/" in url for url in asked)
    expect(page.locator(".slide, .glass")).to_have_count(0)
    page.locator("#series button").first.click()
    expect(page.locator(".slide")).to_be_visible()
    visitor.assert_clean()


def test_a_tile_that_is_missing_is_named_and_can_be_had_later(enter: Callable[[], Visitor]) -> None:
    visitor = enter()
    page = visitor.page
    page.route(f"**/instances/{STUDY}.1.3/frames/6/rendered?*", lambda route: route.fulfill(status=504, json={}))
    page.goto(f"{visitor.origin}/viewer?study={STUDY}")
    failure = page.locator(".failure")
    expect(failure).to_contain_text("Tiles that are missing: 1")
    expect(failure).to_contain_text("did not answer in time")
    page.unroute_all()
    failure.get_by_role("button", name="Try again").click()
    expect(failure).to_be_empty()
    shown(page)
    here = [(1536, 1536)]
    assert_seen(page, here, large=False)


def test_a_tile_that_comes_very_late_is_shown(enter: Callable[[], Visitor]) -> None:
    """Whoever brings the tiles together does not give one up in silence: it is the service that says what fails."""
    visitor = enter()
    page = visitor.page
    late: list[Route] = []

    def hold(route: Route) -> None:
        if len(late) < MANY:
            late.append(route)
        else:
            route.continue_()

    page.clock.install()
    page.route("**/frames/*/rendered*", hold)
    page.goto(f"{visitor.origin}/viewer?study={STUDY}")
    expect(page.locator(".slide")).to_be_visible()
    while len(late) < MANY:
        page.wait_for_event("request")
    page.clock.fast_forward(90_000)
    for route in late:
        route.continue_()
    shown(page)
    assert_seen(page, [(512, 512), (3584, 512), (512, 2560), (3584, 2560), (1536, 1536)], large=False)
    visitor.assert_clean()


def test_a_slide_that_may_no_longer_be_seen_is_gone(slide: Visitor) -> None:
    page = slide.page
    page.route("**/portal/source?*", lambda route: route.fulfill(status=403, json={}))
    expect(page.locator(".slide")).to_have_count(0)
    expect(page.get_by_role("alert")).to_contain_text("You may not see this")
    slide.assert_clean()
