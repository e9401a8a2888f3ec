"""Links between pages lead somewhere, and paths that pages name exist."""

from pathlib import Path
import re

import pytest

from tests.docs.pages import PAGES, TREE, code, name

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_PATH = re.compile(r"(?:proxy|policy|rendering|web|tests|docs|benchmarks|deploy|requirements)/[\w./-]*")


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_relative_links_resolve(page: Path) -> None:
    targets = [link.partition("#")[0] for link in _LINK.findall(page.read_text("utf-8"))]
    relative = [target for target in targets if target and "://" not in target and not target.startswith("mailto:")]
    missing = [target for target in relative if not (page.parent / target).exists()]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_paths_that_are_named_exist(page: Path) -> None:
    paths = [text for text in code(page) if _PATH.fullmatch(text)]
    assert not [path for path in paths if not (TREE / path).exists()]


def test_every_page_has_one_title_at_its_top() -> None:
    untitled = [name(page) for page in PAGES if not page.read_text("utf-8").startswith("# ")]
    assert not untitled
