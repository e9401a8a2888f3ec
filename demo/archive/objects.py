"""A stored object as the archive knows it: attributes, transfer syntax, and its frames one by one (PS3.5 A.4)."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, cast
import warnings

import numpy as np
from pydicom import Dataset, FileMetaDataset, dcmread, dcmwrite
from pydicom.dataelem import DataElement
from pydicom.encaps import encapsulate, encapsulate_extended, generate_fragments, get_frame
from pydicom.tag import BaseTag
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

PIXEL_TAGS = (0x7FE00008, 0x7FE00009, 0x7FE00010)
_BIG_ENDIAN_PIXELS = {ExplicitVRBigEndian, UID("1.2.840.113619.5.2")}  # the second is GE's own
_IN_FRAGMENTS = UID("1.2.840.10008.1.2.1.98")
_NATIVE = {
    *(ImplicitVRLittleEndian, ExplicitVRLittleEndian, DeflatedExplicitVRLittleEndian, _IN_FRAGMENTS),
    *_BIG_ENDIAN_PIXELS,
}
"""All others are compressed, whether pydicom has heard of them or not (PS3.5 A.4)."""

_LONGEST_OFFSET = 2**32 - 1
_VIDEO = "1.2.840.10008.1.2.4.10"


@dataclass(frozen=True, slots=True)
class StoredObject:
    """`attributes` hold no pixels; `frame(n)` gives frame n (from 1) as it is stored: a bare code stream, or native
    little-endian octets. All frames of a video are one stream. `pixel_tag` is 0 for an object without pixels.
    """

    attributes: Dataset
    transfer_syntax: UID
    frames: int
    frame: Callable[[int], bytes]
    pixel_tag: int = 0x7FE00010

    @property
    def study(self) -> str:
        return str(self.attributes.StudyInstanceUID)

    @property
    def series(self) -> str:
        return str(self.attributes.SeriesInstanceUID)

    @property
    def instance(self) -> str:
        return str(self.attributes.SOPInstanceUID)

    @property
    def is_native(self) -> bool:
        """Whether frames are plain pixels, which the web knows in Explicit VR Little Endian only (PS3.18 §8.7.3)."""
        return self.transfer_syntax in _NATIVE

    @property
    def streams(self) -> range:
        """The numbers of the frames that are stored apart."""
        return range(1, 2 if self.transfer_syntax.startswith(_VIDEO) else self.frames + 1)

    @property
    def web_syntax(self) -> UID:
        return ExplicitVRLittleEndian if self.is_native else self.transfer_syntax

    def pixels(self) -> bytes:
        """All native frames as one value field; 1-bit frames follow one another without padding (PS3.5 §8.1.1)."""
        frames = [self.frame(number) for number in range(1, self.frames + 1)]
        bits = _frame_bits(self.attributes)
        return b"".join(frames) if bits % 8 == 0 else _join_bits(frames, bits)

    def part10(self) -> bytes:
        """The object as a file (PS3.10), in `web_syntax`."""
        dataset = copy_of(self.attributes)
        if self.pixel_tag:
            dataset.add(self._pixel_element())
        meta = FileMetaDataset()
        meta.TransferSyntaxUID = self.web_syntax
        meta.MediaStorageSOPClassUID = self.attributes.SOPClassUID
        meta.MediaStorageSOPInstanceUID = self.attributes.SOPInstanceUID
        dataset.file_meta = meta
        file = BytesIO()
        with warnings.catch_warnings(action="ignore"):
            dcmwrite(file, dataset, enforce_file_format=True)
        return file.getvalue()

    def _pixel_element(self) -> DataElement:
        if self.is_native:
            wide = self.attributes.BitsAllocated > 8
            vr = {0x7FE00008: "OF", 0x7FE00009: "OD"}.get(self.pixel_tag, "OW" if wide else "OB")
            pixels = self.pixels()
            return DataElement(self.pixel_tag, vr, pixels + b"\0" * (len(pixels) % 2))
        frames = [self.frame(number) for number in self.streams]
        long = sum(map(len, frames)) > _LONGEST_OFFSET
        value = encapsulate_extended(frames)[0] if long else encapsulate(frames)
        element = DataElement(self.pixel_tag, "OB", value)
        element.is_undefined_length = True
        return element


def read_object(source: Path | Dataset) -> StoredObject:
    """A stored object from a file, or from a data set with file meta information; what pydicom warns of is accepted."""
    with warnings.catch_warnings(action="ignore"):
        dataset = dcmread(source, force=True) if isinstance(source, Path) else source
        syntax = UID(dataset.file_meta.TransferSyntaxUID)
        tag = next((tag for tag in PIXEL_TAGS if tag in dataset), 0)
        attributes = Dataset({key: dataset[key] for key in dataset.keys() if key not in PIXEL_TAGS})  # noqa: SIM118 - iterating a data set gives its elements
        attributes.walk(_swap_words if syntax == ExplicitVRBigEndian else _leave)
        count = int(attributes.get("NumberOfFrames") or 1) if tag else 0
    return StoredObject(attributes, syntax, count, _frames(dataset, syntax, tag, count), tag)


def copy_of(dataset: Dataset) -> Dataset:
    """Another data set with the same elements; pydicom's own copies share what they hold."""
    copy = Dataset()
    copy.update(dataset)
    return copy


def _frames(dataset: Dataset, syntax: UID, tag: int, count: int) -> Callable[[int], bytes]:
    if not tag:
        return _no_frames
    value = cast(bytes, dataset[tag].value)
    if syntax.startswith(_VIDEO):
        return lambda _: b"".join(list(generate_fragments(value))[1:])  # behind the offset table
    if syntax not in _NATIVE:
        return _encapsulated(dataset, value, count)
    bits = _frame_bits(dataset)
    if syntax == _IN_FRAGMENTS:
        padded = _encapsulated(dataset, value, count)
        return lambda number: padded(number)[: -(-bits // 8)]
    native = _to_little_endian(value, dataset, tag) if syntax in _BIG_ENDIAN_PIXELS else value
    if bits % 8:
        return lambda number: _cut_bits(native, bits, number)
    return lambda number: native[(number - 1) * bits // 8 : number * bits // 8]


def _encapsulated(dataset: Dataset, value: bytes, count: int) -> Callable[[int], bytes]:
    return lambda number: get_frame(value, number - 1, number_of_frames=count, extended_offsets=_offsets(dataset))


def _no_frames(number: int) -> bytes:
    raise LookupError(number)


def _offsets(dataset: Dataset) -> tuple[bytes, bytes] | None:
    if "ExtendedOffsetTable" not in dataset:
        return None
    return dataset.ExtendedOffsetTable, dataset.ExtendedOffsetTableLengths


def _frame_bits(dataset: Dataset) -> int:
    """PS3.5 §8.1; YBR_FULL_422 holds two samples for each pixel (PS3.3 C.7.6.3.1.2)."""
    samples = 2 if dataset.PhotometricInterpretation == "YBR_FULL_422" else int(dataset.get("SamplesPerPixel", 1))
    return int(dataset.Rows) * int(dataset.Columns) * samples * int(dataset.BitsAllocated)


def _cut_bits(native: bytes, bits: int, number: int) -> bytes:
    start = (number - 1) * bits
    unpacked = np.unpackbits(np.frombuffer(native, np.uint8), bitorder="little")
    return np.packbits(unpacked[start : start + bits], bitorder="little").tobytes()


def _join_bits(frames: list[bytes], bits: int) -> bytes:
    unpacked = [np.unpackbits(np.frombuffer(frame, np.uint8), count=bits, bitorder="little") for frame in frames]
    return np.packbits(np.concatenate(unpacked), bitorder="little").tobytes()


def _to_little_endian(value: bytes, dataset: Dataset, tag: int) -> bytes:
    size = max(int(dataset.BitsAllocated) // 8, 2 if dataset[tag].VR == "OW" else 1)
    return np.frombuffer(value, f">u{size}").astype(f"<u{size}").tobytes()


def _swap_words(dataset: Dataset, element: DataElement) -> None:
    """pydicom leaves the words of a big-endian file as they are; DICOM JSON wants them little-endian (PS3.18 F.2.7)."""
    if element.VR == "OW" and element.value:
        dataset[_tag(element)].value = np.frombuffer(element.value, ">u2").astype("<u2").tobytes()


def _leave(dataset: Dataset, element: DataElement) -> None:
    """Walking decodes every element once, while warnings are silent."""


def _tag(element: Any) -> BaseTag:
    return cast(BaseTag, element.tag)
