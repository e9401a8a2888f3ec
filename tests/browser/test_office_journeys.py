"""What officers answer for, from the first refusal to the last review; and a consent that is withdrawn meanwhile."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import json
import os
from pathlib import Path
import re
import signal
import subprocess
import sys
from threading import Thread
import time
from typing import Any, Final

from playwright.sync_api import StorageState, expect
import pytest

from proxy.care.webhooks import signature_of
from tests.browser.clinic import CONSENTS, KEY
from tests.browser.conftest import ROOT, wait_until_answering
from tests.browser.test_emergency import fill_in
from tests.browser.visitor import Visitor
from tests.policy.consent.consents import consent
from tests.service import free_port

pytestmark = pytest.mark.browser

Visit = Callable[..., Visitor]

SECRET: Final = "a key that only the two of them know"
GENERAL: Final = {"system": "urn:oid:2.16.840.1.113883.3.9999.1", "value": "G-1001"}
SECONDS: Final = 5_000
"""In which whatever is withdrawn is gone from every open viewer, in milliseconds."""


@dataclass(frozen=True)
class Notice:
    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body)
        return document

    def is_genuine(self) -> bool:
        signed = signature_of(SECRET.encode(), self.headers["webhook-id"], self.headers["webhook-timestamp"], self.body)
        return self.headers["webhook-signature"] == signed


@dataclass
class Office:
    """Where an institution's officers are told of emergencies."""

    notices: list[Notice] = field(default_factory=list)

    def wait_for(self, kind: str) -> Notice:
        end = time.monotonic() + 5
        while time.monotonic() < end:
            for notice in self.notices:
                if notice.told["type"] == kind:
                    return notice
            time.sleep(0.05)
        raise AssertionError(f"nobody was told of {kind}: {[one.told for one in self.notices]}")


@pytest.fixture(scope="module")
def office() -> Iterator[tuple[Office, int]]:
    """The office, and the port where it listens."""
    office = Office()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            office.notices.append(Notice({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the name is its base class's
            """Nothing is printed."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield office, server.server_address[1]
        server.shutdown()


@pytest.fixture(scope="module")
def exchange_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clinic")
    (folder / CONSENTS).mkdir()
    (folder / KEY).write_text(SECRET, "utf-8")
    return folder


@pytest.fixture(scope="module")
def exchange_origin(exchange_folder: Path, office: tuple[Office, int]) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "tests.browser.clinic", str(port), str(office[1])]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, cwd=exchange_folder, env=environment)
    try:
        origin = f"http://127.0.0.1:{port}"
        wait_until_answering(f"{origin}/portal", 60)
        yield origin
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)


@pytest.fixture(scope="module")
def sessions() -> dict[str, StorageState]:
    """Nobody has signed in at this exchange before."""
    return {}


def review(officer: Visitor, patient: str, reason: str) -> None:
    """Find the case in the console, and close it."""
    page = officer.page
    page.goto(f"{officer.origin}/console#reviews")
    case = page.locator(".card", has_text=patient)
    expect(case.locator(".clock")).to_contain_text("left")
    expect(case).to_contain_text("Unconscious after a fall, no history")
    case.get_by_label("What came of it").select_option(index=1)
    case.get_by_label("Why").fill(reason)
    case.get_by_role("button", name="Record the review").click()
    page.get_by_text(re.compile("^Reviewed: ")).click()
    expect(page.locator("details .card", has_text=reason)).to_contain_text("Closed")


def test_an_emergency_from_the_refusal_to_the_end_of_its_review(visit: Visit, office: tuple[Office, int]) -> None:
    clinician = visit("emergency-clinician", "ETREAT")
    page = clinician.page
    clinician.look_up("LAKESIDE", "77-300")
    expect(page.locator(".detail .emptiness")).to_be_visible(timeout=15_000)

    fill_in(page)
    page.get_by_role("button", name="Declare the emergency").click()
    expect(page.locator(".emergency")).to_contain_text("77-300")
    assert office[0].notices == []
    clinician.studies().first.click()
    expect(page).to_have_url(re.compile("/viewer"))
    clinician.wait_for_image(1)
    expect(page.get_by_text("Emergency clinician ·").first).to_be_visible()
    drawn = page.request.get(_thumbnail(clinician))
    assert drawn.headers["vitrine-rendering"].endswith("watermark=?1")

    notice = office[0].wait_for("emergency.opened")
    assert notice.is_genuine()
    assert notice.told["data"]["institution"] == "lakeside"
    assert b"77-300" not in notice.body
    due = datetime.fromisoformat(notice.told["data"]["due"]) - datetime.fromisoformat(notice.told["timestamp"])
    assert timedelta(hours=71) < due <= timedelta(hours=72)

    officer = visit("archive-officer", "HOPERAT")
    review(officer, "LAKESIDE 77-300", "The ward confirms it.")
    page.goto(f"{clinician.origin}/portal")
    expect(page.locator(".emergency")).to_contain_text("1 study was opened")
    for visitor in (clinician, officer):
        visitor.assert_clean()


def _thumbnail(visitor: Visitor) -> str:
    """Of the study that is open in the viewer."""
    study = re.search(r"study=([0-9.]+)", visitor.page.url)
    assert study, visitor.page.url
    return f"{visitor.origin}/dicomweb/studies/{study[1]}/thumbnail"


def test_a_withdrawn_consent_takes_the_image_from_a_viewer_that_is_open(visit: Visit, exchange_folder: Path) -> None:
    clinician = visit("treating-clinician")
    clinician.open_patient("G-1001")
    clinician.open_study("Chest with contrast")
    assert clinician.pixels().bright > 0.01
    expect(clinician.page.locator(".failure")).to_be_hidden()

    resource = consent("withdrawn", provision={"type": "deny"}) | {"patient": {"identifier": GENERAL}}
    withdrawn = exchange_folder / CONSENTS / "withdrawn.json"
    withdrawn.write_text(json.dumps(resource), "utf-8")
    expect(clinician.page.locator(".failure")).to_contain_text("Nothing to show here", timeout=SECONDS)
    assert clinician.pixels().bright == 0
    refused = clinician.page.request.get(_thumbnail(clinician))
    assert refused.status == 404
    clinician.assert_clean()
