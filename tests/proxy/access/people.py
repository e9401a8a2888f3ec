"""A caller and verified tokens, good until a test changes them."""

from typing import Any

from policy.request import Network, PurposeOfUse
from proxy.access.caller import Caller
from proxy.access.tokens import VerifiedToken
from proxy.settings.server import Claims, Issuer
from tests.proxy.access.signing import NOON, claims_of


def caller_of(**changes: Any) -> Caller:
    """A clinician of the General Hospital inside the clinical network, signed in until an hour after noon."""
    whole = {
        "subject": "exchange:4711",
        "name": "Treating Clinician",
        "roles": frozenset({"clinician"}),
        "organization": "General Hospital",
        "purpose": PurposeOfUse.TREAT,
        "network": Network.CLINICAL,
        "token_id": "token-1",
        "expires": NOON + 3600,
        "address": "10.1.2.3",
    }
    return Caller(**(whole | changes))


def verified(mapping: Claims | None = None, **claims: Any) -> VerifiedToken:
    """A token that was verified, of an issuer with that mapping of claims."""
    issuer = Issuer(id="exchange", issuer="https://login.exchange.test", audience="vitrine", claims=mapping or Claims())
    return VerifiedToken(issuer, claims_of(**claims))
