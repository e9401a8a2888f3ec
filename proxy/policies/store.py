"""What the policy's life needs of whatever keeps it: versions by their hash, and sealed steps that are only added."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from policy.bundle import BundleFile
from policy.life.step import SignedStep
from policy.replay.past import PastDecision
from proxy.errors import PolicyVersionsUnavailable


class StoreFailed(PolicyVersionsUnavailable):
    """The store could not do it now (disk full, I/O error, locked); it may be possible later."""


class StoreDamaged(PolicyVersionsUnavailable):
    """What is stored is not what was put there; nothing of it comes into force."""


@dataclass(frozen=True, slots=True)
class SealedStep:
    """A step that was taken; `seal` is the service's own signature under its digest."""

    signed: SignedStep
    seal: bytes


@dataclass(frozen=True, slots=True)
class Submission:
    """A step that an officer signed elsewhere, and the files of the version that it proposes."""

    id: int
    signed: SignedStep
    files: tuple[BundleFile, ...] | None


class VersionStore(Protocol):
    """Several processes may use one at once; all methods may be called from any thread.

    They raise `StoreFailed` and `StoreDamaged`.
    """

    def steps(self, after: int = 0) -> list[SealedStep]:
        """The steps with higher numbers than `after`, in their order."""
        ...

    def add_step(self, number: int, step: SealedStep) -> bool:
        """Add it durably; false when there is a step of that number already."""
        ...

    def keep(self, version: str, files: Sequence[BundleFile]) -> None:
        """Keep the files that are known by the hash `version`."""
        ...

    def files_of(self, version: str) -> tuple[BundleFile, ...]:
        """The files of a version, as they were kept."""
        ...

    def submit(self, signed: SignedStep, files: Sequence[BundleFile] | None) -> int:
        """Leave a step for whoever writes the audit log, and give the number to ask for its outcome by."""
        ...

    def submissions(self) -> list[Submission]:
        """Those that have no outcome yet, in their order."""
        ...

    def answer(self, submission: int, outcome: str) -> None:
        """Say what became of a submission; the empty text means that the step was taken."""
        ...

    def outcome_of(self, submission: int) -> str | None:
        """What became of a submission, None as long as nothing did."""
        ...


class DecisionStore(Protocol):
    """Keeps the facts of past decisions, no more and no longer than it is told to."""

    def add(self, decisions: Sequence[PastDecision], oldest: int, most: int) -> None:
        """Keep `decisions`; forget what is older than `oldest` (Unix seconds) and what is more than `most`."""
        ...

    def since(self, at: int, most: int) -> list[PastDecision]:
        """The newest `most` decisions made at `at` (Unix seconds) or later, in the order of the audit log."""
        ...
