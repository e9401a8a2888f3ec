"""Fuzzy matching of person names (PS3.18 §8.3.4.2), by rules of our own (docs/reference/search.md)."""

import re
import unicodedata

_SEPARATORS = re.compile(r"[\^= ,.\-'*?]+")
_CODES = {
    **dict.fromkeys("bfpv", "1"),
    **dict.fromkeys("cgjkqsxz", "2"),
    **dict.fromkeys("dt", "3"),
    "l": "4",
    **dict.fromkeys("mn", "5"),
    "r": "6",
}
_SILENT = frozenset("hw")


def folded(text: str) -> str:
    """Without case and accents, about which archives differ (PS3.4 C.2.2.2.1)."""
    if text.isascii():
        return text.casefold()
    return "".join(one for one in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(one))


def sounds_like(name: str, key: str) -> bool:
    """Whether every word of `key` begins or sounds like a word of `name`, in whatever order."""
    words, wanted = _words(name), _words(key)
    return all(any(_alike(word, one) for word in words) for one in wanted)


def _words(text: str) -> list[str]:
    return [word for word in _SEPARATORS.split(folded(text)) if word]


def _alike(word: str, wanted: str) -> bool:
    return word.startswith(wanted) or (wanted.isascii() and wanted.isalpha() and soundex(word) == soundex(wanted))


def soundex(word: str) -> str:
    """The American Soundex code of a word of ASCII letters, e.g. `m600` for Meier and Mayer."""
    digits, last = "", _CODES.get(word[:1], "")
    for letter in word[1:]:
        code = _CODES.get(letter, "")
        if code and code != last:
            digits += code
        if letter not in _SILENT:
            last = code
    return f"{word[:1]}{digits[:3]:0<3}"
