"""Links in other systems, followed in a browser: to the sign-in and on, with nothing of them in the address."""

from collections.abc import Callable
from pathlib import Path
import re
import tomllib

from playwright.sync_api import expect
import pytest

from tests.browser.test_accessibility import violations
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

Visit = Callable[..., Visitor]
PATIENT = "/launch/iid?requestType=PATIENT&patientID=G-1001%5E%5E%5EGENERAL"


_FRAME = """(address) => {
  const frame = document.createElement('iframe');
  Object.assign(frame, { src: address, title: 'Images', width: 600, height: 300 });
  document.body.append(frame);
}"""


def sign_in(visitor: Visitor) -> None:
    visitor.page.locator("[data-purpose=TREAT]").click()
    visitor.page.get_by_text("Treating clinician").first.click()


def addresses(visitor: Visitor) -> list[str]:
    """Of the pages that the browser went to, after the link itself."""
    pages: list[str] = []
    visitor.page.on("framenavigated", lambda frame: pages.append(frame.url))
    return pages


def test_a_patient_is_opened_after_signing_in(visit: Visit) -> None:
    visitor = visit()
    pages = addresses(visitor)
    visitor.page.goto(f"{visitor.origin}{PATIENT}")
    sign_in(visitor)
    expect(visitor.page.locator(".year").first).to_be_visible(timeout=20_000)
    expect(visitor.page).to_have_url(f"{visitor.origin}/portal")
    assert not [page for page in pages if "G-1001" in page]
    visitor.page.goto(f"{visitor.origin}/launch")
    expect(visitor.page.get_by_role("alert")).to_contain_text("Nothing waits to be opened")
    visitor.assert_clean()


def test_the_newest_study_is_opened_at_once_and_several_are_offered(visit: Visit, axe: str) -> None:
    visitor = visit("treating-clinician", bypass_csp=True)
    page = visitor.page
    page.goto(f"{visitor.origin}{PATIENT}&mostRecentResults=1")
    expect(page).to_have_url(re.compile(r"/viewer\?study="), timeout=20_000)
    page.goto(f"{visitor.origin}{PATIENT}&mostRecentResults=3&lowerDateTime=2000-01-01T00:00:00Z")
    expect(page.locator("#content li")).to_have_count(3, timeout=20_000)
    assert violations(page, axe) == []
    page.get_by_role("button", name="Language").click()
    page.get_by_role("dialog").get_by_role("button", name="Deutsch").click()
    expect(page.get_by_role("status")).to_have_text("Wählen Sie eine Untersuchung.", timeout=20_000)
    expect(page.locator("#content li")).to_have_count(3)
    page.locator("#content li a").first.click()
    expect(page).to_have_url(re.compile(r"/viewer\?study="))


def test_a_study_that_is_not_there_is_not_opened(visit: Visit) -> None:
    visitor = visit("treating-clinician")
    visitor.page.goto(f"{visitor.origin}/launch/iid?requestType=STUDY&accessionNumber=NOBODY")
    expect(visitor.page.get_by_text("There is no such study")).to_be_visible(timeout=20_000)
    expect(visitor.page.get_by_role("link", name="To the portal")).to_be_visible()


def test_a_strip_stands_in_another_page_and_leads_to_the_viewer(
    visit: Visit, axe: str, exchange_origin: str, exchange_folder: Path
) -> None:
    config = exchange_folder / ".demo" / exchange_origin.rpartition(":")[2] / "vitrine.toml"
    elsewhere = tomllib.loads(config.read_text("utf-8"))["launch"]["embedders"][0]
    visitor = visit("treating-clinician", bypass_csp=False)
    visitor.open_patient("G-1001")
    address = visitor.page.locator("a.study", has_text="Chest with contrast").get_attribute("href") or ""
    strip = f"{exchange_origin}/strip?{address.partition('?')[2]}"
    page = visitor.context.new_page()
    page.goto(f"{elsewhere}/.well-known/openid-configuration")
    page.evaluate(_FRAME, strip)
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading")).to_have_text("To find images by, not to read them")
    expect(frame.locator("li img").first).to_be_visible(timeout=20_000)
    assert frame.locator("li img").first.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    with visitor.context.expect_page() as opened:
        frame.locator("li a").first.click()
    expect(opened.value).to_have_url(re.compile(r"/viewer\?study="))
    page.goto(strip)
    expect(page.locator("li img").first).to_be_visible(timeout=20_000)
    unbound = visit("treating-clinician", bypass_csp=True)
    unbound.page.goto(strip)
    expect(unbound.page.locator("li img").first).to_be_visible(timeout=20_000)
    assert violations(unbound.page, axe) == []
    stranger = visit()
    stranger.page.goto(strip)
    expect(stranger.page.get_by_role("alert")).to_have_text("Nobody is signed in here.")
