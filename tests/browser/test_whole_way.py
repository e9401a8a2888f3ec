"""The whole way of a newcomer, at a desk and with a phone: from a CT beside its prior to a link that has ended."""

from collections.abc import Callable
import re
from typing import Any

from playwright.sync_api import Locator, expect
import pytest

from tests.browser.test_sharing import end_link, open_link, share
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

Visit = Callable[..., Visitor]

DESK: dict[str, Any] = {"width": 1280, "height": 800}
PHONE: dict[str, Any] = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}


@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_everything_that_a_newcomer_is_promised(visit: Visit, screen: dict[str, Any]) -> None:
    clinician = visit("treating-clinician", **screen)
    compare_in_two_clicks(clinician)
    measure(clinician)
    look_at_what_moves_and_what_is_read(clinician)
    clinician.page.go_back()
    clinician.open_study("Chest with contrast")
    recipient = visit(**screen)
    message = f"From a screen of {screen['width']} pixels"
    open_link(recipient, share(clinician, message), message)
    assert recipient.pixels().bright > 0.02
    patient = visit("patient", "PATRQT", **screen)
    expect(end_link(patient.page, message)).to_contain_text("Made by Treating clinician")
    expect(recipient.page.get_by_text("What the link showed is over").first).to_be_visible(timeout=10_000)
    assert recipient.pixels().mean == 0
    expect(recipient.page.locator("#series img")).to_have_count(0)
    for person in (clinician, recipient, patient):
        assert person.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        person.assert_clean()


def compare_in_two_clicks(clinician: Visitor) -> None:
    page = clinician.page
    page.locator(".patient", has_text="G-1001").click()
    row(clinician, "Chest with contrast").get_by_role("link", name="Compare with 25 Sept 2025").click()
    clinician.wait_for_image(1)
    prior = page.locator(".pane").nth(1)
    expect(prior).to_have_attribute("data-painted", "1")
    expect(prior).to_contain_text("Follows by millimetres")
    first = clinician.pixels().hash
    page.locator("#slider").fill("31")
    clinician.wait_for_image(31)
    expect(prior).to_have_attribute("data-painted", "11")
    assert clinician.pixels().hash != first


def row(visitor: Visitor, words: str) -> Locator:
    return visitor.page.locator(".row").filter(has_text=words)


def measure(clinician: Visitor) -> None:
    """Drawn by hand around what lies in the middle of the image, as one draws around a lesion."""
    page = clinician.page
    tool = page.get_by_role("button", name="Ellipse")
    tool.click()
    expect(tool).to_have_attribute("aria-pressed", "true")
    box = page.locator("#pane").bounding_box()
    assert box is not None
    middle, centre = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(middle - 20, centre - 20)
    page.mouse.down()
    page.mouse.move(middle + 20, centre + 20, steps=4)
    page.mouse.up()
    expect(page.locator("#pane .reading")).to_contain_text(re.compile(r"Mean -?[\d.]+ HU, SD"))


def look_at_what_moves_and_what_is_read(clinician: Visitor) -> None:
    page = clinician.page
    page.get_by_role("link", name="Studies").click()
    clinician.open_study("Echocardiography")
    page.get_by_role("button", name="Play").click()
    expect(page.locator("#pane")).not_to_have_attribute("data-painted", "1")
    clinician.open_series("Resting ECG")
    assert clinician.pixels().colored > 0.01
    page.locator("#series button", has_text="Report").click()
    expect(page.get_by_role("article")).to_contain_text("Normal echocardiography of a phantom.")
    clinician.open_series("Letter to the referring physician")
    assert clinician.pixels().bright > 0.3
