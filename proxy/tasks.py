"""What officers have to put right: things that the service could not understand, and refuses over until they are."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

MOST_TASKS: Final = 10_000
"""So many are kept; whoever has more has one."""


class TaskKind(StrEnum):
    UNREADABLE_CONSENT = "unreadable-consent"
    UNREADABLE_FILE = "unreadable-file"
    ATTRIBUTE_NOT_GIVEN = "attribute-not-given"


@dataclass(frozen=True, slots=True)
class Task:
    """`about` says where to look, `words` what is wrong; `patient` is `authority|value` where it is about somebody.

    `institution` is whose task it is; empty for the exchange's own.
    """

    kind: TaskKind
    about: str
    words: str
    patient: str = ""
    institution: str = ""
    since: datetime | None = None


class Tasks:
    """The open ones, in memory: whatever is still wrong is found again after a start. `clock` gives Unix seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._open: dict[str, dict[Task, Task]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._open.values()))

    def all(self) -> list[Task]:
        """The oldest first."""
        return sorted((task for tasks in self._open.values() for task in tasks.values()), key=_began)

    def state(self, source: str, found: Iterable[Task]) -> list[Task]:
        """`found` is all that is wrong now at `source`; what was wrong before and is not among it is done.

        Returns those that were not open before.
        """
        before = self._open.pop(source, {})
        room = MOST_TASKS - len(self)
        tasks = dict.fromkeys(found)
        now = datetime.fromtimestamp(self._clock(), UTC)
        kept = {task: before.get(task) or replace(task, since=now) for task in [*tasks][: max(0, room)]}
        if kept:
            self._open[source] = kept
        return [task for key, task in kept.items() if key not in before]


def _began(task: Task) -> datetime:
    return task.since or datetime.min.replace(tzinfo=UTC)
