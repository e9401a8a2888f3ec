"""Signatures under steps: by Ed25519 keys as OpenSSL writes them, and by no other."""

import subprocess

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
import pytest

from policy.life.signature import UnusableKey, new_key, read_public_key, read_signing_key


def test_a_signature_is_by_one_key_under_one_message() -> None:
    (key, pem), (other, _) = new_key(), new_key()
    signature = key.sign(b"message")
    assert read_signing_key(pem).public.verifies(signature, b"message")
    assert not key.public.verifies(signature, b"massage")
    assert not other.public.verifies(signature, b"message")
    assert not key.public.verifies(b"", b"message")
    assert read_public_key(key.public.to_pem()).id == key.public.id != other.public.id


def test_keys_made_by_openssl_are_taken() -> None:
    made = subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519"], capture_output=True, check=True).stdout
    public = subprocess.run(["openssl", "pkey", "-pubout"], input=made, capture_output=True, check=True).stdout
    assert read_public_key(public).verifies(read_signing_key(made).sign(b"x"), b"x")
    locked = subprocess.run(
        ["openssl", "pkcs8", "-topk8", "-passout", "pass:canary"], input=made, capture_output=True, check=True
    ).stdout
    assert b"ENCRYPTED PRIVATE KEY" in locked
    assert read_signing_key(locked, b"canary").public.id == read_public_key(public).id
    for passphrase in (None, b"wrong"):
        with pytest.raises(UnusableKey):
            read_signing_key(locked, passphrase)


@pytest.mark.parametrize("key", [rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1())])
def test_other_keys_are_refused(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> None:
    with pytest.raises(UnusableKey, match="not an Ed25519 key"):
        read_signing_key(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(UnusableKey, match="not an Ed25519 key"):
        read_public_key(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


@pytest.mark.parametrize("read", [read_signing_key, read_public_key])
@pytest.mark.parametrize("text", [b"", b"-----BEGIN PUBLIC KEY-----", b"\xff" * 100])
def test_what_is_no_key_is_refused(read: type, text: bytes) -> None:
    with pytest.raises(UnusableKey):
        read(text)
