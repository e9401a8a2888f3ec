"""What officers decided about the labels of single studies, each with its author and reason: in force at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, Protocol

import msgspec

from policy.labels.labelling import Override

_Label = Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9]{1,16}$")]


class Wish(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an officer wants about a study; `reason` is for other officers."""

    add: frozenset[_Label] = frozenset()
    remove: frozenset[_Label] = frozenset()
    confidentiality: Literal["U", "L", "M", "N", "R", "V"] | None = None
    settled: bool = False
    reason: Annotated[str, msgspec.Meta(min_length=3, max_length=500)]

    def __post_init__(self) -> None:
        if self.add & self.remove:
            raise ValueError("a label is both added and removed")


@dataclass(frozen=True, slots=True)
class StudyOverride:
    """A `wish` about a study of an institution, by `author` (a subject) at a time."""

    institution: str
    study: str
    wish: Wish
    author: str
    at: datetime

    @property
    def override(self) -> Override:
        wish = self.wish
        return Override(wish.add, wish.remove, wish.confidentiality, wish.settled, self.author)


class OverrideStore(Protocol):
    """Where they are kept; one for each study of an institution."""

    def read(self) -> Sequence[StudyOverride]:
        """All of them. Raises `ConfigurationError` or `StoreFailed`."""

    def put(self, override: StudyOverride) -> None:
        """Keep it in place of an earlier one, durably. Raises `StoreFailed`."""

    def remove(self, institution: str, study: str) -> None: ...


class Overrides:
    """All that are in force; `changed` hears when one begins or ends."""

    def __init__(self) -> None:
        self.changed: Callable[[], None] = lambda: None
        self._by_study: dict[tuple[str, str], StudyOverride] = {}

    def of(self, institution: str, study: str) -> StudyOverride | None:
        return self._by_study.get((institution, study))

    def all(self) -> list[StudyOverride]:
        """The newest first."""
        return sorted(self._by_study.values(), key=lambda one: one.at, reverse=True)

    def take_up(self, kept: Sequence[StudyOverride]) -> None:
        """Those that were kept, at start."""
        self._by_study = {(one.institution, one.study): one for one in kept}

    def begin(self, override: StudyOverride) -> None:
        self._by_study[override.institution, override.study] = override
        self.changed()

    def end(self, institution: str, study: str) -> None:
        self._by_study.pop((institution, study), None)
        self.changed()
