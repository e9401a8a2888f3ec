"""Signed notes: a text and the signatures under it, as text (https://c2sp.org/signed-note), and the keys they need.

A key is named `NAME+ID+BASE64`, where `ID` is half of a hash over name and key; that is all others need to have.
"""

import base64
import binascii
from dataclasses import dataclass
import hashlib
from typing import Final, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

LONGEST_NOTE: Final = 64 * 1024
PLAIN: Final = 1
COSIGNED: Final = 4  # with the time at which a witness saw it (https://c2sp.org/tlog-cosignature)
_MOST_SIGNATURES: Final = 16
_DASH: Final = "\u2014 "

Kind = Literal[1, 4]


class NoteRefused(ValueError):
    """Not a signed note, or not one that the key signed."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """Checks signatures of `name` of one kind."""

    name: str
    key: Ed25519PublicKey
    kind: Kind = PLAIN

    @property
    def id(self) -> bytes:
        return hashlib.sha256(f"{self.name}\n".encode() + bytes([self.kind]) + self._raw).digest()[:4]

    def __str__(self) -> str:
        key = base64.b64encode(bytes([self.kind]) + self._raw).decode()
        return f"{self.name}+{self.id.hex()}+{key}"

    def verifies(self, text: str, signature: bytes) -> bool:
        message = text.encode()
        if self.kind == COSIGNED:
            if len(signature) < 8:
                return False
            message, signature = _seen(text, int.from_bytes(signature[:8], "big")), signature[8:]
        try:
            self.key.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    @property
    def _raw(self) -> bytes:
        return self.key.public_bytes(Encoding.Raw, PublicFormat.Raw)


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs as `name`."""

    name: str
    key: Ed25519PrivateKey

    @property
    def verifier(self) -> Verifier:
        return Verifier(self.name, self.key.public_key())

    @property
    def witness_verifier(self) -> Verifier:
        return Verifier(self.name, self.key.public_key(), COSIGNED)

    def sign(self, text: str) -> str:
        """`text`, which ends with a line end, as a signed note."""
        return f"{text}\n{_line(self.verifier, self.key.sign(text.encode()))}"

    def cosign(self, text: str, at: int) -> str:
        """The line of a signature that says that `text` was seen at this time (Unix seconds)."""
        return _line(self.witness_verifier, at.to_bytes(8, "big") + self.key.sign(_seen(text, at)))


def read_verifier(text: str) -> Verifier:
    """Read `NAME+ID+BASE64`, or raise `NoteRefused`."""
    name, _, rest = text.strip().partition("+")
    identifier, _, encoded = rest.partition("+")
    raw = _decode(encoded)
    if not name or not name.isprintable() or " " in name or len(raw) != 33 or raw[0] not in (PLAIN, COSIGNED):
        raise NoteRefused("not a key as NAME+ID+BASE64")
    verifier = Verifier(name, Ed25519PublicKey.from_public_bytes(raw[1:]), COSIGNED if raw[0] == COSIGNED else PLAIN)
    if verifier.id.hex() != identifier:
        raise NoteRefused("the key's id is not that of its name and key")
    return verifier


def open_note(note: str, verifier: Verifier) -> str:
    """The text of `note` once a signature of `verifier` under it holds, or raise `NoteRefused`."""
    text, signatures = split_note(note)
    for line in signatures:
        name, _, encoded = line.removeprefix(_DASH).partition(" ")
        signature = _decode(encoded)
        if name == verifier.name and signature[:4] == verifier.id:
            if verifier.verifies(text, signature[4:]):
                return text
            raise NoteRefused("the signature does not hold")
    raise NoteRefused("it is not signed with this key")


def split_note(note: str) -> tuple[str, list[str]]:
    """Text and lines of signatures, unchecked. Raises `NoteRefused`."""
    text, between, below = note.rpartition("\n\n")
    lines = below.removesuffix("\n").split("\n")
    plain = all(one == "\n" or ord(one) >= 32 for one in note)
    if len(note) > LONGEST_NOTE or not plain or not between or not text or not below.endswith("\n"):
        raise NoteRefused("not a signed note")
    if len(lines) > _MOST_SIGNATURES or not all(line.startswith(_DASH) for line in lines):
        raise NoteRefused("not a signed note")
    return f"{text}\n", lines


def _line(verifier: Verifier, signature: bytes) -> str:
    return f"{_DASH}{verifier.name} {base64.b64encode(verifier.id + signature).decode()}\n"


def _seen(text: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def _decode(text: str) -> bytes:
    """Of several texts for the same bytes only the one that an encoder writes is taken (RFC 4648 §3.5)."""
    try:
        decoded = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoteRefused("not base64") from None
    if base64.b64encode(decoded).decode() != text:
        raise NoteRefused("not base64")
    return decoded
