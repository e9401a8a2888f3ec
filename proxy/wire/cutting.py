"""Single frames out of the pixels of a whole object, as they come and in the memory of those wanted (PS3.5 §8, A.4)."""

from collections.abc import Sequence
from itertools import pairwise
import struct

from proxy.wire.codestreams import RLE
from proxy.wire.errors import MalformedObject

Cut = tuple[int, bytes]
"""The number of a frame (from 1) and its bytes."""

_DEFLATED_FRAMES = "1.2.840.10008.1.2.8.1"
_ONE_EACH = frozenset({RLE, _DEFLATED_FRAMES})
"""Syntaxes in which a fragment is a frame (PS3.5 A.4.2, A.4.13)."""

SIGNATURES = (
    b"\xff\xd8\xff",
    b"\xff\x4f\xff\x51",
    b"\x00\x00\x00\x0cjP  \r\n\x87\n",
    b"\x00\x00\x00\x0cJXL \r\n\x87\n",
)
"""With which code streams begin and none goes on: in what is coded 0xFF has less behind it (T.81 B.1.1.2, T.800 A)."""

_HEAD_BYTES = 12


class NativeCutter:
    """Frames of `bits` bits each, one behind the other without padding (PS3.5 §8.1.1).

    `word` is the size of the words whose bytes are swapped, where they are written in big endian.
    """

    def __init__(self, bits: int, wanted: Sequence[int], word: int = 1) -> None:
        self._bits = bits
        self._word = word
        self._waiting = list(wanted)
        self._kept: dict[int, bytearray] = {number: bytearray() for number in wanted}
        self._position = 0

    @property
    def complete(self) -> bool:
        return not self._waiting

    @property
    def first_byte(self) -> int:
        """Where the first frame that is wanted begins."""
        return self._extent(self._waiting[0])[0]

    @property
    def last_byte(self) -> int:
        """Where the last frame that is wanted ends."""
        return self._extent(self._waiting[-1])[1] - 1

    def skip(self, count: int) -> None:
        """`count` bytes will not come."""
        self._position += count

    def feed(self, data: memoryview) -> list[Cut]:
        """The frames that `data` completes."""
        start, self._position = self._position, self._position + len(data)
        for number in self._waiting:
            first, end = self._extent(number)
            if first >= self._position:
                break
            self._kept[number] += data[max(first - start, 0) : max(end - start, 0)]
        return [self._finish() for number in tuple(self._waiting) if self._extent(number)[1] <= self._position]

    def _extent(self, number: int) -> tuple[int, int]:
        """The bytes that a frame has a part in, whole words."""
        first, end = (number - 1) * self._bits // 8, -(-number * self._bits // 8)
        return first // self._word * self._word, -(-end // self._word) * self._word

    def _finish(self) -> Cut:
        number = self._waiting.pop(0)
        data = swapped(bytes(self._kept.pop(number)), self._word)
        begin = (number - 1) * self._bits - 8 * self._extent(number)[0]
        return number, _bits_of(data, begin, self._bits)


def swapped(data: bytes, word: int) -> bytes:
    """`data` with the bytes of each word of `word` bytes in reverse."""
    if word == 1:
        return data
    turned = bytearray(len(data))
    for position in range(word):
        turned[position::word] = data[word - 1 - position :: word]
    return bytes(turned)


def _bits_of(data: bytes, begin: int, count: int) -> bytes:
    """`count` bits from bit `begin` on, the lowest bit of a byte first (PS3.5 §8.1.1)."""
    if begin % 8 == 0 and count % 8 == 0:
        return data[begin // 8 : (begin + count) // 8]
    number = int.from_bytes(data, "little") >> begin & (1 << count) - 1
    return number.to_bytes(-(-count // 8), "little")


class FragmentCutter:
    """Frames put together from fragments: `begin`, `feed` and `end` each of them, at last `close`.

    Which fragments are a frame's is shown by the signatures with which code streams begin, else by the offset table;
    without one each fragment is a frame, which is believed once there are as many of them as frames.
    """

    def __init__(self, transfer_syntax: str, frames: int, wanted: Sequence[int], maximum_bytes: int) -> None:
        self._one_each = transfer_syntax in _ONE_EACH
        self._frames = frames
        self._wanted = frozenset(wanted)
        self._left = len(wanted)
        self._maximum_bytes = maximum_bytes
        self._table: Sequence[int] = ()
        self._signed: bool | None = None
        self._number = 0
        self._position = 0
        self._head = b""
        self._begun = False
        self._data = bytearray()
        self._unsure: list[Cut] = []
        self._unsure_bytes = 0

    @property
    def complete(self) -> bool:
        return self._left == 0

    def offsets(self, table: Sequence[int]) -> None:
        """Where frames begin, counted from the first fragment's item tag; what is no table of all frames is ignored."""
        ascending = all(earlier < later for earlier, later in pairwise(table))
        if len(table) == self._frames and table[0] == 0 and ascending:
            self._table = table

    def begin(self) -> None:
        self._head, self._begun = b"", False

    def feed(self, data: bytes | memoryview) -> list[Cut]:
        """The frame that is complete because `data` begins the next one."""
        if self._begun:
            self._keep(data)
            return []
        self._head += bytes(data)
        return self._enter() if len(self._head) >= _HEAD_BYTES else []

    def end(self, length: int) -> list[Cut]:
        """The fragment of `length` bytes has ended."""
        cuts = [] if self._begun else self._enter()
        self._position += 8 + length
        return [*cuts, *self._finish()] if self._one_each and self._frames > 1 else cuts

    def close(self) -> list[Cut]:
        """There are no more fragments. Raises `MalformedObject` when they do not make the frames that there are."""
        cuts = [*self._unsure, *self._finish(certain=True)]
        if self._number != self._frames:
            raise MalformedObject("the object's frames cannot be told apart")
        self._left -= len(self._unsure)
        return cuts

    def _enter(self) -> list[Cut]:
        """What the fragment is, now that its first bytes are known: the next frame, or more of this one."""
        self._begun = True
        signed = self._head.startswith(SIGNATURES)
        self._signed = signed if self._signed is None else self._signed
        first = self._is_first(signed)
        cuts = self._finish() if first else []
        self._number += first
        if self._number > self._frames:
            raise MalformedObject("the object has more frames than it tells of")
        self._keep(self._head)
        return cuts

    def _is_first(self, signed: bool) -> bool:
        if self._number == 0 or self._frames == 1:
            return self._number == 0
        if self._one_each:
            return True
        return signed if self._signed else self._is_in_table()

    def _is_in_table(self) -> bool:
        if not self._table:
            return True
        expected = self._table[self._number] if self._number < len(self._table) else self._position + 1
        if self._position > expected:
            raise MalformedObject("the object's offset table leads to no fragment")
        return self._position == expected

    def _keep(self, data: bytes | memoryview) -> None:
        if self._number in self._wanted:
            self._data += data
            if len(self._data) > self._maximum_bytes:
                raise MalformedObject("a frame exceeds its limit")

    def _finish(self, *, certain: bool = False) -> list[Cut]:
        """The frame that has ended, if it is wanted; one that is not sure to be it waits for the end of all."""
        data, self._data = bytes(self._data), bytearray()
        if self._number not in self._wanted or not data:
            return []
        cut = (self._number, data)
        if not (certain or self._one_each or self._signed or self._table):
            self._doubt(cut)
            return []
        self._left -= 1
        return [cut]

    def _doubt(self, cut: Cut) -> None:
        self._unsure.append(cut)
        self._unsure_bytes += len(cut[1])
        if self._unsure_bytes > self._maximum_bytes:
            raise MalformedObject("the object's frames cannot be told apart")


def read_offsets(table: bytes) -> tuple[int, ...]:
    """The offsets of a Basic Offset Table (PS3.5 A.4)."""
    return struct.unpack(f"<{len(table) // 4}I", table[: len(table) // 4 * 4])


def read_extended_offsets(table: bytes) -> tuple[int, ...]:
    """The offsets of an Extended Offset Table (7FE0,0001) (PS3.3 C.7.6.3.1.8)."""
    return struct.unpack(f"<{len(table) // 8}Q", table[: len(table) // 8 * 8])
