"""Who may change which part of a policy: the exchange's officers all of it, an institution's officers its own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from policy.bundle import BundleFile
from policy.errors import Problem
from policy.lint import owner_of

EXCHANGE = "hie"
_ELSEWHERE: Final = Problem("another institution's part", "does not go together with this")


@dataclass(frozen=True, slots=True)
class Officer:
    """`subject` as tokens name the person; `institution` is None for an officer of the exchange."""

    subject: str
    institution: str | None = None

    @property
    def scope(self) -> str:
        """The owner whose part this officer answers for."""
        return EXCHANGE if self.institution is None else f"institution:{self.institution}"

    def may_change(self, owners: Iterable[str]) -> bool:
        return self.institution is None or all(owner == self.scope for owner in owners)


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file of which two bundles say different things; a text is None where there is no such file."""

    path: str
    before: str | None
    after: str | None


def changes(before: Iterable[BundleFile], after: Iterable[BundleFile]) -> list[FileChange]:
    """What is different in `after`, file by file."""
    old, new = _by_path(before), _by_path(after)
    paths = sorted(old.keys() | new.keys())
    return [FileChange(path, old.get(path), new.get(path)) for path in paths if old.get(path) != new.get(path)]


def owners_of(changed: Iterable[FileChange]) -> frozenset[str]:
    """Whose parts are changed."""
    return frozenset(owner_of(change.path) for change in changed)


def shows(institution: str | None, path: str) -> bool:
    """Whether an officer of `institution`, None for the exchange's, is shown a file: the exchange's, and the own."""
    return institution is None or owner_of(path) in {EXCHANGE, f"institution:{institution}"}


def shown_problems(institution: str | None, problems: Iterable[Problem]) -> list[Problem]:
    """Of `problems` those in files that an officer of `institution` is shown; of others it is said that there are."""
    every = list(problems)
    seen = [one for one in every if shows(institution, one.where.partition(" ")[0])]
    return seen if len(seen) == len(every) else [*seen, _ELSEWHERE]


def _by_path(files: Iterable[BundleFile]) -> Mapping[str, str]:
    return {file.path: file.text for file in files}
