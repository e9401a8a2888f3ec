"""A proof that whoever asks holds a key: the `DPoP` header of one request (RFC 9449 §4)."""

import base64
from dataclasses import dataclass
import hashlib
import json
import re
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

from proxy.access.providers.signatures import ALGORITHMS, pin, public_members
from proxy.access.providers.strictjson import read_object
from proxy.access.tokens import REFUSED
from proxy.errors import NotAuthenticated

MAXIMUM_PROOF_BYTES: Final = 4 * 1024
ACCEPTED_SECONDS: Final = 60
"""How far a proof's `iat` may lie from now: clocks differ, and proofs are made when they are needed (§11.1)."""


_SEGMENT = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_IDENTIFIER = re.compile(r"[\x21-\x7e]{8,255}", re.ASCII)
_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


@dataclass(frozen=True, slots=True)
class Shown:
    """What a request shows: its `DPoP` header, its method, and its address without query."""

    proof: str
    method: str
    address: str


@dataclass(frozen=True, slots=True)
class Proof:
    """A good one: the thumbprint of its key (RFC 7638), the name by which it is known, and when it was made."""

    thumbprint: str
    name: str
    made: int


def read_proof(shown: Shown, token: str, now: float) -> Proof:
    """The proof for `token`, made for this request and not long before or after `now`, in Unix seconds.

    Raises `NotAuthenticated` with one text for every cause. Whether it was used before is for `Replays` to say.
    """
    try:
        return _read(shown, token, now)
    except (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, RecursionError):
        raise NotAuthenticated(REFUSED) from None


def _read(shown: Shown, token: str, now: float) -> Proof:
    if len(shown.proof) > MAXIMUM_PROOF_BYTES or not shown.proof.isascii():
        _refuse()
    first, second, third = shown.proof.split(".")
    header, claims, signature = read_object(_decode(first)), read_object(_decode(second)), _decode(third)
    thumbprint = _verify(header, f"{first}.{second}".encode("ascii"), signature)
    if claims["htm"] != shown.method or _plain(claims["htu"]) != _plain(shown.address):
        _refuse()
    if claims["ath"] != _encode(hashlib.sha256(token.encode("ascii")).digest()):
        _refuse()
    made, name = claims["iat"], claims["jti"]
    if type(made) is not int or not abs(now - made) <= ACCEPTED_SECONDS or not _IDENTIFIER.fullmatch(name):
        _refuse()
    return Proof(thumbprint, name, made)


def _verify(header: dict[str, Any], message: bytes, signature: bytes) -> str:
    """The thumbprint of the public key in `header`, once it verified `message`."""
    entry = header["jwk"]
    if header["typ"] != "dpop+jwt" or "crit" in header or not _PRIVATE.isdisjoint(entry):
        _refuse()
    pinned, members = pin({**entry, "alg": header["alg"]}, ALGORITHMS), public_members(entry)
    if pinned is None or members is None or not pinned.verifies(message, signature):
        _refuse()
    canonical = json.dumps(members, sort_keys=True, separators=(",", ":"))
    return _encode(hashlib.sha256(canonical.encode("utf-8")).digest())


def _plain(address: str) -> tuple[str, str, str]:
    """Scheme, host and path of an address, spelt so that equal ones are equal (§4.3; RFC 3986 §6.2)."""
    parts = urlsplit(address)
    standard = {"https": ":443", "http": ":80"}.get(parts.scheme, "")
    return parts.scheme, parts.netloc.lower().removesuffix(standard), parts.path or "/"


def _decode(segment: str) -> bytes:
    """Decode base64url in its one canonical spelling, so that no two proofs mean the same (RFC 4648 §3.5)."""
    if not _SEGMENT.fullmatch(segment):
        _refuse()
    content = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    if _encode(content) != segment:
        _refuse()
    return content


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


def _refuse() -> NoReturn:
    raise NotAuthenticated(REFUSED)
