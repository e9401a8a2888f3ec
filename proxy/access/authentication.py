"""Who is asking: an access token (RFC 6750, RFC 9449) or a session, made into a caller with purpose and place."""

from collections.abc import Callable
from dataclasses import replace

from proxy.access.caller import Caller
from proxy.access.claims import purpose_of, to_caller
from proxy.access.hubs import Assertions, bounded
from proxy.access.logout.revocations import Revocations
from proxy.access.networks import Networks
from proxy.access.possession.proof import Shown, read_proof
from proxy.access.possession.replays import Replays
from proxy.access.refusals import SignInOver
from proxy.access.signin.sessions import Sessions
from proxy.access.tokens import REFUSED, TokenVerifier, VerifiedToken
from proxy.errors import NotAuthenticated


class Authentication:
    """Turns what a request carries into its caller; a request that carries a token is never asked for its cookie.

    `clock` gives Unix seconds. Nobody whose sign-in the provider has ended (`revocations`) is one.
    """

    def __init__(
        self,
        verifier: TokenVerifier,
        sessions: Sessions,
        networks: Networks,
        revocations: Revocations,
        clock: Callable[[], float],
    ) -> None:
        self._verifier = verifier
        self._sessions = sessions
        self._networks = networks
        self._revocations = revocations
        self._clock = clock
        self._replays = Replays(clock)
        self._assertions = Assertions(clock)

    async def identify(
        self, authorization: str | None, cookie: str | None, address: str, shown: Shown | None = None
    ) -> Caller:
        """The caller behind an Authorization header or a session cookie's value, at the client's IP `address`.

        `shown` is what the request shows of a key, where it has a `DPoP` header. Raises `NotAuthenticated` with one
        text for every cause, and `NotPermitted` when a good token declares no purpose of use, or several.
        """
        if authorization is not None:
            caller = await self._by_token(authorization, address, shown)
        else:
            caller = self._by_session(cookie, address)
        if self._revocations.covers(caller):
            raise SignInOver(caller)
        return caller

    def _by_session(self, cookie: str | None, address: str) -> Caller:
        caller = self._sessions.find(cookie) if cookie else None
        if caller is None:
            raise NotAuthenticated(REFUSED)
        return replace(caller, address=address, network=self._networks.network_of(address))

    async def _by_token(self, authorization: str, address: str, shown: Shown | None) -> Caller:
        scheme, _, token = authorization.partition(" ")
        match scheme.lower():
            case "bearer":
                verified = await self._verifier.verify(token.strip(" "))
            case "dpop" if shown is not None:
                verified = await self._bound(token.strip(" "), shown)
            case _:
                raise NotAuthenticated(REFUSED)
        if verified.issuer.proof == "always" and not verified.bound_to:
            raise NotAuthenticated(REFUSED)
        hub = verified.issuer.exchange
        if hub is not None:
            self._assertions.use(verified)
        caller = to_caller(verified, purpose_of(verified), self._networks.network_of(address), address)
        return caller if hub is None else bounded(caller, hub)

    async def _bound(self, token: str, shown: Shown) -> VerifiedToken:
        """A token whose key the request holds (RFC 9449 §7.1). The proof is used up only with a good token."""
        if not token.isascii():
            raise NotAuthenticated(REFUSED)
        proof = read_proof(shown, token, self._clock())
        verified = await self._verifier.verify(token, proof.thumbprint)
        self._replays.use(proof)
        return verified
