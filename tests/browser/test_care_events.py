"""A clinician's open portal when a hospital admits a patient: expected, found, opened, and taken back."""

from collections.abc import Callable, Iterator

from playwright.sync_api import expect
import pytest

from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


@pytest.fixture
def admitted(feed: Callable[..., str]) -> Iterator[Callable[..., str]]:
    yield feed
    feed("cancel")


def test_whoever_is_admitted_is_expected_in_a_portal_that_is_open(
    visit: Callable[..., Visitor], admitted: Callable[..., str]
) -> None:
    visitor = visit("unrelated-clinician")
    page, expected = visitor.page, visitor.page.locator(".expected .patient")
    expect(page.locator(".lookup").first).to_be_visible()
    expect(expected).to_have_count(0)
    assert admitted("admit") == "AA"
    expect(expected).to_contain_text("studies found")
    expected.click()
    expect(page.locator(".next", has_text="Found ")).to_be_visible()
    expect(page.locator("a.study").first).to_be_visible()
    page.get_by_role("button", name="Ask every institution now").click()
    expect(page.locator(".next", has_text="Found ")).to_have_count(0)
    expect(page.locator("a.study").first).to_be_visible()
    assert admitted("cancel") == "AA"
    expect(expected).to_have_count(0)
    visitor.assert_clean()


def test_the_privacy_officer_sees_who_treats_whom_and_who_said_so(
    visit: Callable[..., Visitor], admitted: Callable[..., str]
) -> None:
    assert admitted("admit") == "AA"
    officer = visit("privacy-officer", "HOPERAT")
    told = officer.page.locator("section", has=officer.page.get_by_role("heading", name="Relationships by care events"))
    expect(told).to_contain_text("demo:unrelated-clinician")
    expect(told).to_contain_text("GENERAL G-1001")
    expect(told).to_contain_text("told by general-adt")
    officer.assert_clean()
