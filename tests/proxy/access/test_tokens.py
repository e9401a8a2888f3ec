"""Tokens from strangers: every hostile one is refused alike, and a good one is believed before and after."""

from collections.abc import Callable
import json
import string
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
import pytest

from proxy.access.providers.documents import ProviderFailed
from proxy.access.providers.signatures import PinnedKey
from proxy.access.tokens import CACHE_SECONDS, LEEWAY_SECONDS, REFUSED, TokenVerifier, TrustedIssuer
from proxy.errors import NotAuthenticated
from proxy.settings.server import Issuer
from tests.proxy.access.hostile_tokens import HOSTILE, good, raw, signed
from tests.proxy.access.keyring import KeyRing
from tests.proxy.access.signing import NOON, Clock, claims_of, ec_signer, encode, rsa_signer

ISSUER = Issuer(
    id="exchange",
    issuer="https://login.exchange.test",
    audience="vitrine",
    algorithms=("RS256", "ES256"),
    client_id="vitrine-web",
)
OTHER = Issuer(id="other", issuer="https://login.other.test", audience="vitrine", algorithms=("ES256",))


def key_ring() -> KeyRing:
    return KeyRing(
        rsa_signer().jwk(),
        ec_signer().jwk(),
        rsa_signer("weak", 1024).jwk(),
        rsa_signer("encrypting").jwk(use="enc"),
        rsa_signer("rs512", algorithm="RS512").jwk(),
        rsa_signer("anonymous").jwk(kid=None),
        rsa_signer("signing-only").jwk(key_ops=["sign"]),
    )


def verifier(clock: Clock | None = None) -> TokenVerifier:
    theirs = KeyRing(ec_signer("theirs").jwk(), algorithms=("ES256",))
    return TokenVerifier([TrustedIssuer(ISSUER, key_ring()), TrustedIssuer(OTHER, theirs)], clock or Clock())


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_tokens_are_refused_alike_and_harm_nobody(name: str) -> None:
    ours = verifier()
    for _ in range(2):
        with pytest.raises(NotAuthenticated) as refusal:
            await ours.verify(HOSTILE[name]())
        assert (type(refusal.value), str(refusal.value)) == (NotAuthenticated, REFUSED)
        assert refusal.value.__cause__ is None
        assert refusal.value.__suppress_context__ or refusal.value.__context__ is None
    assert (await ours.verify(good())).subject == "exchange:4711"


@pytest.mark.parametrize(
    "token",
    [
        good,
        lambda: ec_signer().token(claims_of()),
        lambda: signed({"typ": "AT+JWT"}),
        lambda: signed({"typ": "application/at+jwt"}),
        lambda: signed(aud=["archive", "vitrine"]),
        lambda: signed(nbf=NOON + LEEWAY_SECONDS),
        lambda: signed(iat=NOON + LEEWAY_SECONDS, exp=NOON + 3600),
        lambda: signed(iat=NOON - 300, exp=NOON - LEEWAY_SECONDS + 1),
        lambda: signed(name="山田^太郎"),
        lambda: signed({"jku": "https://evil.example/keys", "x5c": ["MII"]}),
    ],
)
async def test_good_tokens_are_believed(token: Callable[[], str]) -> None:
    assert (await verifier().verify(token())).subject == "exchange:4711"


async def test_subjects_of_two_issuers_are_two_people() -> None:
    ours = verifier()
    theirs = await ours.verify(ec_signer("theirs").token(claims_of(iss=OTHER.issuer)))
    assert (theirs.subject, (await ours.verify(good())).subject) == ("other:4711", "exchange:4711")


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_a_changed_token_is_another_token(data: st.DataObject) -> None:
    token = good()
    characters = st.characters(codec="utf-8") | st.sampled_from(string.ascii_letters + string.digits + "-_.=")
    start = data.draw(st.integers(0, len(token)))
    length = data.draw(st.integers(0, 3))
    changed = token[:start] + data.draw(st.text(characters, max_size=3)) + token[start + length :]
    if changed == token:
        assert (await verifier().verify(changed)).claims == claims_of()
        return
    with pytest.raises(NotAuthenticated) as refusal:
        await verifier().verify(changed)
    assert str(refusal.value) == REFUSED


@settings(max_examples=200, deadline=None)
@given(header=st.binary(max_size=60), claims=st.binary(max_size=60), signature=st.binary(max_size=60))
async def test_no_bytes_raise_anything_else(header: bytes, claims: bytes, signature: bytes) -> None:
    with pytest.raises(NotAuthenticated):
        await verifier().verify(f"{encode(header)}.{encode(claims)}.{encode(signature)}")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=200, deadline=None)
@given(name=st.sampled_from(["iss", "aud", "exp", "iat", "nbf", "sub", "jti", "cnf", "name"]), value=json_values)
async def test_signed_claims_of_any_form_are_believed_or_refused(name: str, value: object) -> None:
    token = raw(json.dumps(claims_of() | {name: value}))
    try:
        verified = await verifier().verify(token)
    except NotAuthenticated:
        return
    assert verified.subject == f"exchange:{value if name == 'sub' else '4711'}"
    assert NOON - LEEWAY_SECONDS < verified.claims["exp"] <= verified.claims["iat"] + 3600


async def test_a_verified_token_is_remembered_for_a_minute_and_never_beyond_its_expiry() -> None:
    clock, keys = Clock(), key_ring()
    ours = TokenVerifier([TrustedIssuer(ISSUER, keys)], clock)
    token = signed(exp=NOON + 20)
    for clock.now in (NOON, NOON + 1, NOON + 20 + LEEWAY_SECONDS - 1):
        await ours.verify(token)
    assert keys.asked == 1
    assert clock.now < NOON + CACHE_SECONDS
    for clock.now in (NOON + 20 + LEEWAY_SECONDS, NOON + CACHE_SECONDS - 1, NOON + 3600):
        with pytest.raises(NotAuthenticated):
            await ours.verify(token)


async def test_keys_are_asked_for_again_after_a_minute() -> None:
    clock, keys = Clock(), key_ring()
    ours = TokenVerifier([TrustedIssuer(ISSUER, keys)], clock)
    for clock.now in (NOON, NOON + CACHE_SECONDS - 1, NOON + CACHE_SECONDS + 1):
        await ours.verify(good())
    assert keys.asked == 2


async def test_an_issuer_whose_keys_cannot_be_had_is_not_believed() -> None:
    class NoKeys:
        async def key(self, key_id: str) -> PinnedKey | None:
            raise ProviderFailed("down")

    with pytest.raises(NotAuthenticated, match=REFUSED):
        await TokenVerifier([TrustedIssuer(ISSUER, NoKeys())], Clock()).verify(good())


def id_token(header: dict[str, Any] | None = None, **claims: Any) -> str:
    return signed({"typ": "JWT"} | (header or {}), **{"aud": "vitrine-web", "nonce": "n1", "jti": None} | claims)


@pytest.mark.parametrize("claims", [{}, {"azp": "vitrine-web"}, {"aud": ["vitrine-web", "x"], "azp": "vitrine-web"}])
async def test_an_id_token_answers_the_login_that_asked(claims: dict[str, Any]) -> None:
    assert (await verifier().verify_id_token(id_token(**claims), "n1")).subject == "exchange:4711"
    assert (await verifier().verify_id_token(id_token({"typ": None}, **claims), "n1")).subject == "exchange:4711"


@pytest.mark.parametrize(
    "token",
    [
        lambda: id_token(nonce="n2"),
        lambda: id_token(nonce=None),
        lambda: id_token(nonce=["n1"]),
        lambda: id_token(aud="vitrine"),
        lambda: id_token(aud="another-client"),
        lambda: id_token(azp="another-client"),
        lambda: id_token(exp=NOON - 31, iat=NOON - 600),
        lambda: id_token({"typ": "at+jwt"}),
        lambda: id_token(iss="https://login.other.test"),
    ],
)
async def test_id_tokens_for_others_are_refused(token: Callable[[], str]) -> None:
    with pytest.raises(NotAuthenticated, match=REFUSED):
        await verifier().verify_id_token(token(), "n1")


async def test_an_id_token_opens_nothing_by_itself() -> None:
    with pytest.raises(NotAuthenticated):
        await verifier().verify(id_token(aud="vitrine", jti="token-1"))
