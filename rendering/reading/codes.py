"""Coded entries, units and names in words (PS3.3 Table 8.8-1; PS3.5 §6.2.1)."""

from collections.abc import Mapping
import re

from rendering.reading.elements import Dataset, items, text, values

CODE_VALUE = "00080100"
CODING_SCHEME_DESIGNATOR = "00080102"
CODE_MEANING = "00080104"
_LONG_CODE_VALUE = "00080119"
_URN_CODE_VALUE = "00080120"
_MEASUREMENT_UNITS_CODE_SEQUENCE = "004008EA"
_GROUPS = ("Alphabetic", "Ideographic", "Phonetic")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", re.ASCII)


def meaning(dataset: Dataset, sequence: str) -> str:
    """What the code in `sequence` means in words, or the code itself; empty when there is none."""
    return next((to_words(item) for item in items(dataset, sequence)), "")


def meanings(dataset: Dataset, sequence: str) -> str:
    """What all codes in `sequence` mean."""
    return ", ".join(filter(None, map(to_words, items(dataset, sequence))))


def to_words(code: Dataset) -> str:
    return text(code, CODE_MEANING) or code_value(code)


def code_value(code: Dataset) -> str:
    """The code, which stands in one of three elements, whatever its length and kind (Table 8.8-1)."""
    candidates = (text(code, tag) for tag in (CODE_VALUE, _LONG_CODE_VALUE, _URN_CODE_VALUE))
    return next(filter(None, candidates), "")


def unit(dataset: Dataset, sequence: str = _MEASUREMENT_UNITS_CODE_SEQUENCE) -> str:
    """The unit as it is written after a number: a UCUM code unless it is an annotation, else its meaning."""
    code = next(iter(items(dataset, sequence)), {})
    value, words = code_value(code), text(code, CODE_MEANING)
    if text(code, CODING_SCHEME_DESIGNATOR) != "UCUM":
        return f"{words} ({value})" if words and value not in {"", words} else words or value
    if value == "1":
        return ""
    return re.sub("[{}]", "", words or value) if "{" in value else value or words


def language(code: Dataset) -> str:
    """The code as a language tag (RFC 5646); empty when it is none."""
    return language_tag(code_value(code))


def language_tag(value: str) -> str:
    """`value` where it is a language tag (RFC 5646), else nothing."""
    return value if _LANGUAGE.fullmatch(value) else ""


def joined(dataset: Dataset, tag: str) -> str:
    """All values of an element as text."""
    return ", ".join(to_text(value) for value in values(dataset, tag) if value is not None)


def to_text(value: object) -> str:
    """A value as text, numbers without what JSON adds to them; what is no single value is said to be so."""
    if isinstance(value, Mapping | list):
        return "(a value that cannot be read)"
    return f"{value:.12g}" if isinstance(value, float) else str(value).strip(" \0")


def names(dataset: Dataset, tag: str) -> str:
    """The person names of an element as people write them (PS3.5 §6.2.1; PS3.18 §F.2.2)."""
    return "; ".join(filter(None, map(name_words, values(dataset, tag))))


def name_words(value: object) -> str:
    """The groups of a name: the alphabetic one, then how it is written and pronounced where that is told."""
    held = value if isinstance(value, Mapping) else {"Alphabetic": value}
    alphabetic, *others = (held.get(group) for group in _GROUPS)
    family, given, middle, *rest = (*_components(alphabetic), "", "", "")
    western = ", ".join(filter(None, (family, f"{given} {middle}".strip(), *rest)))
    native = ", ".join(filter(None, (" ".join(filter(None, _components(other))) for other in others)))
    return f"{western} ({native})" if western and native else western or native


def _components(group: object) -> list[str]:
    return [part.strip(" \0") for part in group.split("^")] if isinstance(group, str) else []
