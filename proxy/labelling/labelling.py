"""Security labels of studies, from what archives say of them and by the rules in force (docs/decisions/0047).

What a row does not give and a rule reads is looked for once in the archive, below the study. Until it is known the
study is not labelled.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cachetools import TTLCache

from policy.labels.labelling import Labels, Values, label, overridden
from policy.labels.rules import NO_LABEL_RULES, Attribute, LabelRules
from proxy.coalescing import Coalesced
from proxy.labelling.attributes import Dataset, fields_of, values_in
from proxy.labelling.overrides import Overrides
from proxy.resources import HeldStudy
from proxy.tasks import Task, TaskKind, Tasks

LOOKS: Final = 100
"""So many studies of one search are looked at more closely; the next search looks at others."""

_AT_ONCE: Final = 8
_LOOK_SECONDS: Final = 3.0
_REMEMBERED: Final = 50_000
_AGAIN_SECONDS: Final = 30.0
_TASK_SECONDS: Final = 86_400.0

Look = Callable[[HeldStudy, Sequence[Attribute]], Awaitable[Sequence[Dataset]]]
"""Asks the archive below the study for attributes; raises nothing for an archive that does not answer."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was seen of a study; `complete` when it is all that rules need."""

    values: Values
    complete: bool = False


_NOTHING_SEEN: Final = _Seen({})


class Labelling:
    """Labels studies by the rules of `adopt`. `look` asks archives, `timer` gives seconds."""

    def __init__(self, look: Look, tasks: Tasks, timer: Callable[[], float], seconds: float) -> None:
        """`seconds`: how long what was seen in an archive is believed."""
        self.overrides = Overrides()
        self.look = look
        self.rules = NO_LABEL_RULES
        self.vocabulary: frozenset[str] = frozenset()
        self._tasks = tasks
        self._timer = timer
        self._seen: TTLCache[Hashable, _Seen] = TTLCache(_REMEMBERED, seconds, timer)
        self._vain: TTLCache[Hashable, None] = TTLCache(_REMEMBERED, min(_AGAIN_SECONDS, seconds), timer)
        self._looking: Coalesced[Hashable, None] = Coalesced()
        self._reads: dict[str, frozenset[Attribute]] = {}
        self._lacking_at: dict[str, TTLCache[Attribute, None]] = {}

    def adopt(self, rules: LabelRules, vocabulary: frozenset[str]) -> None:
        """Label by other rules from now on; `vocabulary` are the labels that rules of access know."""
        self.rules, self.vocabulary = rules, vocabulary
        self._reads.clear()
        self._seen.clear()
        self._vain.clear()
        self._lacking_at.clear()

    def fields(self, institution: str) -> tuple[str, ...]:
        """What to ask its archives for in addition, when studies are searched for."""
        return fields_of(self._read(institution))

    async def learn(self, held: Sequence[HeldStudy], moment: datetime) -> None:
        """Look closer at those of `held` that cannot be labelled from what is known, within a time."""
        wanted = {_key(one): one for one in held if self._lacking(one, moment)}
        if not wanted:
            return
        turns = asyncio.Semaphore(_AT_ONCE)

        async def look(one: HeldStudy) -> None:
            async with turns:
                await self._looking.ask(_key(one), lambda: self._look(one, moment))

        tasks = [asyncio.create_task(look(one)) for one in [*wanted.values()][:LOOKS]]
        try:
            await asyncio.wait(tasks, timeout=_LOOK_SECONDS)
        finally:
            for task in tasks:
                task.cancel()
        for task in tasks:
            if task.done() and not task.cancelled():
                task.result()

    def label(self, held: HeldStudy, said: Labels, moment: datetime) -> Labels:
        """`said` of the study by its institution, with what rules add and officers decided."""
        labelled = said
        if self._read(held.institution):
            labelled = label(said, self._values(held), self.rules, held.institution, moment.astimezone(UTC).date())
        decided = self.overrides.of(held.institution, held.study)
        return overridden(labelled, decided.override if decided else None)

    def _lacking(self, held: HeldStudy, moment: datetime) -> bool:
        """Whether something is unknown and worth looking for; with what is known kept for its time otherwise."""
        if not self._read(held.institution):
            return False
        key = _key(held)
        seen = self._seen.get(key)
        if (seen and seen.complete) or key in self._vain:
            return False
        complete = self.label(held, Labels(), moment).complete
        if complete:
            self._seen[key] = _Seen(self._values(held), complete=True)
        return not complete

    def _read(self, institution: str) -> frozenset[Attribute]:
        """What the rules for `institution` read: asked for with every frame, and worked out once."""
        if institution not in self._reads:
            self._reads[institution] = self.rules.reads(institution)
        return self._reads[institution]

    def _values(self, held: HeldStudy) -> Values:
        reads = self._read(held.institution)
        seen = self._seen.get(_key(held), _NOTHING_SEEN)
        return {**seen.values, **values_in([held.attributes], reads)}

    async def _look(self, held: HeldStudy, moment: datetime) -> None:
        reads = self._read(held.institution)
        missing = sorted(reads - values_in([held.attributes], reads).keys())
        found = await self.look(held, missing)
        self._seen[_key(held)] = _Seen({**values_in(found, missing), **values_in([held.attributes], reads)})
        if self._lacking(held, moment):
            self._vain[_key(held)] = None
        self._tell(held, self.label(held, Labels(), moment).unknown)

    def _tell(self, held: HeldStudy, unknown: Iterable[Attribute]) -> None:
        """An archive that does not give what rules read is one task of its institution's, however many its studies."""
        lacking = self._lacking_at.setdefault(held.archive, TTLCache(len(Attribute), _TASK_SECONDS, self._timer))
        lacking.update(dict.fromkeys(unknown))
        words = "the archive does not give what labelling rules read as"
        self._tasks.state(
            f"attributes of {held.archive}",
            (
                Task(TaskKind.ATTRIBUTE_NOT_GIVEN, held.archive, f"{words} `{one}`", institution=held.institution)
                for one in sorted(lacking)
            ),
        )


def _key(held: HeldStudy) -> Hashable:
    """Another exchange shows one person more than another: what it refused to one is not unknown to everybody."""
    return held.place, held.study, held.patient
