"""HL7 v2 messages in vertical-bar encoding (HL7 v2.5.1 §2.5-2.7), read as far as a receiver of events has to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
import re
from types import MappingProxyType
from typing import Final

from proxy.wire.errors import MalformedHl7

UTF_8: Final = "UNICODE UTF-8"
CHARACTER_SETS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ASCII": "ascii",
        **{f"8859/{part}": f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)},
        UTF_8: "utf-8",
        "UTF-8": "utf-8",
    }
)
"""The codecs of HL7 table 0211 in which no delimiter can be part of another character."""

MAXIMUM_SEGMENTS: Final = 2000

_LINE_END = re.compile(r"\r\n|\r|\n")
_FIRST_LINE_END = re.compile(rb"[\r\n]")
_CONTROL_ID = re.compile(r"[\x20-\x7e]{1,199}")
_DELIMITERS = re.compile(r"[!-/:-@\[-`{-~]{4,6}")

REQUIRED_FIELD_MISSING: Final = 101
DATA_TYPE_ERROR: Final = 102

Component = tuple[str, ...]
Repetition = tuple[Component, ...]


@dataclass(frozen=True, slots=True)
class Delimiters:
    """MSH-1 and MSH-2 (§2.5.4)."""

    field: str
    component: str
    repetition: str
    escape: str
    subcomponent: str


@dataclass(frozen=True, slots=True)
class Header:
    """What the answer to a message needs of its MSH, each as it was written; `control_id` is MSH-10."""

    delimiters: Delimiters
    fields: tuple[str, ...]

    def field(self, number: int) -> str:
        """MSH-`number`, from 3."""
        return self.fields[number - 1] if number <= len(self.fields) else ""

    @property
    def control_id(self) -> str:
        return self.field(10)

    @property
    def event(self) -> tuple[str, str]:
        """Message code and trigger event, MSH-9.1 and MSH-9.2: `("ADT", "A01")`."""
        code, _, rest = self.field(9).partition(self.delimiters.component)
        return code, rest.partition(self.delimiters.component)[0]


@dataclass(frozen=True, slots=True)
class Segment:
    """One line; `fields` hold the text of each field, escapes and all."""

    name: str
    fields: tuple[str, ...]
    delimiters: Delimiters
    codec: str

    def repetitions(self, number: int) -> tuple[Repetition, ...]:
        """The field of that number: repetitions of components of subcomponents, unescaped; empty when there is none."""
        text = self.fields[number - 1] if number <= len(self.fields) else ""
        if text in {"", '""'}:  # the second says that there is nothing any more (§2.5.3.7)
            return ()
        return tuple(map(self._repetition, text.split(self.delimiters.repetition)))

    def text(self, number: int, component: int = 1) -> str:
        """The first subcomponent of a component of the field's first repetition; empty when there is none."""
        return next((part(one, component) for one in self.repetitions(number)), "")

    def _repetition(self, text: str) -> Repetition:
        marks = self.delimiters
        components = text.split(marks.component)
        return tuple(tuple(map(self._unescaped, one.split(marks.subcomponent))) for one in components)

    def _unescaped(self, text: str) -> str:
        """Escape sequences as what they stand for (§2.7); formatting, which no identifier has, is left out."""
        mark = self.delimiters.escape
        if mark not in text:
            return text
        plain, *rest = text.split(mark)
        pieces = [plain]
        for inside, after in zip(rest[::2], [*rest[1::2], ""], strict=False):
            pieces += [self._escape(inside), after]
        return "".join(pieces)

    def _escape(self, sequence: str) -> str:
        marks = self.delimiters
        known = {"F": marks.field, "S": marks.component, "R": marks.repetition, "T": marks.subcomponent}
        if sequence == "E":
            return marks.escape
        if sequence.startswith("X"):
            return _of_hexadecimal(sequence[1:], self.codec)
        return known.get(sequence, "")


@dataclass(frozen=True, slots=True)
class Message:
    header: Header
    segments: tuple[Segment, ...]

    def all(self, name: str) -> Iterator[Segment]:
        return (segment for segment in self.segments if segment.name == name)

    def first(self, name: str) -> Segment:
        """The first segment of that name. Raises `MalformedHl7` when there is none."""
        found = next(self.all(name), None)
        if found is None:
            raise MalformedHl7(f"there is no {name} segment")
        return found


def part(repetition: Repetition, component: int, subcomponent: int = 1) -> str:
    """One part of a repetition, counted from 1; empty when there is none."""
    parts = repetition[component - 1] if component <= len(repetition) else ()
    return parts[subcomponent - 1].strip() if subcomponent <= len(parts) else ""


def read_header(data: bytes) -> Header:
    """The header of a message. Raises `MalformedHl7` for what cannot be answered with a control id."""
    line = _FIRST_LINE_END.split(data, maxsplit=1)[0].decode("latin-1")
    if not line.startswith("MSH") or len(line) < 8:
        raise MalformedHl7("the message does not begin with MSH")
    mark = line[3]
    fields = (mark, *line[4:].split(mark))
    delimiters = _read_delimiters(mark, fields[1])
    header = Header(delimiters, fields)
    if not _CONTROL_ID.fullmatch(header.control_id):
        raise MalformedHl7("MSH-10 is missing, too long or not ASCII", REQUIRED_FIELD_MISSING)
    return header


def read_message(data: bytes, header: Header, character_set: str = UTF_8) -> Message:
    """A whole message in the character set of MSH-18, or in `character_set` where it names none.

    Raises `MalformedHl7`.
    """
    named = header.field(18).split(header.delimiters.repetition)[0].strip() or character_set
    codec = CHARACTER_SETS.get(named)
    if codec is None:
        raise MalformedHl7("the character set in MSH-18 is not supported", DATA_TYPE_ERROR)
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        raise MalformedHl7("the message is not in the character set of MSH-18", DATA_TYPE_ERROR) from None
    lines = [line for line in _LINE_END.split(text) if line]
    if len(lines) > MAXIMUM_SEGMENTS:
        raise MalformedHl7("the message has too many segments")
    return Message(header, tuple(_read_segment(line, header.delimiters, codec) for line in lines))


def _read_delimiters(mark: str, encoding: str) -> Delimiters:
    if not _DELIMITERS.fullmatch(mark + encoding[:5]) or len(set(mark + encoding)) != len(encoding) + 1:
        raise MalformedHl7("MSH-1 and MSH-2 do not name the delimiters")
    component, repetition, escape, *more = list(encoding)
    return Delimiters(mark, component, repetition, escape, more[0] if more else "&")


def _read_segment(line: str, delimiters: Delimiters, codec: str) -> Segment:
    name, *fields = line.split(delimiters.field)
    if name == "MSH":
        fields = [delimiters.field, *fields]
    return Segment(name, tuple(fields), delimiters, codec)


def _of_hexadecimal(digits: str, codec: str) -> str:
    try:
        return bytes.fromhex(digits).decode(codec)
    except ValueError:
        return ""
