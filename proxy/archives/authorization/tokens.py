"""Access tokens by client credentials: kept while they are good, fetched once for all who wait (RFC 6749 §4.4)."""

from collections.abc import Callable
from math import inf
import time

from proxy.archives.authorization.assertion import prove
from proxy.archives.authorization.endpoint import Token, TokenEndpoint
from proxy.archives.authorization.transport import AuthorizationFailed
from proxy.coalescing import Coalesced
from proxy.errors import ConfigurationError
from proxy.settings.credentials import ClientCredentials

MARGIN_SECONDS = 30.0
"""How long before its end a token is no longer used: a request may be under way for that long."""

RENEWAL_SECONDS = 30.0
"""How long an archive that refuses new tokens gets no other: it will refuse that one too."""

_RETRY_SECONDS = 2.0
"""How long a server that failed is left alone."""


class AccessToken:
    """A Bearer field (RFC 6750 §2.1) whose token is had from `endpoint`. `timer` gives seconds."""

    def __init__(
        self,
        settings: ClientCredentials,
        read_secret: Callable[[], str],
        endpoint: TokenEndpoint,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        """`read_secret` is called for every token, so that a key may be exchanged; raises `ConfigurationError`."""
        prove(settings, read_secret())
        self._settings = settings
        self._read_secret = read_secret
        self._endpoint = endpoint
        self._timer = timer
        self._questions: Coalesced[str, str] = Coalesced()
        self._renewals: Coalesced[str, str | None] = Coalesced()
        self._field = ""
        self._good_until = self._renewed_at = self._failed_at = -inf
        self._failure = ""

    def __repr__(self) -> str:
        return "AccessToken(…)"

    async def field(self) -> str:
        if self._timer() < self._good_until:
            return self._field
        return await self._questions.ask("token", self._fetch)

    async def renewed(self, refused: str) -> str | None:
        """The token of those who were quicker, or a new one, though not one after another."""
        if self._field != refused:
            return await self.field()
        return await self._renewals.ask(refused, self._renew)

    async def _renew(self) -> str | None:
        if self._timer() - self._renewed_at < RENEWAL_SECONDS:
            return None
        self._renewed_at = self._timer()
        self._good_until = -inf
        return await self.field()

    async def _fetch(self) -> str:
        if self._timer() - self._failed_at < _RETRY_SECONDS:
            raise AuthorizationFailed(self._failure)
        try:
            token = await self._endpoint.ask(prove(self._settings, self._read_secret()))
        except ConfigurationError:
            raise self._failed("this service's secret for the archive's authorization server cannot be used") from None
        except AuthorizationFailed as error:
            raise self._failed(str(error)) from None
        return self._keep(token)

    def _keep(self, token: Token) -> str:
        self._field = f"Bearer {token.value}"
        self._good_until = self._timer() + max(token.lifetime - MARGIN_SECONDS, token.lifetime / 2)
        return self._field

    def _failed(self, words: str) -> AuthorizationFailed:
        self._failed_at, self._failure = self._timer(), words
        return AuthorizationFailed(words)
