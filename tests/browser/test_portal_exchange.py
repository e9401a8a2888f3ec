"""The portal of the demo exchange: one patient of three institutions with one down, and people looked up by name."""

from collections.abc import Callable, Iterator
from pathlib import Path

from playwright.sync_api import expect
import pytest

from demo.outage import main as let
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


@pytest.fixture
def lakeside(exchange_origin: str, exchange_folder: Path) -> Iterator[Callable[[str], None]]:
    """Lets the archive of Lakeside Imaging be down, silent or up."""
    config = exchange_folder / ".demo" / exchange_origin.rpartition(":")[2] / "vitrine.toml"

    def be(state: str) -> None:
        let([str(config), "lakeside", state])

    yield be
    be("up")


def ask_until_all_answer(visitor: Visitor) -> None:
    """An archive that failed several times is left alone for some seconds; whoever asks meanwhile is told so."""
    sources = visitor.page.locator(".sources")
    for _ in range(15):
        visitor.page.get_by_role("button", name="Ask all of them again").click()
        expect(sources.locator(".complete").first).to_be_visible()
        expect(visitor.page.locator(".waits")).to_have_count(0, timeout=15_000)
        if sources.locator(".missing").count() == 0:
            return
        visitor.page.wait_for_timeout(1000)


@pytest.mark.parametrize(("state", "words"), [("down", "could not be asked"), ("silent", "did not answer in time")])
def test_one_history_of_three_identifiers_with_one_institution_missing_and_named(
    visit: Callable[..., Visitor], lakeside: Callable[[str], None], state: str, words: str
) -> None:
    lakeside(state)
    visitor = visit("treating-clinician")
    visitor.open_patient("G-1001")
    page = visitor.page
    expect(page.locator(".banner .identifier")).to_have_text(["GENERAL G-1001", "UNIVERSITY U-20417"])
    missing = page.locator(".sources .missing")
    expect(missing).to_have_text(f"Lakeside Imaging {words}: its studies are missing from this list", timeout=15_000)
    expect(page.locator(".sources .complete")).to_have_count(2)
    lakeside("up")
    ask_until_all_answer(visitor)
    expect(page.locator(".banner .identifier")).to_have_text(
        ["GENERAL G-1001", "LAKESIDE 77-201", "UNIVERSITY U-20417"]
    )
    expect(missing).to_have_count(0)
    assert page.locator(".year").count() > 1
    visitor.assert_clean()


def test_somebody_is_looked_up_by_name_and_chosen_by_a_person(visit: Callable[..., Visitor]) -> None:
    visitor = visit("treating-clinician")
    page = visitor.page
    page.get_by_label("Family name").fill("Buc")
    page.get_by_label("Date of birth").fill("1961-03-12")
    page.get_by_role("button", name="Find people").click()
    candidate = page.locator(".candidates .patient").first
    expect(candidate).to_contain_text("Buc")
    expect(candidate).to_contain_text("born 12 Mar 1961")
    expect(candidate).to_contain_text("GENERAL G-1001")
    expect(page.locator(".welcome")).to_be_visible()
    candidate.click()
    expect(page.locator(".banner h2")).to_have_text("Buc, Jérôme")
    assert page.url == f"{visitor.origin}/portal"
    visitor.assert_clean()


def test_nobody_like_this_is_said(visit: Callable[..., Visitor]) -> None:
    page = visit("treating-clinician").page
    page.get_by_label("Family name").fill("Nobody")
    page.get_by_label("Date of birth").fill("1900-01-01")
    page.get_by_role("button", name="Find people").click()
    expect(page.locator(".candidates")).to_contain_text("knows nobody like this")
