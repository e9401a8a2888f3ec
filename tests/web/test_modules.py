"""The pages' modules: their pure functions under Node, their size, and what they must never contain."""

import gzip
from pathlib import Path
import posixpath
import re
import shutil
import subprocess

import pytest

ROOT = Path(__file__).parents[2]
WEB = ROOT / "web"
HERE = Path(__file__).parent
MODULES = sorted(WEB.glob("[!n]*/**/*.js"))  # not those of node_modules
PAGE_BYTES = {"console": 40_000, "launch": 16_000, "portal": 40_000, "share": 16_000, "strip": 12_000, "viewer": 44_000}

UNSAFE = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc|setAttribute\('on|DOMParser"
    r"|https?://(?!www\.w3\.org/2000/svg)"
)


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_pure_functions() -> None:
    tests = [str(path) for path in sorted(HERE.glob("*.test.js"))]
    command = ["node", "--test", "--test-reporter=spec", "--import", str(HERE / "resolve.mjs"), *tests]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=ROOT, check=False)
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(WEB).as_posix())
def test_modules_never_make_markup_or_code_of_text(path: Path) -> None:
    assert UNSAFE.search(path.read_text("utf-8")) is None


@pytest.mark.parametrize("page", ["console", "launch", "portal", "share", "strip", "viewer"])
def test_a_page_with_all_it_loads_is_small(page: str) -> None:
    index = WEB / page / "index.html"
    linked = re.findall(r'(?:href|src)="/static/([^"]+)"', index.read_text("utf-8"))
    files = {index, *(WEB / name for name in linked)}
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) <= PAGE_BYTES[page]


@pytest.mark.parametrize("page", ["console", "launch", "portal", "share", "strip", "viewer"])
def test_a_page_names_all_modules_so_that_none_waits_for_another(page: str) -> None:
    text = (WEB / page / "index.html").read_text("utf-8")
    named = re.findall(r'<link rel="modulepreload" href="/static/([^"]+)">', text)
    assert sorted([*named, f"{page}/{page}.js"]) == sorted(_imported(f"{page}/{page}.js"))


def _imported(module: str, known: frozenset[str] = frozenset()) -> frozenset[str]:
    """`module` and all that it imports, as paths below `web/`."""
    found = known | {module}
    for name in re.findall(r"from '([^']+)'", (WEB / module).read_text("utf-8")):
        path = posixpath.normpath(posixpath.join("/static", posixpath.dirname(module), name)).removeprefix("/static/")
        if path not in found:
            found = _imported(path, found)
    return found


@pytest.mark.parametrize("page", ["console", "launch", "portal", "share", "strip", "viewer"])
def test_pages_hold_no_inline_script_style_or_handler(page: str) -> None:
    text = (WEB / page / "index.html").read_text("utf-8")
    assert re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", text) is None
