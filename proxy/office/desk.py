"""Where officers work on the policy without a browser: the service's own store, and the audit log if it is free.

A step is signed with the officer's own key and left in the store. A running service takes it within two seconds; when
none runs, the command takes it itself, since the audit log is then its own to write.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
import time
from typing import Final

from policy.bundle import read_bundle
from policy.errors import InvalidBundle
from policy.life.admission import StepRefused
from policy.life.history import History
from policy.life.signature import SigningKey
from policy.life.step import SignedStep, Step, to_body
from proxy.attesting import origin_of
from proxy.audit.journal import Journal
from proxy.audit.store import EventReader
from proxy.errors import ConfigurationError, PolicyStepRefused
from proxy.patients.register import read_register
from proxy.policies.chain import extended
from proxy.policies.intent import Intent, Propose, to_step
from proxy.policies.keys import Officers, read_officers, read_own_key
from proxy.policies.store import StoreFailed
from proxy.policies.usable import Fit, fit_for
from proxy.policies.versions import Versions
from proxy.settings.file import Settings
from proxy.storage.decisions import SqliteDecisions
from proxy.storage.events import events_of
from proxy.storage.overrides import SqliteOverrides
from proxy.storage.policies import SqliteVersions

WAITING_SECONDS: Final = 15.0
"""How long a running service has to take a step; it looks every second."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What a command needs. `history` is what the store says now, believed as the service believes it."""

    settings: Settings
    store: SqliteVersions
    decisions: SqliteDecisions
    events: EventReader
    officers: Officers
    history: History

    @property
    def now(self) -> int:
        """Unix seconds, and not before the last step, as the service counts them."""
        return max(int(time.time()), self.history.latest)


def open_desk(settings: Settings) -> Desk:
    """Read the store of the service that `settings` configure. Raises `ConfigurationError` or `StoreDamaged`."""
    folder, policy = settings.audit.folder, settings.policy
    store = SqliteVersions(folder)
    try:
        first = read_bundle(policy.folder)
    except InvalidBundle as error:
        raise ConfigurationError(f"the policy may not come into force: {error}") from None
    store.keep(first.hash, first.files)
    key = read_own_key(policy.signing_key, folder).public
    history = extended(History(first.hash), store.steps(), key)
    return Desk(
        settings,
        store,
        SqliteDecisions(folder),
        events_of(settings.audit, origin_of(settings)),
        read_officers(policy.officers),
        history,
    )


def fit_of(settings: Settings) -> Fit:
    """What the service that `settings` configure asks of a policy. Raises `ConfigurationError`."""
    institutions = [one.id for one in settings.institutions]
    register, overrides = read_register(settings.policy.register), SqliteOverrides(settings.audit.folder)
    return fit_for(register, institutions, overrides.read)


def take(desk: Desk, intent: Intent, key: SigningKey) -> Step:
    """Sign what is wanted, and wait until it is taken. Raises `PolicyStepRefused`."""
    officer, _ = desk.officers.by_key.get(key.public.id, (None, None))
    if officer is None:
        raise PolicyStepRefused("the key belongs to no officer of the configuration")
    try:
        step = to_step(intent, desk.history, officer.subject, desk.now)
    except StepRefused as error:
        raise PolicyStepRefused(str(error)) from None
    body = to_body(step)
    signed = SignedStep(body, key.public.id, key.sign(body))
    number = desk.store.submit(signed, intent.files if isinstance(intent, Propose) else None)
    outcome = asyncio.run(_outcome(desk, number))
    if outcome:
        raise PolicyStepRefused(outcome)
    return step


async def _outcome(desk: Desk, submission: int) -> str:
    deadline = time.monotonic() + WAITING_SECONDS
    while time.monotonic() < deadline:
        async with _versions(desk) as versions:
            if versions is not None:
                await versions.look()
        outcome = desk.store.outcome_of(submission)
        if outcome is not None:
            return outcome
        await asyncio.sleep(0.5)
    raise StoreFailed("a service is running, but has not taken the step; it is signed, and may be taken later")


@asynccontextmanager
async def _versions(desk: Desk) -> AsyncGenerator[Versions | None]:
    """The versions to change, where no service writes the audit log; else None."""
    settings = desk.settings
    journal = Journal(events_of(settings.audit, origin_of(settings)), time.time)
    try:
        await journal.start()
    except ConfigurationError:
        yield None
        return
    try:
        key = read_own_key(settings.policy.signing_key, settings.audit.folder)
        versions = Versions(desk.store, journal, desk.officers, key, time.time, fit_of(settings))
        await versions.open(read_bundle(settings.policy.folder))
        yield versions
    finally:
        await journal.close()
