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

MOST_ASSERTIONS: Final = 100_000
"""Remembered of each exchange: one that asks too much takes nothing from the others."""

_KEPT_SECONDS: Final = LONGEST_SECONDS + 2 * LEEWAY_SECONDS + 1


class Assertions:
    """Those that were used, for as long as they would be believed. `clock` gives Unix seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._used: dict[str, TTLCache[str, None]] = {}

    def use(self, token: VerifiedToken) -> None:
        """Use `token`. Raises `NotAuthenticated` for one that was used before or lives too long, and `Overloaded`."""
        claims, used = token.claims, self._of(token.issuer.id)
        if claims["jti"] in used or claims["exp"] - claims["iat"] > LONGEST_SECONDS or not claims.get("sid"):
            raise NotAuthenticated(REFUSED)
        used.expire()
        if len(used) >= used.maxsize:
            raise Overloaded("too many questions of another exchange at once")
        used[claims["jti"]] = None

    def _of(self, issuer: str) -> TTLCache[str, None]:
        """Those of one exchange of the configuration."""
        if issuer not in self._used:
            self._used[issuer] = TTLCache(MOST_ASSERTIONS, _KEPT_SECONDS, timer=self._clock)
        return self._used[issuer]


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
