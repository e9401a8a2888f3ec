"""Frames out of the events by which a reader tells of pixels (`wire.part10`)."""

from collections.abc import Sequence

from proxy.archives.parts import Part
from proxy.archives.refusals import in_own_words
from proxy.archives.retrieve.pixels import EXTENDED_OFFSET_TABLE, StoredPixels
from proxy.archives.retrieve.whole import Wanted
from proxy.wire.cutting import Cut, NativeCutter, read_extended_offsets, read_offsets
from proxy.wire.media import EXPLICIT_LITTLE_ENDIAN
from proxy.wire.part10 import (
    Event,
    FragmentBegan,
    FragmentEnded,
    PixelPiece,
    PixelsBegan,
    PixelsEnded,
)

_LARGEST_TABLE = 2**20
_WORDS = {"OW": 2, "OF": 4, "OD": 8}


class EventCutter:
    """Cuts frames out of the pixels that a reader tells of."""

    def __init__(self, wanted: Wanted, transfer_syntax: str = "") -> None:
        """`transfer_syntax` is that of fragments which no file's head precedes."""
        self._wanted = wanted
        self._syntax = transfer_syntax
        self._native: NativeCutter | None = None
        self._fragments = wanted.fragments(transfer_syntax)
        self._table: bytearray | None = bytearray()
        self._length = 0

    @property
    def complete(self) -> bool:
        return self._native.complete if self._native is not None else self._fragments.complete

    def take(self, event: Event) -> list[Part]:
        with in_own_words(self._wanted.institution):
            return self._wanted.parts(self._cut(event), self._syntax)

    def _cut(self, event: Event) -> Sequence[Cut]:
        match event:
            case PixelsBegan():
                self._begin(event)
            case FragmentBegan(length=length):
                self._length = length
                self._fragments.begin()
            case PixelPiece(data=data):
                return self._feed(data)
            case FragmentEnded():
                return self._end()
            case PixelsEnded():
                return () if self._native is not None else self._fragments.close()
        return ()

    def _begin(self, event: PixelsBegan) -> None:
        self._syntax = event.transfer_syntax if event.encapsulated else EXPLICIT_LITTLE_ENDIAN
        if not event.encapsulated:
            big = not event.attributes.encoding.little_endian
            self._native = self._wanted.native(_word(event.vr, self._wanted.pixels) if big else 1)
        self._fragments = self._wanted.fragments(event.transfer_syntax)
        self._fragments.offsets(read_extended_offsets(event.attributes.elements.get(EXTENDED_OFFSET_TABLE, b"")))

    def _feed(self, data: memoryview) -> Sequence[Cut]:
        if self._native is not None:
            return self._native.feed(data)
        if self._table is None:
            return self._fragments.feed(data)
        if len(self._table) < _LARGEST_TABLE:
            self._table += data
        return ()

    def _end(self) -> Sequence[Cut]:
        """The first item is the offset table, or empty (PS3.5 A.4)."""
        if self._table is None:
            return self._fragments.end(self._length)
        self._fragments.offsets(read_offsets(bytes(self._table)))
        self._table = None
        return ()


def _word(vr: str, pixels: StoredPixels) -> int:
    """How many bytes change places in a file that is written in big endian (PS3.5 §7.3)."""
    return max(pixels.bits_allocated // 8, _WORDS.get(vr, 1))
