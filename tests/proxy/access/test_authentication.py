"""Who is asking: a bearer token or a session, and never one for want of the other."""

import pytest

from policy.request import Network, PurposeOfUse
from proxy.access.authentication import Authentication
from proxy.access.logout.revocations import Revocations
from proxy.access.networks import Networks
from proxy.access.signin.sessions import Sessions
from proxy.access.tokens import REFUSED, TokenVerifier, TrustedIssuer
from proxy.errors import NotAuthenticated, NotPermitted
from proxy.settings.server import Issuer
from tests.proxy.access.keyring import KeyRing
from tests.proxy.access.people import caller_of
from tests.proxy.access.signing import Clock, claims_of, ec_signer

ISSUER = Issuer(id="exchange", issuer="https://login.exchange.test", audience="vitrine", algorithms=("ES256",))
GOOD = f"Bearer {ec_signer().token(claims_of(purpose_of_use='TREAT'))}"


def authentication(sessions: Sessions | None = None) -> Authentication:
    clock = Clock()
    verifier = TokenVerifier([TrustedIssuer(ISSUER, KeyRing(ec_signer().jwk()))], clock)
    revocations = Revocations(clock)
    return Authentication(verifier, sessions or Sessions(clock), Networks(["10.0.0.0/8"]), revocations, clock)


@pytest.mark.parametrize("authorization", [GOOD, GOOD.replace("Bearer", "bearer"), GOOD.replace(" ", "  ")])
async def test_a_bearer_token_names_its_caller(authorization: str) -> None:
    caller = await authentication().identify(authorization, None, "10.1.2.3")
    assert (caller.subject, caller.purpose) == ("exchange:4711", PurposeOfUse.TREAT)
    assert (caller.network, caller.address) == (Network.CLINICAL, "10.1.2.3")


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", GOOD.replace("Bearer", "DPoP"), GOOD[7:], f"Bearer {GOOD}", "é"],
)
async def test_anything_else_names_nobody(authorization: str) -> None:
    with pytest.raises(NotAuthenticated) as refusal:
        await authentication().identify(authorization, None, "10.1.2.3")
    assert str(refusal.value) == REFUSED


async def test_a_bad_token_is_not_saved_by_a_good_cookie() -> None:
    sessions = Sessions(Clock())
    cookie = sessions.begin(caller_of())
    with pytest.raises(NotAuthenticated):
        await authentication(sessions).identify("Bearer x", cookie, "10.1.2.3")


async def test_a_session_is_asked_from_where_its_browser_is_now() -> None:
    sessions = Sessions(Clock())
    cookie = sessions.begin(caller_of(address="10.1.2.3", network=Network.CLINICAL))
    caller = await authentication(sessions).identify(None, cookie, "203.0.113.9")
    assert (caller.subject, caller.network, caller.address) == ("exchange:4711", Network.INTERNET, "203.0.113.9")


@pytest.mark.parametrize("cookie", [None, "", "unknown"])
async def test_no_session_is_nobody(cookie: str | None) -> None:
    with pytest.raises(NotAuthenticated) as refusal:
        await authentication().identify(None, cookie, "10.1.2.3")
    assert str(refusal.value) == REFUSED


async def test_a_good_token_without_a_purpose_is_told_what_it_lacks() -> None:
    with pytest.raises(NotPermitted, match="no purpose"):
        await authentication().identify(f"Bearer {ec_signer().token(claims_of())}", None, "10.1.2.3")
