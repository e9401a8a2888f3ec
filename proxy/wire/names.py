"""By what names and numbers a data set calls people, so that they are found where they are in disguise.

Everybody counts: the patient by every name and number (PS3.3 C.7.1.1, C.2.2), the mother, physicians and operators; in
nested items as well.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
import re
from typing import Any, Final
import unicodedata

from proxy.wire import dictionary

_IDENTIFIERS: Final = frozenset({
    *("00100020", "00101000", "00101050", "00101090"),  # patient, other, insurance, medical record
    *("00080050", "00200010", "00380010", "00380060"),  # accession, study, admission, service episode
    *("00400009", "00400253", "00401001", "00402016", "00402017"),  # procedure steps and procedures, orders
})  # fmt: skip
_SPREAD: Final = str.maketrans({"Ä": "AE", "Ö": "OE", "Ü": "UE", "Å": "AA", "Ø": "OE", "Æ": "AE", "ẞ": "SS"})
_APART = re.compile(r"[\^=\s]+")
_NOT_PLAIN = re.compile(r"[^A-Z0-9]+")
_LONG_NUMBER: Final = 6
_SHORT: Final = 2
"""Letters of a name that is looked for as a whole word only: more of them would be in everything."""


@dataclass(frozen=True, slots=True)
class Names:
    """Capitals and digits only, each at least two of them."""

    parts: frozenset[str]

    def are_in(self, text: str, *, whole_only: bool = False) -> bool:
        """Whether a part is anywhere in `text`, whatever stands between its letters; short ones as words alone.

        With `whole_only` short ones are not looked for: the text is one of few short words that many are called by.
        """
        words = _NOT_PLAIN.split(text.upper())
        run = "".join(words)
        return any(part in run if len(part) > _SHORT else part in words and not whole_only for part in self.parts)

    def are_number(self, text: str) -> bool:
        """Whether a run of digits in `text` is a long number that somebody is known by."""
        return any(len(run) >= _LONG_NUMBER and run in self.parts for run in re.findall(r"\d+", text, re.ASCII))


def names_in(dataset: Mapping[str, Any]) -> Names:
    return Names(frozenset(part for told in _told(dataset) for part in _parts(told) if len(part) >= _SHORT))


def _told(dataset: Mapping[str, Any]) -> Iterator[str]:
    """All that somebody is called in `dataset` of DICOM JSON, as far as it has the form of one."""
    for tag, element in dataset.items():
        found = element.get("Value") if isinstance(element, dict) else None
        if isinstance(found, list):
            is_called = tag in _IDENTIFIERS or "PN" in {element.get("vr"), dictionary.vr_of(tag)}
            for one in found:
                if isinstance(one, dict):
                    yield from (text for text in one.values() if is_called and isinstance(text, str))
                    yield from _told(one)
                elif is_called and isinstance(one, str | int):
                    yield str(one)


def _parts(told: str) -> Iterator[str]:
    """Each word of a name, also without what is within it and as ASCII has it: `O'Brien-Größe` is five words."""
    for spelt in {told.upper(), told.upper().translate(_SPREAD)}:
        plain = "".join(one for one in unicodedata.normalize("NFKD", spelt) if not unicodedata.combining(one))
        for word in _APART.split(plain):
            pieces = _NOT_PLAIN.split(word)
            yield from pieces
            yield "".join(pieces)
