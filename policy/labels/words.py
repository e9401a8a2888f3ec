"""Whether a text contains a phrase as whole words, without regard to case, accents and punctuation."""

from dataclasses import dataclass
from functools import lru_cache
import re
import unicodedata

_WORDS = re.compile(r"\w+")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")
"""Thai, Lao, kana and han: written without spaces between words."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A text as it is compared: `letters` without case and accents, `words` with a space before, between and after."""

    letters: str
    words: str


def fold(text: str) -> Folded:
    """`text` made ready, once for all phrases that are looked for in it."""
    letters = _plain(text)
    return Folded(letters, f" {' '.join(_WORDS.findall(letters.replace('_', ' ')))} ")


def contains(text: Folded, phrase: str) -> bool:
    """Whether the words of `phrase` stand in `text`, next to each other and in their order."""
    sought = _sought(phrase)
    if _UNSPACED.search(sought.letters):
        return sought.letters.strip() in text.letters
    return sought.words in text.words


def has_words(phrase: str) -> bool:
    """Whether there is anything in `phrase` that a text could contain."""
    return bool(_sought(phrase).words.strip())


@lru_cache(maxsize=4096)
def _sought(phrase: str) -> Folded:
    """Phrases are those of rules, and come again with every study."""
    return fold(phrase)


def _plain(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in apart if not unicodedata.combining(one)).casefold()
