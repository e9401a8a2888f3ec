"""Commands that pages tell people to type exist."""

import re
import shlex

import pytest

from proxy.__main__ import main
from tests.docs.pages import PAGES, TREE, code

_MAKE = re.compile(r"make ((?:[a-z-]+ ?)+)")


def _typed(program: str) -> set[str]:
    return {text.partition("#")[0].strip() for page in PAGES for text in code(page) if text.startswith(f"{program} ")}


def test_make_targets_exist() -> None:
    makefile = (TREE / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = {word for typed in _typed("make") if (match := _MAKE.match(typed)) for word in match[1].split()}
    assert named
    assert named <= targets


def test_every_make_target_says_what_it_does() -> None:
    makefile = (TREE / "Makefile").read_text("utf-8")
    phony = set(re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split()) - {
        "packages",
        "demo-packages",
        "image-packages",
    }
    assert phony == set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))


def _commands(*words: str, capsys) -> set[tuple[str, ...]]:
    """Every command line word by word, as the program's own help lists them."""
    with pytest.raises(SystemExit, match="0"):
        main([*words, "--help"])
    text = capsys.readouterr().out.partition("positional arguments:")[2]
    below = re.findall(r"^    ([a-z]+)\b", text, re.MULTILINE)
    return set().union(*(_commands(*words, word, capsys=capsys) for word in below)) if below else {words}


def test_vitrine_commands_exist(capsys) -> None:
    known = _commands(capsys=capsys)
    for typed in _typed("vitrine"):
        words = tuple(shlex.split(typed)[1:])
        assert any(words[: len(command)] == command for command in known), typed


def test_every_command_is_documented(capsys) -> None:
    reference = (TREE / "docs/reference/command-line.md").read_text("utf-8")
    assert all(f"`vitrine {' '.join(command)}`" in reference for command in _commands(capsys=capsys))
