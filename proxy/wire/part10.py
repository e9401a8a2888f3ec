"""A DICOM file (PS3.10 §7) without I/O: read in whatever pieces it comes, its pixels passed on, the rest passed over.

Nothing is held but what is asked for: the elements named, and what is needed to find the next one.
"""

from collections.abc import Collection, Generator, Iterator
from dataclasses import dataclass
import struct
from typing import Protocol
import zlib

from proxy.wire.errors import MalformedObject

Demand = tuple[bool, int]
"""How many bytes come next, and whether they are taken (true) or passed on."""

TRANSFER_SYNTAX = "00020010"
PIXELS = frozenset({"7FE00008", "7FE00009", "7FE00010"})
IMPLICIT, BIG_ENDIAN, DEFLATED = "1.2.840.10008.1.2", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"

_PREAMBLE_BYTES = 132
_MOST_META_BYTES = 2**16
_LARGEST_ELEMENT = 2**20  # of those that are kept
_UNDEFINED = 0xFFFFFFFF
_LONG = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"})
_ITEM, _ITEM_ENDS, _SEQUENCE_ENDS = "FFFEE000", "FFFEE00D", "FFFEE0DD"
_DEEPEST = 32
_INFLATED_AT_ONCE = 2**16
_BITE = 2**10  # which inflates to at most 1032 times as much


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a data set is written (PS3.5 §7.1)."""

    explicit: bool = True
    little_endian: bool = True

    def tag(self, data: bytes) -> str:
        return "{:04X}{:04X}".format(*struct.unpack("<HH" if self.little_endian else ">HH", data))

    def integer(self, data: bytes) -> int:
        return int.from_bytes(data, "little" if self.little_endian else "big")


@dataclass(frozen=True, slots=True)
class Attributes:
    """The elements asked for, as they are written; those that the file does not have are empty."""

    elements: dict[str, bytes]
    encoding: Encoding

    def text(self, tag: str) -> str:
        return self.elements.get(tag, b"").decode("latin-1").strip(" \0")

    def integer(self, tag: str) -> int:
        """Of a binary element (US)."""
        return self.encoding.integer(self.elements.get(tag, b""))


@dataclass(frozen=True, slots=True)
class PixelsBegan:
    """The pixels follow: as `PixelPiece`s, within fragments where they are encapsulated (PS3.5 A.4)."""

    transfer_syntax: str
    attributes: Attributes
    vr: str
    encapsulated: bool


@dataclass(frozen=True, slots=True)
class FragmentBegan:
    """An item of encapsulated pixels, the first of which is the offset table."""

    length: int


@dataclass(frozen=True, slots=True)
class PixelPiece:
    """Bytes of the pixels, never empty."""

    data: memoryview


@dataclass(frozen=True, slots=True)
class FragmentEnded:
    """The item is complete."""


@dataclass(frozen=True, slots=True)
class PixelsEnded:
    """The pixels are complete; what follows them is passed over."""


Event = PixelsBegan | FragmentBegan | PixelPiece | FragmentEnded | PixelsEnded


class _Inflater(Protocol):
    """What `zlib.decompressobj` gives, whose class has no public name."""

    @property
    def eof(self) -> bool: ...
    @property
    def unconsumed_tail(self) -> bytes: ...
    def decompress(self, data: memoryview, max_length: int, /) -> bytes: ...


def _has_ended(inflater: _Inflater) -> bool:
    """Asked anew each time, as feeding it changes it."""
    return inflater.eof


_Reading = Generator[Demand, bytes, None]


class Part10Reader:
    """Reads one file: `feed` gives the events that the next bytes complete. Any violation raises `MalformedObject`.

    `wanted` are the tags of elements of the data set itself that are kept. `maximum_bytes` is how much of a data set is
    believed once it is inflated.
    """

    def __init__(self, wanted: Collection[str], maximum_bytes: int) -> None:
        self._wanted = frozenset(wanted)
        self._left = maximum_bytes
        self._events: list[Event] = []
        self._elements: dict[str, bytes] = {}
        self._encoding = Encoding()
        self._inflater: _Inflater | None = None
        self._begun = False
        self._passing = False
        self._held = bytearray()
        self._program = self._read()
        self._demand: Demand | None = next(self._program)

    @property
    def complete(self) -> bool:
        """Whether the pixels have ended."""
        return self._demand is None

    @property
    def may_swell(self) -> bool:
        """Whether what is fed next may be inflated to far more than it is."""
        return self._inflater is not None or not self._begun

    def bites(self, data: bytes) -> Iterator[memoryview]:
        """`data` in pieces, each to be fed before the next is taken, none of which inflates to more than a mebibyte."""
        rest = memoryview(data)
        while rest:
            size = _BITE if self.may_swell else len(rest)
            yield rest[:size]
            rest = rest[size:]

    def feed(self, data: bytes | memoryview) -> list[Event]:
        """The events that `data` completes."""
        rest = memoryview(data)
        while rest and self._demand is not None:
            rest = (
                self._inflate(self._inflater, rest) if self._inflater is not None else self._consume(self._demand, rest)
            )
        events, self._events = self._events, []
        return events

    def _inflate(self, inflater: _Inflater, data: memoryview) -> memoryview:
        """Feed what a part of `data` inflates to (PS3.5 A.5); the rest of `data`."""
        if _has_ended(inflater):
            raise MalformedObject("the file's data set ends before its pixels do")
        try:
            plain = memoryview(inflater.decompress(data, _INFLATED_AT_ONCE))
        except zlib.error:
            raise MalformedObject("the file's data set cannot be inflated") from None
        self._left -= len(plain)
        if self._left < 0:
            raise MalformedObject("the file's data set exceeds its limit")
        full = len(plain) == _INFLATED_AT_ONCE
        while plain and self._demand is not None:
            plain = self._consume(self._demand, plain)
        ended = _has_ended(inflater)
        rest = memoryview(b"" if ended else inflater.unconsumed_tail)
        holds_more = full and not rest and not ended and self._demand is not None
        return self._inflate(inflater, rest) if holds_more else rest

    def _consume(self, demand: Demand, data: memoryview) -> memoryview:
        """Meet `demand` with the beginning of `data`; the rest of it."""
        taken, count = demand
        part, rest = data[: count - len(self._held)], data[count - len(self._held) :]
        if taken:
            self._held += part
            if len(self._held) == count:
                self._go_on(bytes(self._held))
            return rest
        if self._passing and part:
            self._events.append(PixelPiece(part))
        self._demand = (False, count - len(part))
        if len(part) == count:
            self._go_on(b"")
        return rest

    def _go_on(self, answer: bytes) -> None:
        """Until the next demand for any bytes."""
        self._held.clear()
        try:
            self._demand = self._program.send(answer)
            while self._demand in {(False, 0), (True, 0)}:
                self._demand = self._program.send(b"")
        except StopIteration:
            self._demand = None

    def _read(self) -> _Reading:
        preamble = yield True, _PREAMBLE_BYTES
        if not preamble.endswith(b"DICM"):
            raise MalformedObject("this is no DICOM file")
        head = yield True, 12  # the group length, which comes first (PS3.10 Table 7.1-1)
        length = int.from_bytes(head[8:], "little")
        if not head.startswith(b"\x02\0\0\0UL\x04\0") or length > _MOST_META_BYTES:
            raise MalformedObject("the file's meta information cannot be read")
        meta = yield True, length
        syntax = _transfer_syntax(meta)
        self._encoding = Encoding(syntax != IMPLICIT, syntax != BIG_ENDIAN)
        if syntax == DEFLATED:
            self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        self._begun = True
        yield from self._read_dataset(syntax)

    def _read_dataset(self, syntax: str) -> _Reading:
        while True:
            tag, vr, length = yield from _head(self._encoding)
            if tag in PIXELS:
                yield from self._read_pixels(syntax, vr, length)
                return
            if length == _UNDEFINED:
                yield from _skip_items(_nested(self._encoding, vr), 0)
            elif tag in self._wanted:
                if length > _LARGEST_ELEMENT:
                    raise MalformedObject("an element of the file exceeds its limit")
                self._elements[tag] = yield True, length
            else:
                yield False, length

    def _read_pixels(self, syntax: str, vr: str, length: int) -> _Reading:
        encapsulated = length == _UNDEFINED
        self._events.append(PixelsBegan(syntax, Attributes(self._elements, self._encoding), vr, encapsulated))
        if encapsulated:
            yield from self._read_fragments()
        else:
            self._passing = True
            yield False, length
        self._events.append(PixelsEnded())

    def _read_fragments(self) -> _Reading:
        while True:
            tag, _, length = yield from _head(self._encoding)
            if tag == _SEQUENCE_ENDS:
                return
            if tag != _ITEM or length == _UNDEFINED:
                raise MalformedObject("the file's pixels are not a chain of items")
            self._events.append(FragmentBegan(length))
            self._passing = True
            yield False, length
            self._passing = False
            self._events.append(FragmentEnded())


class ItemsReader(Part10Reader):
    """Reads encapsulated pixels alone, as some archives give them for bulk data: offset table, fragments, no end."""

    def __init__(self) -> None:
        super().__init__((), 0)

    @property
    def may_end(self) -> bool:
        """Whether the last item that began has ended."""
        return self._demand in {None, (True, 8)} and not self._held

    def _read(self) -> _Reading:
        yield from self._read_fragments()
        self._events.append(PixelsEnded())


def _transfer_syntax(meta: bytes) -> str:
    """(0002,0010) of the meta information, which is Explicit VR Little Endian (PS3.10 §7.1)."""
    position = 0
    while position + 8 <= len(meta):
        long = meta[position + 4 : position + 6] in _LONG
        start = position + (12 if long else 8)
        length = int.from_bytes(meta[position + 8 : start] if long else meta[position + 6 : start], "little")
        if meta[position : position + 4] == b"\x02\0\x10\0":
            return meta[start : start + length].decode("latin-1").strip(" \0")
        position = start + length
    raise MalformedObject("the file does not name its transfer syntax")


def _head(encoding: Encoding) -> Generator[Demand, bytes, tuple[str, str, int]]:
    """Tag, value representation (empty where it is implicit) and length of the next element (PS3.5 §7.1)."""
    head = yield True, 8
    tag = encoding.tag(head[:4])
    if not encoding.explicit or tag.startswith("FFFE"):
        return tag, "", encoding.integer(head[4:])
    vr = head[4:6]
    if not (vr.isalpha() and vr.isupper()):
        raise MalformedObject("the file's data set cannot be read")
    if vr in _LONG:
        length = yield True, 4
        return tag, vr.decode("ascii"), encoding.integer(length)
    return tag, vr.decode("ascii"), encoding.integer(head[6:])


def _nested(encoding: Encoding, vr: str) -> Encoding:
    """What is UN and of undefined length is implicit inside (PS3.5 §6.2.2, note 2)."""
    return Encoding(explicit=False) if vr == "UN" else encoding


def _skip_items(encoding: Encoding, depth: int) -> _Reading:
    """Past the end of a sequence of undefined length, the beginning of which has been read."""
    if depth > _DEEPEST:
        raise MalformedObject("the file's sequences are too deep")
    while True:
        tag, _, length = yield from _head(encoding)
        if tag == _SEQUENCE_ENDS:
            return
        if tag != _ITEM:
            raise MalformedObject("a sequence of the file is not a chain of items")
        if length != _UNDEFINED:
            yield False, length
        else:
            yield from _skip_elements(encoding, depth)


def _skip_elements(encoding: Encoding, depth: int) -> _Reading:
    """Past the end of an item of undefined length."""
    while True:
        tag, vr, length = yield from _head(encoding)
        if tag == _ITEM_ENDS:
            return
        if length == _UNDEFINED:
            yield from _skip_items(_nested(encoding, vr), depth + 1)
        else:
            yield False, length
