"""The policy in force and how it changes: each step is checked, recorded and kept before it has any effect.

Several processes may share one store: whoever writes the audit log takes steps, and all look every second for what has
come into force. What cannot come into force never replaces what is.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
import logging
from typing import Final, TypeVar

from policy.bundle import Bundle, BundleFile, to_bundle
from policy.cases.trial import require_sound
from policy.errors import InvalidBundle
from policy.life.admission import StepRefused, require_admissible
from policy.life.history import History
from policy.life.officers import Officer, shown_problems
from policy.life.signature import SigningKey
from policy.life.step import MalformedStep, SignedStep, Step, StepKind, read_body, to_body
from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.log import AuditLog
from proxy.errors import ConfigurationError, PolicyStepRefused
from proxy.policies.chain import extended, seal
from proxy.policies.intent import Intent, Propose, to_step
from proxy.policies.keys import Officers
from proxy.policies.store import StoreDamaged, StoreFailed, Submission, VersionStore
from proxy.policies.usable import Fit

LOOK_SECONDS: Final = 1.0
"""How often it is looked for what has come into force: a change reaches open view sessions within twice as long."""

_MOST_WORDS: Final = 1000

KINDS: Final = {
    StepKind.PROPOSED: EventKind.POLICY_PROPOSED,
    StepKind.APPROVED: EventKind.POLICY_APPROVED,
    StepKind.WITHDRAWN: EventKind.POLICY_WITHDRAWN,
    StepKind.ROLLED_BACK: EventKind.POLICY_ROLLED_BACK,
}

_logger = logging.getLogger(__name__)
_Answer = TypeVar("_Answer")


class Versions:
    """`fit` says what the rest of the service asks of a policy and of officers. `clock` gives Unix seconds."""

    def __init__(
        self,
        store: VersionStore,
        audit: AuditLog,
        officers: Officers,
        key: SigningKey,
        clock: Callable[[], float],
        fit: Fit,
    ) -> None:
        self._store = store
        self._audit = audit
        self.officers = officers
        self._key = key
        self._clock = clock
        self._fit = fit
        self._turn = asyncio.Lock()
        self._latest = 0
        self._unfit = ""
        self._failing = False
        self._adopters: list[Callable[[Bundle], None]] = []
        self._history = History("")
        self._bundle: Bundle | None = None

    @property
    def bundle(self) -> Bundle:
        """The bundle in force."""
        if self._bundle is None:
            raise RuntimeError("the versions are not open")
        return self._bundle

    @property
    def history(self) -> History:
        return self._history

    def now(self) -> int:
        """Unix seconds, that do not go back, nor before the last step at a start: what was in force stays so."""
        self._latest = max(self._latest, int(self._clock()))
        return self._latest

    def when_adopted(self, adopt: Callable[[Bundle], None]) -> None:
        """Tell `adopt` of every bundle that comes into force from now on."""
        self._adopters.append(adopt)

    async def open(self, first: Bundle) -> None:
        """Find out what is in force; `first`, which the configuration names, is until officers change it.

        Raises `ConfigurationError` when that cannot be, so that nothing starts.
        """
        try:
            await _aside(lambda: self._store.keep(first.hash, first.files))
            self._history = await self._read(History(first.hash))
            self._latest = max(self._latest, self._history.latest)
            self._bundle = await self._bundle_of(self._history.in_force(self.now()).version)
        except (InvalidBundle, StoreFailed, StoreDamaged) as error:
            raise ConfigurationError(f"the policy may not come into force: {error}") from None

    async def files_of(self, version: str) -> Sequence[BundleFile]:
        """The files of any version. Raises `StoreFailed` or `StoreDamaged`."""
        return await _aside(lambda: self._store.files_of(version))

    def require_proposable(self, bundle: Bundle) -> None:
        """Raises `InvalidBundle` for what officers may not bring into force after what is."""
        self._fit.require_proposable(bundle, self.bundle.files)

    async def take(self, officer: Officer, intent: Intent, told: Event) -> Step:
        """Do what `officer`, who is known by a sign-in, wants done. `told` says who and whence, for the record.

        Raises `PolicyStepRefused`, and `AuditUnavailable` when it cannot be recorded.
        """
        async with self._turn:
            await self._catch_up()
            try:
                step = to_step(intent, self._history, officer.subject, self.now())
            except StepRefused as error:
                raise PolicyStepRefused(str(error)) from None
            body = to_body(step)
            signed = SignedStep(body, self._key.public.id, self._key.sign(body))
            files = intent.files if isinstance(intent, Propose) else None
            await self._take(step, signed, officer, files, told)
            return step

    async def look(self) -> None:
        """Take what was left by officers elsewhere, and see what is in force now."""
        async with self._turn:
            try:
                for submission in await _aside(self._store.submissions):
                    await self._take_submitted(submission)
                await self._catch_up()
                self._failing = False
            except Exception:  # whatever went wrong, what is in force stays, and it is looked again
                if not self._failing:
                    _logger.exception("the versions of the policy cannot be looked at")
                self._failing = True

    async def _take_submitted(self, submission: Submission) -> None:
        await self._catch_up()
        outcome = ""
        try:
            step, officer = self._signer_of(submission.signed)
            told = Event(EventKind.POLICY_PROPOSED, Outcome.SUCCESS, subject=officer.subject)
            await self._take(step, submission.signed, officer, submission.files, told)
        except PolicyStepRefused as error:
            outcome = str(error)
        await _aside(lambda: self._store.answer(submission.id, outcome))

    def _signer_of(self, signed: SignedStep) -> tuple[Step, Officer]:
        """The step and whoever signed it elsewhere. Raises `PolicyStepRefused`."""
        officer, key = self.officers.by_key.get(signed.key, (None, None))
        if officer is None or key is None:
            raise PolicyStepRefused("the key belongs to no officer of the configuration")
        if not key.verifies(signed.signature, signed.body):
            raise PolicyStepRefused("the signature is not by that key")
        try:
            return read_body(signed.body), officer
        except MalformedStep:
            raise PolicyStepRefused("the step cannot be read") from None

    async def _take(
        self, step: Step, signed: SignedStep, officer: Officer, files: Sequence[BundleFile] | None, told: Event
    ) -> None:
        """Check, record, keep, and let it have its effect. Raises `PolicyStepRefused`, which is recorded too."""
        event = _event_of(step, signed, told)
        try:
            self._require_active(officer)
            self._require_known(step, files)
            known = await self._known_files(step, files)
            require_admissible(self._history, step, officer, known.__getitem__, self.now())
            await self._require_sound(step, files)
        except (StepRefused, InvalidBundle, ConfigurationError) as error:
            words = _words(error, officer)
            detail = {**event.detail, "why": words[:_MOST_WORDS]}
            await self._audit.record(replace(event, outcome=Outcome.REFUSED, detail=detail))
            raise PolicyStepRefused(words) from None
        await self._audit.record(event)
        if files is not None:
            await _aside(lambda: self._store.keep(step.version, files))
        if not await _aside(lambda: self._store.add_step(step.number, seal(signed, self._key))):
            raise PolicyStepRefused("something else has happened to the policy meanwhile: look at it again")
        await self._catch_up()

    def _require_active(self, officer: Officer) -> None:
        if self._fit.suspended(officer.subject):
            raise StepRefused("the account is suspended")

    def _require_known(self, step: Step, files: Sequence[BundleFile] | None) -> None:
        """What a step names has to be there."""
        if step.base not in self._history.versions():
            raise StepRefused("it was made on a version that there is not")
        if files is None and step.kind is StepKind.PROPOSED:
            raise StepRefused("the files of the version are missing")
        if files is None and step.version not in self._history.versions():
            raise StepRefused("there is no such version")

    async def _require_sound(self, step: Step, files: Sequence[BundleFile] | None) -> None:
        """Whatever a step would bring into force, now or later, must be fit for it already."""
        if step.kind is StepKind.WITHDRAWN:
            return
        bundle = await (self._bundle_of(step.version) if files is None else _aside(lambda: self._sound(files)))
        if bundle.hash != step.version:
            raise StepRefused("the files are not those of the version")
        if step.kind is not StepKind.ROLLED_BACK:
            await _aside(lambda: self.require_proposable(bundle))

    async def _known_files(self, step: Step, files: Sequence[BundleFile] | None) -> dict[str, Sequence[BundleFile]]:
        """The files of the versions that it takes to say whose rules are changed."""
        known = {} if files is None else {step.version: files}
        wanted = {step.base, step.version, self._history.in_force(self.now()).version} - known.keys()
        if step.proposal in self._history.proposals:
            proposed = self._history.proposals[step.proposal].step
            wanted |= {proposed.base, proposed.version} - known.keys()
        return known | {version: await self.files_of(version) for version in wanted}

    async def _catch_up(self) -> None:
        """Read what others have added, and adopt what is in force by now."""
        self._history = await self._read(self._history)
        version = self._history.in_force(self.now()).version
        if version != self.bundle.hash:
            await self._adopt(version)

    async def _adopt(self, version: str) -> None:
        """Let `version` decide, once that is recorded; if it is not fit, what is in force stays."""
        try:
            bundle = await self._bundle_of(version)
        except (InvalidBundle, StoreDamaged, ConfigurationError):
            if self._unfit != version:
                _logger.exception("a version of the policy cannot come into force")
                await self._audit.record(Event(EventKind.POLICY_LOADED, Outcome.FAILED, policy=version))
            self._unfit = version
            return
        await self._audit.record(loaded(bundle))
        self._bundle, self._unfit = bundle, ""
        for adopt in self._adopters:
            adopt(bundle)

    async def _read(self, history: History) -> History:
        steps = await _aside(lambda: self._store.steps(len(history.steps)))
        return extended(history, steps, self._key.public)

    async def _bundle_of(self, version: str) -> Bundle:
        files = await self.files_of(version)
        return await _aside(lambda: self._sound(files))

    def _sound(self, files: Sequence[BundleFile]) -> Bundle:
        """Raises `InvalidBundle` or `ConfigurationError` for what may not come into force."""
        bundle = to_bundle(files)
        require_sound(bundle)
        self._fit.require_usable(bundle)
        return bundle


def loaded(bundle: Bundle, more: dict[str, str | int] | None = None) -> Event:
    """That `bundle` comes into force, for the record."""
    detail: dict[str, str | int] = {"rules": len(bundle.rules), **(more or {})}
    return Event(EventKind.POLICY_LOADED, Outcome.SUCCESS, policy=bundle.hash, detail=detail)


def _event_of(step: Step, signed: SignedStep, told: Event) -> Event:
    detail: dict[str, str | int] = {"step": step.number, "base": step.base, "key": signed.key}
    if step.proposal:
        detail["proposal"] = step.proposal
    if step.effective:
        detail["effective"] = step.effective
    if step.note:
        detail["note"] = step.note
    return replace(told, kind=KINDS[step.kind], outcome=Outcome.SUCCESS, policy=step.version, detail=detail)


def _words(error: Exception, officer: Officer) -> str:
    """Why a step is refused, as far as it is about the part that `officer` is shown."""
    if isinstance(error, InvalidBundle):
        told = "; ".join(map(str, shown_problems(officer.institution, error.problems)))
        return f"the policy may not come into force: {told}"
    return str(error)


async def _aside(work: Callable[[], _Answer]) -> _Answer:
    """Do in a thread what takes its time."""
    return await asyncio.to_thread(work)
