"""`labels.toml` of a policy bundle: the exchange's rules in `hie/`, an institution's in its own folder."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

import msgspec

from policy.errors import Problem
from policy.labels.rules import WORDY, Attribute, LabelRule, LabelRules, PatientFlag
from policy.labels.words import has_words
from policy.toml import read_toml
from policy.vocabulary import Vocabulary

FILE_NAME = "labels.toml"

Value = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Values = Annotated[tuple[Value, ...], msgspec.Meta(min_length=1, max_length=500)]


class _Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A rule as it is written; an unknown entry is refused, as a misspelt condition would meet everything."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=63)]
    says: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    modality: Values = ()
    body_part: Values = ()
    procedure: Values = ()
    department: Values = ()
    requester: Values = ()
    description: Values = ()
    patient_note: Values = ()
    labels: tuple[str, ...] = ()
    confidentiality: Literal["U", "L", "M", "N", "R", "V"] = "U"
    vip: Literal[True] | None = None
    employee: Literal[True] | None = None
    minor: Literal[True] | None = None


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    rule: tuple[_Rule, ...] = ()
    minor_below: Annotated[int, msgspec.Meta(ge=1, le=30)] | None = None


def belongs(path: str) -> bool:
    """Whether a file of a bundle holds labelling rules."""
    match PurePosixPath(path).parts:
        case ("hie", name) | ("institutions", _, name):
            return name == FILE_NAME
        case _:
            return False


def read_label_rules(files: Mapping[str, str], vocabulary: Vocabulary) -> tuple[LabelRules, list[Problem]]:
    """The rules in `files`, by path, and everything that is wrong with them."""
    rules: list[LabelRule] = []
    problems: list[Problem] = []
    minor_below = None
    for path, text in files.items():
        try:
            found = msgspec.convert(read_toml(text), _File)
        except (ValueError, msgspec.ValidationError) as error:
            problems.append(Problem(path, str(error)))
            continue
        institution = _institution(path)
        minor_below = found.minor_below if institution is None else minor_below
        if institution is not None and found.minor_below is not None:
            problems.append(Problem(path, "`minor_below` is for the exchange to say"))
        rules += (_to_rule(one, institution) for one in found.rule)
        problems += _wrong(path, found.rule, vocabulary)
    return LabelRules(tuple(rules), minor_below), problems + list(_repeated(rules))


def _institution(path: str) -> str | None:
    parts = PurePosixPath(path).parts
    return parts[1] if parts[0] == "institutions" else None


def _conditions(rule: _Rule) -> dict[Attribute, tuple[str, ...]]:
    named = ((one, getattr(rule, one.value, ())) for one in Attribute)
    return {attribute: values for attribute, values in named if values}


def _to_rule(rule: _Rule, institution: str | None) -> LabelRule:
    flags = frozenset(flag for flag in PatientFlag if getattr(rule, flag.value))
    labels = frozenset(rule.labels)
    return LabelRule(rule.id, rule.says, _conditions(rule), labels, rule.confidentiality, flags, institution)


def _wrong(path: str, rules: Iterable[_Rule], vocabulary: Vocabulary) -> Iterator[Problem]:
    known = vocabulary.get("Label", frozenset[str]())
    for rule in rules:
        where = f"{path} `{rule.id}`"
        if unknown := sorted(set(rule.labels) - known):
            yield Problem(where, f"`{unknown[0]}` is not a label that rules of access know")
        if not _conditions(rule):
            yield Problem(where, "reads nothing, and would be about every study")
        if not _adds_something(rule):
            yield Problem(where, "adds neither a label nor a confidentiality above U nor a flag")
        if empty := [one.value for one in WORDY for phrase in getattr(rule, one.value) if not has_words(phrase)]:
            yield Problem(where, f"`{empty[0]}` has a value without a word, which nothing would meet")
        if any(value.count("|") != 1 for value in rule.procedure):
            yield Problem(where, "a procedure is a coding scheme and a code with `|` between them")


def _adds_something(rule: _Rule) -> Any:
    return rule.labels or rule.confidentiality != "U" or any(getattr(rule, flag.value) for flag in PatientFlag)


def _repeated(rules: Iterable[LabelRule]) -> Iterator[Problem]:
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            yield Problem(f"`{rule.id}`", "several labelling rules share this id")
        seen.add(rule.id)
