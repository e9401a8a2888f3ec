"""From the click to the first image, and how fast one scrolls: the own viewer beside OHIF, in Chromium, over one line.

`python -m benchmarks.viewer [--rounds N] [--ohif FOLDER]`. A CT of 200 slices on nginx, one service that serves both
viewers from one origin; it is started anew for each round, and each round is a browser context without a cache. First
image: from the navigation until the canvas has grey values. Scrolling: forty images that were never asked for before,
each one step after the one before was painted, by pictures and, with the quality *Lossless*, by values near the stored
ones where the line bears that. Windowing: how many windows in a second are drawn, each once the one before is on the
screen. `--ohif` is what `vitrine ohif install` made; without it, it is made.
"""

import argparse
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
import tempfile
import time

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks import archive, nginx, phantom, service
from benchmarks.line import Line, relayed
from benchmarks.phantom import STUDY
from benchmarks.processes import free_port
from benchmarks.report import conclude, print_table
from proxy.ohif.commands import add_install_arguments, ohif_install

LINES = (Line("loopback", 1e5, 0), Line("50 Mb/s, 30 ms", 50, 30), Line("10 Mb/s, 80 ms", 10, 80))
CHROMIUM = "/usr/bin/chromium-headless-shell"
_STEPS = 40
_PATIENCE = 120_000

_OURS_PAINTED = "() => Number(document.querySelector('[data-painted]')?.dataset.painted ?? 0) > 0"
_OURS_SCROLL = """async (steps) => {
  const pane = document.querySelector('[data-painted]');
  const press = () => pane.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true }));
  const painted = (number) => new Promise((resolve) => {
    const look = () => (Number(pane.dataset.painted) === number ? resolve() : requestAnimationFrame(look));
    look();
  });
  const from = Number(pane.dataset.painted);
  const began = performance.now();
  for (let step = 1; step <= steps; step += 1) {
    press();
    await painted(from + step);
  }
  return (performance.now() - began) / 1000;
}"""
_APPEARS = """(find) => new Promise((resolve) => {
  const look = () => (find() ? resolve(find()) : requestAnimationFrame(look));
  look();
})"""
_OURS_BY_VALUES = f"""async () => {{
  const appears = {_APPEARS};
  const lossless = await appears(() => document.querySelector('#quality:not([hidden]) option[value=lossless]'));
  lossless.parentElement.value = 'lossless';
  lossless.parentElement.dispatchEvent(new Event('change'));
  await appears(() => document.getElementById('pane').dataset.drawn);
}}"""
_OURS_WINDOWS = f"""async (steps) => {{
  const appears = {_APPEARS};
  const [pane, words] = [document.getElementById('pane'), () => document.querySelector('.window')?.textContent];
  await appears(() => document.getElementById('window'));
  const began = performance.now();
  for (let step = 0; step < steps; step += 1) {{
    const before = words();
    pane.dispatchEvent(new KeyboardEvent('keydown', {{ key: 'ArrowRight', shiftKey: true, bubbles: true }}));
    await appears(() => words() !== before);
  }}
  return (performance.now() - began) / 1000;
}}"""
_OHIF_PAINTED = """() => {
  const viewport = window.cornerstone?.getEnabledElements?.()[0]?.viewport;
  const canvas = document.querySelector('canvas.cornerstone-canvas');
  if (!viewport?.getCurrentImageId?.() || !canvas?.width) return false;
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return new Set(data).size > 32;
}"""
_OHIF_SCROLL = """async (steps) => {
  const { viewport } = window.cornerstone.getEnabledElements()[0];
  const from = viewport.getCurrentImageIdIndex();
  const began = performance.now();
  for (let step = 1; step <= steps; step += 1) {
    const painted = new Promise((resolve) => {
      viewport.element.addEventListener('CORNERSTONE_IMAGE_RENDERED', resolve, { once: true });
    });
    await viewport.setImageIdIndex(from + step);
    await painted;
  }
  return (performance.now() - began) / 1000;
}"""

_OHIF_WINDOWS = """async (steps) => {
  const { viewport } = window.cornerstone.getEnabledElements()[0];
  const began = performance.now();
  for (let step = 0; step < steps; step += 1) {
    const painted = new Promise((resolve) => {
      viewport.element.addEventListener('CORNERSTONE_IMAGE_RENDERED', resolve, { once: true });
    });
    viewport.setProperties({ voiRange: { lower: -160 - step, upper: 240 + step } });
    viewport.render();
    await painted;
  }
  return (performance.now() - began) / 1000;
}"""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Where a study is opened, what says that an image is painted, how one scrolls and windows, and what is first."""

    address: str
    painted: str
    scroll: str
    windows: str
    prepare: str = "() => {}"


OURS = f"/viewer?study={STUDY}"
VIEWERS = {
    "own viewer": Viewer(OURS, _OURS_PAINTED, _OURS_SCROLL, _OURS_WINDOWS),
    "own viewer, Lossless": Viewer(OURS, _OURS_PAINTED, _OURS_SCROLL, _OURS_WINDOWS, _OURS_BY_VALUES),
    "OHIF": Viewer(f"/ohif/viewer?StudyInstanceUIDs={STUDY}", _OHIF_PAINTED, _OHIF_SCROLL, _OHIF_WINDOWS),
}


@dataclass(frozen=True, slots=True)
class Opening:
    """Seconds until the first image, bytes that came down the line until then; images and windows a second after it."""

    seconds: float
    bytes: float
    rate: float
    windows: float


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.viewer", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ohif", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vitrine-bench-") as name, ExitStack() as stack:
        folder, origin = Path(name), free_port()
        ohif = asked.ohif or _install(folder / "ohif")
        provider = service.write_provider(folder / "provider", origin)
        locations = archive.write_archive(folder / "archive", phantom.ct(200), whole=False) + provider.locations
        stack.enter_context(nginx.origin(folder, origin, locations))
        browser = stack.enter_context(_chromium())
        headers = {"Authorization": f"Bearer {provider.token}"}

        def open_with(viewer: Viewer, line: Line, number: int) -> Opening:
            at = folder / f"{line.name}-{number}-{list(VIEWERS.values()).index(viewer)}".replace("/", "-")
            return _open(browser, headers, viewer, line, lambda port, public: _serve(at, port, public, origin, ohif))

        found = {
            line.name: _interleaved(lambda viewer, number, line=line: open_with(viewer, line, number), asked.rounds)
            for line in LINES
        }
    _report(found)


def _install(folder: Path) -> Path:
    parser = argparse.ArgumentParser()
    add_install_arguments(parser)
    print(ohif_install(parser.parse_args(["--to", str(folder)])))
    return folder


@contextmanager
def _chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@contextmanager
def _serve(folder: Path, port: int, public: int, origin: int, ohif: Path) -> Iterator[None]:
    with service.vitrine(folder, port, origin, more=f'\n[ohif]\nfolder = "{ohif}"\n', public=public):
        yield


def _interleaved(measure: Callable[[Viewer, int], Opening], rounds: int) -> dict[str, Opening]:
    rows: dict[str, list[Opening]] = {name: [] for name in VIEWERS}
    for number in range(rounds):
        for name, viewer in VIEWERS.items():
            rows[name].append(measure(viewer, number))
    return {
        name: Opening(
            *(median(getattr(one, field) for one in many) for field in ("seconds", "bytes", "rate", "windows"))
        )
        for name, many in rows.items()
    }


def _open(
    browser: Browser,
    headers: Mapping[str, str],
    viewer: Viewer,
    line: Line,
    serve: Callable[[int, int], AbstractContextManager[None]],
) -> Opening:
    port = free_port()
    with relayed(line, port) as relay, serve(port, relay.port):
        context = browser.new_context(extra_http_headers=dict(headers), viewport={"width": 1280, "height": 800})
        page = context.new_page()
        begun = time.monotonic()
        page.goto(f"http://127.0.0.1:{relay.port}{viewer.address}", wait_until="commit")
        page.wait_for_function(viewer.painted, timeout=_PATIENCE)
        seconds, down = time.monotonic() - begun, relay.down_bytes
        page.evaluate(viewer.prepare)
        scrolled, windowed = (_STEPS / _seconds(page, script) for script in (viewer.scroll, viewer.windows))
        context.close()
        return Opening(seconds, down, scrolled, windowed)


def _seconds(page: Page, script: str) -> float:
    return float(page.evaluate(script, _STEPS))


def _report(found: Mapping[str, Mapping[str, Opening]]) -> None:
    rows = [
        [line, name, f"{one.seconds:.2f}", f"{one.bytes / 1e6:.2f}", f"{one.rate:.0f}", f"{one.windows:.0f}"]
        for line, viewers in found.items()
        for name, one in viewers.items()
    ]
    print_table(["line", "viewer", "first image, s", "MB until then", "images/s, scrolling", "windows/s"], rows)
    slow = found[LINES[-1].name]
    ratio = slow["own viewer"].seconds / slow["OHIF"].seconds
    says = f"of OHIF's time to the first image, without a cache, on {LINES[-1].name} (at most 0.25 is wanted)"
    conclude(
        "viewer", ratio, says, {"lines": {line: {n: asdict(o) for n, o in v.items()} for line, v in found.items()}}
    )


if __name__ == "__main__":
    main()
