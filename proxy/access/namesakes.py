"""Whether whoever looks has the family name of the patient: compared in memory when a view is opened, never kept.

Only that it is so goes on record, as one bit without a name. It proves nothing and asks a question
(proxy/console/anomalies/rules.py).
"""

from collections.abc import Iterator, Mapping
import re
from typing import Any, Final
from unicodedata import category, normalize

from proxy.wire import dicomjson, tags

_WORD: Final = re.compile(r"[^\W\d_]+")
_NO_NAMES: Final = frozenset({"al", "bin", "da", "de", "del", "den", "der", "di", "dos", "du", "el", "la", "le", "md"})
_NO_NAMES_EITHER: Final = frozenset(
    {"van", "vom", "von", "zu", "dr", "prof", "mr", "mrs", "ms", "rn", "phd", "jr", "sr"}
)
_LEAST: Final = 2


def is_namesake(name: str, study: Mapping[str, Any]) -> bool:
    """Whether the person `name` (`Ana García`, `García, Ana`, `山田 太郎`) has a family name of the patient of `study`.

    `study` is its DICOM JSON. Of several family names one is enough.
    """
    own = frozenset(_family_words(name))
    return any(own & frozenset(_words(family)) for family in _families(study))


def _families(study: Mapping[str, Any]) -> Iterator[str]:
    """The first component of each group of the patient's name (PS3.5 §6.2.1)."""
    name = dicomjson.person_name(study, tags.PATIENT_NAME)
    yield from (group.partition("^")[0] for group in (name.alphabetic, name.ideographic, name.phonetic))


def _family_words(name: str) -> Iterator[str]:
    """Those of a name as people write it: before a comma, else all but the first, and where it has no case, the first.

    Scripts without capital letters have the family name first.
    """
    family, comma, _ = name.partition(",")
    words = list(_words(family))
    if comma or len(words) < _LEAST:
        yield from words
    elif any(one.lower() != one.upper() for one in family):
        yield from words[1:]
    else:
        yield words[0]


def _words(text: str) -> Iterator[str]:
    """Plain words without accents and case, particles and titles left out."""
    plain = "".join(one for one in normalize("NFKD", text.casefold()) if category(one) != "Mn")
    for word in _WORD.findall(plain):
        if word not in _NO_NAMES | _NO_NAMES_EITHER and (len(word) >= _LEAST or not word.isascii()):
            yield word
