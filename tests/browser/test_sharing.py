"""Share links as people use them: made in the viewer, opened on a phone with a code, ended, and gone from view."""

from collections.abc import Callable
from pathlib import Path
import re

from playwright.sync_api import Locator, Page, expect
import pytest

from tests.browser.test_accessibility import violations
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

Visit = Callable[..., Visitor]
MESSAGE = "Please have a look"
RECIPIENT = "doctor@example.org"


def share(visitor: Visitor, message: str = MESSAGE, *, one_series: bool = False) -> str:
    """The address of a new link to the study that is open in the viewer."""
    page = visitor.page
    page.get_by_role("button", name="Share").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("E-mail address or telephone number").fill(RECIPIENT)
    dialog.get_by_label("Message").fill(message)
    dialog.get_by_label("Only the series that is shown").set_checked(one_series)
    dialog.get_by_role("button", name="Make the link").click()
    expect(dialog.get_by_role("img", name="QR code of the link")).to_be_visible()
    return dialog.get_by_label("Link", exact=True).input_value()


def made(visit: Visit, **options: object) -> str:
    clinician = visit("treating-clinician", **options)
    clinician.open_patient("G-1001")
    clinician.open_study("Chest with contrast")
    address = share(clinician)
    clinician.assert_clean()
    return address


def ask_code(page: Page, address: str) -> str:
    page.goto(address)
    page.get_by_label("Your e-mail address").fill(RECIPIENT)
    page.get_by_role("button", name="Send me a code").click()
    return page.locator("#shown").inner_text()


def open_link(visitor: Visitor, address: str, message: str = MESSAGE) -> None:
    page = visitor.page
    page.get_by_label("Code").fill(ask_code(page, address))
    page.get_by_role("button", name="Open").click()
    expect(page.locator("blockquote")).to_have_text(message)
    page.get_by_role("link", name="See the images").click()
    visitor.wait_for_image(1)


def end_link(page: Page, message: str) -> Locator:
    """End the link that came with `message`; gives its place in the list."""
    page.get_by_role("link", name="Links").click()
    link = page.locator(".link", has_text=message)
    link.get_by_role("button", name=re.compile("End it now")).click()
    expect(page.locator(".link.revoked", has_text=message)).to_be_visible()
    return link


def test_a_link_is_made_opened_and_ended(visit: Visit) -> None:
    clinician = visit("treating-clinician")
    clinician.open_patient("G-1001")
    clinician.open_study("Chest with contrast")
    message = "To be ended soon"
    address = share(clinician, message)
    recipient = visit(width=390, height=844)
    open_link(recipient, address, message)
    expect(recipient.page).to_have_url(re.compile(r"/shared/viewer\?study=[0-9.]+"))
    expect(recipient.page.locator("#session")).to_have_text("Shared with d…@example.org")
    expect(recipient.page.get_by_role("link", name="Studies")).to_have_count(0)
    recipient.page.reload()
    recipient.wait_for_image(1)
    clinician.page.goto(f"{clinician.origin}/portal")
    end_link(clinician.page, message)
    expect(recipient.page.get_by_text("What the link showed is over").first).to_be_visible(timeout=10_000)
    assert recipient.page.locator("#pane").get_attribute("data-painted") in {"", None}
    clinician.assert_clean()
    recipient.assert_clean()


def test_a_patient_shares_one_series_of_the_own_study(visit: Visit) -> None:
    patient = visit("patient", "PATRQT")
    patient.open_study("Chest with contrast")
    address = share(patient, one_series=True)
    recipient = visit()
    open_link(recipient, address)
    expect(recipient.page.locator("#series li")).to_have_count(1)
    patient.assert_clean()
    recipient.assert_clean()


def test_fetching_the_page_uses_up_nothing_and_a_wrong_code_opens_nothing(visit: Visit) -> None:
    address = made(visit)
    scanner = visit()
    for _ in range(3):
        scanner.page.goto(address)
        expect(scanner.page.get_by_role("button", name="Send me a code")).to_be_visible()
    requests: list[str] = []
    recipient = visit()
    recipient.page.on("request", lambda request: requests.append(request.url))
    shown = ask_code(recipient.page, address)
    recipient.page.get_by_label("Code").fill(f"{(int(shown.replace(' ', '')) + 1) % 10**8:08d}")
    recipient.page.get_by_role("button", name="Open").click()
    expect(recipient.page.get_by_role("alert")).to_contain_text("This does not open")
    recipient.page.get_by_label("Code").fill(shown)
    recipient.page.get_by_role("button", name="Open").click()
    expect(recipient.page.get_by_role("link", name="See the images")).to_be_visible()
    token = address.partition("#")[2]
    assert not any(token in url.partition("#")[0] for url in requests)
    recipient.assert_clean()


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_every_step_is_for_everybody(visit: Visit, axe: str, width: int, scheme: str, tmp_path: Path) -> None:
    options = {"width": width, "color_scheme": scheme, "bypass_csp": True}
    clinician = visit("treating-clinician", **options)
    page = clinician.page
    clinician.open_patient("G-1001")
    clinician.open_study("Chest with contrast")
    page.get_by_role("button", name="Share").click()
    expect(page.get_by_label("E-mail address or telephone number")).to_be_focused()
    assert violations(page, axe) == []
    page.screenshot(path=tmp_path / "making.png")
    page.keyboard.press("Escape")
    address = share(clinician)
    assert violations(page, axe) == []
    page.screenshot(path=tmp_path / "made.png")
    page.goto(f"{clinician.origin}/portal#links")
    expect(page.locator(".link").first).to_be_visible()
    assert violations(page, axe) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.screenshot(path=tmp_path / "links.png")
    recipient = visit(**options)
    opened = recipient.page
    opened.goto(address)
    assert violations(opened, axe) == []
    opened.screenshot(path=tmp_path / "share.png")
    opened.get_by_label("Code").fill(ask_code(opened, address))
    assert violations(opened, axe) == []
    assert opened.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    opened.screenshot(path=tmp_path / "code.png")
