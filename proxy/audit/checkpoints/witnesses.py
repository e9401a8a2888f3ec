"""Witnesses: whoever is shown each checkpoint, so that a log cut short or written anew contradicts what they have."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
import logging
import os
from pathlib import Path
import socket
from typing import Final, Protocol

from proxy.audit.canonical import to_time
from proxy.audit.checkpoints.growth import Signed
from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.log import AuditLog
from proxy.errors import VitrineError

PAUSE_SECONDS: Final = 10.0
"""How long after a failure the newest checkpoint is tried again."""

_NOTICE: Final = 13 * 8 + 5  # facility "log audit", severity "notice" (RFC 5424 §6.2.1)

_logger = logging.getLogger(__name__)
Consistency = Callable[[int, int], Awaitable[list[bytes]]]
"""Proves that the log of so many records continues the one of so many before."""


class WitnessSilent(Exception):
    """The witness could not be told; it may be later."""


class WitnessRefuses(Exception):
    """The witness has seen another log than this."""


class Witness(Protocol):
    @property
    def id(self) -> str: ...

    async def take(self, signed: Signed, consistency: Consistency) -> None:
        """Show `signed`, or raise `WitnessSilent` or `WitnessRefuses`."""
        ...

    async def close(self) -> None: ...


class Delivery:
    """One witness, which is shown the newest checkpoint until it takes it; older ones are covered by that."""

    def __init__(
        self, witness: Witness, audit: AuditLog, consistency: Consistency, pause: float = PAUSE_SECONDS
    ) -> None:
        self._witness = witness
        self._audit = audit
        self._consistency = consistency
        self._pause = pause
        self._newest: Signed | None = None
        self._wake = asyncio.Event()
        self._state: type[Exception] | None = None

    @property
    def behind(self) -> bool:
        """Whether the witness still has to take something."""
        return self._newest is not None

    def send(self, signed: Signed) -> None:
        self._newest = signed
        self._wake.set()

    async def work(self) -> None:
        """Show what there is to show, for ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while (signed := self._newest) is not None:
                if await self._taken(signed):
                    self._newest = None if self._newest is signed else self._newest
                else:
                    await asyncio.sleep(self._pause)

    async def close(self) -> None:
        await self._witness.close()

    async def _taken(self, signed: Signed) -> bool:
        try:
            await self._witness.take(signed, self._consistency)
        except WitnessRefuses:
            await self._note(WitnessRefuses)
            return False
        except (WitnessSilent, VitrineError):
            await self._note(WitnessSilent)
            return False
        self._state = None
        return True

    async def _note(self, state: type[Exception]) -> None:
        """Say once what is wrong; that a witness contradicts this log belongs in it."""
        if state is self._state:
            return
        self._state = state
        if state is WitnessSilent:
            _logger.warning("a witness of the audit log could not be told")
            return
        _logger.error("a witness has seen another audit log than this one")
        event = Event(EventKind.CHECKPOINT_REFUSED, Outcome.FAILED, detail={"witness": self._witness.id})
        try:
            await self._audit.record(event)
        except VitrineError:
            self._state = None


class FileWitness:
    """A file, best on media that can only be written once: each checkpoint is appended, with an empty line behind."""

    def __init__(self, identifier: str, path: Path) -> None:
        """Opened once, before the service gives up the right to write elsewhere. Raises `OSError`."""
        self.id = identifier
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)

    async def take(self, signed: Signed, consistency: Consistency) -> None:
        del consistency
        try:
            await asyncio.to_thread(self._append, f"{signed.note}\n".encode())
        except OSError:
            raise WitnessSilent from None

    async def close(self) -> None:
        os.close(self._file)

    def _append(self, text: bytes) -> None:
        if os.write(self._file, text) != len(text):
            raise OSError
        os.fsync(self._file)


class SyslogWitness:
    """The log daemon of this machine, which is to pass it on (RFC 5424); one message holds the whole checkpoint."""

    def __init__(self, identifier: str, place: Path, clock: Callable[[], float]) -> None:
        self.id = identifier
        self._place = place
        self._clock = clock

    async def take(self, signed: Signed, consistency: Consistency) -> None:
        del consistency
        at = to_time(datetime.fromtimestamp(self._clock(), UTC))
        note = signed.note.rstrip("\n").replace("\n", "\\n")
        message = f"<{_NOTICE}>1 {at} {socket.gethostname()} vitrine - checkpoint - \ufeff{note}"
        try:
            await asyncio.to_thread(self._send, message.encode())
        except OSError:
            raise WitnessSilent from None

    async def close(self) -> None:
        """Nothing is held between two messages."""

    def _send(self, message: bytes) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as daemon:
            daemon.settimeout(1.0)
            daemon.sendto(message, str(self._place))
