"""What looking at an archive again and again has found, while this process runs."""

from dataclasses import dataclass, field

from proxy.archives.probe.report import NOT_TRIED, Change, Report, differences


@dataclass(slots=True)
class History:
    """`facts` are the latest that are known, as of `at`; `changes` those of the round that last found any.

    `found` counts changes since the service started. Times are as RFC 3339 writes them, empty before the first.
    """

    facts: dict[str, str] = field(default_factory=dict)
    at: str = ""
    changes: tuple[Change, ...] = ()
    changed_at: str = ""
    found: int = 0

    def add(self, report: Report) -> tuple[Change, ...]:
        """What changed since the reports before; what was not tried this time stays as it was."""
        changes = differences(self.facts, report.facts)
        self.facts |= {name: value for name, value in report.facts.items() if value != NOT_TRIED}
        self.at = report.at
        if changes:
            self.changes, self.changed_at = changes, report.at
            self.found += len(changes)
        return changes
