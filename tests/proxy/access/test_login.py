"""Signing in at a real provider, and everything that must not sign anybody in."""

from collections.abc import Callable
import re
from typing import Any
from urllib.parse import quote_plus

import pytest

from policy.request import Network, PurposeOfUse
from proxy.access.networks import Networks
from proxy.access.providers.provider import Provider as Asked
from proxy.access.signin.failures import FAILURE_SECONDS
from proxy.access.signin.login import LOGIN_SECONDS, MAXIMUM_LOGINS, Departure, Login
from proxy.access.tokens import TokenVerifier
from proxy.audit.event import EventKind, Outcome
from proxy.errors import AuditUnavailable, NotAuthenticated
from proxy.settings.server import Claims
from tests.proxy.access.provider import Provider
from tests.proxy.access.signing import Clock, ec_signer
from tests.proxy.access.site import CALLBACK, CLINIC, HOME, ISSUER, parameters, replace_issuer, site_of


async def test_whoever_signs_in_there_is_signed_in_here() -> None:
    site = site_of(claims={"name": "Treating Clinician", "roles": ["clinician"], "organization": "General Hospital"})
    departure = await site.begin(PurposeOfUse.ETREAT, "/viewer?study=1.2")
    arrival = await site.login.complete(await site.answer(departure), departure.binding, CLINIC)
    caller = site.sessions.find(arrival.session)
    assert arrival.back == "/viewer?study=1.2"
    assert caller is not None
    assert (caller.subject, caller.name, caller.organization) == (
        "exchange:4711",
        "Treating Clinician",
        "General Hospital",
    )
    assert (caller.roles, caller.purpose) == (frozenset({"clinician"}), PurposeOfUse.ETREAT)
    assert (caller.network, caller.address, caller.expires) == (Network.CLINICAL, CLINIC, site.clock() + 600)
    (event,) = site.events.kept
    assert (event.kind, event.outcome, event.subject) == (EventKind.LOGIN, Outcome.SUCCESS, "exchange:4711")
    assert (event.purpose, event.address, event.token_id) == ("ETREAT", CLINIC, "token-1")


async def test_the_browser_is_sent_with_a_challenge_and_secrets_that_nobody_guesses() -> None:
    site = site_of()
    first, second = await site.begin(), await site.begin()
    one, two = parameters(first), parameters(second)
    assert first.address.startswith("https://login.exchange.test/authorize?")
    assert (one["client_id"], one["redirect_uri"], one["response_type"]) == ("vitrine-web", CALLBACK, "code")
    assert one["code_challenge_method"] == "S256"
    assert "resource" not in one
    for secrets in ((one["state"], two["state"]), (one["nonce"], two["nonce"]), (first.binding, second.binding)):
        assert secrets[0] != secrets[1]
        assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", secret) for secret in secrets)
    assert one["code_challenge"] != two["code_challenge"]
    assert first.binding not in first.address
    assert site.provider.asked == ["/.well-known/openid-configuration"]


async def test_an_audience_that_is_an_address_is_asked_for() -> None:
    site = site_of(replace_issuer(audience="https://view.exchange.test"))
    assert parameters(await site.begin())["resource"] == "https://view.exchange.test"


async def test_an_endpoint_may_have_a_query_of_its_own() -> None:
    site = site_of(metadata={"authorization_endpoint": "https://login.exchange.test/authorize?tenant=a"})
    departure = await site.begin()
    assert parameters(departure)["tenant"] == "a"
    await site.login.complete(await site.answer(departure), departure.binding, CLINIC)


async def test_a_login_may_take_ten_minutes() -> None:
    site = site_of()
    slow, late = await site.begin(), await site.begin()
    site.clock.now += LOGIN_SECONDS - 1
    await site.login.complete(await site.answer(slow), slow.binding, CLINIC)
    site.clock.now += 1
    with pytest.raises(NotAuthenticated):
        await site.login.complete(await site.answer(late), late.binding, CLINIC)


WRONG: dict[str, Callable[[dict[str, str]], dict[str, str]]] = {
    "no state": lambda answer: {name: value for name, value in answer.items() if name != "state"},
    "another state": lambda answer: answer | {"state": answer["state"][::-1]},
    "a state that is no text": lambda answer: answer | {"state": "\udc80"},
    "no code": lambda answer: {name: value for name, value in answer.items() if name != "code"},
    "another code": lambda answer: answer | {"code": "code-9"},
    "an error": lambda answer: {"state": answer["state"], "iss": answer["iss"], "error": "access_denied"},
    "an error beside a code": lambda answer: answer | {"error": "access_denied"},
    "another issuer": lambda answer: answer | {"iss": "https://evil.example"},
    "no issuer, which was promised": lambda answer: {name: answer[name] for name in ("state", "code")},
    "nothing": lambda _: {},
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_wrong_answer_signs_nobody_in(name: str) -> None:
    site = site_of()
    departure = await site.begin()
    await site.refuses(WRONG[name](await site.answer(departure)), departure)
    (event,) = site.events.kept
    assert (event.kind, event.outcome, event.address) == (EventKind.LOGIN_FAILED, Outcome.REFUSED, CLINIC)


async def test_an_answer_from_elsewhere_is_never_taken_to_the_provider() -> None:
    site = site_of()
    departure = await site.begin()
    answer = await site.answer(departure)
    await site.refuses(answer | {"iss": "https://evil.example"}, departure)
    assert site.provider.forms == []


async def test_an_answer_counts_once() -> None:
    site = site_of()
    departure = await site.begin()
    answer = await site.answer(departure)
    arrival = await site.login.complete(answer, departure.binding, CLINIC)
    site.sessions.end(arrival.session)
    await site.refuses(answer, departure)


@pytest.mark.parametrize("binding", ["", "b1nd1ng", "\udc80"])
async def test_another_browser_cannot_complete_a_login_and_spoils_it(binding: str) -> None:
    site = site_of()
    departure = await site.begin()
    answer = await site.answer(departure)
    await site.refuses(answer, Departure("", binding))
    await site.refuses(answer, departure)
    assert (site.events.causes, site.provider.forms) == (["other-browser", "no-such-login"], [])


async def test_the_code_of_one_login_does_not_complete_another() -> None:
    """Code injection (RFC 9700 §4.5): the attacker's code in the victim's answer."""
    site = site_of()
    victim, attacker = await site.begin(), await site.begin()
    stolen = (await site.answer(attacker))["code"]
    await site.refuses(await site.answer(victim) | {"code": stolen}, victim)
    assert site.events.causes == ["provider-refused"]


async def test_answers_need_not_name_the_issuer_where_nobody_promised_it() -> None:
    site = site_of(metadata={"authorization_response_iss_parameter_supported": None}, answer={"iss": None})
    departure = await site.begin()
    await site.login.complete(await site.answer(departure), departure.binding, CLINIC)
    departure = await site.begin()
    answer = await site.answer(departure) | {"iss": "https://evil.example"}
    with pytest.raises(NotAuthenticated):
        await site.login.complete(answer, departure.binding, CLINIC)


TOKENS: dict[str, dict[str, Any]] = {
    "no access token": {"tokens": {"access_token": None}},
    "an access token that is a number": {"tokens": {"access_token": 1}},
    "an access token that is no token": {"tokens": {"access_token": "opaque"}},
    "no kind of token": {"tokens": {"token_type": None}},
    "a token bound to a key": {"tokens": {"token_type": "DPoP"}},
    "a token for others": {"claims": {"aud": "archive"}},
    "a token of another issuer": {"claims": {"iss": "https://evil.example"}},
    "a token without a name": {"claims": {"jti": None}},
    "an ID token with another nonce": {"id_claims": {"nonce": "n1"}},
    "an ID token without a nonce": {"id_claims": {"nonce": None}},
    "an ID token for another client": {"id_claims": {"aud": "another-client"}},
    "an ID token about somebody else": {"id_claims": {"sub": "0815"}},
    "an ID token that is no token": {"tokens": {"id_token": "opaque"}},
    "an ID token that is an object": {"tokens": {"id_token": {"nonce": "n1"}}},
    "empty ID token": {"tokens": {"id_token": ""}},
}


@pytest.mark.parametrize("name", TOKENS)
async def test_tokens_that_cannot_be_believed_sign_nobody_in(name: str) -> None:
    site = site_of(**TOKENS[name])
    departure = await site.begin()
    await site.refuses(await site.answer(departure), departure)
    assert site.events.causes == ["tokens"]


async def test_a_provider_may_know_oauth_alone() -> None:
    site = site_of(tokens={"id_token": None})
    departure = await site.begin()
    await site.login.complete(await site.answer(departure), departure.binding, CLINIC)


async def test_the_tokens_of_another_trusted_issuer_do_not_sign_in_here() -> None:
    """Mix-up (RFC 9700 §4.4): both issuers are believed, but only one was asked."""
    other = Provider(Clock(), issuer="https://login.other.test", signer=ec_signer("theirs"))
    site = site_of(tokens={"access_token": other.signer.token(other._access_claims()), "id_token": None})
    second = Asked(replace_issuer(id="other", issuer=other.issuer), other.transport(), site.clock)
    first = Asked(ISSUER, site.provider.transport(), site.clock)
    verifier = TokenVerifier([first.trusted, second.trusted], site.clock)
    site.login = Login([first, second], verifier, site.sessions, Networks([]), site.events, CALLBACK, HOME, site.clock)
    departure = await site.begin()
    await site.refuses(await site.answer(departure), departure)
    assert site.events.causes == ["tokens"]


@pytest.mark.parametrize(
    ("declared", "signed_in"),
    [
        ({}, True),
        ({"purpose_of_use": "TREAT"}, True),
        ({"purpose_of_use": ["PATRQT", "TREAT"]}, True),
        ({"purpose_of_use": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "TREAT"}]}, True),
        ({"extensions": {"ihe_iua": {"purpose_of_use": [{"code": "TREAT"}]}}}, True),
        ({"purpose_of_use": "PATRQT"}, False),
        ({"purpose_of_use": ["HMARKT"]}, False),
        ({"purpose_of_use": []}, False),
        ({"purpose_of_use": 7}, False),
        ({"extensions": {"ihe_iua": {"purpose_of_use": [{"code": "HPAYMT"}]}}}, False),
    ],
)
async def test_a_purpose_that_the_token_excludes_cannot_be_chosen(declared: dict[str, Any], signed_in: bool) -> None:
    site = site_of(claims=declared)
    departure = await site.begin(PurposeOfUse.TREAT)
    answer = await site.answer(departure)
    if signed_in:
        await site.login.complete(answer, departure.binding, CLINIC)
        return
    await site.refuses(answer, departure)
    (event,) = site.events.kept
    assert (event.subject, event.purpose, event.detail) == ("exchange:4711", "TREAT", {"cause": "purpose"})


async def test_a_flood_of_logins_is_bounded() -> None:
    site = site_of()
    first = await site.begin()
    answer = await site.answer(first)
    for _ in range(MAXIMUM_LOGINS):
        last = await site.begin()
    assert len(site.login._begun) == MAXIMUM_LOGINS
    await site.refuses(answer, first)
    await site.login.complete(await site.answer(last), last.binding, CLINIC)


async def test_a_flood_of_failures_from_one_place_is_one_event_for_a_while() -> None:
    site = site_of()
    for _ in range(100):
        await site.refuses({"state": "s"}, Departure("", ""))
    assert len(site.events.kept) == 1
    site.clock.now += FAILURE_SECONDS
    await site.refuses({"state": "s"}, Departure("", ""))
    with pytest.raises(NotAuthenticated):
        await site.login.complete({}, "", "203.0.113.9")
    assert [event.address for event in site.events.kept] == [CLINIC, CLINIC, "203.0.113.9"]


async def test_nobody_is_signed_in_unrecorded() -> None:
    site = site_of()
    departure = await site.begin()
    answer = await site.answer(departure)
    site.events.failing = True
    with pytest.raises(AuditUnavailable):
        await site.login.complete(answer, departure.binding, CLINIC)
    assert len(site.sessions._sessions) == 0


async def test_signing_out_ends_the_session_whatever_the_log_does() -> None:
    site = site_of()
    for failing in (False, True):
        departure = await site.begin()
        arrival = await site.login.complete(await site.answer(departure), departure.binding, CLINIC)
        site.events.failing = failing
        try:
            await site.login.end(arrival.session)
        except AuditUnavailable:
            assert failing
        assert site.sessions.find(arrival.session) is None
    await site.login.end("nobody")
    assert [event.kind for event in site.events.kept] == [EventKind.LOGIN, EventKind.LOGOUT, EventKind.LOGIN]


async def test_claims_stand_where_the_configuration_says() -> None:
    site = site_of(
        replace_issuer(claims=Claims(roles="realm_access.roles")), claims={"realm_access": {"roles": ["clinician"]}}
    )
    departure = await site.begin()
    arrival = await site.login.complete(await site.answer(departure), departure.binding, CLINIC)
    caller = site.sessions.find(arrival.session)
    assert caller is not None
    assert caller.roles == frozenset({"clinician"})


LEVELS = {"urn:example:password": 1, "urn:example:two-factors": 2, "urn:example:card": 3}


async def test_a_surer_sign_in_is_asked_for_and_believed_when_it_was_given() -> None:
    site = site_of(replace_issuer(assurance_levels=LEVELS), id_claims={"acr": "urn:example:card"})
    site.provider.id_claims["auth_time"] = int(site.clock())
    departure = await site.login.begin(PurposeOfUse.TREAT, "/portal", 2)
    asked = parameters(departure)
    assert (asked["acr_values"], asked["prompt"]) == ("urn:example:two-factors urn:example:card", "login")
    assert asked["max_age"] == str(LOGIN_SECONDS)
    arrival = await site.login.complete(await site.answer(departure), departure.binding, CLINIC)
    caller = site.sessions.find(arrival.session)
    assert caller is not None
    assert (caller.assurance, caller.authenticated) == (3, int(site.clock()))


@pytest.mark.parametrize(
    "told",
    [
        {"acr": "urn:example:password", "auth_time": 0},
        {"acr": "urn:example:unknown", "auth_time": 0},
        {"auth_time": 0},
        {"acr": "urn:example:card"},
        {"acr": "urn:example:card", "auth_time": -3600},
        {"acr": ["urn:example:card"], "auth_time": 0},
    ],
)
async def test_a_sign_in_that_is_no_surer_or_no_newer_is_none(told: dict[str, Any]) -> None:
    site = site_of(replace_issuer(assurance_levels=LEVELS))
    if "auth_time" in told:
        told = told | {"auth_time": int(site.clock()) + told["auth_time"]}
    site.provider.id_claims.update(told)
    departure = await site.login.begin(PurposeOfUse.TREAT, "/portal", 2)
    await site.refuses(await site.answer(departure), departure)
    assert site.events.causes == ["assurance"]


async def test_an_ordinary_sign_in_asks_for_nothing_more() -> None:
    site = site_of(replace_issuer(assurance_levels=LEVELS))
    assert not {"acr_values", "prompt", "max_age"} & parameters(await site.begin()).keys()


async def test_the_place_that_was_wanted_is_known_to_the_browser_that_wanted_it() -> None:
    site = site_of()
    departure = await site.begin(back="/viewer?study=1.2")
    answer = await site.answer(departure)
    assert site.login.wanted(answer, departure.binding) == "/viewer?study=1.2"
    for other, binding in ((answer, ""), (answer, "another"), ({}, departure.binding), ({"state": "x"}, "")):
        assert site.login.wanted(other, binding) == ""
    await site.login.complete(answer, departure.binding, CLINIC)
    assert site.login.wanted(answer, departure.binding) == ""


async def test_the_session_knows_the_provider_s_own() -> None:
    site = site_of(id_claims={"sid": "s1"})
    departure = await site.begin()
    arrival = await site.login.complete(await site.answer(departure), departure.binding, CLINIC)
    caller = site.sessions.find(arrival.session)
    assert caller is not None
    assert (caller.sign_in, caller.issued) == ("s1", int(site.clock()))


@pytest.mark.parametrize(
    ("sign_out", "endpoint", "address"),
    [
        ("here", "https://login.exchange.test/end", ""),
        ("everywhere", None, ""),
        ("everywhere", "http://login.exchange.test/end", ""),
        (
            "everywhere",
            "https://login.exchange.test/end",
            f"https://login.exchange.test/end?client_id=vitrine-web&post_logout_redirect_uri={quote_plus(HOME)}",
        ),
    ],
)
async def test_signing_out_may_go_on_at_the_provider(sign_out: str, endpoint: str | None, address: str) -> None:
    site = site_of(replace_issuer(sign_out=sign_out), metadata={"end_session_endpoint": endpoint})
    assert await site.login.farewell() == address


async def test_a_token_bound_to_a_key_that_nobody_here_has_signs_nobody_in() -> None:
    site = site_of(claims={"cnf": {"jkt": "x" * 43}})
    departure = await site.begin()
    await site.refuses(await site.answer(departure), departure)
