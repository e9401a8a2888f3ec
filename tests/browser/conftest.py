"""Chromium as Debian ships it, the stage on a port of its own, and visitors to it."""

from collections.abc import Callable, Iterator
import os
from pathlib import Path
import signal
import subprocess
import sys
import time
from typing import Any

import httpx
from playwright.sync_api import Browser, StorageState, sync_playwright
import pytest

from tests.browser.visitor import Visitor
from tests.service import free_port

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CHROMIUM = "/usr/bin/chromium-headless-shell"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-gpu",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, installed from the lock file without running anything of it."""
    script = HERE / "node_modules/axe-core/axe.min.js"
    if not script.exists():
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=HERE, check=True, capture_output=True, timeout=120)
    return script.read_text("utf-8")


@pytest.fixture(scope="session")
def stage_origin() -> Iterator[str]:
    port = free_port()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-m", "tests.browser.stage", str(port)], cwd=ROOT, env=environment)
    try:
        origin = f"http://127.0.0.1:{port}"
        wait_until_answering(f"{origin}/portal")
        yield origin
    finally:
        process.terminate()
        process.wait(10)


def wait_until_answering(url: str, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            httpx.get(url, timeout=2, trust_env=False)
        except httpx.TransportError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return


@pytest.fixture(scope="session")
def exchange_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the demo exchange is started, and keeps its configuration."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture
def feed(exchange_origin: str, exchange_folder: Path) -> Callable[..., str]:
    """Tells the demo exchange of a care event, as its hospital does; the code of the answer."""
    config = exchange_folder / ".demo" / exchange_origin.rpartition(":")[2] / "vitrine.toml"

    def tell(*words: str) -> str:
        command = [sys.executable, "-m", "demo.feed", str(config), *words]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False).stdout.strip()

    return tell


@pytest.fixture(scope="session")
def exchange_origin(exchange_folder: Path) -> Iterator[str]:
    """The demo exchange as `vitrine demo` runs it: archives, identity provider and proxy, on ports of its own."""
    port, folder = free_port(), exchange_folder
    process = subprocess.Popen([sys.executable, "-m", "proxy", "demo", "--port", str(port)], cwd=folder)
    try:
        origin = f"http://127.0.0.1:{port}"
        wait_until_answering(f"{origin}/portal", 60)
        yield origin
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)


@pytest.fixture(scope="session")
def sessions() -> dict[str, StorageState]:
    """The cookies of people who have signed in at the demo exchange before, by person."""
    return {}


@pytest.fixture
def visit(
    browser: Browser, exchange_origin: str, sessions: dict[str, StorageState]
) -> Iterator[Callable[..., Visitor]]:
    """Opens a fresh browser context on the demo exchange, whose identity provider is on another loopback port.

    A `person` is at the portal already, in the session of an earlier visit when there was one.
    """
    contexts = []

    def visit_exchange(
        person: str = "", purpose: str = "TREAT", *, width: int = 1280, height: int = 800, **options: Any
    ) -> Visitor:
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale="en-GB", storage_state=sessions.get(person), **options
        )
        contexts.append(context)
        visitor = Visitor(context, exchange_origin, "http://127.0.0.1:")
        if person in sessions:
            visitor.page.goto(f"{exchange_origin}/portal")
            visitor.page.get_by_role("button", name="Sign out").wait_for()
        elif person:
            visitor.sign_in(person, purpose)
            sessions[person] = context.storage_state()
        return visitor

    yield visit_exchange
    for context in contexts:
        context.close()


Control = Callable[..., None]


@pytest.fixture
def control(stage_origin: str) -> Iterator[Control]:
    """Sets the stage (the fields of `Stage`); afterwards everything is well."""

    def set_stage(**changes: Any) -> None:
        httpx.post(f"{stage_origin}/control", json=changes, trust_env=False).raise_for_status()

    well = {"delay": 0, "failures": {}, "silent": False, "study_failure": 0, "partial": False}
    well |= {"long": False, "held": False, "unreadable": False, "notices": []}
    set_stage(**well)
    yield set_stage
    set_stage(**well)


@pytest.fixture
def enter(browser: Browser, stage_origin: str, control: Control) -> Iterator[Callable[..., Visitor]]:
    """Opens a page of the stage in a fresh browser context, signed in for a purpose unless told otherwise."""
    contexts = []

    def enter_stage(
        purpose: str | None = "TREAT", *, at: str = "/portal", width: int = 1280, height: int = 800, **options: Any
    ) -> Visitor:
        context = browser.new_context(viewport={"width": width, "height": height}, **({"locale": "en-GB"} | options))
        contexts.append(context)
        visitor = Visitor(context, stage_origin, stage_origin)
        if purpose:
            visitor.page.request.get(f"{stage_origin}/auth/login?purpose={purpose}&return=/portal", max_redirects=0)
        else:
            visitor.page.request.post(f"{stage_origin}/auth/logout", max_redirects=0)
        visitor.page.goto(f"{stage_origin}{at}")
        if purpose and at == "/portal":
            visitor.page.locator(".person").wait_for()
        return visitor

    yield enter_stage
    for context in contexts:
        context.close()
