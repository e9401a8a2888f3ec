"""OHIF as it comes from npm, installed and served below its path, on studies of an exchange with three institutions."""

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, Request, expect
from pydicom import Dataset
import pytest

from proxy.ohif.commands import ohif_install
from tests.browser.exchange import exchange_in_a_thread
from tests.exchange import ct
from tests.service import Service

pytestmark = pytest.mark.browser

_STUDY = "1.2.826.0.1.3680043.8.498.1"
_SIDE = 128
_PAINTED = """() => {
  const shown = window.cornerstone?.getEnabledElements?.()[0]?.viewport;
  const values = shown?.csImage?.getPixelData?.() ?? shown?.getImageData?.()?.scalarData;
  const canvas = document.querySelector('canvas.cornerstone-canvas');
  if (!values || !canvas) return null;
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return { first: values[0], last: values[values.length - 1], greys: new Set(data).size };
}"""


def stack() -> list[Dataset]:
    """Ramps from 0 on, each image a step brighter than the one before."""
    ramp = np.arange(_SIDE * _SIDE, dtype="<u2") // 16
    more = {"Rows": _SIDE, "Columns": _SIDE, "PixelSpacing": [1, 1], "ImageOrientationPatient": [1, 0, 0, 0, 1, 0]}
    return [
        ct(
            _STUDY, 1, number, **more, FrameOfReferenceUID="1.2.9", ImagePositionPatient=[0, 0, number],
            WindowCenter=512, WindowWidth=1024, PixelData=(ramp + 10 * number).astype("<u2").tobytes(),
        )
        for number in range(1, 6)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("viewer") / "ohif"
    assert str(folder) in ohif_install(Namespace(to=folder, file=None))
    return folder


@pytest.fixture
def service(installed: Path, tmp_path: Path) -> Iterator[Service]:
    with exchange_in_a_thread(tmp_path, stack(), f'[ohif]\nfolder = "{installed}"\n') as service:
        yield service


def test_the_stored_values_of_a_stack_are_shown_and_nothing_leaves_the_origin(
    browser: Browser, service: Service
) -> None:
    page, strange, errors = opened(browser, service)
    page.goto(f"{service.origin}/viewer?study={_STUDY}")
    page.get_by_role("link", name="Full viewer").click()
    expect(page.locator("vitrine-institution").first).to_have_text("General Hospital", timeout=60_000)
    expect(page.locator("vitrine-use").first).to_have_text("Not for diagnostic use")
    expect(page.locator("[data-cy=viewport-overlay-top-right]").first).to_contain_text("Yamada, Tarou")
    page.wait_for_function(f"() => ({_PAINTED})()?.greys > 100", timeout=60_000)
    painted = page.evaluate(_PAINTED)
    number = 1 + (painted["first"] - 10) // 10
    assert number in range(1, 6)
    assert painted["last"] == (_SIDE * _SIDE - 1) // 16 + 10 * number
    assert (strange, errors) == ([], [])
    page.context.close()


def test_where_it_is_unknown_the_own_viewer_says_so(browser: Browser, service: Service) -> None:
    page, _, _ = opened(browser, service)
    page.goto(f"{service.origin}/ohif/viewer?StudyInstanceUIDs=1.2.3.4")
    assert page.url == f"{service.origin}/viewer?study=1.2.3.4"
    expect(page.get_by_role("alert").first).to_contain_text("Nothing to show here")
    page.context.close()


def opened(browser: Browser, service: Service) -> tuple[Page, list[str], list[str]]:
    """A page with requests that left the origin, and what scripts or the policy of the page complained about."""
    context = browser.new_context(extra_http_headers=service.bearer(), viewport={"width": 1280, "height": 800})
    page = context.new_page()
    strange: list[str] = []
    errors: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith((service.origin, "blob:", "data:")):
            strange.append(request.url)

    page.on("request", note)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: "Content Security Policy" in message.text and errors.append(message.text))
    return page, strange, errors
