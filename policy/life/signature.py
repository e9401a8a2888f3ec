"""Ed25519 signatures (RFC 8032) under the steps of a policy's life, and the keys that make and check them."""

import hashlib

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

_DOMAIN = b"vitrine-policy-1\0"


class UnusableKey(ValueError):
    """Not an Ed25519 key in PEM, or one that needs a passphrase that was not given."""


class SigningKey:
    """Signs as whoever holds it."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = PublicKey(key.public_key())

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(_DOMAIN + message)


class PublicKey:
    """Checks signatures. `id` names it in records: the first half of its SHA-256, in hexadecimal."""

    def __init__(self, key: Ed25519PublicKey) -> None:
        self._key = key
        self.id = hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:32]

    def verifies(self, signature: bytes, message: bytes) -> bool:
        try:
            self._key.verify(signature, _DOMAIN + message)
        except InvalidSignature:
            return False
        return True

    def to_pem(self) -> bytes:
        return self._key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def new_key() -> tuple[SigningKey, bytes]:
    """A new key, and its PKCS #8 form in PEM to keep."""
    key = Ed25519PrivateKey.generate()
    return SigningKey(key), key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def read_signing_key(pem: bytes, passphrase: bytes | None = None) -> SigningKey:
    """Read a private key, as `openssl genpkey -algorithm ed25519` writes it. Raises `UnusableKey`."""
    try:
        key = load_pem_private_key(pem, passphrase)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise UnusableKey("not a private key in PEM, or not its passphrase") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise UnusableKey("not an Ed25519 key")
    return SigningKey(key)


def read_public_key(pem: bytes) -> PublicKey:
    """Read a public key, as `openssl pkey -pubout` writes it. Raises `UnusableKey`."""
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        raise UnusableKey("not a public key in PEM") from None
    if not isinstance(key, Ed25519PublicKey):
        raise UnusableKey("not an Ed25519 key")
    return PublicKey(key)
