"""The security labels of a study: what its institution said, what rules add, and what an officer decided about it.

What is not known never unlocks: where a rule reads something that is not known and might have added to the labels,
the study is not labelled, and rules of access can tell.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import IntEnum

from policy.consent.codes import RANKS
from policy.labels.rules import WORDY, Attribute, LabelRule, LabelRules, PatientFlag
from policy.labels.words import Folded, contains, fold

Values = Mapping[Attribute, frozenset[str]]
"""What is known of a study, by attribute: no values where it has none, no entry where nobody can say."""

_Ready = Mapping[Attribute, tuple[Folded, ...]]


@dataclass(frozen=True, slots=True)
class Override:
    """What an officer decided about one study: `remove` and `confidentiality` outrank rules and the register.

    With `settled` nothing about it is unknown any more: the officer has looked.
    """

    add: frozenset[str] = frozenset()
    remove: frozenset[str] = frozenset()
    confidentiality: str | None = None
    settled: bool = False
    author: str = ""


@dataclass(frozen=True, slots=True)
class Labels:
    """`unknown` are the attributes for want of which the study is not labelled; `because` says where labels come from,
    in words without any value of the study.
    """

    labels: frozenset[str] = frozenset()
    confidentiality: str = "N"
    flags: frozenset[PatientFlag] = frozenset()
    unknown: frozenset[Attribute] = frozenset()
    because: tuple[str, ...] = field(default=(), compare=False)

    @property
    def complete(self) -> bool:
        return not self.unknown


class _Met(IntEnum):
    NO = 0
    PERHAPS = 1
    YES = 2


def label(said: Labels, values: Values, rules: LabelRules, institution: str, today: date) -> Labels:
    """`said` with everything that the rules for `institution` add to it on `today`."""
    every = [*rules.of(institution), *_by_age(rules)]
    values = _without_odd_birth_date(values)
    ready = {one: _ready(one, found) for one, found in values.items()}
    met = {rule.id: _met(rule, values, ready, today, rules.minor_below) for rule in every}
    labelled = said
    for rule in (one for one in every if met[one.id] is _Met.YES):
        labelled = _added(labelled, rule)
    open_rules = (one for one in every if met[one.id] is _Met.PERHAPS and _would_add(one, labelled))
    unknown = frozenset(attribute for one in open_rules for attribute in one.when if attribute not in values)
    return replace(labelled, unknown=unknown)


def overridden(labelled: Labels, override: Override | None) -> Labels:
    """`labelled` as an officer decided."""
    if override is None:
        return labelled
    return replace(
        labelled,
        labels=(labelled.labels - override.remove) | override.add,
        confidentiality=override.confidentiality or labelled.confidentiality,
        unknown=frozenset() if override.settled else labelled.unknown,
        because=(*labelled.because, f"decided by the officer {override.author}"),
    )


def _by_age(rules: LabelRules) -> Iterator[LabelRule]:
    if rules.minor_below is not None:
        says, flags = "The patient is younger than the exchange's age of majority.", frozenset({PatientFlag.MINOR})
        yield LabelRule("age", says, {Attribute.BIRTH_DATE: ()}, flags=flags)


def _added(labelled: Labels, rule: LabelRule) -> Labels:
    added = (*sorted(rule.labels), *(flag.value for flag in sorted(rule.flags)))
    higher = max(labelled.confidentiality, rule.confidentiality, key=RANKS.index)
    rank = (rule.confidentiality,) if higher != labelled.confidentiality else ()
    by = f"{', '.join((*added, *rank)) or 'nothing new'} by {rule.id}: {', '.join(sorted(rule.when))}"
    return Labels(
        labelled.labels | rule.labels,
        higher,
        labelled.flags | rule.flags,
        labelled.unknown,
        (*labelled.because, by),
    )


def _would_add(rule: LabelRule, labelled: Labels) -> bool:
    raises = RANKS.index(rule.confidentiality) > RANKS.index(labelled.confidentiality)
    return raises or not rule.labels <= labelled.labels or not rule.flags <= labelled.flags


def _ready(attribute: Attribute, found: Iterable[str]) -> tuple[Folded, ...]:
    return tuple(map(fold, found)) if attribute in WORDY else ()


def _met(rule: LabelRule, values: Values, ready: _Ready, today: date, minor_below: int | None) -> _Met:
    return min(_conditions(rule.when, values, ready, today, minor_below), default=_Met.NO)


def _conditions(
    when: Mapping[Attribute, Sequence[str]], values: Values, ready: _Ready, today: date, minor_below: int | None
) -> Iterator[_Met]:
    for attribute, wanted in when.items():
        found = values.get(attribute)
        if found is None:
            yield _Met.PERHAPS
        elif attribute is Attribute.BIRTH_DATE:
            yield _Met.YES if _age(found, today) < (minor_below or 0) else _Met.NO
        elif attribute in WORDY:
            said = any(contains(one, phrase) for one in ready[attribute] for phrase in wanted)
            yield _Met.YES if said else _Met.NO
        else:
            codes = {one.strip().upper() for one in found}
            yield _Met.YES if any(one.strip().upper() in codes for one in wanted) else _Met.NO


def _without_odd_birth_date(values: Values) -> Values:
    """A birth date that is none, and several, tell nothing."""
    try:
        if Attribute.BIRTH_DATE in values:
            _age(values[Attribute.BIRTH_DATE], date.min)
    except ValueError:
        return {attribute: found for attribute, found in values.items() if attribute is not Attribute.BIRTH_DATE}
    return values


def _age(found: frozenset[str], today: date) -> int:
    """In years on `today`, by PatientBirthDate (0010,0030), DA `YYYYMMDD`. Raises `ValueError` for what is no date."""
    (born,) = found
    if len(born) != 8 or not (born.isascii() and born.isdecimal()):
        raise ValueError("not a date")
    day = date(int(born[:4]), int(born[4:6]), int(born[6:]))
    return today.year - day.year - ((today.month, today.day) < (day.month, day.day))
