"""Sign-ins that failed: why, for the audit log; the person learns only that they did."""

from collections.abc import Callable
from enum import StrEnum
from typing import Final

from cachetools import TTLCache

from policy.request import PurposeOfUse
from proxy.access.caller import Caller
from proxy.access.events import caller_event
from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.log import AuditLog

FAILURE_SECONDS: Final = 10
"""The same failure from the same address, repeated within so long, is one event."""

_REMEMBERED: Final = 10_000


class Cause(StrEnum):
    UNKNOWN = "no-such-login"
    OTHER_BROWSER = "other-browser"
    OTHER_ISSUER = "other-issuer"
    ANSWER = "provider-refused"
    TOKENS = "tokens"
    PURPOSE = "purpose"
    ASSURANCE = "assurance"
    PROVIDER = "provider-failed"


class Failed(Exception):
    """A login that ends here."""

    def __init__(self, cause: Cause, caller: Caller | None = None) -> None:
        super().__init__(cause)
        self.cause = cause
        self.caller = caller


class Failures:
    """Records them. Strangers can cause as many as they like, so a repetition is no event of its own."""

    def __init__(self, audit: AuditLog, clock: Callable[[], float]) -> None:
        self._audit = audit
        self._recent: TTLCache[tuple[object, ...], None] = TTLCache(_REMEMBERED, FAILURE_SECONDS, timer=clock)

    async def record(
        self, address: str, cause: Cause, purpose: PurposeOfUse | None = None, caller: Caller | None = None
    ) -> None:
        key = (address, cause, caller.subject if caller else "")
        if key in self._recent:
            return
        outcome = Outcome.FAILED if cause is Cause.PROVIDER else Outcome.REFUSED
        kind, detail = EventKind.LOGIN_FAILED, {"cause": cause.value}
        if caller is not None:
            event = caller_event(kind, outcome, caller, detail)
        else:
            event = Event(kind, outcome, purpose=purpose.value if purpose else "", address=address, detail=detail)
        await self._audit.record(event)
        self._recent[key] = None
