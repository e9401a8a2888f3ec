"""OHIF before this service: its lists and series are complete, its images the right ones, and all of it stays here."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.async_api import ConsoleMessage, Page, Request, Response, async_playwright, expect
import pytest
import pytest_asyncio

from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.conformance.large import INSTANCES, LONGER, STUDIES, large_exchange
from tests.peers.ohif import start_ohif
from tests.service import free_port, listening

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.browser]
SECONDS = 60_000
_GREY = """() => {
  const canvas = document.querySelector('.viewport-element canvas');
  const { data } = canvas.getContext('2d').getImageData(canvas.width / 2, canvas.height / 2, 1, 1);
  return data[0];
}"""


@dataclass
class Visit:
    """A page of the viewer; `departures` are requests to elsewhere, `failures` what the browser or a server said."""

    page: Page
    origin: str
    departures: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.page.on("request", self._note_departure)
        self.page.on("response", self._note_status)
        self.page.on("console", self._note_console)
        self.page.on("pageerror", lambda error: self.failures.append(str(error)))

    def _note_departure(self, request: Request) -> None:
        to = urlsplit(request.url)
        if to.scheme not in {"blob", "data"} and f"{to.scheme}://{to.netloc}" != self.origin:
            self.departures.append(request.url)

    def _note_status(self, response: Response) -> None:
        if response.status >= 400:
            self.failures.append(f"{response.status} {response.url}")

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.failures.append(message.text)

    def assert_clean(self) -> None:
        assert (self.departures, self.failures) == ([], [])


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def origin(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    folder, port = tmp_path_factory.mktemp("large"), free_port()
    async with large_exchange(folder, f"http://127.0.0.1:{port}") as (service, _):
        with start_ohif(folder / "ohif", port, service.origin, service.issuer.token()) as origin:
            await listening(port)
            yield origin


@pytest_asyncio.fixture(loop_scope="module")
async def visit(origin: str) -> AsyncIterator[Visit]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = await browser.new_page(viewport={"width": 1280, "height": 800}, locale="en-GB")
        page.set_default_timeout(SECONDS)
        visit = Visit(page, origin)
        visit.watch()
        yield visit
        await browser.close()


async def test_the_study_list_has_every_study_of_the_patient(visit: Visit) -> None:
    await visit.page.goto(f"{visit.origin}/?mrn=U5")
    count = len(STUDIES) + len(INSTANCES)
    await expect(visit.page.get_by_text(f"1-50 of {count}")).to_be_visible(timeout=SECONDS)
    for instances in INSTANCES.values():
        await expect(visit.page.get_by_role("cell", name=str(instances), exact=True)).to_be_visible()
    visit.assert_clean()


async def test_a_series_has_every_image_and_its_ends_are_shown(visit: Visit) -> None:
    """OHIF begins with the highest of axial images, which here is the one with the last number."""
    await visit.page.goto(f"{visit.origin}/viewer?StudyInstanceUIDs={LONGER}")
    count = INSTANCES[LONGER]
    await expect(visit.page.get_by_text(f"I:{count} (1/{count})")).to_be_visible(timeout=SECONDS)
    await expect(visit.page.locator("[data-cy=study-browser-thumbnail]")).to_contain_text(str(count))
    await visit.page.wait_for_function(f"({_GREY})() === 255")
    await visit.page.keyboard.press("End")
    await expect(visit.page.get_by_text(f"I:1 ({count}/{count})")).to_be_visible(timeout=SECONDS)
    await visit.page.wait_for_function(f"Math.abs(({_GREY})() - 101) <= 2")
    visit.assert_clean()
