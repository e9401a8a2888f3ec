"""Frames cut out of what holds all of an instance's pixels, for archives that give no single ones.

What is not wanted is passed over as it comes, and what comes behind the last frame wanted is not waited for.
"""

from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass

from proxy.archives.labels import frame_media_type
from proxy.archives.parts import Part, Payload, Refuse
from proxy.archives.retrieve.pixels import StoredPixels
from proxy.errors import TooLarge
from proxy.resources import FramesRef
from proxy.wire.cutting import Cut, FragmentCutter, NativeCutter
from proxy.wire.media import EXPLICIT_LITTLE_ENDIAN, MediaType
from proxy.wire.multipart import MultipartEvent, MultipartLimits, PartData, PartEnded

_MOST_PARTS = 2**16


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which frames are cut out of what, and how much of it is believed. `refuse` reports what is of something else."""

    ref: FramesRef
    pixels: StoredPixels
    frame_bytes: int
    object_bytes: int
    institution: str
    refuse: Refuse

    @property
    def limits(self) -> MultipartLimits:
        """Of the answer that holds them."""
        return MultipartLimits(parts=_MOST_PARTS, part_bytes=self.object_bytes, total_bytes=2 * self.object_bytes)

    def native(self, word: int = 1) -> NativeCutter:
        """Raises `TooLarge` when metadata tell of larger frames than are believed."""
        if self.pixels.frame_bits > 8 * self.frame_bytes:
            raise TooLarge("the archive's answer exceeds the limits of this service")
        return NativeCutter(self.pixels.frame_bits, self.ref.frames, word)

    def fragments(self, transfer_syntax: str) -> FragmentCutter:
        return FragmentCutter(transfer_syntax, self.pixels.frames, self.ref.frames, self.frame_bytes)

    def parts(self, cuts: Iterable[Cut], transfer_syntax: str) -> list[Part]:
        return [self._part(number, data, transfer_syntax) for number, data in cuts]

    def _part(self, number: int, data: bytes, transfer_syntax: str) -> Part:
        octets = MediaType("application", "octet-stream", {"transfer-syntax": transfer_syntax})
        media_type = frame_media_type(octets, None, "", data)
        if media_type.transfer_syntax == EXPLICIT_LITTLE_ENDIAN:
            data = data[: -(-self.pixels.frame_bits // 8)]
        return Part(number, media_type, Payload(_events_of(data)), len(data))


async def _events_of(data: bytes) -> AsyncGenerator[MultipartEvent, None]:
    if data:
        yield PartData(memoryview(data))
    yield PartEnded()
