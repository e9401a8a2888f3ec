"""Syslog messages (RFC 5424) as frames of a stream over TLS, each with the count of its octets before it (RFC 5425)."""

from dataclasses import dataclass
from datetime import UTC, datetime
import re
from typing import Final

_SEVERITY: Final = 5  # notice: an audit message is neither good nor bad news (IHE ITI TF-2 3.20.4.1.2)
_FACILITY: Final = 10  # security and authorization (RFC 5424 §6.2.1)
_PRIORITY: Final = _FACILITY * 8 + _SEVERITY
_BOM: Final = b"\xef\xbb\xbf"
_NIL: Final = "-"
_LARGEST_SEQUENCE: Final = 2**31 - 1
_UNPRINTABLE: Final = re.compile(r"[^\x21-\x7e]")


@dataclass(frozen=True, slots=True)
class Header:
    """Who sends (`host`, `application`), what kind of message it is, and its place among those of this sender."""

    host: str
    application: str
    message_id: str
    at: datetime
    sequence: int


def to_message(header: Header, body: bytes) -> bytes:
    """One message with `body`, which is UTF-8, marked as such by a byte order mark (RFC 5424 §6.4).

    The place is the registered `meta sequenceId` (§7.3.1), which begins anew after 2³¹ − 1.
    """
    place = (header.sequence - 1) % _LARGEST_SEQUENCE + 1
    fields = (
        f"<{_PRIORITY}>1",
        header.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        _name(header.host, 255),
        _name(header.application, 48),
        _NIL,
        _name(header.message_id, 32),
        f'[meta sequenceId="{place}"]',
    )
    return " ".join(fields).encode("ascii") + b" " + _BOM + body


def to_frame(message: bytes) -> bytes:
    """`message` with its length, as it goes into the stream (RFC 5425 §4.3)."""
    return b"%d %s" % (len(message), message)


def _name(text: str, longest: int) -> str:
    """Visible ASCII of a bounded length, or nothing at all (RFC 5424 §6)."""
    return _UNPRINTABLE.sub("", text)[:longest] or _NIL
