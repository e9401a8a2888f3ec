"""Which requests no rule can tell apart, so that they are decided once: one patient's studies mostly are such.

Cedar knows an entity by its id alone, which it compares and never reads. An id that no rule names may therefore be any
other, and an age that rules only compare with numbers any other that lies between the same two of them.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from policy.entities import NAMESPACE
from policy.request import AccessRequest
from policy.rule import Rule

_ANY: Final = "*"
"""The id in place of one that no rule names; no study and no institution of an exchange is called so."""

_COMPARISONS: Final = frozenset({"<", "<=", ">", ">=", "==", "!="})
_AGE: Final = "ageDays"
_LONGEST: Final = 10**6
"""In days. What is older, or no whole number, is no age, which is for Cedar to say."""

_Condition = Mapping[str, Any] | list[Any]


class Likeness:
    """What `rules` can tell apart."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        bodies = [rule.body for rule in rules]
        named = {entity for body in bodies for entity in _named(body)}
        self._studies = frozenset(name for kind, name in named if kind == f"{NAMESPACE}::Study")
        self._institutions = frozenset(name for kind, name in named if kind == f"{NAMESPACE}::Institution")
        self._ages = _limits(bodies)

    def typical(self, request: AccessRequest) -> AccessRequest:
        """The same for all requests that are decided alike, whatever they are about."""
        study = request.study
        typical = replace(
            study,
            id=study.id if study.id in self._studies else _ANY,
            institution=study.institution if study.institution in self._institutions else _ANY,
            age_days=self._typical_age(study.age_days),
        )
        return replace(request, study=typical, because=())

    def _typical_age(self, days: int | None) -> int | None:
        """An age that compares with every limit as `days` does: a limit, the day after one, or before all of them."""
        limits = self._ages
        if type(days) is not int or limits is None or abs(days) > _LONGEST:
            return days
        place = bisect_left(limits, days)
        if limits[place : place + 1] == [days]:
            return days
        return limits[place - 1] + 1 if place else min(limits, default=1) - 1


def _named(condition: _Condition) -> Iterator[tuple[str, str]]:
    """Every entity that a rule names, as type and id."""
    if isinstance(condition, list):
        for inner in condition:
            yield from _named(inner)
    elif isinstance(condition, Mapping):
        if isinstance(condition.get("type"), str) and isinstance(condition.get("id"), str):
            yield condition["type"], condition["id"]
        for inner in condition.values():
            yield from _named(inner)


def _limits(bodies: Iterable[_Condition]) -> list[int] | None:
    """The numbers that ages are compared with, ascending; None when something else is made of an age."""
    found: set[int] = set()
    for body in bodies:
        for limit in _compared(body):
            if limit is None:
                return None
            found.add(limit)
    return sorted(found)


def _compared(condition: _Condition) -> Iterator[int | None]:
    """The number in each comparison of an age, and None for each other use that is made of one."""
    if isinstance(condition, list):
        for inner in condition:
            yield from _compared(inner)
    elif isinstance(condition, Mapping):
        for name, inner in condition.items():
            limit = _limit(inner) if name in _COMPARISONS else None
            if limit is not None:
                yield limit
            elif name == "." and inner.get("attr") == _AGE:
                yield None
            else:
                yield from _compared(inner)


def _limit(comparison: Mapping[str, Any]) -> int | None:
    """The number that an age is compared with, if that is what is compared."""
    sides = comparison["left"], comparison["right"]
    for one, other in (sides, sides[::-1]):
        read = one.get(".", {})
        if read.get("attr") == _AGE and read.get("left") == {"Var": "resource"}:
            number = other.get("Value")
            return number if isinstance(number, int) and not isinstance(number, bool) else None
    return None
