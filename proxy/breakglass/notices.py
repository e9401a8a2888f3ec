"""Who answers for a study is told at once that it was opened under a declared emergency, and when a review is overdue.

The notice names the emergency and where officers sign in; who the patient is stands there, for whoever may read it.
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from enum import StrEnum

import msgspec

from proxy.breakglass.emergency import Case, Emergency
from proxy.care.webhooks import Message, Webhook, sending
from proxy.settings.emergencies import Notified


class Notice(StrEnum):
    """What is told of, as the `type` of the message."""

    DECLARED = "emergency.declared"
    OPENED = "emergency.opened"
    OVERDUE = "emergency.review-overdue"


class EmergencyNotices:
    """`new_id` gives unguessable names, `clock` Unix seconds, `place` is where officers sign in."""

    def __init__(
        self, webhooks: Sequence[Webhook[Notified]], new_id: Callable[[], str], clock: Callable[[], float], place: str
    ) -> None:
        self._webhooks = tuple(webhooks)
        self._new_id = new_id
        self._clock = clock
        self._place = place

    def tell(self, notice: Notice, emergency: Emergency, case: Case) -> None:
        """Whoever is told of the case's institution; of an emergency as such, those who are told of all."""
        at = datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="seconds")
        data = {
            "emergency": emergency.id,
            "institution": case.institution or None,
            "due": case.due.isoformat(timespec="seconds"),
            "link": self._place,
        }
        body = msgspec.json.encode({"type": notice.value, "timestamp": at, "data": data})
        for webhook in self._webhooks:
            if webhook.settings.is_of(case.institution):
                webhook.send(Message(f"msg_{self._new_id()}", body))

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        async with sending(self._webhooks):
            yield
