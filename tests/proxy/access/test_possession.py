"""Tokens bound to a key: nothing without a proof, nothing with somebody else's, and each proof counts once."""

from collections.abc import Callable
import hashlib
import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
import pytest

from proxy.access.authentication import Authentication
from proxy.access.logout.revocations import Revocations
from proxy.access.networks import Networks
from proxy.access.possession import replays
from proxy.access.possession.proof import ACCEPTED_SECONDS, MAXIMUM_PROOF_BYTES, Shown
from proxy.access.signin.sessions import Sessions
from proxy.access.tokens import REFUSED, TokenVerifier, TrustedIssuer
from proxy.errors import NotAuthenticated, Overloaded
from tests.proxy.access.keyring import KeyRing
from tests.proxy.access.mutations import another
from tests.proxy.access.signing import (
    NOON,
    Clock,
    Signer,
    claims_of,
    ec_signer,
    ed_signer,
    encode,
    rsa_signer,
    segment,
)
from tests.proxy.access.site import replace_issuer

ADDRESS = "https://view.exchange.test/dicomweb/studies/1.2"
CLINIC = "10.1.2.3"


def thumbprint(signer: Signer) -> str:
    members = {name: value for name, value in signer.jwk().items() if name in {"kty", "crv", "x", "y", "n", "e"}}
    return encode(hashlib.sha256(json.dumps(members, sort_keys=True, separators=(",", ":")).encode()).digest())


def public(signer: Signer) -> dict[str, Any]:
    return signer.jwk(kid=None, use=None, alg=None)


HOLDER = ec_signer("mine")


def token_of(**claims: Any) -> str:
    bound = {"cnf": {"jkt": thumbprint(HOLDER)}, "purpose_of_use": "TREAT"}
    return rsa_signer().token(claims_of(**{**bound, **claims}))


def proof_of(
    token: str, signer: Signer = HOLDER, header: dict[str, Any] | None = None, key: Any = None, **claims: Any
) -> str:
    ath = encode(hashlib.sha256(token.encode()).digest())
    whole = {"htm": "GET", "htu": ADDRESS, "iat": NOON, "jti": "proof-0001", "ath": ath} | claims
    own = {"typ": "dpop+jwt", "jwk": public(signer) if key is None else key, "kid": None} | (header or {})
    return signer.token({name: value for name, value in whole.items() if value is not None}, **own)


class Door:
    """The way in for one issuer, on a clock."""

    def __init__(self, proof: str = "sensitive") -> None:
        self.clock = Clock()
        keys = KeyRing(rsa_signer().jwk(), algorithms=("RS256",))
        issuer = replace_issuer(algorithms=("RS256",), proof=proof)
        verifier = TokenVerifier([TrustedIssuer(issuer, keys)], self.clock)
        others = (Sessions(self.clock), Networks([]), Revocations(self.clock))
        self.authentication = Authentication(verifier, *others, self.clock)

    async def enter(self, token: str, proof: str | None, scheme: str = "DPoP", method: str = "GET") -> str:
        shown = None if proof is None else Shown(proof, method, ADDRESS)
        return (await self.authentication.identify(f"{scheme} {token}", None, CLINIC, shown)).bound_to

    async def refuses(self, token: str, proof: str | None, scheme: str = "DPoP", method: str = "GET") -> None:
        with pytest.raises(NotAuthenticated) as refusal:
            await self.enter(token, proof, scheme, method)
        assert (type(refusal.value), str(refusal.value)) == (NotAuthenticated, REFUSED)


async def test_a_bound_token_is_believed_with_a_proof_of_its_key() -> None:
    assert await Door().enter(token_of(), proof_of(token_of())) == thumbprint(HOLDER)


@pytest.mark.parametrize(
    "signer", [rsa_signer(), rsa_signer(algorithm="PS256"), ed_signer(), ed_signer("o", "Ed25519")]
)
async def test_keys_of_every_kind_are_taken(signer: Signer) -> None:
    token = token_of(cnf={"jkt": thumbprint(signer)})
    assert await Door().enter(token, proof_of(token, signer)) == thumbprint(signer)


@pytest.mark.parametrize(
    ("spelt", "same"),
    [
        ("https://VIEW.exchange.test/dicomweb/studies/1.2", True),
        ("https://view.exchange.test:443/dicomweb/studies/1.2", True),
        (f"{ADDRESS}?includefield=all#top", True),
        ("http://view.exchange.test/dicomweb/studies/1.2", False),
        ("https://view.exchange.test/dicomweb/studies/1.3", False),
        ("https://view.exchange.test/dicomweb/STUDIES/1.2", False),
        ("https://view.exchange.test.evil.example/dicomweb/studies/1.2", False),
        ("https://view.exchange.test:8443/dicomweb/studies/1.2", False),
    ],
)
async def test_a_proof_is_for_one_address_however_it_is_spelt(spelt: str, same: bool) -> None:
    proof = proof_of(token_of(), htu=spelt)
    if same:
        assert await Door().enter(token_of(), proof)
    else:
        await Door().refuses(token_of(), proof)


async def test_a_bound_token_is_no_bearer_token_and_the_other_way_round() -> None:
    door = Door()
    await door.refuses(token_of(), None, "Bearer")
    await door.refuses(token_of(), proof_of(token_of()), "Bearer")
    await door.refuses(token_of(), None)
    unbound = token_of(cnf=None)
    await door.refuses(unbound, proof_of(unbound))
    assert await door.enter(unbound, None, "Bearer") == ""


async def test_an_issuer_whose_tokens_are_always_bound_has_no_bearer_tokens() -> None:
    door = Door("always")
    await door.refuses(token_of(cnf=None), None, "Bearer")
    assert await door.enter(token_of(), proof_of(token_of()))


HOSTILE: dict[str, Callable[[], str]] = {
    "empty": lambda: "",
    "no token": lambda: "a.b.c",
    "no signature": lambda: proof_of(token_of()).rpartition(".")[0] + ".",
    "algorithm none": lambda: f"{segment({'typ': 'dpop+jwt', 'alg': 'none', 'jwk': public(HOLDER)})}.{segment({})}.eA",
    "a symmetric key": lambda: proof_of(token_of(), key={"kty": "oct", "k": "c2VjcmV0"}, header={"alg": "HS256"}),
    "a private key": lambda: proof_of(token_of(), key={**public(HOLDER), "d": "AA"}),
    "no key": lambda: proof_of(token_of(), key={}),
    "a key that is a text": lambda: proof_of(token_of(), key="key"),
    "a weak key": lambda: proof_of(token_of(), rsa_signer("weak", 1024)),
    "another key than the token's": lambda: proof_of(token_of(), ec_signer("theirs")),
    "another key's signature": lambda: proof_of(token_of(), ec_signer("theirs"), key=public(HOLDER)),
    "another algorithm": lambda: proof_of(token_of(), header={"alg": "ES384"}),
    "a critical extension": lambda: proof_of(token_of(), header={"crit": ["exp"]}),
    "an access token's type": lambda: proof_of(token_of(), header={"typ": "at+jwt"}),
    "no type": lambda: proof_of(token_of(), header={"typ": None}),
    "another method": lambda: proof_of(token_of(), htm="POST"),
    "the method in small letters": lambda: proof_of(token_of(), htm="get"),
    "another token": lambda: proof_of(token_of(sub="0815")),
    "no token hash": lambda: proof_of(token_of(), ath=None),
    "no address": lambda: proof_of(token_of(), htu=None),
    "an address that is a number": lambda: proof_of(token_of(), htu=7),
    "an address that is none": lambda: proof_of(token_of(), htu="https://[view"),
    "no name": lambda: proof_of(token_of(), jti=None),
    "a name that anybody guesses": lambda: proof_of(token_of(), jti="1"),
    "a name that is a number": lambda: proof_of(token_of(), jti=12345678),
    "too old": lambda: proof_of(token_of(), iat=NOON - ACCEPTED_SECONDS - 1),
    "not yet": lambda: proof_of(token_of(), iat=NOON + ACCEPTED_SECONDS + 1),
    "a time that is a text": lambda: proof_of(token_of(), iat=str(NOON)),
    "a time with a fraction": lambda: proof_of(token_of(), iat=NOON + 0.5),
    "a time that is true": lambda: proof_of(token_of(), iat=True),
    "padding": lambda: proof_of(token_of()) + "==",
    "huge": lambda: proof_of(token_of(), x="x" * MAXIMUM_PROOF_BYTES),
    "deep": lambda: f"{encode(b'[' * 2000)}.{segment({})}.eA",
    "not ASCII": lambda: "é.é.é",
    "half a character": lambda: "\udc80.a.b",
    "two proofs": lambda: f"{proof_of(token_of())},{proof_of(token_of())}",
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_proofs_are_refused_alike_and_harm_nobody(name: str) -> None:
    door = Door()
    await door.refuses(token_of(), HOSTILE[name]())
    assert await door.enter(token_of(), proof_of(token_of()))


async def test_a_proof_counts_once_for_as_long_as_it_would_be_believed() -> None:
    door = Door()
    proof = proof_of(token_of(), iat=NOON + ACCEPTED_SECONDS)
    await door.enter(token_of(), proof)
    for door.clock.now in (NOON, NOON + ACCEPTED_SECONDS, NOON + 2 * ACCEPTED_SECONDS):
        await door.refuses(token_of(), proof)
    assert await door.enter(token_of(), proof_of(token_of(), iat=NOON + 100, jti="proof-0002"))


async def test_only_proofs_with_a_good_token_are_remembered_and_none_is_forgotten_too_soon(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(replays, "MAXIMUM_PROOFS", 2)
    door = Door()
    expired = token_of(iat=NOON - 600, exp=NOON - 300)
    for number in range(5):
        await door.refuses(expired, proof_of(expired, jti=f"expired-{number}"))
    first = proof_of(token_of(), jti="good-0001")
    await door.enter(token_of(), first)
    await door.enter(token_of(), proof_of(token_of(), jti="good-0002"))
    with pytest.raises(Overloaded):
        await door.enter(token_of(), proof_of(token_of(), jti="good-0003"))
    await door.refuses(token_of(), first)
    door.clock.now += 2 * ACCEPTED_SECONDS + 1
    assert await door.enter(token_of(), proof_of(token_of(), iat=int(door.clock.now), jti="good-0003"))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
async def test_no_mutated_proof_is_believed(data: st.DataObject) -> None:
    """Whatever single change is made to a good proof, it is refused with the one error; nothing else is raised."""
    door, good = Door(), proof_of(token_of())
    place = data.draw(st.integers(0, len(good) - 1))
    other = data.draw(another("ABCxyz019-_.=~\x00"))(good[place])
    mutated = good[:place] + data.draw(st.sampled_from([other, "", other + good[place]])) + good[place + 1 :]
    await door.refuses(token_of(), mutated)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=st.sampled_from(["htm", "htu", "iat", "jti", "ath"]), value=json_values)
async def test_whatever_a_signed_proof_claims_it_is_refused_or_right(name: str, value: Any) -> None:
    door = Door()
    proof = proof_of(token_of(), **{name: value})
    try:
        await door.enter(token_of(), proof)
    except NotAuthenticated:
        return
    assert (name, type(value)) in {("jti", str), ("iat", int)}


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(header=st.dictionaries(st.sampled_from(["typ", "alg", "jwk", "crit", "kid"]), json_values, max_size=3))
async def test_whatever_a_proof_s_header_says_it_is_refused_or_right(header: dict[str, Any]) -> None:
    door = Door()
    claims = {"htm": "GET", "htu": ADDRESS, "iat": NOON, "jti": "proof-0001"}
    whole = {"typ": "dpop+jwt", "alg": "ES256", "jwk": public(HOLDER)} | header
    content = f"{segment(whole)}.{segment(claims)}"
    await door.refuses(token_of(), f"{content}.{encode(HOLDER.sign(content.encode()))}")
