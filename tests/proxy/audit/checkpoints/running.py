"""A log with its checkpoints for the tests, over real files, with a clock that the test moves."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from proxy.audit.checkpoints.note import Signer
from proxy.audit.checkpoints.signing import Checkpoints
from proxy.audit.checkpoints.witnesses import Witness
from proxy.audit.journal import Journal
from proxy.settings.audit import Audit
from proxy.storage.sqlite import SqliteEvents
from tests.proxy.audit.logs import view

SIGNER = Signer("vitrine.test/audit", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


@dataclass
class Clock:
    """Unix seconds and the seconds that only go forward, set apart by `jump`."""

    now: float = datetime(2026, 11, 24, 12, tzinfo=UTC).timestamp()
    timer: float = 0.0

    def clock(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.timer

    def pass_by(self, seconds: float) -> None:
        self.now += seconds
        self.timer += seconds

    def jump(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class Log:
    store: SqliteEvents
    journal: Journal
    checkpoints: Checkpoints
    clock: Clock = field(default_factory=Clock)

    async def record(self, number: int) -> None:
        await asyncio.gather(*(self.journal.record(view(one)) for one in range(number)))


@asynccontextmanager
async def log_in(
    folder: Path, witnesses: Sequence[Witness] = (), clock: Clock | None = None, **settings: object
) -> AsyncIterator[Log]:
    clock, store = clock or Clock(), SqliteEvents(folder)
    journal = Journal(store, clock.clock)
    await journal.start()
    audit = replace_settings(Audit(folder=folder), settings)
    checkpoints = Checkpoints(store, journal, SIGNER, audit, witnesses, store, clock.clock, clock.monotonic)
    try:
        yield Log(store, journal, checkpoints, clock)
    finally:
        await journal.close()


def replace_settings(audit: Audit, settings: dict[str, object]) -> Audit:
    return Audit(**{name: getattr(audit, name) for name in audit.__struct_fields__} | settings)
