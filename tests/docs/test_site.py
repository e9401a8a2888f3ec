"""The built documentation has no warning, and shows itself without asking anybody else for anything."""

from pathlib import Path
import re
import subprocess
import sys

import pytest

from tests.docs.pages import TREE

_FETCHED = re.compile(r"<(?:script|img|iframe|source)\b[^>]*\bsrc=\"?(https?:[^\s\">]+)", re.IGNORECASE)
_LINKED = re.compile(
    r"<link\b[^>]*rel=\"?(?:stylesheet|preload|preconnect|icon)[^>]*href=\"?(https?:[^\s\">]+)", re.IGNORECASE
)
_STYLED = re.compile(r"(?:@import|url\()\s*[\"']?(https?:[^\s\"')]+)", re.IGNORECASE)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    built = subprocess.run(command, cwd=TREE, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return folder


def test_pages_fetch_nothing_from_elsewhere(site: Path) -> None:
    pages = {page.relative_to(site).as_posix(): page.read_text("utf-8") for page in site.rglob("*.html")}
    assert len(pages) > 20
    fetched = {name: found for name, text in pages.items() if (found := _FETCHED.findall(text) + _LINKED.findall(text))}
    assert fetched == {}


def test_styles_fetch_nothing_from_elsewhere(site: Path) -> None:
    styles = [style.read_text("utf-8") for style in site.rglob("*.css")]
    assert styles
    assert not [found for text in styles for found in _STYLED.findall(text)]
