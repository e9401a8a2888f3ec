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
from policy.explain import to_search_sentence, to_user_sentence
from policy.replay.past import to_facts
from policy.request import AccessRequest, Capability
from policy.searches import SearchAction, SearchDecision
from proxy.access.asker import BY_DEMOGRAPHICS, BY_IDENTIFIER, Asker, Named
from proxy.access.caller import HIGHEST_ASSURANCE, Caller
from proxy.access.events import based_on, looked, rules_of, search_refused, study_absent, view_refused
from proxy.access.facts import NOTHING_MORE, Facts, Knowledge
from proxy.access.obligations import missing, notices_of, to_obligations
from proxy.access.permit import Look, Obligations, Permit
from proxy.access.reach import Reach, decide_reach
from proxy.access.refusals import SignInOver
from proxy.access.tokens import LEEWAY_SECONDS
from proxy.access.watch import UNWATCHED, Watch
from proxy.audit.event import Event
from proxy.audit.log import AuditLog
from proxy.audit.views.view import Ended
from proxy.coalescing import Coalesced
from proxy.errors import InsufficientAuthentication, NotFound, NotPermitted
from proxy.passage import current_passage
from proxy.patients.recognition import Recognition
from proxy.patients.register import Register
from proxy.resources import (
    BulkdataRef,
    FramesRef,
    HeldStudy,
    InstanceRef,
    InstitutionId,
    PatientIdentifier,
    SeriesRef,
    StudyRef,
    Uid,
)
from proxy.settings.archives import Institution

Target = TypeVar("Target", bound=StudyRef | SeriesRef | InstanceRef | FramesRef | BulkdataRef)
Clock = Callable[[], float]
Remember = Callable[[int, float, Capability, AccessRequest], None]

DECISION_SECONDS: Final = 60
"""How long a decision is believed; then it is made again from the facts of the moment."""

IDLE_SECONDS: Final = 900
"""A view session that nobody used for so long is over: looking again is a new view, with its own event."""

REFUSAL_SECONDS: Final = 10
"""The same refusal, repeated within so long, is one event."""

MAXIMUM_VIEWS: Final = 20_000

_VISIBILITY = (
    *(Capability.KNOW_EXISTS, Capability.VIEW, Capability.VIEW_IDENTIFIED),
    Capability.VIEW_WITHOUT_NOTICE,
)
_DECISIONS_PER_TURN = 20


@dataclass(frozen=True, slots=True)
class Visibility:
    """What a caller may know of a study: that it exists, and whether it may be opened. `reason` says why not.

    `notices` have to be read with it. What is `masked` is shown without saying whose it is.
    """

    held: HeldStudy
    known: bool
    viewable: bool
    reason: str
    notices: tuple[str, ...] = ()
    masked: bool = False


@dataclass(frozen=True, slots=True)
class Weighed:
    """A part of a study and what policy says of it; `doubt` is why it is not shown although policy might permit it."""

    held: HeldStudy
    decision: Decision
    doubt: str | None

    @property
    def known(self) -> bool:
        return self.decision.permits(Capability.KNOW_EXISTS)


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
    emergency: str | None = None
    recorded: Look | None = None
    refused: dict[Capability, float] = field(default_factory=dict)
    enough: dict[Capability, int | None] = field(default_factory=dict)


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
        knowledge: Knowledge = NOTHING_MORE,
    ) -> None:
        """`adopted` is told when the policy or the register has changed.

        With `recognition` people are known by more identifiers than those in the register.
        """
        self._knowledge = knowledge
        self._remember: Remember = _forget
        self._watch: Watch = UNWATCHED
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
        self._reaches: TTLCache[Hashable, Reach] = TTLCache(MAXIMUM_VIEWS, DECISION_SECONDS, timer=clock)
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
        self._reaches.clear()
        self._adopted()

    def remember_by(self, remember: Remember) -> None:
        """Tell `remember` of each decision that was recorded: the event's number, when, about what, by which facts."""
        self._remember = remember

    def watched_by(self, watch: Watch) -> None:
        """Tell `watch` of each permit before it is given, and of each view session that is over."""
        self._watch = watch

    def reconsider(self, subjects: Collection[str]) -> None:
        """Decide again about what `subjects` may see, from the next question on, in open view sessions too."""
        for view in [view for key, view in self._views.items() if key[0][0] in subjects]:
            view.decided = -inf
        self._reaches.clear()

    def reconsider_all(self) -> None:
        """Decide again about everything, from the next question on, in open view sessions too."""
        self._epoch += 1

    @property
    def consents_are_silent(self) -> bool:
        """Whether nobody says now what patients consented to: what is hidden is then no different from what is not."""
        return self._knowledge.background is not None and self._knowledge.background.silent

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
            raise SignInOver(caller)
        if caller.shared is not None and not caller.shared.covers(target.study, getattr(target, "series", None)):
            raise NotFound
        if target.study != held.study or held.circle not in {"", current_passage().circle}:
            raise NotFound  # what another exchange said of it was for somebody else
        await self._recognise(caller, [held])
        while True:
            view = self._view(caller, held)
            lacking = _missing(caller, view.decision, capability)
            if lacking is not None:
                await self._record_refusal(caller, view, lacking)
                raise self._to_error(caller, view, lacking, capability).recorded()
            doubt = self._doubt(held)
            if doubt is not None:
                await self._record_refusal(caller, view, capability, doubt)
                raise NotPermitted(doubt).recorded()
            if view.recorded is not None and view.recorded >= look:
                current_passage().notices.update(dict.fromkeys(view.obligations.notices))
                rules = rules_of(view.decision, capability if capability is Capability.KEEP else Capability.VIEW)
                permit = Permit(target, held, view.obligations, view.id, rules, view.decision.policy)
                self._watch.admitted(caller, permit)
                return permit
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

    async def reach(self, caller: Caller, named: Named) -> Reach:
        """Which institutions `caller` may ask, searching so. Nothing is shown by it, so nothing is recorded."""
        key = _who(caller), named
        known = self._reaches.get(key)
        if known is not None:
            return known
        await self._recognise(caller, [])
        epoch, moment = self._epoch, datetime.fromtimestamp(self._clock(), UTC)
        asker = Asker(caller, self._identifiers_of(caller.patient))
        reach = decide_reach(self._engine, self._facts, asker, named, self._institutions, moment)
        if epoch == self._epoch:
            self._reaches[key] = reach
        return reach

    async def require_reach(
        self, caller: Caller, named: Named, level: str, patient: str = "", only: InstitutionId | None = None
    ) -> Reach:
        """Like `reach`, in one institution with `only`; where nobody may be asked, that is recorded with the rest.

        Raises `NotPermitted` with the rule's sentence for the caller.
        """
        reach = (await self.reach(caller, named)).within(only)
        if not reach.institutions and reach.refusal is not None:
            detail = {"level": level, "key": named.key.value}
            await self._audit.record(search_refused(caller, reach.refusal, patient, detail))
            raise NotPermitted(to_search_sentence(reach.refusal)).recorded()
        return reach

    def may_match(self, caller: Caller) -> SearchDecision:
        """Whether `caller` may look people up in the patient index by name and birth date."""
        return self._decide_of_exchange(caller, SearchAction.MATCH, BY_DEMOGRAPHICS)

    def may_declare(self, caller: Caller) -> SearchDecision:
        """Whether `caller` may declare an emergency: for whom is not asked, so that nothing is told of anybody."""
        return self._decide_of_exchange(caller, SearchAction.BREAK_GLASS, BY_IDENTIFIER)

    def _decide_of_exchange(self, caller: Caller, action: SearchAction, named: Named) -> SearchDecision:
        moment = datetime.fromtimestamp(self._clock(), UTC)
        return self._engine.decide_search(self._facts.to_search(Asker(caller), action, named, moment))

    async def require_match(self, caller: Caller) -> None:
        """Raises `NotPermitted`, once the refusal is recorded, for whoever may not look people up."""
        decision = self.may_match(caller)
        if not decision.permitted:
            await self._audit.record(search_refused(caller, decision, "", {"level": "match", "rows": 0}))
            raise NotPermitted(to_search_sentence(decision)).recorded()

    @property
    def asks_about_people(self) -> bool:
        """Whether somebody else is asked who a patient is, or what a patient has decided."""
        about_consents = self._knowledge.background is not None and self._knowledge.background.consents.asks
        return about_consents or (self._recognition is not None and self._recognition.people.asks)

    async def discern(self, caller: Caller, held: Sequence[HeldStudy]) -> list[Visibility]:
        """What `caller` may know of each of `held`, in their order. Nothing is shown by it, so nothing is recorded."""
        await self._recognise(caller, held)
        visibilities: list[Visibility] = []
        for start in range(0, len(held), _DECISIONS_PER_TURN):
            await asyncio.sleep(0)
            decide = self._deciding(caller, self._clock(), _VISIBILITY)
            visibilities += (self._visibility(caller, one, decide) for one in held[start : start + _DECISIONS_PER_TURN])
        return visibilities

    async def weigh(self, caller: Caller, held: Sequence[HeldStudy]) -> list[Weighed]:
        """Every capability of `caller` over each of `held`. Nothing is shown by it, so nothing is recorded."""
        await self._recognise(caller, held)
        decide = self._deciding(caller, self._clock())
        return [Weighed(one, decide(one), self._doubt(one)) for one in held]

    async def facts_of(self, caller: Caller, held: Sequence[HeldStudy]) -> list[AccessRequest]:
        """What would be decided on now about each of `held`, for whoever decides it by another policy."""
        await self._recognise(caller, held)
        moment = datetime.fromtimestamp(self._clock(), UTC)
        return [*map(self._facts.to_requests(caller, moment), held)]

    def _visibility(self, caller: Caller, held: HeldStudy, decide: Callable[[HeldStudy], Decision]) -> Visibility:
        view = self._views.get(_key(caller, held))
        stands = view is not None and self._stands(view, held, self._clock())
        decision = view.decision if view is not None and stands else decide(held)
        lacking = _missing(caller, decision, Capability.VIEW)
        known = decision.permits(Capability.KNOW_EXISTS)
        reason = to_user_sentence(decision, lacking) if known and lacking else ""
        doubt = self._doubt(held)
        viewable = known and lacking is None and doubt is None
        notices = notices_of(decision) if viewable else ()
        masked = viewable and not decision.permits(Capability.VIEW_IDENTIFIED)
        return Visibility(held, known, viewable, reason or (known and doubt) or "", notices, masked)

    def _gathering(self) -> Facts:
        patient_of = None if self._recognition is None else self._recognition.people.patient_of
        return Facts(self._register, self._institutions, patient_of, self._knowledge)

    def _emergency(self, caller: Caller, held: HeldStudy, now: float) -> str | None:
        return self._facts.emergency_of(caller, held.patient, datetime.fromtimestamp(now, UTC))

    async def _recognise(self, caller: Caller, held: Sequence[HeldStudy]) -> None:
        """Who the patients are, and what else is known of them, is asked before anything is decided about them."""
        if self._recognition is not None:
            await self._recognition.recognise(held, caller.patient)
        if self._knowledge.background is not None and held:
            await self._knowledge.background.learn(held, datetime.fromtimestamp(self._clock(), UTC))

    def _identifiers_of(self, patient: PatientIdentifier | None) -> frozenset[PatientIdentifier]:
        """All identifiers of the person whom `patient` is one of."""
        if patient is None:
            return frozenset()
        if self._recognition is not None:
            return frozenset(self._recognition.people.identifiers_of(patient))
        record = self._register.patient_of(patient)
        return frozenset((patient, *(self._register.identifiers_of(record) if record is not None else ())))

    def _doubt(self, held: HeldStudy) -> str | None:
        return None if self._recognition is None else self._recognition.doubt(held)

    def _view(self, caller: Caller, held: HeldStudy) -> _View:
        """The view session of `caller` and `held`, with a decision that is not older than it may be."""
        key, now = _key(caller, held), self._clock()
        view = self._views.get(key)
        if view is None or not 0 <= now - view.used <= IDLE_SECONDS:
            if view is not None:
                self._watch.ended(view.id, Ended.IDLE)
            view = self._views[key] = self._begin(caller, held, now)
        elif not self._stands(view, held, now):
            view = self._views[key] = self._continue(view, caller, held, now)
        view.used = now
        return view

    def _begin(self, caller: Caller, held: HeldStudy, now: float) -> _View:
        began = datetime.fromtimestamp(now, UTC)
        decision = self._decide(caller, held, now)
        obligations = to_obligations(decision, caller, began)
        return _View(
            *(secrets.token_hex(16), held, decision, obligations, began, self._epoch),
            decided=now,
            used=now,
            emergency=self._emergency(caller, held, now),
        )

    def _continue(self, view: _View, caller: Caller, held: HeldStudy, now: float) -> _View:
        """`view` with a new decision; one that was open and may not be any longer is over.

        So is one from before an emergency was declared, or after: what is opened under it is a view of its own.
        """
        decision = self._decide(caller, held, now)
        is_another = self._emergency(caller, held, now) != view.emergency
        is_revoked = _missing(caller, decision, Capability.VIEW) is not None
        if view.recorded is None or is_another or is_revoked:
            self._watch.ended(view.id, Ended.EMERGENCY if is_another else Ended.REVOKED)
            return self._begin(caller, held, now)
        obligations = to_obligations(decision, caller, view.began)
        return replace(
            view, held=held, decision=decision, obligations=obligations, epoch=self._epoch, decided=now, enough={}
        )

    def _stands(self, view: _View, held: HeldStudy, now: float) -> bool:
        return view.epoch == self._epoch and view.held == held and 0 <= now - view.decided < DECISION_SECONDS

    def _decide(
        self, caller: Caller, held: HeldStudy, now: float, capabilities: Sequence[Capability] = ALL_CAPABILITIES
    ) -> Decision:
        return self._deciding(caller, now, capabilities)(held)

    def _deciding(
        self, caller: Caller, now: float, capabilities: Sequence[Capability] = ALL_CAPABILITIES
    ) -> Callable[[HeldStudy], Decision]:
        """How it is decided `now`, for many studies one after the other and without a pause between them."""
        to_request = self._facts.to_requests(caller, datetime.fromtimestamp(now, UTC))

        def decide(held: HeldStudy) -> Decision:
            request = to_request(held)
            decision = self._engine.decide(request, capabilities)
            return replace(decision, grounds=request.because) if request.because else decision

        return decide

    def _to_error(
        self, caller: Caller, view: _View, lacking: Capability, capability: Capability
    ) -> NotFound | NotPermitted:
        """What is told of a refusal: nothing of what may not be known, and the way on where there is one."""
        if not view.decision.permits(Capability.KNOW_EXISTS):
            return NotFound()
        if capability not in view.enough:
            view.enough[capability] = self.enough_assurance(caller, view.held, capability)
        sentence, level = to_user_sentence(view.decision, lacking), view.enough[capability]
        return NotPermitted(sentence) if level is None else InsufficientAuthentication(sentence, level)

    def enough_assurance(self, caller: Caller, held: HeldStudy, capability: Capability) -> int | None:
        """How surely `caller` would have to be known for `capability`, when nothing else stands against it.

        Only asked about what the caller may know of: a way to a hidden study would give it away. Nobody signs in who
        opened a share link.
        """
        if caller.shared is not None:
            return None
        now = self._clock()
        for level in range(caller.assurance + 1, HIGHEST_ASSURANCE + 1):
            surer = replace(caller, assurance=level)
            if _missing(surer, self._decide(surer, held, now), capability) is None:
                return level
        return None

    async def _record_look(self, caller: Caller, view: _View, look: Look) -> None:
        async def record() -> None:
            event = looked(
                *(look, caller, view.held, view.decision, view.obligations, view.id),
                emergency=view.emergency,
            )
            await self._record_decision(event, caller, view, Capability.VIEW)
            if view.emergency is not None:
                await self._knowledge.emergencies.opened(view.emergency, view.held)
            view.recorded = max(look, view.recorded or look)

        await self._recordings.ask((view.id, look), record)

    async def _record_decision(self, event: Event, caller: Caller, view: _View, capability: Capability) -> None:
        """Record what was decided about `view` just now, by which facts, and have those remembered."""
        now = self._clock()
        request = self._facts.to_request(caller, view.held, datetime.fromtimestamp(now, UTC))
        number = await self._audit.record(based_on(event, to_facts(request)))
        self._remember(number, now, capability, request)

    async def _record_refusal(self, caller: Caller, view: _View, lacking: Capability, doubt: str = "") -> None:
        """Record a refusal; the same one, repeated within `REFUSAL_SECONDS`, has been recorded already.

        `doubt` is why nothing is shown although policy permits it.
        """
        if 0 <= self._clock() - view.refused.get(lacking, -inf) < REFUSAL_SECONDS:
            return

        async def record() -> None:
            event = view_refused(caller, view.held, view.decision, lacking, view.id, doubt)
            await self._record_decision(event, caller, view, lacking)
            view.refused[lacking] = self._clock()

        await self._recordings.ask((view.id, lacking), record)


def _missing(caller: Caller, decision: Decision, capability: Capability) -> Capability | None:
    return missing(decision, capability, elsewhere=caller.hops is not None)


def _forget(event: int, at: float, capability: Capability, request: AccessRequest) -> None:
    """Remember nothing."""


def _key(caller: Caller, held: HeldStudy) -> _Key:
    """What makes it the same view: who, by which sign-in, as what, why and from where; and whose study, kept where."""
    return *_who(caller), held.study, held.archive, held.patient


def _who(caller: Caller) -> tuple[tuple[str, *tuple[Hashable, ...]], *tuple[Hashable, ...]]:
    who = (caller.subject, caller.token_id, caller.roles, caller.organization, caller.assurance, caller.patient)
    return who, caller.purpose, caller.network
