"""Logout tokens from providers, each taken once: sessions end, and what hangs on them with them.

OpenID Connect Back-Channel Logout 1.0 §2.5 to §2.8. The provider speaks, not the person's browser; its signature is all
there is to believe.
"""

from collections.abc import Callable
from typing import Final

from cachetools import TTLCache

from proxy.access.events import caller_event
from proxy.access.logout.ending import Ending, to_ending
from proxy.access.logout.revocations import KEPT_SECONDS, Revocations
from proxy.access.signin.sessions import Sessions
from proxy.access.tokens import REFUSED, TokenVerifier
from proxy.audit.event import EventKind, Outcome
from proxy.audit.log import AuditLog
from proxy.errors import NotAuthenticated, Overloaded

MAXIMUM_TOKENS: Final = 100_000
"""Logout tokens remembered; all of them are signed by a provider, and beyond that it is asked to slow down."""


class LogoutNotices:
    """Takes logout tokens. `ended` is told what was ended, so that answers under way end too; `clock` gives seconds."""

    def __init__(
        self,
        verifier: TokenVerifier,
        sessions: Sessions,
        revocations: Revocations,
        audit: AuditLog,
        clock: Callable[[], float],
        ended: Callable[[Ending], None],
    ) -> None:
        self._verifier = verifier
        self._sessions = sessions
        self._revocations = revocations
        self._audit = audit
        self._ended = ended
        self._taken: TTLCache[tuple[str, str], None] = TTLCache(MAXIMUM_TOKENS, KEPT_SECONDS, timer=clock)

    async def take(self, token: str) -> None:
        """End what `token` says. First it ends, then it is recorded: a log that fails keeps nobody signed in.

        Raises `NotAuthenticated` for a token that cannot be believed or was taken before, `AuditUnavailable`.
        """
        verified = await self._verifier.verify_logout_token(token)
        key = (verified.issuer.id, verified.claims["jti"])
        if key in self._taken:
            raise NotAuthenticated(REFUSED)
        self._taken.expire()
        if len(self._taken) >= MAXIMUM_TOKENS:
            raise Overloaded("more sign-ins end than can be remembered")
        self._taken[key] = None
        ending = to_ending(verified)
        self._revocations.add(ending)
        callers = self._sessions.end_all(ending.covers)
        self._ended(ending)
        for caller in callers:
            detail = {"by": "provider"}
            await self._audit.record(caller_event(EventKind.LOGOUT, Outcome.SUCCESS, caller, detail))
