"""Receivers are told of things by POST: signed, tried again for a while, and without a patient.

What is sent follows Standard Webhooks (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md):
`webhook-id`, `webhook-timestamp` and `webhook-signature`, an HMAC-SHA256 over the three parts. When a search ahead is
done it names the care event as this service named it to the sender, and where people sign in; what was found, if
anything, is not said.
"""

import asyncio
import base64
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
import hashlib
import hmac
import logging
from typing import Final, Generic, TypeVar

import httpx
import msgspec

from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.log import AuditLog
from proxy.errors import ConfigurationError, VitrineError
from proxy.settings.care import Receiver
from proxy.settings.receivers import SignedReceiver
from proxy.settings.secrets import read_secret

KIND: Final = "care-event.searched"
PAUSES: Final = (5.0, 60.0, 600.0, 3600.0)
"""How long is waited before a message is sent again, in seconds; then it is given up."""

_QUEUE: Final = 1000
_SECONDS: Final = 10.0
_SHORTEST_SECRET: Final = 24

_logger = logging.getLogger(__name__)
Receiving = TypeVar("Receiving", bound=SignedReceiver)


@dataclass(frozen=True, slots=True)
class Message:
    """One notice for one receiver; it keeps its `id` when it is sent again."""

    id: str
    body: bytes


class Webhook(Generic[Receiving]):
    """One receiver, to which messages go one after another, each as often as it has to."""

    def __init__(
        self,
        settings: Receiving,
        transport: httpx.AsyncBaseTransport,
        audit: AuditLog,
        clock: Callable[[], float],
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        """Raises `ConfigurationError` when the secret is missing or short enough to be guessed."""
        self.settings = settings
        self._transport = transport
        self._audit = audit
        self._clock = clock
        self._pauses = tuple(pauses)
        self._key = _read_key(settings)
        self._waiting: asyncio.Queue[Message] = asyncio.Queue(_QUEUE)

    def send(self, message: Message) -> None:
        """Have `message` sent; it is left out when too many wait."""
        try:
            self._waiting.put_nowait(message)
        except asyncio.QueueFull:
            _logger.warning("too many notices wait for a receiver; one was left out")

    async def work(self) -> None:
        """Send what waits, for ever."""
        while True:
            message = await self._waiting.get()
            status = await self._deliver(message)
            outcome = Outcome.SUCCESS if _is_taken(status) else Outcome.FAILED
            detail: dict[str, str | int] = {"receiver": self.settings.id, "message": message.id, "status": status}
            try:
                await self._audit.record(Event(EventKind.NOTIFIED, outcome, detail=detail))
            except VitrineError:
                _logger.warning("a notice to a receiver could not be recorded")

    async def close(self) -> None:
        await self._transport.aclose()

    async def _deliver(self, message: Message) -> int:
        """The status of the last answer, 0 when there was none. What the receiver will never take is not sent again."""
        status = 0
        for pause in (0.0, *self._pauses):
            await asyncio.sleep(pause)
            status = await self._post(message)
            if _is_taken(status) or status == 410:
                break
        return status

    async def _post(self, message: Message) -> int:
        request = httpx.Request("POST", self.settings.url, headers=self._headers(message), content=message.body)
        try:
            async with asyncio.timeout(_SECONDS):
                response = await self._transport.handle_async_request(request)
                await response.aclose()
                return response.status_code
        except (httpx.HTTPError, OSError, TimeoutError):
            return 0

    def _headers(self, message: Message) -> Mapping[str, str]:
        timestamp = str(int(self._clock()))
        return {
            "Content-Type": "application/json",
            "User-Agent": "vitrine",
            "Connection": "close",
            "webhook-id": message.id,
            "webhook-timestamp": timestamp,
            "webhook-signature": signature_of(self._key, message.id, timestamp, message.body),
        }


class Webhooks:
    """All receivers. `new_id` gives unguessable names, `portal` is where people sign in."""

    def __init__(
        self, webhooks: Sequence[Webhook[Receiver]], new_id: Callable[[], str], clock: Callable[[], float], portal: str
    ) -> None:
        self._webhooks = tuple(webhooks)
        self._new_id = new_id
        self._clock = clock
        self._portal = portal

    def tell(self, sender: str, event: str) -> None:
        """The search ahead for `event` of `sender` is done."""
        at = datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="seconds")
        body = msgspec.json.encode({"type": KIND, "timestamp": at, "data": {"event": event, "link": self._portal}})
        for webhook in self._webhooks:
            if sender in webhook.settings.senders:
                webhook.send(Message(f"msg_{self._new_id()}", body))

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        async with sending(self._webhooks):
            yield


@asynccontextmanager
async def sending(webhooks: Sequence[Webhook[Receiving]]) -> AsyncGenerator[None]:
    """`webhooks` send what they are given until the context ends."""
    tasks = [asyncio.create_task(one.work(), name="webhook") for one in webhooks]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for one in webhooks:
            await one.close()


def signature_of(key: bytes, identifier: str, timestamp: str, body: bytes) -> str:
    signed = b".".join([identifier.encode("ascii"), timestamp.encode("ascii"), body])
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode("ascii")


def _read_key(settings: SignedReceiver) -> bytes:
    """The key, which with the prefix `whsec_` is written in base64."""
    try:
        text = read_secret(settings.secret)
        key = base64.b64decode(text[6:], validate=True) if text.startswith("whsec_") else text.encode()
    except (OSError, ValueError):
        raise ConfigurationError(f"receiver `{settings.id}`: the secret cannot be read") from None
    if len(key) < _SHORTEST_SECRET:
        raise ConfigurationError(f"receiver `{settings.id}`: the secret is shorter than {_SHORTEST_SECRET} bytes")
    return key


def _is_taken(status: int) -> bool:
    return 200 <= status < 300
