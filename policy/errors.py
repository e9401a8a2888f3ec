"""What can go wrong with policy itself; the errors know no HTTP status and name no person."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that an officer must mend: where it stands (a file, or a file and a rule's id) and what is wrong."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class PolicyError(Exception):
    """Root of everything that `policy` raises on purpose."""


class InvalidBundle(PolicyError):
    """A policy bundle that must not come into force; `problems` lists everything that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = tuple(problems)


class IncompleteFacts(PolicyError):
    """A fact refers to something that is not among the facts, so that rules about it could not be asked."""
