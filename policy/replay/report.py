"""A comparison as text for officers."""

from collections.abc import Iterator
from datetime import UTC, datetime

from policy.decision import Reason
from policy.replay.comparison import Comparison, Sample


def report(comparison: Comparison) -> Iterator[str]:
    """What would change: in all, by role and institution, and some cases with the rules behind them."""
    yield f"{comparison.decisions} past decisions, {comparison.changed} of them would change"
    for (direction, capability), count in sorted(comparison.totals.items()):
        yield ""
        yield f"{capability} {direction}: {count}"
        for group, number in sorted(comparison.groups.items(), key=lambda one: (-one[1], one[0])):
            if (group.direction, group.capability) == (direction, capability):
                yield f"  {number:6}  {group.role} at {group.institution}"
    if comparison.samples:
        yield ""
        yield "for example"
    for sample in comparison.samples:
        yield from _sample(sample)


def _sample(sample: Sample) -> Iterator[str]:
    request = sample.past.request
    when = datetime.fromtimestamp(sample.past.at, UTC).strftime("%Y-%m-%d %H:%M")
    asked = f"{request.subject.id} for {request.circumstances.purpose}, {request.study.id}"
    yield f"  {sample.capability} {sample.direction}: event {sample.past.event}, {when} UTC, {asked}"
    yield f"    before: {_because(sample.before)}"
    yield f"    after:  {_because(sample.after)}"


def _because(reasons: tuple[Reason, ...]) -> str:
    return "; ".join(f"{reason.rule}: {reason.says}" for reason in reasons) or "no rule permits it"
