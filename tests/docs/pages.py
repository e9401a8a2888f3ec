"""What the repository says in Markdown, and the examples in it."""

from collections.abc import Iterator
from pathlib import Path
import re

TREE = Path(__file__).resolve().parent.parent.parent
PAGES = tuple(sorted([*TREE.glob("*.md"), *TREE.glob("docs/**/*.md"), TREE / "benchmarks/README.md"]))
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def name(page: Path) -> str:
    """The page's path in the tree, for test ids."""
    return page.relative_to(TREE).as_posix()


def blocks(language: str) -> Iterator[tuple[str, str]]:
    """Every fenced block of `language`: where it stands, and its text."""
    for page in PAGES:
        for number, (own, text) in enumerate(_BLOCK.findall(page.read_text("utf-8"))):
            if own == language:
                yield f"{name(page)}#{number}", text


def code(page: Path) -> list[str]:
    """Inline code and the lines of shell examples."""
    text = page.read_text("utf-8")
    shell = [line for language, body in _BLOCK.findall(text) if language == "console" for line in body.splitlines()]
    return shell + re.findall(r"`([^`\n]+)`", _BLOCK.sub("", text))
