"""What would change: past decisions decided again by two policies, and the differences counted."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from policy.bundle import Bundle
from policy.decision import Decision, Reason
from policy.replay.both import Both
from policy.replay.past import PastDecision
from policy.request import Capability

SAMPLES: Final = 20
"""How many cases are told in full."""

NO_ROLE: Final = "no role"


class Direction(StrEnum):
    ALLOWED = "newly allowed"
    REFUSED = "newly refused"


@dataclass(frozen=True, slots=True, order=True)
class Group:
    """What a count is of. Someone with several roles counts in each of them."""

    direction: Direction
    capability: Capability
    role: str
    institution: str


@dataclass(frozen=True, slots=True)
class Sample:
    """One past decision that would be another; the reasons are the rules that decide `capability` on either side."""

    past: PastDecision
    direction: Direction
    capability: Capability
    before: tuple[Reason, ...]
    after: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`changed` counts decisions of which anything would change, `totals` them by direction and capability."""

    decisions: int
    changed: int
    totals: Mapping[tuple[Direction, Capability], int]
    groups: Mapping[Group, int]
    samples: tuple[Sample, ...]


@dataclass(slots=True)
class _Tally:
    decisions: int = 0
    changed: int = 0
    totals: Counter[tuple[Direction, Capability]] = field(default_factory=Counter)
    groups: Counter[Group] = field(default_factory=Counter)
    samples: dict[tuple[Direction, Capability, str], list[Sample]] = field(default_factory=dict)


def compare(past: Iterable[PastDecision], before: Bundle, after: Bundle) -> Comparison:
    """Decide all of `past` by both, and count what would be otherwise."""
    tally, both = _Tally(), Both(before, after)
    for one in past:
        decided = both.decide(one.request)
        found = [] if decided is None else _differences(one, *decided)
        tally.decisions += 1
        tally.changed += bool(found)
        for sample in found:
            _count(tally, sample)
    return Comparison(tally.decisions, tally.changed, tally.totals, tally.groups, tuple(_chosen(tally)))


def _differences(past: PastDecision, before: Decision, after: Decision) -> list[Sample]:
    return [
        Sample(past, direction, capability, before.decided_by.get(capability, ()), after.decided_by.get(capability, ()))
        for capability in Capability
        if (direction := _direction(before, after, capability)) is not None
    ]


def _direction(before: Decision, after: Decision, capability: Capability) -> Direction | None:
    match before.permits(capability), after.permits(capability):
        case False, True:
            return Direction.ALLOWED
        case True, False:
            return Direction.REFUSED
        case _:
            return None


def _count(tally: _Tally, sample: Sample) -> None:
    request = sample.past.request
    tally.totals[sample.direction, sample.capability] += 1
    for role in sorted(request.subject.roles) or [NO_ROLE]:
        tally.groups[Group(sample.direction, sample.capability, role, request.study.institution)] += 1
    kept = tally.samples.setdefault((sample.direction, sample.capability, request.study.institution), [])
    if len(kept) < SAMPLES:
        kept.append(sample)


def _chosen(tally: _Tally) -> Iterator[Sample]:
    """Some of every kind before many of one."""
    kinds: Sequence[list[Sample]] = [tally.samples[kind] for kind in sorted(tally.samples)]
    left = SAMPLES
    for rank in range(SAMPLES):
        for kind in kinds:
            if rank < len(kind) and left:
                left -= 1
                yield kind[rank]


def limited(past: Iterable[PastDecision], institution: str | None) -> Iterator[PastDecision]:
    """Those about studies of `institution`; all where it is None."""
    return (one for one in past if institution in {None, one.request.study.institution})
