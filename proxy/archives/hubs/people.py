"""How another exchange is told who asks: by an assertion, or by a token that it gives for one (RFC 7523, RFC 8693)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from cachetools import LRUCache, TTLCache

from proxy.archives.authorization.assertion import Proof, prove
from proxy.archives.authorization.endpoint import GrantRefused, TokenEndpoint
from proxy.archives.authorization.tokens import MARGIN_SECONDS, RENEWAL_SECONDS
from proxy.archives.authorization.transport import AuthorizationFailed
from proxy.archives.hubs.signer import Signer
from proxy.coalescing import Coalesced
from proxy.errors import ConfigurationError, RefusedElsewhere
from proxy.passage import current_passage
from proxy.settings.credentials import ClientCredentials

_PEOPLE: Final = 10_000
_JWT: Final = "urn:ietf:params:oauth:token-type:jwt"
_GRANTS: Final[Mapping[str, Callable[[str], Mapping[str, str]]]] = {
    "jwt-bearer": lambda assertion: {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": assertion,
    },
    "token-exchange": lambda assertion: {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token": assertion,
        "subject_token_type": _JWT,
    },
}


class PersonAssertion:
    """A Bearer field that is an assertion about whoever asks now, a new one for every question."""

    def __init__(self, signer: Signer, audience: str) -> None:
        self._signer = signer
        self._audience = audience

    async def field(self) -> str:
        return f"Bearer {self.signed('at+jwt')}"

    async def renewed(self, refused: str) -> str | None:  # noqa: ARG002 - whatever it was, it is not said again
        """Another one: the first may have arrived, and the answer have been lost, on a connection that ended."""
        return await self.field()

    def signed(self, kind: str) -> str:
        passage = current_passage()
        if passage.person is None:
            raise AuthorizationFailed("nobody asks on whose behalf the exchange could be asked")
        return self._signer.sign(passage, passage.person, self._audience, kind)


@dataclass(frozen=True, slots=True, repr=False)
class _Granted:
    field: str
    until: float


class PersonToken:
    """A Bearer field whose token the exchange's own authorization server gives for an assertion, kept for each circle.

    `timer` gives seconds.
    """

    def __init__(
        self,
        settings: ClientCredentials,
        read_secret: Callable[[], str],
        endpoint: TokenEndpoint,
        assertion: PersonAssertion,
        grant: str,
        timer: Callable[[], float],
    ) -> None:
        """`read_secret` is called for every token; raises `ConfigurationError`."""
        prove(settings, read_secret())
        self._settings = settings
        self._read_secret = read_secret
        self._endpoint = endpoint
        self._assertion = assertion
        self._grant = _GRANTS[grant]
        self._timer = timer
        self._kept: LRUCache[str, _Granted] = LRUCache(_PEOPLE)
        self._renewed: TTLCache[str, None] = TTLCache(_PEOPLE, RENEWAL_SECONDS, timer)
        self._questions: Coalesced[str, str] = Coalesced()

    async def field(self) -> str:
        circle = current_passage().circle
        kept = self._kept.get(circle)
        if kept is not None and self._timer() < kept.until:
            return kept.field
        return await self._questions.ask(circle, lambda: self._fetch(circle))

    async def renewed(self, refused: str) -> str | None:
        """Another one for the same person, though not one after another: that is refused too."""
        circle = current_passage().circle
        kept = self._kept.get(circle)
        if kept is not None and kept.field == refused:
            if circle in self._renewed:
                return None
            self._renewed[circle] = None
            del self._kept[circle]
        return await self.field()

    async def _fetch(self, circle: str) -> str:
        try:
            own = prove(self._settings, self._read_secret())
            form = {**own.form, **self._grant(self._assertion.signed("JWT"))}
            token = await self._endpoint.ask(Proof(own.headers, form))
        except ConfigurationError:
            raise AuthorizationFailed("this service's secret for the exchange's authorization server fails") from None
        except GrantRefused:
            raise RefusedElsewhere from None
        until = self._timer() + max(token.lifetime - MARGIN_SECONDS, token.lifetime / 2)
        kept = self._kept[circle] = _Granted(f"Bearer {token.value}", until)
        return kept.field
