"""What another exchange may say of the person on whose behalf it asks: once, for a minute, and never more than it may.

Its assertion is an access token (RFC 9068, IHE IUA) for one request. It gives at most what the configuration of that
issuer allows (`issuers.exchange`), whatever it says.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from cachetools import TTLCache

from policy.request import Network
from proxy.access.caller import Caller
from proxy.access.tokens import LEEWAY_SECONDS, REFUSED, VerifiedToken
from proxy.errors import NotAuthenticated, NotPermitted, Overloaded
from proxy.settings.linking import HubIssuer

LONGEST_SECONDS: Final = 120
"""An assertion that lives longer was not made for the question that it comes with."""

MOST_ASSERTIONS: Final = 200_000
_KEPT_SECONDS: Final = LONGEST_SECONDS + 2 * LEEWAY_SECONDS + 1


class Assertions:
    """Those that were used, for as long as they would be believed. `clock` gives Unix seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._used: TTLCache[tuple[str, str], None] = TTLCache(MOST_ASSERTIONS, _KEPT_SECONDS, timer=clock)

    def use(self, token: VerifiedToken) -> None:
        """Use `token`. Raises `NotAuthenticated` when it was used before or lives too long."""
        claims = token.claims
        key = (token.issuer.id, claims["jti"])
        if key in self._used or claims["exp"] - claims["iat"] > LONGEST_SECONDS or not claims.get("sid"):
            raise NotAuthenticated(REFUSED)
        self._used.expire()
        if len(self._used) >= MOST_ASSERTIONS:
            raise Overloaded("too many questions of other exchanges at once")
        self._used[key] = None


def bounded(caller: Caller, hub: HubIssuer) -> Caller:
    """`caller`, of whom another exchange speaks, as far as it may. Raises `NotPermitted` for another purpose of use.

    The sign-in there stands for all questions of it: each comes with an assertion of its own.
    """
    if caller.purpose not in hub.purposes:
        raise NotPermitted("your exchange may not ask this one for that purpose of use")
    patient = caller.patient
    return replace(
        caller,
        token_id=caller.sign_in,
        network=Network(hub.network),
        assurance=min(caller.assurance, hub.assurance),
        patient=patient if patient is not None and patient.authority in hub.patient_authorities else None,
        hops=hub.hops,
    )
