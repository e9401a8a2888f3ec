"""What a client signs to prove who it is (RFC 7523 §2.2, §3), verified without the library that signed it."""

import base64
import json
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
import pytest

from proxy.archives.authorization.assertion import prove
from proxy.archives.transport import archive_transport
from proxy.errors import ConfigurationError
from proxy.settings.credentials import ClientCredentials, Credentials
from proxy.settings.secrets import Secret
from tests.proxy.archives.authorization.server import AuthorizationServer
from tests.proxy.archives.fakes import archive, asking
from tests.service import served

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
NOON = 1_795_521_600
RSA_KEY = rsa.generate_private_key(65537, 2048)
KEYS: dict[str, PrivateKey] = {
    "RS256": RSA_KEY,
    "RS384": RSA_KEY,
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
}


def pem(key: PrivateKey) -> str:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode("ascii")


def client(algorithm: Any, **more: Any) -> ClientCredentials:
    return ClientCredentials(
        **{"token_url": "https://login.test/token", "client_id": "vitrine"} | more,
        authentication="private_key_jwt",
        algorithm=algorithm,
    )


def decoded(segment: str) -> bytes:
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def verified(assertion: str, key: PrivateKey, algorithm: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims; raises `InvalidSignature`."""
    content, _, signature = assertion.rpartition(".")
    digest = hashes.SHA256() if algorithm.endswith("256") else hashes.SHA384()
    octets = decoded(signature)
    if isinstance(key, rsa.RSAPrivateKey):
        key.public_key().verify(octets, content.encode(), padding.PKCS1v15(), digest)
    else:
        half = len(octets) // 2
        pair = (int.from_bytes(octets[:half], "big"), int.from_bytes(octets[half:], "big"))
        key.public_key().verify(encode_dss_signature(*pair), content.encode(), ec.ECDSA(digest))
    header, claims = (json.loads(decoded(part)) for part in content.split("."))
    return header, claims


@pytest.mark.parametrize("algorithm", KEYS)
def test_an_assertion_says_who_asks_whom_and_until_when(algorithm: str) -> None:
    proof = prove(client(algorithm, key_id="k1"), pem(KEYS[algorithm]), lambda: NOON + 0.9)
    header, claims = verified(proof.form["client_assertion"], KEYS[algorithm], algorithm)
    assert header == {"alg": algorithm, "kid": "k1", "typ": "JWT"}
    assert len(claims.pop("jti")) >= 16
    assert claims == {
        "iss": "vitrine",
        "sub": "vitrine",
        "aud": "https://login.test/token",
        "iat": NOON,
        "exp": NOON + 120,
    }
    assert proof.form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    assert "Authorization" not in proof.headers


def test_no_two_assertions_are_the_same_and_the_audience_may_be_named() -> None:
    key = pem(KEYS["ES256"])
    one, two = (prove(client("ES256", assertion_audience="https://login.test"), key, lambda: NOON) for _ in range(2))
    claims = [verified(proof.form["client_assertion"], KEYS["ES256"], "ES256")[1] for proof in (one, two)]
    assert claims[0]["jti"] != claims[1]["jti"]
    assert {claim["aud"] for claim in claims} == {"https://login.test"}


def test_the_check_of_this_test_can_fail() -> None:
    proof = prove(client("ES256"), pem(KEYS["ES256"]))
    with pytest.raises(InvalidSignature):
        verified(proof.form["client_assertion"], ec.generate_private_key(ec.SECP256R1()), "ES256")


WRONG_KEYS = {
    "another curve": ("ES256", pem(KEYS["ES384"])),
    "another kind": ("RS256", pem(KEYS["ES256"])),
    "RSA for a curve": ("ES384", pem(RSA_KEY)),
    "too short": ("RS256", pem(rsa.generate_private_key(65537, 1024))),
    "no key": ("RS384", "canary"),
    "public": (
        "RS256",
        RSA_KEY.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode("ascii"),
    ),
}


@pytest.mark.parametrize("fault", WRONG_KEYS)
def test_a_key_that_does_not_fit_is_refused_at_the_start_and_not_shown(tmp_path: Path, fault: str) -> None:
    algorithm, key = WRONG_KEYS[fault]
    (tmp_path / "key.pem").write_text(key, "ascii")
    credentials = Credentials(kind="oauth2", secret=Secret(file=tmp_path / "key.pem"), oauth2=client(algorithm))
    with pytest.raises(ConfigurationError, match=f"^archive `main`: its secret is no private key for {algorithm}$"):
        archive_transport(archive(credentials=credentials))


@pytest.mark.parametrize("algorithm", KEYS)
async def test_a_signed_client_gets_its_token(tmp_path: Path, algorithm: str) -> None:
    (tmp_path / "key.pem").write_text(pem(KEYS[algorithm]), "ascii")
    server = AuthorizationServer()
    async with served(server.app) as origin:
        oauth2 = client(algorithm, token_url=f"{origin}/token")
        credentials = Credentials(kind="oauth2", secret=Secret(file=tmp_path / "key.pem"), oauth2=oauth2)
        own = archive(f"{origin}/dicom-web", credentials=credentials)
        async with asking(own, archive_transport(own)) as asked:
            assert len(await asked.client.search("studies")) == 1
    (form,) = server.forms
    assert form["client_id"] == "vitrine"
    _, claims = verified(form["client_assertion"], KEYS[algorithm], algorithm)
    assert claims["aud"] == f"{origin}/token"
