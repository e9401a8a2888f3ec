"""How an archive fares, for its institution to read and for operators to measure: amounts and states, never people."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from proxy.archives.client import ArchiveClient
from proxy.archives.gentleness.breaker import State
from proxy.archives.gentleness.budget import Spent
from proxy.archives.gentleness.standing import Standing
from proxy.archives.gentleness.tally import Failure, Reason
from proxy.archives.probe.report import Change


class Condition(StrEnum):
    """In one word, whether the archive would be asked now; the first that applies."""

    RESTING = "resting"
    FAILING = "failing"
    HALF_OPEN = "half-open"
    OUTSIDE_HOURS = "outside-hours"
    BUDGET_SPENT = "budget-spent"
    RENDERED_ONLY = "rendered-only"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Report:
    """`since` is in Unix seconds, `None` where nothing has changed yet; `seconds_left` until the condition may end.

    `probed` and `changed` are times as RFC 3339 writes them, or empty: when it was looked at last, and when that last
    found `changes`.
    """

    condition: Condition
    since: float | None
    seconds_left: int | None
    waiting: Mapping[int, int]
    in_use: int
    requests: int
    bytes: int
    bytes_today: int
    budget: int
    refusals: Mapping[Reason, int]
    last_failure: Failure | None
    median_seconds: float | None
    p95_seconds: float | None
    probed: str
    changes: tuple[Change, ...]
    changed: str
    changes_found: int


def report(archive: ArchiveClient) -> Report:
    """As the archive stands now."""
    turnstile, standing = archive.turnstile, archive.turnstile.standing
    condition = _condition(standing)
    since, seconds_left = _duration(condition, standing)
    tally = standing.tally
    return Report(
        condition=condition,
        since=since,
        seconds_left=seconds_left,
        waiting=turnstile.line.waiting,
        in_use=tally.in_use,
        requests=tally.requests,
        bytes=tally.bytes,
        bytes_today=standing.budget.bytes,
        budget=standing.budget.limit,
        refusals={**tally.refusals, Reason.BUSY: turnstile.turned_away},
        last_failure=tally.last_failure,
        median_seconds=tally.median_seconds,
        p95_seconds=tally.p95_seconds,
        probed=archive.history.at,
        changes=archive.history.changes,
        changed=archive.history.changed_at,
        changes_found=archive.history.found,
    )


def _condition(standing: Standing) -> Condition:
    if standing.rest.seconds:
        return Condition.RESTING
    if standing.breaker.state is not State.CLOSED:
        return Condition.FAILING if standing.breaker.state is State.OPEN else Condition.HALF_OPEN
    if not standing.hours.are_open:
        return Condition.OUTSIDE_HOURS
    match standing.budget.spent:
        case Spent.ALL:
            return Condition.BUDGET_SPENT
        case Spent.RENDERED_ONLY:
            return Condition.RENDERED_ONLY
        case Spent.LITTLE:
            return Condition.OPEN


def _duration(condition: Condition, standing: Standing) -> tuple[float | None, int | None]:
    match condition:
        case Condition.RESTING:
            return _moment(standing, standing.rest.since), standing.rest.seconds
        case Condition.FAILING | Condition.HALF_OPEN:
            return _moment(standing, standing.breaker.since), standing.breaker.seconds_to_probe()
        case Condition.OUTSIDE_HOURS:
            return None, standing.hours.seconds_to_opening()
        case Condition.BUDGET_SPENT | Condition.RENDERED_ONLY:
            return None, standing.calendar.seconds_to_midnight()
        case Condition.OPEN:
            return None, None


def _moment(standing: Standing, at: float | None) -> float | None:
    """A reading of the timer in Unix seconds."""
    return None if at is None else standing.clock() - (standing.timer() - at)
