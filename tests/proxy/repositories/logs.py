"""What deliveries need around them: a record of what they say, and positions in memory."""

from proxy.audit.event import Event
from proxy.errors import AuditUnavailable


class Recorded:
    """Keeps what is recorded."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.failing = False

    async def record(self, event: Event) -> int:
        if self.failing:
            raise AuditUnavailable("the disk is full")
        self.events.append(event)
        return len(self.events)


class Positions:
    """Positions in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, int] = {}

    def read(self, repository: str) -> int:
        return self.kept.get(repository, 0)

    def keep(self, repository: str, sequence: int) -> None:
        self.kept[repository] = sequence
