"""Findings as text for officers."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from policy.proofs.questions import Finding, Verdict


def report(findings: Iterable[Finding]) -> Iterator[str]:
    """Question by question: what can never be, what can and how, and what could not be answered."""
    for question, group in groupby(findings, lambda finding: finding.question):
        found = list(group)
        never = [one.action for one in found if one.verdict is Verdict.NEVER]
        yield f"{question}: {'never' if len(never) == len(found) else 'see below'}"
        if 0 < len(never) < len(found):
            yield f"  never: {', '.join(never)}"
        for finding in found:
            yield from _told(finding)


def idle_report(findings: Iterable[Finding]) -> Iterator[str]:
    """The rules that can never apply."""
    found = list(findings)
    idle = [one.action for one in found if one.verdict is Verdict.NEVER]
    yield f"rules that can never apply: {', '.join(idle) or 'none'}"
    for finding in found:
        if finding.verdict is Verdict.UNKNOWN:
            yield from _told(finding)


def _told(finding: Finding) -> Iterator[str]:
    match finding.verdict:
        case Verdict.NEVER:
            return
        case Verdict.POSSIBLE:
            yield f"  {finding.action}: possible, for example"
            yield from (f"    {fact}" for fact in finding.example)
        case Verdict.UNKNOWN:
            yield f"  {finding.action or 'all'}: not known, because of {finding.why}"
