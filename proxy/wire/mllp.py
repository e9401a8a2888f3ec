"""The minimal lower layer protocol: HL7 v2 messages between start and end blocks (HL7 v2 Implementation Guide C.4)."""

from collections.abc import Iterator
from typing import Final

from proxy.wire.errors import MalformedMllp

_START: Final = 0x0B
_END: Final = b"\x1c\x0d"
_BETWEEN: Final = b"\r\n"


class Unframer:
    """Cuts what arrives on one connection into messages of at most `limit` bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._arrived = bytearray()
        self._searched = 0

    @property
    def within_message(self) -> bool:
        """Whether a message has begun and not ended."""
        return bool(self._arrived)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The messages that end in `data`. Raises `MalformedMllp` where bytes are no message, or too many."""
        self._arrived += data
        while self._begins():
            end = self._arrived.find(_END, self._searched)
            if (end if end >= 0 else len(self._arrived)) - 1 > self._limit:
                raise MalformedMllp("the message is too large", too_large=True)
            if end < 0:
                self._searched = max(1, len(self._arrived) - 1)
                return
            message = bytes(self._arrived[1:end])
            del self._arrived[: end + len(_END)]
            self._searched = 0
            yield message

    def _begins(self) -> bool:
        """Whether a message has begun. Line ends that careless senders put between messages are passed over."""
        if self._searched == 0:
            kept = self._arrived.lstrip(_BETWEEN)
            del self._arrived[: len(self._arrived) - len(kept)]
        if self._arrived and self._arrived[0] != _START:
            raise MalformedMllp("there are bytes outside of a message")
        return bool(self._arrived)


def to_frame(message: bytes) -> bytes:
    """`message` between its blocks."""
    return bytes([_START]) + message + _END
