"""One frame out of a DICOM file, as an archive delivers it by DICOMweb (PS3.10; PS3.18 §8.7.3.3)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
import warnings

import numpy as np
from pydicom import dcmread
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from rendering.attributes import is_image, number_of_frames, read_attributes
from rendering.decode.native import frame_bits
from rendering.encapsulated import encapsulated_frame
from rendering.errors import MalformedAttributes, UnsupportedObject
from rendering.frame import EncodedFrame, FrameAttributes
from rendering.laid_over import Annotation
from rendering.reading import tags
from rendering.reading.annotation import AnnotationKeyword, read_annotation
from rendering.reading.overlays import GROUPS

_EXPLAINING_GROUPS = (0x0008, 0x0010, 0x0018, 0x0020, 0x0028, 0x0048, 0x2050, 0x5200, *GROUPS)
_PIXELS = (tags.PIXEL_DATA, tags.FLOAT_PIXEL_DATA, tags.DOUBLE_FLOAT_PIXEL_DATA)
_EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
_BIG_ENDIAN = "1.2.840.10008.1.2.2"
_BIG_ENDIAN_PIXELS = {_BIG_ENDIAN, "1.2.840.113619.5.2"}  # the second is GE's own


def read_frame(file: Path, frame_number: int, voi_lut: int | None = None) -> EncodedFrame:
    """Frame `frame_number` (from 1) of `file`, with the stored VOI LUT of this number (from 1) to be shown through.

    Raises `OSError` and `RenderingError`.
    """
    with warnings.catch_warnings(action="ignore"):  # what pydicom warns of holds values of the data set
        dataset, metadata, transfer_syntax = _read(file)
        if not is_image(metadata):
            raise UnsupportedObject("this object has no pixels to show")
        attributes = read_attributes(metadata, frame_number, voi_lut)
        pixels = next((dataset[int(tag, 16)] for tag in _PIXELS if tag in metadata), None)
        if pixels is None or not isinstance(pixels.value, bytes):
            raise UnsupportedObject("this object has no pixels to show")
        if pixels.is_undefined_length:
            offsets = dataset.get("ExtendedOffsetTable", b"")
            data = encapsulated_frame(pixels.value, frame_number, number_of_frames(metadata), offsets)
            return EncodedFrame(data, transfer_syntax, attributes)
        native = _little_endian(pixels, attributes) if transfer_syntax in _BIG_ENDIAN_PIXELS else pixels.value
        data = _native_frame(native, attributes, frame_number, number_of_frames(metadata))
    return EncodedFrame(data, _EXPLICIT_LITTLE_ENDIAN, attributes)


def read_lines(file: Path, frame_number: int, keywords: Sequence[AnnotationKeyword]) -> Annotation:
    """What `file` says of the patient and of the technique of frame `frame_number`. Raises as `read_frame` does."""
    with warnings.catch_warnings(action="ignore"):
        return read_annotation(_read(file)[1], frame_number, keywords)


def _read(file: Path) -> tuple[Dataset, dict[str, Any], str]:
    """The data set, what of it explains pixels as DICOM JSON, and the transfer syntax."""
    try:
        dataset = dcmread(file)
        transfer_syntax = str(dataset.file_meta.TransferSyntaxUID)
        if transfer_syntax == _BIG_ENDIAN:
            dataset.walk(_swap_words)
        return dataset, _metadata(dataset), transfer_syntax
    except OSError:
        raise
    except Exception:  # pydicom raises whatever its parsers meet
        raise MalformedAttributes("this is not a DICOM file that can be read") from None


def _metadata(dataset: Dataset) -> dict[str, Any]:
    metadata: dict[str, Any] = {}
    for group in _EXPLAINING_GROUPS:
        metadata |= dataset.group_dataset(group).to_json_dict(suppress_invalid_tags=True)
    return metadata | {tag: {} for tag in _PIXELS if int(tag, 16) in dataset}


def _swap_words(_: Dataset, element: DataElement) -> None:
    """Look-up tables and overlays as DICOM JSON has them (PS3.18 F.2.7); pixels are another matter."""
    if element.VR == "OW" and element.tag.group != 0x7FE0 and isinstance(element.value, bytes):
        element.value = np.frombuffer(element.value, ">u2").astype("<u2").tobytes()


def _little_endian(pixels: DataElement, attributes: FrameAttributes) -> bytes:
    """Big-endian cells in the other order; in words (OW), the bytes of smaller cells have changed places as well."""
    size = max(attributes.bits_allocated // 8, 2 if pixels.VR == "OW" else 1)
    whole = len(pixels.value) // size * size
    return np.frombuffer(pixels.value[:whole], f">u{size}").astype(f"<u{size}").tobytes()


def _native_frame(pixels: bytes, attributes: FrameAttributes, frame_number: int, count: int) -> bytes:
    """Frames follow each other without gaps, so that one of single bits may begin within a byte (PS3.5 §8.1.1)."""
    lengths = frame_bits(attributes)
    bits = max((length for length in lengths if length * count <= 8 * len(pixels)), default=min(lengths))
    start, end = bits * (frame_number - 1), bits * frame_number
    if bits % 8 == 0:
        return pixels[start // 8 : end // 8]
    unpacked = np.unpackbits(np.frombuffer(pixels, np.uint8), bitorder="little")[start:end]
    return np.packbits(unpacked, bitorder="little").tobytes()
