"""Who is asking: a bearer token (RFC 6750) or a browser session, made into a caller with purpose and place."""

from dataclasses import replace

from proxy.access.caller import Caller
from proxy.access.claims import purpose_of, to_caller
from proxy.access.networks import Networks
from proxy.access.sessions import Sessions
from proxy.access.tokens import REFUSED, TokenVerifier
from proxy.errors import NotAuthenticated


class Authentication:
    """Turns what a request carries into its caller; a request that carries a token is never asked for its cookie."""

    def __init__(self, verifier: TokenVerifier, sessions: Sessions, networks: Networks) -> None:
        self._verifier = verifier
        self._sessions = sessions
        self._networks = networks

    async def identify(self, authorization: str | None, cookie: str | None, address: str) -> Caller:
        """The caller behind an Authorization header or a session cookie's value, at the client's IP `address`.

        Raises `NotAuthenticated` with one text for every cause, and `NotPermitted` when a good token declares no
        purpose of use, or several.
        """
        if authorization is not None:
            return await self._bearer(authorization, address)
        caller = self._sessions.find(cookie) if cookie else None
        if caller is None:
            raise NotAuthenticated(REFUSED)
        return replace(caller, address=address, network=self._networks.network_of(address))

    async def _bearer(self, authorization: str, address: str) -> Caller:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise NotAuthenticated(REFUSED)
        verified = await self._verifier.verify(token.strip(" "))
        return to_caller(verified, purpose_of(verified), self._networks.network_of(address), address)
