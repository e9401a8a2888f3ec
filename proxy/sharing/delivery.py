"""One-time codes on their way to recipients: by mail, by a webhook of the exchange, or shown on the page of a demo."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
import logging
from typing import Final, Protocol

import msgspec

from proxy.care.webhooks import Message, Webhook, sending
from proxy.settings.receivers import SignedReceiver
from proxy.sharing.recipient import Channel, Recipient

KIND: Final = "share-link.code"
_WAITING: Final = 100

_logger = logging.getLogger(__name__)


class DeliveryFailed(Exception):
    """A code could not be handed over."""


class Sender(Protocol):
    """Hands codes over, one after another."""

    async def send(self, recipient: Recipient, code: str) -> None:
        """Raises `DeliveryFailed`."""


class WebhookSender:
    """By a system of the exchange that sends messages, which gets a signed POST with `{channel, to, code}`."""

    def __init__(self, webhook: Webhook[SignedReceiver], new_id: Callable[[], str], clock: Callable[[], float]) -> None:
        self.webhook = webhook
        self._new_id = new_id
        self._clock = clock

    async def send(self, recipient: Recipient, code: str) -> None:
        at = datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="seconds")
        data = {"channel": recipient.channel.value, "to": recipient.address, "code": code}
        body = msgspec.json.encode({"type": KIND, "timestamp": at, "data": data})
        self.webhook.send(Message(f"msg_{self._new_id()}", body))


class Delivery:
    """Sends codes in the background, so that an answer tells nothing by the time it takes.

    With `shown` the page shows codes, and proves nothing about who asks.
    """

    def __init__(self, senders: Mapping[Channel, Sender], *, shown: bool) -> None:
        self.shown = shown
        self._senders = senders
        self._waiting: asyncio.Queue[tuple[Recipient, str]] = asyncio.Queue(_WAITING)

    @property
    def channels(self) -> tuple[Channel, ...]:
        """By what recipients can be reached."""
        return tuple(one for one in Channel if self.shown or one in self._senders)

    def send(self, recipient: Recipient, code: str) -> None:
        """Have `code` sent; it is left out when too many wait."""
        try:
            self._waiting.put_nowait((recipient, code))
        except asyncio.QueueFull:
            _logger.warning("too many one-time codes wait to be sent; one was left out")

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        webhooks = {one.webhook for one in self._senders.values() if isinstance(one, WebhookSender)}
        async with sending(list(webhooks)):
            task = asyncio.create_task(self._work(), name="one-time codes")
            try:
                yield
            finally:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    async def _work(self) -> None:
        while True:
            recipient, code = await self._waiting.get()
            sender = self._senders.get(recipient.channel)
            try:
                if sender is not None:
                    await sender.send(recipient, code)
            except DeliveryFailed:
                _logger.warning("a one-time code could not be handed over")
