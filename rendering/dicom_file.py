"""One frame out of a DICOM file, as an archive delivers it by DICOMweb (PS3.10; PS3.18 §8.7.3.3)."""

from pathlib import Path
from typing import Any
import warnings

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.encaps import get_frame
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian

from rendering.attributes import is_image, number_of_frames, read_attributes
from rendering.errors import MalformedAttributes, MalformedFrame, UnsupportedObject
from rendering.frame import EncodedFrame, FrameAttributes
from rendering.reading import tags

_EXPLAINING_GROUPS = (0x0008, 0x0018, 0x0028, 0x5200)
_FLOATING_POINT = (tags.FLOAT_PIXEL_DATA, tags.DOUBLE_FLOAT_PIXEL_DATA)


def read_frame(file: Path, frame_number: int) -> EncodedFrame:
    """Frame `frame_number` (from 1) of `file`. Raises `OSError` and `RenderingError`."""
    with warnings.catch_warnings(action="ignore"):  # what pydicom warns of holds values of the data set
        dataset, metadata = _read(file)
        if not is_image(metadata):
            raise UnsupportedObject("this object has no pixels to show")
        attributes = read_attributes(metadata, frame_number)
        data, transfer_syntax = _frame(dataset, attributes, frame_number, number_of_frames(metadata))
    return EncodedFrame(data, transfer_syntax, attributes)


def _read(file: Path) -> tuple[Dataset, dict[str, Any]]:
    try:
        dataset = dcmread(file)
        return dataset, _metadata(dataset)
    except OSError:
        raise
    except Exception:  # pydicom raises whatever its parsers meet
        raise MalformedAttributes("this is not a DICOM file that can be read") from None


def _metadata(dataset: Dataset) -> dict[str, Any]:
    metadata: dict[str, Any] = {}
    for group in _EXPLAINING_GROUPS:
        metadata |= dataset.group_dataset(group).to_json_dict(suppress_invalid_tags=True)
    return metadata | {tag: {} for tag in _FLOATING_POINT if int(tag, 16) in dataset}


def _frame(dataset: Dataset, attributes: FrameAttributes, frame_number: int, count: int) -> tuple[bytes, str]:
    transfer_syntax = dataset.file_meta.TransferSyntaxUID
    pixels = dataset.get("PixelData")
    if not isinstance(pixels, bytes):
        raise UnsupportedObject("this object has no pixels to show")
    if transfer_syntax == ExplicitVRBigEndian:
        raise UnsupportedObject("Explicit VR Big Endian is retired and not supported")
    if not transfer_syntax.is_encapsulated:
        return _native(pixels, attributes, frame_number), str(ExplicitVRLittleEndian)
    try:
        return get_frame(pixels, frame_number - 1, number_of_frames=count), str(transfer_syntax)
    except Exception:  # the same
        raise MalformedFrame("the frame cannot be found in the file") from None


def _native(pixels: bytes, attributes: FrameAttributes, frame_number: int) -> bytes:
    """Frames follow each other without gaps, so that one of single bits may begin within a byte (PS3.5 §8.1.1)."""
    samples = 2 if attributes.photometric_interpretation == "YBR_FULL_422" else attributes.samples_per_pixel
    bits = attributes.rows * attributes.columns * samples * attributes.bits_allocated
    start, end = bits * (frame_number - 1), bits * frame_number
    if bits % 8 == 0:
        return pixels[start // 8 : end // 8]
    unpacked = np.unpackbits(np.frombuffer(pixels, np.uint8), bitorder="little")[start:end]
    return np.packbits(unpacked, bitorder="little").tobytes()
