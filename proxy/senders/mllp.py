"""The listener for HL7 v2: messages on connections that stay, over TLS with client certificates (IHE ITI-19) or from
clinical networks; each is answered when it is on record and written down, never before.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
import hashlib
import logging
import ssl
from typing import Final

from cachetools import TTLCache

from proxy.care.errors import UnknownPatient, UnreadableEvent
from proxy.care.hl7v2 import read_event, read_step
from proxy.care.reception import Reception
from proxy.care.senders import Sender, Senders
from proxy.errors import AuditUnavailable, ConfigurationError, Overloaded, VitrineError
from proxy.settings.care import Mllp
from proxy.wire.errors import MalformedHl7, MalformedMllp
from proxy.wire.hl7 import Header, read_header, read_message
from proxy.wire.hl7_answers import Refusal, to_acknowledgement
from proxy.wire.mllp import Unframer, to_frame

WAY: Final = "mllp"
_READ_BYTES: Final = 64 * 2**10
_ANSWER_SECONDS: Final = 10.0
_STRANGER_SECONDS: Final = 60.0
_APPLICATION_ERROR: Final = 207
_NOT_OURS: Final = frozenset({200, 201})
"""Feeds hold a great deal that is no care event: that it is left aside is answered, and not worth a record."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Peer:
    sender: Sender
    address: str


class MllpListener:
    """Answers every message of a known sender; hangs up on everybody else before reading anything."""

    def __init__(
        self,
        settings: Mllp,
        senders: Senders,
        reception: Reception,
        clock: Callable[[], float],
        new_id: Callable[[], str],
        *,
        certificates_only: bool,
    ) -> None:
        """With `certificates_only` nobody is let in without a certificate."""
        self._settings = settings
        self._senders = senders
        self._reception = reception
        self._clock = clock
        self._new_id = new_id
        self._context = _context(settings, certificates_only=certificates_only)
        self._connections: set[asyncio.Task[None]] = set()
        self._strangers: TTLCache[str, None] = TTLCache(1024, _STRANGER_SECONDS, clock)

    @asynccontextmanager
    async def listening(self) -> AsyncGenerator[None]:
        """Listen until the context ends. Raises `ConfigurationError` when the address cannot be had."""
        where = self._settings.bind, self._settings.port
        try:
            server = await asyncio.start_server(
                *(self._accept, *where),
                ssl=self._context,
                ssl_handshake_timeout=_ANSWER_SECONDS if self._context else None,
                limit=_READ_BYTES,
            )
        except OSError as error:
            raise ConfigurationError(f"cannot listen on {where[0]} port {where[1]}: {error.strerror}") from None
        try:
            yield
        finally:
            server.close()
            for task in self._connections:
                task.cancel()
            await asyncio.gather(*self._connections, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer), name="mllp connection")
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._meet(reader, writer)
        except (OSError, TimeoutError, ssl.SSLError):
            pass
        except VitrineError as error:
            _logger.warning("a connection of the MLLP listener ended", exc_info=error)
        finally:
            writer.close()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address = str((writer.get_extra_info("peername") or ("",))[0])
        sender = self._senders.of_connection(_fingerprint(writer), address)
        if sender is None:
            await self._turn_away(address)
        elif len(self._connections) <= self._settings.connections:
            await self._converse(_Peer(sender, address), reader, writer)

    async def _turn_away(self, address: str) -> None:
        if address not in self._strangers:
            self._strangers[address] = None
            await self._reception.refuse(address, WAY, "nobody who may tell of care events is there")

    async def _converse(self, peer: _Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        unframer = Unframer(self._settings.message_bytes)
        begun: float | None = None
        while data := await self._read(reader, begun):
            taken = 0
            try:
                for message in unframer.feed(data):
                    await self._answer(writer, await self._take(peer, message))
                    taken += 1
            except MalformedMllp as error:
                await self._answer(writer, await self._refuse(peer, None, Refusal(str(error), 100)))
                return
            started = None if taken else begun
            begun = (started or asyncio.get_running_loop().time()) if unframer.within_message else None

    async def _read(self, reader: asyncio.StreamReader, begun: float | None) -> bytes:
        """What comes next; nothing at the end of the connection. A message that has begun may not take for ever."""
        now = asyncio.get_running_loop().time()
        until = now + self._settings.idle_seconds if begun is None else begun + self._settings.message_seconds
        async with asyncio.timeout_at(until):
            return await reader.read(_READ_BYTES)

    async def _answer(self, writer: asyncio.StreamWriter, answer: bytes) -> None:
        writer.write(to_frame(answer))
        async with asyncio.timeout(_ANSWER_SECONDS):
            await writer.drain()

    async def _take(self, peer: _Peer, data: bytes) -> bytes:
        header: Header | None = None
        try:
            header = read_header(data)
            read_step(header)
            message = read_message(data, header, peer.sender.settings.character_set)
            await self._reception.receive(peer.sender, read_event(message, peer.sender.zone), peer.address, WAY)
        except UnknownPatient as error:
            return self._acknowledgement(header, Refusal(str(error), error.number))  # recorded where it was found out
        except (MalformedHl7, VitrineError) as error:
            return await self._refuse(peer, header, _to_refusal(error))
        return self._acknowledgement(header, None)

    async def _refuse(self, peer: _Peer, header: Header | None, refusal: Refusal) -> bytes:
        if refusal.number not in _NOT_OURS and not refusal.again:
            await self._reception.refuse(peer.address, WAY, refusal.words, peer.sender.id)
        return self._acknowledgement(header, refusal)

    def _acknowledgement(self, header: Header | None, refusal: Refusal | None) -> bytes:
        moment = datetime.fromtimestamp(self._clock(), UTC)
        return to_acknowledgement(header, refusal, self._new_id(), moment)


def _to_refusal(error: MalformedHl7 | VitrineError) -> Refusal:
    match error:
        case MalformedHl7(code=number) | UnreadableEvent(number=number):
            return Refusal(str(error), number)
        case Overloaded() | AuditUnavailable():
            return Refusal(f"it cannot be taken now: {error}", _APPLICATION_ERROR, again=True)
        case _:
            return Refusal("the service failed", _APPLICATION_ERROR, again=True)


def _fingerprint(writer: asyncio.StreamWriter) -> str:
    """Of the certificate that the peer has shown and that was verified; empty without one."""
    secured: ssl.SSLObject | None = writer.get_extra_info("ssl_object")
    certificate = secured.getpeercert(binary_form=True) if secured else None
    return hashlib.sha256(certificate).hexdigest() if certificate else ""


def _context(settings: Mllp, *, certificates_only: bool) -> ssl.SSLContext | None:
    if settings.tls_certificate is None:
        return None
    try:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=settings.client_ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(settings.tls_certificate, settings.tls_key)
    except OSError as error:
        raise ConfigurationError(
            f"`care.mllp`: the TLS files cannot be used: {error.strerror or 'not valid'}"
        ) from None
    if settings.client_ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED if certificates_only else ssl.CERT_OPTIONAL
    return context
