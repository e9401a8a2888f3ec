"""What metadata tell of an instance's pixels, by which its frames are found in them and known again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from proxy.wire import dicomjson, tags
from proxy.wire.media import EXPLICIT_LITTLE_ENDIAN
from proxy.wire.part10 import BIG_ENDIAN, DEFLATED, IMPLICIT, Attributes

_NATIVE = frozenset({IMPLICIT, EXPLICIT_LITTLE_ENDIAN, DEFLATED, BIG_ENDIAN})
_VIDEO = "1.2.840.10008.1.2.4.10"  # and one more digit, MPEG-2 to HEVC (PS3.5 A.4.5 to A.4.9)
_HALVED = "YBR_FULL_422"  # two samples for each pixel (PS3.3 C.7.6.3.1.2)
_NUMBERS = (tags.ROWS, tags.COLUMNS, tags.SAMPLES_PER_PIXEL, tags.BITS_ALLOCATED)
_PIXELS = (tags.PIXEL_DATA, tags.FLOAT_PIXEL_DATA, tags.DOUBLE_FLOAT_PIXEL_DATA)
_TEXTS = (tags.STUDY_INSTANCE_UID, tags.SERIES_INSTANCE_UID, tags.SOP_INSTANCE_UID, tags.PATIENT_ID)

EXTENDED_OFFSET_TABLE = "7FE00001"
NAMING = frozenset({*_NUMBERS, *_TEXTS, tags.NUMBER_OF_FRAMES, EXTENDED_OFFSET_TABLE})
"""The elements of a file by which it is known again, and its frames are found."""


@dataclass(frozen=True, slots=True)
class StoredPixels:
    """`available` is AvailableTransferSyntaxUID (0008,3002), `link` the BulkDataURI of the pixels; perhaps empty."""

    frames: int
    numbers: Mapping[str, int]
    texts: Mapping[str, str]
    halved: bool
    available: str
    link: str

    @property
    def frame_bits(self) -> int:
        """Of a native frame (PS3.5 §8.1)."""
        samples = 2 if self.halved else self.numbers[tags.SAMPLES_PER_PIXEL]
        return self.numbers[tags.ROWS] * self.numbers[tags.COLUMNS] * samples * self.numbers[tags.BITS_ALLOCATED]

    @property
    def bits_allocated(self) -> int:
        return self.numbers[tags.BITS_ALLOCATED]

    @property
    def is_native(self) -> bool:
        """Whether metadata say that the pixels are not encoded."""
        return self.available in _NATIVE

    def foreign(self, file: Attributes) -> str | None:
        """What of a file is not of this instance, or `None` when all is.

        A PatientID that is left out, or written in a character set of its own, says nothing.
        """
        for what, tag in zip(("study", "series", "instance", "patient"), _TEXTS, strict=True):
            given = file.text(tag)
            silent = what == "patient" and not (given and given.isascii() and self.texts[tag])
            if given != self.texts[tag] and not silent:
                return what
        if any(file.integer(tag) != number for tag, number in self.numbers.items()):
            return "image"
        return None if (file.text(tags.NUMBER_OF_FRAMES) or "1") in {str(self.frames), "0"} else "image"


def read_pixels(dataset: Mapping[str, Any]) -> StoredPixels | None:
    """From an instance's metadata; `None` for what is no image, or a video, whose frames are one stream."""
    numbers = {tag: dicomjson.integer(dataset, tag) for tag in _NUMBERS}
    known = {tag: number for tag, number in numbers.items() if number}
    frames = dicomjson.integer(dataset, tags.NUMBER_OF_FRAMES) or 1
    available = dicomjson.text(dataset, tags.AVAILABLE_TRANSFER_SYNTAX_UID)
    if len(known) < len(_NUMBERS) or frames < 1 or available.startswith(_VIDEO):
        return None
    link = next((uri for tag in _PIXELS if isinstance(uri := dataset.get(tag, {}).get("BulkDataURI"), str)), "")
    return StoredPixels(
        frames=frames,
        numbers=known,
        texts={tag: dicomjson.text(dataset, tag) for tag in _TEXTS},
        halved=dicomjson.text(dataset, tags.PHOTOMETRIC_INTERPRETATION) == _HALVED,
        available=available,
        link=link,
    )
