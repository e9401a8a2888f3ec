"""Algorithms that python-jose does not know, under keys that are each for one algorithm only."""

from dataclasses import replace

import pytest

from proxy.access.providers import signatures
from proxy.access.providers.provider import Provider
from proxy.access.providers.signatures import ALGORITHMS, pin
from proxy.access.tokens import TokenVerifier, TrustedIssuer
from proxy.errors import ConfigurationError, NotAuthenticated
from proxy.settings.server import Algorithm
from tests.proxy.access.keyring import KeyRing
from tests.proxy.access.provider import Provider as There
from tests.proxy.access.signing import Clock, Signer, claims_of, ec_signer, ed_signer, rsa_signer
from tests.proxy.access.site import replace_issuer

SIGNERS = {
    **{name: rsa_signer("k1", algorithm=name) for name in ("RS256", "RS512", "PS256", "PS384", "PS512")},
    "ES256": ec_signer("k1"),
    "EdDSA": ed_signer("k1"),
    "Ed25519": ed_signer("k1", "Ed25519"),
}


def verifier(signer: Signer, *allowed: Algorithm) -> TokenVerifier:
    issuer = replace_issuer(algorithms=allowed)
    return TokenVerifier([TrustedIssuer(issuer, KeyRing(signer.jwk(), algorithms=allowed))], Clock())


@pytest.mark.parametrize("name", SIGNERS)
async def test_a_token_is_believed_by_the_algorithm_that_its_issuer_may_use(name: Algorithm) -> None:
    signer = SIGNERS[name]
    assert (await verifier(signer, name).verify(signer.token(claims_of()))).subject == "exchange:4711"


@pytest.mark.parametrize("name", SIGNERS)
@pytest.mark.parametrize("other", SIGNERS)
async def test_no_other_algorithm_verifies_under_a_key(name: Algorithm, other: str) -> None:
    """Also where the kind of the key would do."""
    ours = verifier(SIGNERS[name], name)
    forged = replace(SIGNERS[other], key_id="k1")
    for token in (forged.token(claims_of()), forged.token(claims_of(), alg=name)):
        if other == name or (SIGNERS[other].private is SIGNERS[name].private):
            continue
        with pytest.raises(NotAuthenticated):
            await ours.verify(token)


@pytest.mark.parametrize("name", ["RS256", "PS256"])
async def test_the_paddings_of_one_rsa_key_are_not_exchanged(name: Algorithm) -> None:
    key = rsa_signer("k1").private
    other = {"RS256": "PS256", "PS256": "RS256"}[name]
    ours = verifier(Signer(key, name, "k1"), name)
    for token in (Signer(key, other, "k1").token(claims_of()), Signer(key, other, "k1").token(claims_of(), alg=name)):
        with pytest.raises(NotAuthenticated):
            await ours.verify(token)
    assert await ours.verify(Signer(key, name, "k1").token(claims_of()))


def test_a_key_of_another_curve_or_a_private_one_is_not_pinned() -> None:
    whole = ed_signer().jwk()
    assert pin(whole, ALGORITHMS) is not None
    for wrong in ({"crv": "Ed448"}, {"crv": "X25519"}, {"x": "AA"}, {"x": 7}, {"kty": "oct"}, {"kty": ["OKP"]}):
        assert pin({**whole, **wrong}, ALGORITHMS) is None


def test_an_algorithm_that_is_not_installed_is_refused_at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signatures, "ALGORITHMS", ("ES256", "RS256"))
    clock = Clock()
    Provider(replace_issuer(algorithms=("ES256",)), There(clock).transport(), clock)
    with pytest.raises(ConfigurationError, match=r"PS256.*joserfc"):
        Provider(replace_issuer(algorithms=("ES256", "PS256")), There(clock).transport(), clock)
