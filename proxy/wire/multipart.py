"""multipart/related without I/O (PS3.18 §8.6.1.2, RFC 2046 §5.1, RFC 2387): lenient in, strict out."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
import re
import secrets

from proxy.wire.errors import CutShort, MalformedMediaType, MalformedMultipart
from proxy.wire.media import MediaType, read_media_type

_LONGEST_BOUNDARY = 200  # RFC 2046 allows 70; some archives write more
_PADDING = re.compile(rb"[ \t]{0,128}")
_BLANK_LINE = re.compile(rb"\r?\n(\r?\n)")
_FOLD = re.compile(rb"\r?\n[ \t]+")
_FIRST_LINE = re.compile(rb"(?:\r?\n)*--([0-9A-Za-z'()+_,\-./:=?]{1,200})[ \t]*\r?\n")
_FIELD = re.compile(r"([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]*:[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class MultipartLimits:
    """How much is believed: bytes before the first boundary, per part head, per part and in all; number of parts."""

    preamble_bytes: int = 64 * 2**10
    header_bytes: int = 16 * 2**10
    parts: int = 10_000
    part_bytes: int = 256 * 2**20
    total_bytes: int = 4 * 2**30


@dataclass(frozen=True, slots=True)
class PartHeaders:
    """The header fields of a part in their order, names in lower case."""

    fields: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str | None:
        return next((value for known, value in self.fields if known == name), None)

    @property
    def media_type(self) -> MediaType | None:
        """The part's Content-Type, or `None` where it is absent or unreadable."""
        try:
            return read_media_type(self.get("content-type") or "")
        except MalformedMediaType:
            return None

    @property
    def content_location(self) -> str | None:
        return self.get("content-location")

    @property
    def content_length(self) -> int | None:
        """What the sender says the part's length is: a hint, because payloads are found by their boundaries."""
        text = self.get("content-length") or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


@dataclass(frozen=True, slots=True)
class PartBegan:
    headers: PartHeaders


@dataclass(frozen=True, slots=True)
class PartData:
    """A piece of the current part, never empty; a view into what was fed, not a copy."""

    data: memoryview


@dataclass(frozen=True, slots=True)
class PartEnded:
    """The current part is complete."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The body is complete; whatever follows is an epilogue and ignored."""


MultipartEvent = PartBegan | PartData | PartEnded | Ended


class _State(Enum):
    PREAMBLE = auto()
    HEAD = auto()
    PAYLOAD = auto()
    EPILOGUE = auto()
    REFUSED = auto()


class _Line(Enum):
    """What a line that begins with `--boundary` turns out to be."""

    OPENS = auto()
    CLOSES = auto()
    NOTHING = auto()
    UNDECIDED = auto()


class MultipartReader:
    """Reads a multipart body in whatever pieces it comes; any violation raises `MalformedMultipart`, for good.

    Tolerated: no line break before the first boundary, LF line ends, preamble, epilogue, folded headers, padding after
    a boundary. Payloads are found by their boundaries; Content-Length only vouches for the last part of a body without
    closing delimiter, which otherwise counts as cut short.
    """

    def __init__(self, boundary: str, limits: MultipartLimits | None = None) -> None:
        if not 0 < len(boundary) <= _LONGEST_BOUNDARY or not boundary.isascii() or not boundary.isprintable():
            raise MalformedMultipart("the multipart boundary is missing or not usable")
        self._limits = limits or MultipartLimits()
        self._delimiter = b"--" + boundary.encode("ascii")
        self._state = _State.PREAMBLE
        self._held = b""
        self._total = 0
        self._parts = 0
        self._headers = PartHeaders()
        self._length = 0
        self._skip = 0

    def feed(self, data: bytes) -> list[MultipartEvent]:
        """The events that `data`, the next piece of the body, completes."""
        self._total += len(data)
        if self._total > self._limits.total_bytes:
            raise self._refusal("the multipart body exceeds its limit")
        buffer = self._held + data if self._held else data
        self._held = b""
        events: list[MultipartEvent] = []
        position: int | None = 0
        while position is not None:
            position = self._step(buffer, position, events)
        return events

    def close(self) -> list[MultipartEvent]:
        """The events that the end of the body completes; raises when the body is cut short."""
        state, self._state = self._state, _State.EPILOGUE
        declared = self._headers.content_length
        rest = self._held[self._skip :]
        if state is _State.EPILOGUE:
            return []
        if state is _State.HEAD and self._length == declared and not rest.strip():
            return [Ended()]
        if state is _State.PAYLOAD and self._length == declared and self._delimiter.startswith(self._held.rstrip()):
            return [PartEnded(), Ended()]
        if state is _State.PAYLOAD and rest and self._length + len(rest) == declared:
            return [PartData(memoryview(rest)), PartEnded(), Ended()]
        self._refusal("")
        raise CutShort("the multipart body is cut short")

    def _refusal(self, words: str) -> MalformedMultipart:
        self._state = _State.REFUSED
        self._held = b""
        return MalformedMultipart(words)

    def _step(self, buffer: bytes, position: int, events: list[MultipartEvent]) -> int | None:
        """Consume from `position` on; the position to go on from, or `None` when more bytes are needed."""
        match self._state:
            case _State.PREAMBLE:
                return self._read_preamble(buffer, position, events)
            case _State.HEAD:
                return self._read_head(buffer, position, events)
            case _State.PAYLOAD:
                return self._read_payload(buffer, position, events)
            case _State.EPILOGUE:
                return None
            case _State.REFUSED:
                raise MalformedMultipart("the multipart body was refused")

    def _read_preamble(self, buffer: bytes, position: int, events: list[MultipartEvent]) -> int | None:
        line, start, end = self._find_delimiter(buffer, position)
        if self._total - len(buffer) + start > self._limits.preamble_bytes:
            raise self._refusal("there is too much before the first boundary")
        if line is _Line.OPENS:
            line_break = b"\r\n" if buffer[end : end + 1] == b"\r" else b"\n"
            self._delimiter = line_break + self._delimiter
        return self._after_delimiter(line, buffer, start, end, events)

    def _read_head(self, buffer: bytes, position: int, events: list[MultipartEvent]) -> int | None:
        blank = _BLANK_LINE.search(buffer, position, position + self._limits.header_bytes)
        if blank is None:
            if len(buffer) - position >= self._limits.header_bytes:
                raise self._refusal("the head of a part exceeds its limit")
            self._hold(buffer, position)
            return None
        if self._parts >= self._limits.parts:
            raise self._refusal("there are too many parts")
        self._parts += 1
        self._headers = self._read_fields(buffer[position : blank.start()])
        self._length = 0
        self._skip = blank.end() - blank.start(1)
        self._state = _State.PAYLOAD
        events.append(PartBegan(self._headers))
        return blank.start(1)  # the blank line may already be the line break before the next boundary

    def _read_fields(self, head: bytes) -> PartHeaders:
        lines = [line.rstrip(b"\r") for line in _FOLD.sub(b" ", head).split(b"\n")]
        fields = [_FIELD.fullmatch(line.decode("latin-1")) for line in lines if line]
        matched = [field for field in fields if field]
        if len(matched) < len(fields):
            raise self._refusal("the head of a part is not a list of header fields")
        return PartHeaders(tuple((field[1].lower(), field[2].rstrip(" \t")) for field in matched))

    def _read_payload(self, buffer: bytes, position: int, events: list[MultipartEvent]) -> int | None:
        line, start, end = self._find_delimiter(buffer, position)
        begin = position + self._skip
        if start >= begin:
            self._pass_on(buffer, begin, start, events)
            self._skip = 0
        elif line not in {_Line.OPENS, _Line.CLOSES}:
            start = position  # what may begin within the blank line is decided with all of it
        if line in {_Line.OPENS, _Line.CLOSES}:
            self._skip = 0
            events.append(PartEnded())
        return self._after_delimiter(line, buffer, start, end, events)

    def _pass_on(self, buffer: bytes, start: int, end: int, events: list[MultipartEvent]) -> None:
        self._length += end - start
        if self._length > self._limits.part_bytes:
            raise self._refusal("a part exceeds its limit")
        if end > start:
            events.append(PartData(memoryview(buffer)[start:end]))

    def _find_delimiter(self, buffer: bytes, position: int) -> tuple[_Line, int, int]:
        """The next delimiter: what it is, where it starts, where its own bytes end.

        `NOTHING` when there is none, `UNDECIDED` when more bytes must tell; bytes before the start are certain.
        """
        start = buffer.find(self._delimiter, position)
        while start >= 0:
            line, end = _classify(buffer, start + len(self._delimiter))
            if line is not _Line.NOTHING:
                return line, start, end
            start = buffer.find(self._delimiter, start + 1)
        return _Line.NOTHING, _start_of_partial(buffer, position, self._delimiter), len(buffer)

    def _after_delimiter(
        self, line: _Line, buffer: bytes, start: int, end: int, events: list[MultipartEvent]
    ) -> int | None:
        match line:
            case _Line.OPENS:
                self._state = _State.HEAD
                return end
            case _Line.CLOSES:
                self._state = _State.EPILOGUE
                events.append(Ended())
                return None
            case _Line.NOTHING | _Line.UNDECIDED:
                self._hold(buffer, start)
                return None

    def _hold(self, buffer: bytes, start: int) -> None:
        """Keep what cannot be decided yet; bounded by the longest head or delimiter."""
        self._held = buffer[start:]


def _classify(buffer: bytes, end: int) -> tuple[_Line, int]:
    """What the line is that has `--boundary` just before `end`, and where its own bytes end."""
    if buffer.startswith(b"--", end):
        return _Line.CLOSES, end + 2
    padding = _PADDING.match(buffer, end)
    line_break = padding.end() if padding else end
    if buffer.startswith((b"\r\n", b"\n"), line_break):
        return _Line.OPENS, line_break
    undecided = buffer[line_break:] in {b"", b"\r"} or buffer[end:] == b"-"
    return _Line.UNDECIDED if undecided else _Line.NOTHING, line_break


def _start_of_partial(buffer: bytes, position: int, delimiter: bytes) -> int:
    """Where a delimiter may begin whose rest has not come yet; the length of `buffer` where none can."""
    candidate = buffer.find(delimiter[:1], max(position, len(buffer) - len(delimiter) + 1))
    while candidate >= 0:
        if delimiter.startswith(buffer[candidate:]):
            return candidate
        candidate = buffer.find(delimiter[:1], candidate + 1)
    return len(buffer)


def settle_boundary(declared: str, head: bytes) -> str:
    """The boundary of a body that begins with `head`: the one declared, unless the body begins with another one.

    Some archives write one boundary into the Content-Type and another into the body, or leave the parameter out.
    """
    first = _FIRST_LINE.match(head)
    if (declared and b"--" + declared.encode("latin-1", "replace") in head) or first is None:
        return declared
    return first[1].decode("ascii")


class MultipartWriter:
    """Writes a multipart/related body: `begin` before each part's payload, `end` once after the last one."""

    def __init__(self, media_type: str, boundary: str | None = None) -> None:
        """`media_type` is that of the first part (RFC 2387 §3.1), its `transfer-syntax` if all parts share one."""
        self.boundary = boundary or secrets.token_hex(16)
        root = read_media_type(media_type)
        syntax = {"transfer-syntax": root.transfer_syntax} if root.transfer_syntax else {}
        outer = {"type": root.essence, **syntax, "boundary": self.boundary}
        self.content_type = str(MediaType("multipart", "related", outer))
        self._separator = f"--{self.boundary}"

    def begin(self, headers: Mapping[str, str]) -> bytes:
        """What stands before a part's payload; raises `ValueError` for a field that would break the head."""
        fields = [f"{name}: {value}" for name, value in headers.items()]
        if not all(_FIELD.fullmatch(field) for field in fields):
            raise ValueError("a header field of a part is not valid")
        head = "\r\n".join([self._separator, *fields, "", ""])
        self._separator = f"\r\n--{self.boundary}"
        return head.encode("latin-1")

    def end(self) -> bytes:
        return f"{self._separator}--\r\n".encode("ascii")
