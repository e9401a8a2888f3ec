"""The catalogues of the pages: each says all that the pages say and nothing else, with values in the same places."""

from collections.abc import Iterator
from html.parser import HTMLParser
import json
from pathlib import Path
import re
from typing import Any

import pytest

from policy import explain
from proxy.patients.mismatch import Trait
from proxy.patients.recognition import MISMATCH_WORDS

ROOT = Path(__file__).parents[2]
WEB = ROOT / "web"
ENGLISH_ALONE = WEB / "console"
WORDS = WEB / "shared/words.js"
MODULES = sorted(path for path in WEB.glob("[!n]*/**/*.js") if not path.is_relative_to(ENGLISH_ALONE) and path != WORDS)
PAGES = sorted(path for path in WEB.glob("[!n]*/**/*.html") if not path.is_relative_to(ENGLISH_ALONE))
CATALOGUES = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted((WEB / "languages").glob("*.json"))}
PLURALS = {
    "es": {"one", "other"},
    "fr": {"one", "other"},
    "de": {"one", "other"},
    "ar": {"zero", "one", "two", "few", "many", "other"},
}
"""The categories of cardinal numbers by CLDR; those of round millions are said like `other`."""

_TEXT = r"'((?:[^'\\]|\\.)*)'"
_SAID = re.compile(rf"\bsay(?:Parts)?\({_TEXT}")
_COUNTED = re.compile(rf"\bsayCount\([^']+, {_TEXT}, {_TEXT}")
_CALLS = re.compile(r"\bsay(?:Parts|Count)?\(")


def said() -> dict[str, str]:
    """Every sentence of the pages, and for one of a number of things its English form for one of them."""
    found: dict[str, str] = {}
    for text in (path.read_text("utf-8") for path in MODULES):
        found |= {_plain(sentence): "" for sentence in _SAID.findall(text)}
        found |= {_plain(many): _plain(one) for one, many in _COUNTED.findall(text)}
    for page in PAGES:
        found |= dict.fromkeys(_marked(page), "")
    return found


STATUTORY = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
"""Its words are those of 42 CFR 2.32(a)(2), in every language."""

_PERMITS = re.compile(r'@says\("([^"]+)"\)(?:\s*@\w+\("[^"]*"\))*\s*permit')
_TO_THE_PERSON = re.compile(r'@user_says\("([^"]+)"\)')


def told() -> set[str]:
    """What the service and the policy that comes with it say to people about studies, in their own words."""
    rules = "".join(path.read_text("utf-8") for path in (ROOT / "policy/bundle").rglob("*.cedar"))
    reasons = {*_PERMITS.findall(rules), *_TO_THE_PERSON.findall(rules)} - {STATUTORY}
    defaults = {explain.BY_DEFAULT, explain.ONLY_DEIDENTIFIED, explain.ONLY_RENDERED, explain.NO_EMERGENCY}
    defaults |= {explain.ONLY_LOOKED_AT}
    return reasons | defaults | {explain.NO_SEARCH, MISMATCH_WORDS, *Trait}


def _is_told(sentence: str) -> bool:
    """Whether the service has `sentence`; its errors begin with a small letter where they are raised."""
    begun = sentence[:1].lower() + sentence[1:]
    return any(f'"{one}"' in _SERVICE for one in (sentence, begun))


_SERVICE = "".join(path.read_text("utf-8") for path in sorted((ROOT / "proxy").rglob("*.py")))


def _plain(literal: str) -> str:
    return re.sub(r"\\(.)", r"\1", literal)


def _marked(page: Path) -> Iterator[str]:
    """What stands in the elements of `page` that are to be said in the reader's language."""
    reader = _Reader()
    reader.feed(page.read_text("utf-8"))
    yield from reader.texts


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._inside = given.get("data-say", "nothing") is None
        if given.get("data-say") == "aria-label":
            self.texts.append(given["aria-label"] or "")

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.texts.append(data)
        self._inside = False


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(WEB).as_posix())
def test_what_is_said_stands_in_the_source(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(_CALLS.findall(text)) == len(_SAID.findall(text)) + len(_COUNTED.findall(text))


def test_the_pages_speak_the_languages_that_have_a_catalogue() -> None:
    (listed,) = re.findall(r"LANGUAGES = (\[.*\])", WORDS.read_text("utf-8"))
    assert sorted(json.loads(listed.replace("'", '"'))) == sorted(["en", *CATALOGUES]) == sorted(["en", *PLURALS])


@pytest.mark.parametrize("language", CATALOGUES)
def test_a_catalogue_says_everything_and_nothing_else(language: str) -> None:
    needed, there = said().keys() | told(), CATALOGUES[language].keys()
    assert sorted(needed - there) == []
    assert [one for one in sorted(there - needed) if not _is_told(one)] == []


@pytest.mark.parametrize("language", CATALOGUES)
def test_a_catalogue_puts_the_same_values_in_its_places(language: str) -> None:
    for sentence, one in said().items():
        forms: Any = CATALOGUES[language][sentence]
        assert isinstance(forms, dict) == bool(one), sentence
        texts = forms if one else {"other": forms}
        if one:
            assert texts.keys() == PLURALS[language], sentence
        for form, text in texts.items():
            optional = {"number"} if form in {"zero", "one", "two"} else set()
            assert _places(sentence) - _places(text) <= optional, sentence
            assert _places(text) <= _places(sentence), sentence
            assert text.strip(), sentence


def _places(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_placeholders_are_given_values_of_their_names() -> None:
    for one, many in ((one, many) for many, one in said().items() if one):
        assert _places(one) | {"number"} == _places(many) | {"number"}
