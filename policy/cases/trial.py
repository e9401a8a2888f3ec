"""The decision cases tried: a bundle that answers one of them otherwise than its officers want is not sound."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from policy.bundle import Bundle
from policy.cases.case import Answer, Case
from policy.decision import Decision, Reason
from policy.engine import CedarEngine, Engine
from policy.errors import InvalidBundle, Problem
from policy.request import Capability
from policy.searches import SearchRequest

UNREADABLE: Final = "the facts or rules could not be read"


@dataclass(frozen=True, slots=True)
class Trial:
    """A case and the rules that decided it, `because` what it asks first, `decided` anything of it.

    `differences` are sentences, none when the case passes.
    """

    case: Case
    because: frozenset[str]
    decided: frozenset[str]
    differences: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.differences


@dataclass(frozen=True, slots=True)
class Trials:
    """All cases of a bundle. `untried` are the ids of the rules that decide none of them."""

    all: tuple[Trial, ...]
    untried: tuple[str, ...]

    @property
    def failed(self) -> tuple[Trial, ...]:
        return tuple(trial for trial in self.all if not trial.passed)


_SOUND: Final[deque[Bundle]] = deque(maxlen=4)
"""Bundles that were found sound lately: nothing but what is in them decides whether they are."""


def try_cases(bundle: Bundle, engine: Engine | None = None) -> Trials:
    """Decide every case of `bundle`, by its own rules unless `engine` has others."""
    deciding = engine or CedarEngine(bundle)
    trials = tuple(_try(case, deciding) for case in bundle.cases)
    deciders = {rule for trial in trials for rule in trial.decided}
    return Trials(trials, tuple(rule.id for rule in bundle.rules if rule.id not in deciders))


def require_sound(bundle: Bundle) -> None:
    """Raises `InvalidBundle` naming every case that `bundle` does not answer as it says."""
    if bundle in _SOUND:
        return
    failed = try_cases(bundle).failed
    if failed:
        raise InvalidBundle([to_problem(trial) for trial in failed])
    _SOUND.append(bundle)


def to_problem(trial: Trial) -> Problem:
    return Problem(f"{trial.case.path} `{trial.case.name}`", "; ".join(trial.differences))


def answer_of(decision: Decision) -> Answer:
    if decision.permits(Capability.VIEW):
        return Answer.VIEW
    return Answer.KNOWN if decision.permits(Capability.KNOW_EXISTS) else Answer.HIDDEN


def report(trials: Trials) -> Iterator[str]:
    """The outcome for officers: every case, then the rules that no case tries."""
    for trial in trials.all:
        yield f"{'passed' if trial.passed else 'FAILED'}  {trial.case.path}: {trial.case.name}"
        yield from (f"        {difference}" for difference in trial.differences)
    if trials.untried:
        yield f"no case is decided by: {', '.join(trials.untried)}"
    yield f"{len(trials.all) - len(trials.failed)} of {len(trials.all)} cases passed"


def _try(case: Case, engine: Engine) -> Trial:
    if isinstance(case.request, SearchRequest):
        searched = engine.decide_search(case.request)
        because = _rules(searched.because)
        answer = Answer.PERMITTED if searched.permitted else Answer.REFUSED
        found = _unlike(case, answer, because) if not searched.errors else iter((UNREADABLE,))
        return Trial(case, because, because, tuple(found))
    decision = engine.decide(case.request)
    because = _rules(decision.because)
    decided = frozenset(rule for by in decision.decided_by.values() for rule in _rules(by))
    return Trial(case, because, decided, tuple(_differences(case, decision, because)))


def _differences(case: Case, decision: Decision, because: frozenset[str]) -> Iterator[str]:
    if decision.errors:
        yield UNREADABLE
        return
    yield from _unlike(case, answer_of(decision), because)
    refused = frozenset(Capability) - decision.permitted
    if case.refused is not None and refused != case.refused:
        yield f"expected {_listed(case.refused)} to be refused, got {_listed(refused)}"
    if case.parameters is not None and decision.parameters != dict(case.parameters):
        yield f"expected the parameters {_settings(case.parameters)}, got {_settings(decision.parameters)}"


def _unlike(case: Case, answer: Answer, because: frozenset[str]) -> Iterator[str]:
    if answer is not case.answer:
        yield f"expected {case.answer}, got {answer}"
    if because != case.because:
        yield f"expected because of {_listed(case.because)}, got {_listed(because)}"


def _rules(reasons: Iterable[Reason]) -> frozenset[str]:
    return frozenset(reason.rule for reason in reasons)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"


def _settings(parameters: Mapping[str, str]) -> str:
    return _listed(f"{name}={value}" for name, value in parameters.items())
