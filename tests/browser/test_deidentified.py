"""A de-identified view on the screen: the image is there, and nothing anywhere says whose it is."""

from collections.abc import Callable, Iterator
import re

from playwright.sync_api import expect
import pytest

from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

Visit = Callable[..., Visitor]
POLICIES = "/console/api/policies"
FILE = "hie/deidentified.cedar"
RULE = """
@id("hie-900-deidentified")
@owner("hie")
@basis("a test")
@says("Clinicians see images without being told whose they are.")
@user_says("You see de-identified images.")
forbid (principal in HIE::Role::"clinician", action == HIE::Action::"viewIdentified", resource);
"""
PERSON = re.compile(r"Buc|Jérôme|G-1001|77-201|U-20417|1961|12 Mar", re.IGNORECASE)


@pytest.fixture
def masking(visit: Visit) -> Iterator[None]:
    """The rule is in force; afterwards what was in force before is again."""
    first, second = [visit(name, "HOPERAT") for name in ("privacy-officer", "second-privacy-officer")]
    before = first.page.request.get(f"{first.origin}{POLICIES}").json()["in_force"]["version"]
    files = first.page.request.get(f"{first.origin}{POLICIES}/versions/{before}").json()["files"]
    cases = dict.fromkeys(path for path in files if "cases/" in path)
    number = tell(first, "/proposals", {"changes": {FILE: RULE, **cases}})["proposal"]
    tell(second, f"/proposals/{number}/approve", {})
    yield
    tell(second, "/rollback", {"version": before, "note": "the test is over"})


def tell(officer: Visitor, path: str, body: object) -> dict[str, int]:
    headers = {"Origin": officer.origin, "Sec-Fetch-Site": "same-origin"}
    response = officer.page.request.post(f"{officer.origin}{POLICIES}{path}", data=body, headers=headers)
    assert response.ok, response.text()
    return dict(response.json())


def open_study(clinician: Visitor, institution: str, modality: str) -> None:
    """Of the studies of the person whom the clinician treats, which all say no more than that."""
    clinician.open_patient("G-1001")
    found = clinician.page.locator("a.study", has_text=institution).filter(has_text=modality)
    expect(found.first).to_contain_text("De-identified.")
    found.first.click()
    expect(clinician.page.locator("#pane")).to_be_visible()


def assert_nobody_is_named(clinician: Visitor, metadata: list[str]) -> None:
    page = clinician.page
    assert not PERSON.search(page.locator("body").inner_text())
    assert not PERSON.search(page.title())
    assert not PERSON.search(page.url)
    assert metadata
    for url in metadata:
        assert not PERSON.search(page.request.get(url, headers={"Accept": "application/dicom+json"}).text())


@pytest.mark.usefixtures("masking")
@pytest.mark.parametrize("shown", [True, False])
def test_what_is_surely_nobody_s_is_shown_and_the_rest_refused_in_words(visit: Visit, *, shown: bool) -> None:
    """A radiograph says that no name is in its pixels; a computed tomography of the same person says nothing of it."""
    clinician = visit("treating-clinician")
    page, metadata = clinician.page, list[str]()
    page.on("response", lambda answer: metadata.append(answer.url) if answer.url.endswith("/metadata") else None)
    open_study(clinician, "Lakeside Imaging" if shown else "General Hospital", "DX" if shown else "CT")
    expect(page.locator("#pane")).to_contain_text("De-identified")
    if shown:
        page.wait_for_selector("#pane[data-painted='1']")
        assert clinician.pixels().bright > 0.01
    else:
        expect(page.locator(".failure")).to_contain_text("Nothing says that no name is written in the pixels")
        assert clinician.pixels().bright == 0
    assert_nobody_is_named(clinician, metadata)
    clinician.assert_clean()
