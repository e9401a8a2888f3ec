"""The enforcement point: who may see which study now, recorded before anything is shown. It alone makes permits."""

import asyncio
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from math import inf
import secrets
from typing import Final, TypeVar

from cachetools import LRUCache, TTLCache

from policy.decision import Decision
from policy.engine import ALL_CAPABILITIES, Engine
from policy.explain import to_user_sentence
from policy.request import Capability
from proxy.access.caller import Caller
from proxy.access.events import looked, study_absent, view_refused
from proxy.access.facts import Facts
from proxy.access.obligations import missing, to_obligations
from proxy.access.permit import Look, Obligations, Permit
from proxy.access.tokens import LEEWAY_SECONDS, REFUSED
from proxy.audit.log import AuditLog
from proxy.coalescing import Coalesced
from proxy.errors import NotAuthenticated, NotFound, NotPermitted
from proxy.patients.recognition import Recognition
from proxy.patients.register import Register
from proxy.patients.treating import NO_RELATIONSHIPS, Relationships
from proxy.resources import BulkdataRef, FramesRef, HeldStudy, InstanceRef, SeriesRef, StudyRef, Uid
from proxy.settings.archives import Institution

Target = TypeVar("Target", bound=StudyRef | SeriesRef | InstanceRef | FramesRef | BulkdataRef)
Clock = Callable[[], float]

DECISION_SECONDS: Final = 60
"""How long a decision is believed; then it is made again from the facts of the moment."""

IDLE_SECONDS: Final = 900
"""A view session that nobody used for so long is over: looking again is a new view, with its own event."""

REFUSAL_SECONDS: Final = 10
"""The same refusal, repeated within so long, is one event."""

MAXIMUM_VIEWS: Final = 20_000

_VISIBILITY = (Capability.KNOW_EXISTS, Capability.VIEW, Capability.VIEW_IDENTIFIED)
_DECISIONS_PER_TURN = 20


@dataclass(frozen=True, slots=True)
class Visibility:
    """What a caller may know of a study: that it exists, and whether it may be opened. `reason` says why not."""

    held: HeldStudy
    known: bool
    viewable: bool
    reason: str


_Key = tuple[tuple[str, *tuple[Hashable, ...]], *tuple[Hashable, ...]]


@dataclass(slots=True)
class _View:
    """One caller's view session of one study at one archive, with the decision that stands for it now."""

    id: str
    held: HeldStudy
    decision: Decision
    obligations: Obligations
    began: datetime
    epoch: int
    decided: float
    used: float
    recorded: Look | None = None
    refused: dict[Capability, float] = field(default_factory=dict)


class Enforcement:
    """Admits callers to studies. A decision stands for a view session; per frame it is a look-up.

    `clock` gives Unix seconds. Decisions are made again after `DECISION_SECONDS`, at once when the policy or the
    register changes (`adopt`), and when an archive says something else about the study.
    """

    def __init__(
        self,
        engine: Engine,
        register: Register,
        audit: AuditLog,
        clock: Clock,
        institutions: Iterable[Institution],
        adopted: Callable[[], None] = lambda: None,
        recognition: Recognition | None = None,
        treating: Relationships = NO_RELATIONSHIPS,
    ) -> None:
        """`adopted` is told when the policy or the register has changed.

        With `recognition` people are known by more identifiers than those in the register; `treating` knows more
        relationships.
        """
        self._treating = treating
        self._engine = engine
        self._institutions = tuple(institutions)
        self._register = register
        self._recognition = recognition
        self._facts = self._gathering()
        self._audit = audit
        self._clock = clock
        self._adopted = adopted
        self._epoch = 0
        self._views: LRUCache[_Key, _View] = LRUCache(MAXIMUM_VIEWS)
        self._absent: TTLCache[Hashable, None] = TTLCache(MAXIMUM_VIEWS, REFUSAL_SECONDS, timer=clock)
        self._recordings: Coalesced[Hashable, None] = Coalesced()

    def adopt(self, engine: Engine | None = None, register: Register | None = None) -> None:
        """Decide by another policy or register from the next question on, in open view sessions too."""
        self._engine = engine or self._engine
        self._register = register or self._register
        if self._recognition is not None:
            self._recognition.people.adopt(self._register)
        self._facts = self._gathering()
        self._epoch += 1
        self._adopted()

    def reconsider(self, subjects: Collection[str]) -> None:
        """Decide again about what `subjects` may see, from the next question on, in open view sessions too."""
        for view in [view for key, view in self._views.items() if key[0][0] in subjects]:
            view.decided = -inf

    async def admit(
        self,
        caller: Caller,
        held: HeldStudy,
        target: Target,
        capability: Capability = Capability.VIEW,
        look: Look = Look.STUDY,
    ) -> Permit[Target]:
        """A permit to show `target`, once the opening of the view session is committed to the audit log.

        `capability` is what the caller asks for: `view` for rendered images, `viewLossless` for stored values. Previews
        and the opening that may follow them are events of their own. Raises
        `NotFound` when the caller may not even know of the study, `NotPermitted` with the rule's sentence when the
        caller may, `NotAuthenticated` when the sign-in has ended since the request began, and `AuditUnavailable` when
        the log cannot commit.
        """
        if self._clock() >= caller.expires + LEEWAY_SECONDS:
            raise NotAuthenticated(REFUSED)
        if target.study != held.study:
            raise NotFound
        await self._recognise(caller, [held])
        while True:
            view = self._view(caller, held)
            lacking = missing(view.decision, capability)
            if lacking is not None:
                await self._record_refusal(caller, view, lacking)
                raise _to_error(view.decision, lacking)
            doubt = self._doubt(held)
            if doubt is not None:
                await self._record_refusal(caller, view, capability)
                raise NotPermitted(doubt)
            if view.recorded is not None and view.recorded >= look:
                return Permit(target, held, view.obligations, view.id)
            await self._record_look(
                caller, view, look
            )  # the policy may change meanwhile, so the view is asked for again

    async def record_absent(self, caller: Caller, study: Uid, capability: Capability) -> None:
        """Record that `caller` asked for a study that no archive has: guessing leaves the same traces as a refusal."""
        key = (caller.subject, caller.token_id, study, capability)
        if key in self._absent:
            return
        await self._audit.record(study_absent(caller, study, capability))
        self._absent[key] = None

    async def discern(self, caller: Caller, held: Sequence[HeldStudy]) -> list[Visibility]:
        """What `caller` may know of each of `held`, in their order. Nothing is shown by it, so nothing is recorded."""
        await self._recognise(caller, held)
        visibilities: list[Visibility] = []
        for one in held:
            if len(visibilities) % _DECISIONS_PER_TURN == 0:
                await asyncio.sleep(0)
            visibilities.append(self._visibility(caller, one))
        return visibilities

    def _visibility(self, caller: Caller, held: HeldStudy) -> Visibility:
        view = self._views.get(_key(caller, held))
        if view is not None and self._stands(view, held, self._clock()):
            decision = view.decision
        else:
            decision = self._decide(caller, held, self._clock(), _VISIBILITY)
        lacking = missing(decision, Capability.VIEW)
        known = decision.permits(Capability.KNOW_EXISTS)
        reason = to_user_sentence(decision, lacking) if known and lacking else ""
        doubt = self._doubt(held)
        return Visibility(held, known, known and lacking is None and doubt is None, reason or (known and doubt) or "")

    def _gathering(self) -> Facts:
        patient_of = None if self._recognition is None else self._recognition.people.patient_of
        return Facts(self._register, self._institutions, patient_of, self._treating)

    async def _recognise(self, caller: Caller, held: Sequence[HeldStudy]) -> None:
        """Who the patients are is asked before anything is decided about them."""
        if self._recognition is not None:
            await self._recognition.recognise(held, caller.patient)

    def _doubt(self, held: HeldStudy) -> str | None:
        return None if self._recognition is None else self._recognition.doubt(held)

    def _view(self, caller: Caller, held: HeldStudy) -> _View:
        """The view session of `caller` and `held`, with a decision that is not older than it may be."""
        key, now = _key(caller, held), self._clock()
        view = self._views.get(key)
        if view is None or not 0 <= now - view.used <= IDLE_SECONDS:
            view = self._views[key] = self._begin(caller, held, now)
        elif not self._stands(view, held, now):
            view = self._views[key] = self._continue(view, caller, held, now)
        view.used = now
        return view

    def _begin(self, caller: Caller, held: HeldStudy, now: float) -> _View:
        began = datetime.fromtimestamp(now, UTC)
        decision = self._decide(caller, held, now)
        obligations = to_obligations(decision, caller, began)
        return _View(secrets.token_hex(16), held, decision, obligations, began, self._epoch, decided=now, used=now)

    def _continue(self, view: _View, caller: Caller, held: HeldStudy, now: float) -> _View:
        """`view` with a new decision; one that was open and may not be any longer is over."""
        decision = self._decide(caller, held, now)
        if view.recorded is None or missing(decision, Capability.VIEW) is not None:
            return self._begin(caller, held, now)
        obligations = to_obligations(decision, caller, view.began)
        return replace(view, held=held, decision=decision, obligations=obligations, epoch=self._epoch, decided=now)

    def _stands(self, view: _View, held: HeldStudy, now: float) -> bool:
        return view.epoch == self._epoch and view.held == held and 0 <= now - view.decided < DECISION_SECONDS

    def _decide(
        self, caller: Caller, held: HeldStudy, now: float, capabilities: Sequence[Capability] = ALL_CAPABILITIES
    ) -> Decision:
        request = self._facts.to_request(caller, held, datetime.fromtimestamp(now, UTC))
        return self._engine.decide(request, capabilities)

    async def _record_look(self, caller: Caller, view: _View, look: Look) -> None:
        async def record() -> None:
            await self._audit.record(looked(look, caller, view.held, view.decision, view.obligations, view.id))
            view.recorded = max(look, view.recorded or look)

        await self._recordings.ask((view.id, look), record)

    async def _record_refusal(self, caller: Caller, view: _View, lacking: Capability) -> None:
        """Record a refusal; the same one, repeated within `REFUSAL_SECONDS`, has been recorded already."""
        if 0 <= self._clock() - view.refused.get(lacking, -inf) < REFUSAL_SECONDS:
            return

        async def record() -> None:
            await self._audit.record(view_refused(caller, view.held, view.decision, lacking, view.id))
            view.refused[lacking] = self._clock()

        await self._recordings.ask((view.id, lacking), record)


def _key(caller: Caller, held: HeldStudy) -> _Key:
    """What makes it the same view: who, by which sign-in, as what, why and from where; and whose study, kept where."""
    who = (caller.subject, caller.token_id, caller.roles, caller.organization, caller.assurance, caller.patient)
    return who, caller.purpose, caller.network, held.study, held.archive, held.patient


def _to_error(decision: Decision, lacking: Capability) -> NotFound | NotPermitted:
    if decision.permits(Capability.KNOW_EXISTS):
        return NotPermitted(to_user_sentence(decision, lacking))
    return NotFound()
