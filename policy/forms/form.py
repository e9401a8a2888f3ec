"""A rule as a form: who, what, where, when and unless, with its words; no more than officers can choose from lists."""

from enum import StrEnum
from typing import Annotated

import msgspec

from policy.capabilities import Parameter
from policy.forms.facts import FACTS, Kind
from policy.request import Capability
from policy.rule import Effect

_Words = Annotated[str, msgspec.Meta(max_length=1000)]
_Name = Annotated[str, msgspec.Meta(max_length=200)]
_Number = Annotated[int, msgspec.Meta(ge=0, lt=2**31)]


class Comparison(StrEnum):
    """How a condition asks. Several values are alternatives."""

    IS = "is"
    IS_NOT = "is-not"
    HAS_ANY = "has-any"
    HAS_NONE = "has-none"
    YES = "yes"
    NO = "no"
    AT_LEAST = "at-least"
    BELOW = "below"


COMPARISONS = {
    Kind.ONE: (Comparison.IS, Comparison.IS_NOT),
    Kind.TEXT: (Comparison.IS, Comparison.IS_NOT),
    Kind.SOME: (Comparison.HAS_ANY, Comparison.HAS_NONE),
    Kind.FLAG: (Comparison.YES, Comparison.NO),
    Kind.NUMBER: (Comparison.AT_LEAST, Comparison.BELOW),
}
"""What may be asked of each kind of fact."""


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One thing that is asked of a request: `values` for what has values, `number` for what has a size."""

    fact: str
    how: Comparison
    values: Annotated[tuple[_Name, ...], msgspec.Meta(max_length=100)] = ()
    number: _Number = 0

    def __post_init__(self) -> None:
        fact = FACTS.get(self.fact)
        if fact is None:
            raise ValueError(f"rules cannot ask for `{self.fact}`")
        if self.how not in COMPARISONS[fact.kind]:
            raise ValueError(f"`{self.how}` cannot be asked of the {fact.words}")
        takes_values = fact.kind in {Kind.ONE, Kind.TEXT, Kind.SOME}
        if takes_values != bool(self.values):
            raise ValueError(
                f"choose what the {fact.words} is compared with" if takes_values else "no values are taken"
            )
        if self.number and fact.kind is not Kind.NUMBER:
            raise ValueError("no number is taken")


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A rule about studies.

    It holds for people of any of `roles`, all where there are none; for any of `capabilities`, all where there are
    none; at `institution`, all where it is empty; when all of `when` are met, and none of `unless` is.
    """

    id: _Name
    effect: Effect
    says: _Words
    user_says: _Words
    basis: _Words
    institution: _Name = ""
    roles: Annotated[tuple[_Name, ...], msgspec.Meta(max_length=50)] = ()
    capabilities: tuple[Capability, ...] = ()
    when: Annotated[tuple[Condition, ...], msgspec.Meta(max_length=30)] = ()
    unless: Annotated[tuple[Condition, ...], msgspec.Meta(max_length=30)] = ()
    parameters: dict[Parameter, _Number] = {}
