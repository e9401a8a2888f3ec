"""The hash chain: each record's digest covers its body, its place and everything before it. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
import hashlib
from typing import Final

_DOMAIN: Final = b"vitrine-audit-1\0"
DIGEST_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: the last sequence number and the digest that stands for the whole log up to it."""

    sequence: int
    digest: bytes


GENESIS: Final = Head(0, bytes(DIGEST_BYTES))


@dataclass(frozen=True, slots=True)
class Entry:
    """One record as stored. `sequence` counts from 1 without gaps; `body` is canonical JSON (`canonical.to_body`)."""

    sequence: int
    body: bytes
    digest: bytes

    @property
    def head(self) -> Head:
        return Head(self.sequence, self.digest)


def digest(previous: bytes, sequence: int, body: bytes) -> bytes:
    """SHA-256 over domain, previous digest, sequence number (8 bytes, big-endian) and body.

    Everything before the body has a fixed length, so no two different records hash the same bytes.
    """
    return hashlib.sha256(_DOMAIN + previous + sequence.to_bytes(8, "big") + body).digest()


def extend(head: Head, bodies: Iterable[bytes]) -> Iterator[Entry]:
    """The entries that follow `head` with `bodies`, in order."""
    for sequence, body in enumerate(bodies, start=head.sequence + 1):
        entry = Entry(sequence, body, digest(head.digest, sequence, body))
        yield entry
        head = entry.head
