"""A version tried without any effect: checked, replayed and proved, beside the event loop and few at once."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from policy.bundle import Bundle, BundleFile, to_bundle
from policy.cases.trial import Trials, try_cases
from policy.errors import InvalidBundle
from policy.replay.comparison import Comparison
from policy.replay.comparison import compare as compare_decisions
from policy.replay.past import PastDecision
from proxy.errors import PolicyStepRefused
from proxy.policies import answers

_AT_ONCE: Final = 1
_Answer = TypeVar("_Answer")


class Trying:
    """Does one thing after the other: deciding thousands of times takes a processor for itself."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(_AT_ONCE)

    async def check(self, files: Sequence[BundleFile], require: Callable[[Bundle], None]) -> dict[str, Any]:
        """What is wrong with `files`, and what becomes of their decision cases; `require` raises `InvalidBundle`."""
        return await self._aside(lambda: _checked(files, require))

    async def compare(
        self, decisions: Sequence[PastDecision], before: Sequence[BundleFile], after: Sequence[BundleFile]
    ) -> Comparison:
        """What `after` would have decided otherwise. Raises `PolicyStepRefused` when it is no bundle any longer."""
        return await self._aside(lambda: compare_decisions(decisions, to_bundle(before), to_bundle(after)))

    async def prove(self, before: Sequence[BundleFile], after: Sequence[BundleFile]) -> list[Any] | None:
        """Findings about the change, None without the solver. Raises `PolicyStepRefused`."""
        return await self._aside(lambda: _proved(before, after))

    async def _aside(self, work: Callable[[], _Answer]) -> _Answer:
        async with self._free:
            try:
                return await asyncio.to_thread(work)
            except InvalidBundle as error:
                raise PolicyStepRefused(f"the policy may not come into force: {error}") from None


def _checked(files: Sequence[BundleFile], require: Callable[[Bundle], None]) -> dict[str, Any]:
    try:
        bundle = to_bundle(files)
        require(bundle)
        trials = try_cases(bundle)
    except InvalidBundle as error:
        problems = [answers.problem(one) for one in error.problems]
        return {"valid": False, "problems": problems, "cases": [], "untried": []}
    return {"valid": not trials.failed, "problems": [], "cases": _cases(trials), "untried": list(trials.untried)}


def _cases(trials: Trials) -> list[dict[str, Any]]:
    return [
        {"file": trial.case.path, "name": trial.case.name, "differences": list(trial.differences)}
        for trial in trials.all
    ]


def _proved(before: Sequence[BundleFile], after: Sequence[BundleFile]) -> list[Any] | None:
    try:
        from policy.proofs import questions  # noqa: PLC0415 - the solver is an extra, and large
    except ModuleNotFoundError:
        return None
    bundle = to_bundle(after)
    found = [*questions.compare(to_bundle(before), bundle), *questions.narrowing(bundle), *questions.idle(bundle)]
    return [
        {
            "question": one.question,
            "about": one.action,
            "verdict": one.verdict.value,
            "example": list(one.example),
            "why": one.why,
        }
        for one in found
    ]
