"""One HTTP/1.1 response out of bytes as they come (RFC 9112), without a socket: head, pieces of body, end.

The head and chunked bodies go through llhttp, which is strict about what could be read in two ways. A body of known
length goes past it: the bytes that the socket gave are those that are passed on.
"""

from collections import deque
from dataclasses import dataclass
from typing import cast

from httptools import HttpParserError, HttpResponseParser

LARGEST_HEAD = 64 * 2**10
_MOST_HEADERS = 256


class MalformedResponse(Exception):
    """The bytes are no HTTP/1.1 response, or not a whole one; the words are safe to be logged."""


@dataclass(frozen=True, slots=True)
class Head:
    """Status, header fields and version (`HTTP/1.1` or `HTTP/1.0`), as they came."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    version: bytes = b"HTTP/1.1"


class ResponseReader:
    """Reads the response to one GET or POST: `feed` it, then look at `head`, `pieces` and `complete`.

    `head` is `None` until it is whole. `reusable` says, once the response is complete, whether another may follow on
    the same connection.
    """

    def __init__(self) -> None:
        self.head: Head | None = None
        self.pieces: deque[bytes] = deque()
        self.complete = False
        self.reusable = False
        self._parser: HttpResponseParser | None = HttpResponseParser(self)
        self._headers: list[tuple[bytes, bytes]] = []
        self._head_bytes = 0
        self._left: int | None = None  # of a body of known length
        self._until_end = False

    @property
    def begun(self) -> bool:
        """Whether anything at all has come."""
        return self._head_bytes > 0

    def feed(self, data: bytes) -> None:
        """Take what came next. Raises `MalformedResponse`; nothing may be fed after that."""
        if self._left is not None and self.head is not None:
            self._take(data)
        elif self._until_end and self.head is not None:
            self.pieces.append(data)
        else:
            self._parse(data)

    def end(self) -> None:
        """The connection has ended. Raises `MalformedResponse` when the response had not."""
        if self._until_end and self.head is not None:
            self._finish()
        if not self.complete:
            raise MalformedResponse("the connection ended within the response" if self.begun else "no response came")

    def _take(self, data: bytes) -> None:
        left = (self._left or 0) - len(data)
        if left < 0:
            raise MalformedResponse("more came than was announced")
        self._left = left
        if data:
            self.pieces.append(data)
        if left == 0:
            self._finish()

    def _finish(self) -> None:
        """Let go of the parser, which holds this reader: nobody but the garbage collector would find the two."""
        self.complete, self._parser = True, None

    def _parse(self, data: bytes) -> None:
        if self._parser is None:
            raise MalformedResponse("more came than was announced")
        if self.head is None:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except HttpParserError:
            raise MalformedResponse("this is not HTTP/1.1") from None
        if self.head is None and self._head_bytes > LARGEST_HEAD:
            raise MalformedResponse("the head of the response is too large")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by the parser."""
        if len(self._headers) >= _MOST_HEADERS:
            raise MalformedResponse("the head of the response is too large")
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Called by the parser."""
        parser = cast("HttpResponseParser", self._parser)
        status = parser.get_status_code()
        if status == 101:
            raise MalformedResponse("another protocol was not asked for")
        if status < 200:
            return
        fields = {name.lower(): value for name, value in self._headers}
        self.reusable = bool(parser.should_keep_alive())
        if b"transfer-encoding" not in fields and status not in {204, 304}:
            length = fields.get(b"content-length")
            self._left = None if length is None else int(length)
            self._until_end = length is None
        self.head = Head(status, tuple(self._headers), b"HTTP/%s" % parser.get_http_version().encode("ascii"))

    def on_body(self, body: bytes) -> None:
        """Called by the parser."""
        if self._left is not None:
            self._take(body)
        else:
            self.pieces.append(body)

    def on_message_complete(self) -> None:
        """Called by the parser; an interim response (1xx) is followed by the one that counts."""
        if self.head is None:
            self._headers.clear()
        else:
            self._finish()
