"""The facts of past decisions, as they are kept so that another policy can be asked about them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256

import msgspec

from policy.request import AccessRequest, Capability


class UnreadableFacts(ValueError):
    """Kept facts that are not a request in a form that this version knows."""


@dataclass(frozen=True, slots=True)
class PastDecision:
    """What was asked and when (Unix seconds); `event` is the number of the record in the audit log.

    `digest` is that of the facts as they are kept, empty where it is not known.
    """

    event: int
    at: int
    capability: Capability
    request: AccessRequest
    digest: str = ""


_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODER = msgspec.json.Decoder(AccessRequest)


def to_facts(request: AccessRequest) -> bytes:
    """`request` as JSON with one spelling only. It names subject, patient and study as the audit log does."""
    return _ENCODER.encode(request)


def digest_of(facts: bytes) -> str:
    """What a decision on record names its facts by: SHA-256, in hexadecimal."""
    return sha256(facts).hexdigest()


def read_facts(body: bytes) -> AccessRequest:
    """Parse what `to_facts` wrote, also by a version that knew fewer facts. Raises `UnreadableFacts`."""
    try:
        return _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise UnreadableFacts("these facts are not of a form that is known") from None


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A past decision as one line of a file."""

    event: int
    at: int
    capability: Capability
    request: AccessRequest


_LINE_DECODER = msgspec.json.Decoder(_Line)


def to_line(past: PastDecision) -> bytes:
    """`past` as one line of JSON."""
    return _ENCODER.encode(_Line(event=past.event, at=past.at, capability=past.capability, request=past.request))


def read_lines(lines: Iterable[bytes]) -> Iterator[PastDecision]:
    """Past decisions from the lines of a file. Raises `UnreadableFacts` naming the line."""
    for number, text in enumerate(lines, start=1):
        if text.strip():
            try:
                line = _LINE_DECODER.decode(text)
            except (msgspec.DecodeError, UnicodeDecodeError):
                raise UnreadableFacts(f"line {number} is not a past decision") from None
            yield PastDecision(line.event, line.at, line.capability, line.request)
