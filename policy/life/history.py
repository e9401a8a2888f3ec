"""What has become of a policy, folded from its steps: what was proposed, approved, withdrawn and rolled back. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from policy.life.step import GENESIS, SignedStep, Step, StepKind


@dataclass(frozen=True, slots=True)
class Proposal:
    """A version that was proposed; `approved` and `withdrawn` are the steps that ended its waiting."""

    step: Step
    approved: Step | None = None
    withdrawn: Step | None = None
    overtaken: bool = False

    @property
    def number(self) -> int:
        return self.step.number

    @property
    def is_open(self) -> bool:
        return self.approved is None and self.withdrawn is None

    @property
    def takes_effect(self) -> int | None:
        """When it comes into force (Unix seconds), None when it does not."""
        if self.approved is None or self.withdrawn is not None or self.overtaken:
            return None
        return self.approved.effective


@dataclass(frozen=True, slots=True)
class Enforced:
    """A version in force `since` (Unix seconds) because of `step`; None for the one that the configuration names."""

    version: str
    since: int = 0
    step: Step | None = None

    @property
    def by_one_person(self) -> bool:
        """Whether it was rolled back to, which one officer may do alone."""
        return self.step is not None and self.step.kind is StepKind.ROLLED_BACK


@dataclass(frozen=True, slots=True)
class History:
    """`first` is the version that the configuration names, in force until another is."""

    first: str
    steps: tuple[Step, ...] = ()
    digest: str = GENESIS
    proposals: dict[int, Proposal] = field(default_factory=dict)

    @property
    def next_number(self) -> int:
        return len(self.steps) + 1

    @property
    def latest(self) -> int:
        """The moment of the latest step (Unix seconds): no clock that shows less is right. 0 before any."""
        return max((step.at for step in self.steps), default=0)

    def with_step(self, step: Step, signed: SignedStep) -> "History":
        """This history and one more step, which `admission` has let pass."""
        return History(self.first, (*self.steps, step), signed.digest, _fold(self.proposals, step))

    def in_force(self, at: int) -> Enforced:
        """What is in force at `at`: of all that had come into force by then, the latest."""
        begun = [one for one in self._enforced() if one.since <= at]
        return max(begun, key=_latest, default=Enforced(self.first))

    def has_been_in_force(self, version: str, at: int) -> bool:
        return version == self.first or any(one.version == version for one in self._enforced() if one.since <= at)

    def scheduled(self, at: int) -> Proposal | None:
        """What is approved and comes into force after `at`."""
        for proposal in self.proposals.values():
            effective = proposal.takes_effect
            if effective is not None and effective > at:
                return proposal
        return None

    def open_proposals(self) -> list[Proposal]:
        return [one for one in self.proposals.values() if one.is_open]

    def versions(self) -> list[str]:
        """Every version that any step is about, the first one first."""
        return list(dict.fromkeys([self.first, *(step.version for step in self.steps)]))

    def _enforced(self) -> Iterator[Enforced]:
        for proposal in self.proposals.values():
            effective = proposal.takes_effect
            if effective is not None:
                yield Enforced(proposal.step.version, effective, proposal.approved)
        for step in self.steps:
            if step.kind is StepKind.ROLLED_BACK:
                yield Enforced(step.version, step.effective, step)


def _latest(one: Enforced) -> tuple[int, int]:
    return one.since, one.step.number if one.step else 0


def _fold(proposals: dict[int, Proposal], step: Step) -> dict[int, Proposal]:
    match step.kind:
        case StepKind.PROPOSED:
            return {**proposals, step.number: Proposal(step)}
        case StepKind.APPROVED:
            return {**proposals, step.proposal: replace(proposals[step.proposal], approved=step)}
        case StepKind.WITHDRAWN:
            return {**proposals, step.proposal: replace(proposals[step.proposal], withdrawn=step)}
        case StepKind.ROLLED_BACK:
            return dict(_overtaken(proposals.values(), step))


def _overtaken(proposals: Iterable[Proposal], step: Step) -> Iterator[tuple[int, Proposal]]:
    """Rolling back cancels what was to come into force later: it was made on what is now left."""
    for proposal in proposals:
        effective = proposal.takes_effect
        late = effective is not None and effective > step.effective
        yield proposal.number, replace(proposal, overtaken=True) if late else proposal
