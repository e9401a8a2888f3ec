"""What the viewer makes of series that are no stack of images, over a whole exchange."""

from collections.abc import Callable, Iterator

from playwright.sync_api import Browser, expect
from pydicom import Dataset
import pytest

from tests.browser.exchange import exchange_in_a_thread
from tests.browser.visitor import Visitor
from tests.exchange import ct
from tests.proxy.dicomweb.test_papers import code, content, holdings, key_objects, reference
from tests.service import Service
from tests.videos import H264_MP4, stored_video

pytestmark = pytest.mark.browser

ECG, REPORT, PDF, CDA, MODEL, KEYS, FILM = "1.2.10", "1.2.11", "1.2.12", "1.2.13", "1.2.14", "1.2.15", "1.2.20"

SELECTED = "1.2.30"


def selection() -> Dataset:
    """Of a study with five images, the fourth one."""
    chosen, series, study = reference(), Dataset(), Dataset()
    chosen.ReferencedSOPInstanceUID = f"{SELECTED}.1.4"
    series.SeriesInstanceUID, series.ReferencedSOPSequence = f"{SELECTED}.1", [chosen]
    study.StudyInstanceUID, study.ReferencedSeriesSequence = SELECTED, [series]
    made = key_objects()
    made.StudyInstanceUID, made.SeriesInstanceUID = SELECTED, f"{SELECTED}.2"
    made.SOPInstanceUID, made.Modality, made.SeriesNumber = f"{SELECTED}.2.1", "KO", 2
    made.ContentSequence = [
        content("TEXT", "Key Object Description", TextValue="Look here"),
        content("IMAGE", "", ReferencedSOPSequence=[chosen]),
    ]
    made.ContentSequence[0].ConceptNameCodeSequence = code("113012", "Key Object Description")
    made.CurrentRequestedProcedureEvidenceSequence = [study]
    return made


Look = Callable[[str], Visitor]


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    stack = (ct(SELECTED, number=number) for number in range(1, 6))
    held = [*holdings(), stored_video(FILM, H264_MP4), *stack, selection()]
    with exchange_in_a_thread(tmp_path_factory.mktemp("exchange"), held) as service:
        yield service


@pytest.fixture
def look(browser: Browser, exchange: Service) -> Iterator[Look]:
    contexts = []

    def open_study(study: str) -> Visitor:
        context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
        context.set_extra_http_headers(exchange.bearer())
        contexts.append(context)
        visitor = Visitor(context, exchange.origin, exchange.origin)
        visitor.page.goto(f"{exchange.origin}/viewer?study={study}")
        expect(visitor.page.locator("#pane")).to_contain_text("General Hospital")
        return visitor

    yield open_study
    for context in contexts:
        context.close()


def test_an_electrocardiogram_is_looked_at_like_an_image(look: Look) -> None:
    visitor = look(ECG)
    visitor.page.wait_for_selector("#pane[data-painted='1']")
    paper = visitor.pixels()
    assert paper.colored > 0.01
    assert paper.bright > 0.3
    visitor.press(["+"])
    assert visitor.pixels().hash != paper.hash
    visitor.assert_clean()


_WORDS_ON_PAPER = """() => {
  const canvas = document.getElementById('canvas');
  const { data, width, height } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const [columns, rows] = [new Set(), new Set()];
  for (let at = 0; at < width * height; at += 1) {
    if (data[4 * at] <= 100) continue;
    columns.add(at % width);
    rows.add(Math.floor(at / width));
  }
  const { left, top } = canvas.getBoundingClientRect();
  const ends = (places, from) => [from + Math.min(...places), from + 1 + Math.max(...places)];
  const [[west, east], [north, south]] = [ends(columns, left), ends(rows, top)];
  const words = [...document.querySelectorAll('.corner bdi, .warning')].filter((one) => one.checkVisibility());
  const crossing = words.filter((one) => {
    const box = one.getBoundingClientRect();
    return box.left < east && box.right > west && box.top < south && box.bottom > north;
  });
  return { crossing: crossing.map((one) => one.textContent), width: east - west, height: south - north };
}"""


@pytest.mark.parametrize("study", [ECG, PDF])
def test_no_words_cross_a_sheet_of_paper(look: Look, study: str) -> None:
    visitor = look(study)
    page = visitor.page
    visitor.wait_for_image(1)
    for width, height in ((1280, 800), (390, 844), (844, 390), (320, 568)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function(f"() => ({_WORDS_ON_PAPER})().crossing.length === 0")
        shown = page.evaluate(_WORDS_ON_PAPER)
        assert shown["height"] > 0.3 * height or shown["width"] > 0.5 * width
    visitor.assert_clean()


def test_the_pages_of_a_document_are_scrolled(look: Look) -> None:
    visitor = look(PDF)
    visitor.wait_for_image(1)
    assert visitor.count() > 1
    first = visitor.pixels()
    assert first.bright > 0.3
    visitor.press(["ArrowDown"])
    visitor.wait_for_image(2)
    assert visitor.pixels().hash != first.hash
    visitor.assert_clean()


@pytest.mark.parametrize(("study", "words"), [(REPORT, '<script>alert("x")</script>'), (CDA, "No fracture")])
def test_reports_and_letters_are_text(look: Look, study: str, words: str) -> None:
    visitor = look(study)
    expect(visitor.page.locator(".paper")).to_contain_text(words)
    visitor.assert_clean()


def test_what_cannot_be_shown_says_why(look: Look) -> None:
    visitor = look(MODEL)
    expect(visitor.page.get_by_role("alert")).to_contain_text("This cannot be shown as an image")
    assert visitor.pixels().mean == 0


def test_key_images_are_listed_with_a_way_to_each(look: Look) -> None:
    visitor = look(KEYS)
    page = visitor.page
    expect(page.locator(".note")).to_contain_text("A selection of key images")
    visitor = look(SELECTED)
    visitor.wait_for_image(1)
    visitor.page.locator("[data-panel=keyimages]").click()
    panel = visitor.page.get_by_role("complementary", name="Key images")
    for words in ("To find images by, not to read them", "Of interest", "Look here"):
        expect(panel).to_contain_text(words)
    panel.locator(".entry").click()
    visitor.wait_for_image(4)
    visitor.page.goto(f"{visitor.origin}/strip?study={SELECTED}")
    section = visitor.page.locator("section", has_text="Of interest")
    expect(section.get_by_role("link")).to_have_text("Key image 1")
    picture = section.locator("img")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    visitor.page.goto(f"{visitor.origin}{section.get_by_role('link').get_attribute('href')}")
    visitor.wait_for_image(4)
    visitor.page.goto(f"{visitor.origin}/viewer?study={SELECTED}&instance=1.2.3.4.5")
    visitor.wait_for_image(1)
    expect(visitor.page.locator(".remark")).to_have_text("The image that was asked for is not in this series")
    visitor.assert_clean()


def test_the_metadata_of_the_image_are_searched(look: Look) -> None:
    visitor = look(SELECTED)
    visitor.wait_for_image(1)
    visitor.page.get_by_role("button", name="Metadata").click()
    panel = visitor.page.get_by_role("complementary", name="Metadata")
    search = panel.get_by_label("Search the metadata")
    search.fill("instance number")
    expect(panel.locator("dd")).to_have_text("1")
    visitor.page.locator("#pane").focus()
    visitor.press(["ArrowDown"])
    expect(panel.locator("dd")).to_have_text("2")
    search.fill("00100020")
    expect(panel.locator("dd")).to_have_text("G-1001")
    search.press("Escape")
    expect(panel).to_be_hidden()
    visitor.assert_clean()


def test_a_film_plays_and_is_sought_in(look: Look) -> None:
    visitor = look(FILM)
    film = visitor.page.locator("video.film")
    expect(film).to_be_visible()
    sought = film.evaluate(
        "async (film) => {"
        " const once = (name) => new Promise((done) => film.addEventListener(name, done, { once: true }));"
        " if (film.readyState < 1) await once('loadedmetadata');"
        " film.currentTime = film.duration / 2;"
        " await once('seeked');"
        " return film.currentTime; }"
    )
    assert sought > 0
    visitor.assert_clean()
