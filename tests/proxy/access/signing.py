"""Keys and signed tokens for the tests, made with `cryptography` alone and not with the library under test."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
import functools
import json
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

NOON = 1_795_521_600
"""2026-11-24 12:00 UTC in Unix seconds."""


@dataclass
class Clock:
    """Unix seconds that pass when a test says so."""

    now: float = float(NOON)

    def __call__(self) -> float:
        return self.now


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def segment(content: bytes | Mapping[str, Any]) -> str:
    return encode(content if isinstance(content, bytes) else json.dumps(content).encode())


@dataclass(frozen=True)
class Signer:
    """A private key with the name and the algorithm under which it signs."""

    private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
    algorithm: str
    key_id: str

    def sign(self, content: bytes) -> bytes:
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            return self.private.sign(content)
        digest = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}[self.algorithm[-3:]]
        if isinstance(self.private, rsa.RSAPrivateKey):
            pss = padding.PSS(padding.MGF1(digest), digest.digest_size)
            return self.private.sign(content, pss if self.algorithm[0] == "P" else padding.PKCS1v15(), digest)
        size = (self.private.key_size + 7) // 8
        r, s = decode_dss_signature(self.private.sign(content, ec.ECDSA(digest)))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")

    def jws(self, header: bytes | Mapping[str, Any], claims: bytes | Mapping[str, Any]) -> str:
        """`header` and `claims` as they are, signed."""
        content = f"{segment(header)}.{segment(claims)}"
        return f"{content}.{encode(self.sign(content.encode('ascii')))}"

    def token(self, claims: Mapping[str, Any], **header: Any) -> str:
        """An access token; a header parameter that is None is left out."""
        whole = {"alg": self.algorithm, "kid": self.key_id, "typ": "at+jwt"} | header
        return self.jws({name: value for name, value in whole.items() if value is not None}, claims)

    def jwk(self, **more: Any) -> dict[str, Any]:
        """The public key as its provider publishes it; a member that is None is left out."""
        whole = {"kid": self.key_id, "alg": self.algorithm, "use": "sig", **self._numbers()} | more
        return {name: value for name, value in whole.items() if value is not None}

    def _numbers(self) -> dict[str, str]:
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            return {"kty": "OKP", "crv": "Ed25519", "x": encode(self.private.public_key().public_bytes_raw())}
        if isinstance(self.private, rsa.RSAPrivateKey):
            public = self.private.public_key().public_numbers()
            return {"kty": "RSA", "n": encode(_octets(public.n)), "e": encode(_octets(public.e))}
        point = self.private.public_key().public_numbers()
        size = (self.private.key_size + 7) // 8
        curve = {"secp256r1": "P-256", "secp384r1": "P-384"}[self.private.curve.name]
        x, y = (encode(number.to_bytes(size, "big")) for number in (point.x, point.y))
        return {"kty": "EC", "crv": curve, "x": x, "y": y}


@functools.cache
def rsa_signer(key_id: str = "r1", bits: int = 2048, algorithm: str = "RS256") -> Signer:
    return Signer(rsa.generate_private_key(65537, bits), algorithm, key_id)


@functools.cache
def ec_signer(key_id: str = "e1") -> Signer:
    return Signer(ec.generate_private_key(ec.SECP256R1()), "ES256", key_id)


@functools.cache
def ed_signer(key_id: str = "o1", algorithm: str = "EdDSA") -> Signer:
    return Signer(ed25519.Ed25519PrivateKey.generate(), algorithm, key_id)


def claims_of(**changes: Any) -> dict[str, Any]:
    """The claims of a good access token (RFC 9068 §2.2); a change to None leaves a claim out."""
    whole = {
        "iss": "https://login.exchange.test",
        "aud": "vitrine",
        "sub": "4711",
        "jti": "token-1",
        "iat": NOON,
        "exp": NOON + 300,
    } | changes
    return {name: value for name, value in whole.items() if value is not None}


def _octets(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")
