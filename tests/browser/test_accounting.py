"""Who looked at my scan? Asked by the patient and by an officer, taken home as a paper, and checked there."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
import subprocess
import sys

from playwright.sync_api import Page, expect
import pytest

from tests.browser.conftest import ROOT
from tests.browser.test_accessibility import violations
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

Visit = Callable[..., Visitor]


def vitrine(*words: str | Path) -> tuple[int, str]:
    """The command's exit status, and what it said."""
    command = [sys.executable, "-m", "proxy", *map(str, words)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def config(exchange_origin: str, exchange_folder: Path) -> Path:
    return exchange_folder / ".demo" / exchange_origin.rpartition(":")[2] / "vitrine.toml"


@pytest.fixture
def key(config: Path) -> str:
    _, said = vitrine("audit", "key", "--config", config)
    return said.splitlines()[0].removeprefix("log: ")


@pytest.fixture
def looked(visit: Visit) -> None:
    """A clinician has looked at a study of the patient's, and saved a picture of it."""
    clinician = visit("treating-clinician")
    clinician.open_patient("G-1001")
    clinician.open_study("Chest with contrast")
    with clinician.page.expect_download():
        clinician.page.get_by_role("button", name="Save picture").click()


def saved(page: Page, name: str, folder: Path) -> Path:
    with page.expect_download() as waited:
        page.get_by_role("button", name=name).click()
    place = folder / waited.value.suggested_filename
    waited.value.save_as(place)
    return place


def assert_holds(paper: Path, key: str) -> None:
    """As it is; and with any one of its bytes changed it does not."""
    status, said = vitrine("accounting", "verify", paper, "--key", key)
    assert (status, said.partition(":")[0]) == (0, "verified"), said
    content = bytearray(paper.read_bytes())
    content[len(content) // 2] ^= 1
    paper.write_bytes(content)
    status, said = vitrine("accounting", "verify", paper, "--key", key)
    assert (status, said.partition(":")[0]) == (1, "not verified"), said


@pytest.mark.usefixtures("looked")
def test_a_patient_sees_who_saw_a_scan_and_takes_the_proof_home(visit: Visit, key: str, tmp_path: Path) -> None:
    patient = visit("patient", "PATRQT")
    page = patient.page
    page.get_by_role("link", name="Who saw your images").click()
    scan = page.get_by_role("region", name="CT", exact=False).filter(has_text="General Hospital").first
    expect(scan).to_contain_text("of General Hospital")
    expect(scan).to_contain_text("Treatment.")
    expect(page.locator(".found .lead")).to_contain_text("besides you")
    expect(page.get_by_text("of General Hospital saved a picture").first).to_be_visible()
    assert "G-1001" not in page.url
    assert_holds(saved(page, "Save as a PDF", tmp_path), key)
    page.get_by_role("link", name="Your imaging studies").click()
    expect(page.get_by_role("heading", name="Your imaging studies")).to_be_visible()
    patient.assert_clean()


@pytest.mark.usefixtures("looked")
def test_an_officer_answers_the_same_in_one_search(visit: Visit, key: str, tmp_path: Path) -> None:
    officer = visit("privacy-officer", "HOPERAT")
    page = officer.page
    page.goto(f"{officer.origin}/console#audit")
    page.get_by_label("Patient identifier").fill("G-1001")
    page.get_by_label("Assigned by").fill("GENERAL")
    page.get_by_role("button", name="Search").click()
    events = page.get_by_role("region", name="Events of the audit log")
    expect(events).to_contain_text("Opened a study")
    expect(events).to_contain_text("CT of ")
    expect(page.locator("figure")).to_have_count(3)
    assert_holds(saved(page, "PDF", tmp_path), key)
    assert saved(page, "Table (CSV)", tmp_path).read_text("utf-8-sig").startswith("record,time,")
    assert "G-1001" not in page.url
    officer.assert_clean()


@pytest.mark.usefixtures("looked")
def test_an_institution_checks_a_month_with_the_checkpoint_that_it_kept(
    visit: Visit, config: Path, key: str, tmp_path: Path
) -> None:
    """Made at the command line, and made in the console; both checked with nothing but files."""
    officer = visit("privacy-officer", "HOPERAT")
    page = officer.page
    page.goto(f"{officer.origin}/console#audit")
    page.get_by_label("Institution", exact=True).select_option(label="General Hospital")
    page.get_by_role("button", name="Search").click()
    saved(page, "PDF", tmp_path)  # the log is signed for it, if it was not yet
    kept = tmp_path / "kept.txt"
    kept.write_text(vitrine("audit", "checkpoint", "--config", config)[1], "utf-8")
    month = f"{datetime.now(UTC):%Y-%m}"
    asked = ("--institution", "general", "--month", month, "--checkpoint", kept, "--out", tmp_path)
    status, said = vitrine("audit", "disclosures", "--config", config, *asked)
    assert status == 0, said
    page.get_by_label("A checkpoint that you kept").set_input_files(kept)
    for paper in (tmp_path / f"general-{month}.pdf", saved(page, "PDF", tmp_path)):
        status, said = vitrine("accounting", "verify", paper, "--key", key, "--checkpoint", kept)
        assert status == 0, said
        assert "the log is or continues the one of the checkpoint kept" in said
    officer.assert_clean()


def test_a_search_is_kept_and_used_again(visit: Visit) -> None:
    officer = visit("privacy-officer", "HOPERAT")
    page = officer.page
    page.goto(f"{officer.origin}/console#audit")
    page.get_by_label("What happened").select_option(label="Declared an emergency")
    page.get_by_text("Kept searches: 0").click()
    page.get_by_label("Keep this search as").fill("Emergencies")
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_text("Kept searches: 1")).to_be_visible()
    page.reload()
    page.get_by_text("Kept searches: 1").click()
    page.get_by_role("button", name="Emergencies", exact=True).click()
    expect(page.get_by_label("What happened")).to_have_value("emergency-declared")
    expect(page.get_by_label("To", exact=True)).to_have_value(f"{datetime.now(UTC):%Y-%m-%d}")
    expect(page.get_by_role("heading", name="What was found")).to_be_visible()
    assert page.evaluate("JSON.stringify({...localStorage})") == "{}"
    page.get_by_role("button", name="Remove Emergencies").click()
    expect(page.get_by_text("Kept searches: 0")).to_be_visible()
    officer.assert_clean()


@pytest.mark.usefixtures("looked")
@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_neither_page_has_a_violation(visit: Visit, axe: str, width: int, scheme: str) -> None:
    patient = visit("patient", "PATRQT", width=width, color_scheme=scheme, bypass_csp=True)
    patient.page.get_by_role("link", name="Who saw your images").click()
    expect(patient.page.locator(".seen").first).to_be_visible()
    assert violations(patient.page, axe) == []
    officer = visit("privacy-officer", "HOPERAT", width=width, color_scheme=scheme, bypass_csp=True)
    officer.page.goto(f"{officer.origin}/console#audit")
    officer.page.get_by_text("Kept searches").click()
    officer.page.get_by_role("button", name="Search").click()
    expect(officer.page.locator("figure")).to_have_count(3)
    officer.page.get_by_text("Views on each day, as a table").click()
    assert violations(officer.page, axe) == []
    assert officer.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
