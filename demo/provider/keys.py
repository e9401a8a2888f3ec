"""The provider's signing key, made at start and kept nowhere, and what it signs (RFC 7517, RFC 7519)."""

from collections.abc import Mapping
import secrets
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jose import jwk, jwt

ALGORITHM = "RS256"


class SigningKey:
    """An RSA key of 2048 bits, for RS256 alone."""

    def __init__(self) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._id = secrets.token_hex(8)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self._private = jwk.construct(private.decode("ascii"), ALGORITHM)
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self._public = jwk.construct(public.decode("ascii"), ALGORITHM).to_dict()

    def key_set(self) -> dict[str, Any]:
        """The JWK Set with the public half."""
        members = {name: value.decode() if isinstance(value, bytes) else value for name, value in self._public.items()}
        return {"keys": [{**members, "kid": self._id, "use": "sig", "alg": ALGORITHM}]}

    def sign(self, claims: Mapping[str, Any], kind: str) -> str:
        """`claims` as a JWT whose `typ` is `kind`."""
        return jwt.encode(dict(claims), self._private, ALGORITHM, headers={"kid": self._id, "typ": kind})
