"""Frames and files to render: real ones from pydicom, and small ones made of given stored values."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
import pydicom.data
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from rendering.frame import EncodedFrame, FrameAttributes, RenderedImage
from rendering.options import Encoding, RenderOptions
from rendering.render import render

FILES = Path(pydicom.data.__file__).parent / "test_files"
PALETTES = Path(pydicom.data.__file__).parent / "palettes"
EXPLICIT = str(ExplicitVRLittleEndian)
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
CT = "1.2.840.10008.5.1.4.1.1.2"


def attributes_of(values: NDArray[Any], **changes: Any) -> FrameAttributes:
    """Attributes that explain `values` of shape (rows, columns) or (rows, columns, 3)."""
    bits = 8 * values.dtype.itemsize
    described = FrameAttributes(
        sop_class=SECONDARY_CAPTURE,
        rows=values.shape[0],
        columns=values.shape[1],
        samples_per_pixel=1 if values.ndim == 2 else 3,
        photometric_interpretation="MONOCHROME2" if values.ndim == 2 else "RGB",
        bits_allocated=bits,
        bits_stored=bits,
        high_bit=bits - 1,
        signed=values.dtype.kind == "i",
    )
    return replace(described, **changes)


def frame_of(values: NDArray[Any], **changes: Any) -> EncodedFrame:
    """A native frame of `values`."""
    return EncodedFrame(values.tobytes(), EXPLICIT, attributes_of(values, **changes))


def shown(frame: EncodedFrame, **options: Any) -> NDArray[np.uint8]:
    """The pixels of `frame` rendered without loss."""
    return pixels(render(frame, RenderOptions(encoding=Encoding.PNG, **options)))


def pixels(image: RenderedImage) -> NDArray[np.uint8]:
    opened = Image.open(BytesIO(image.data))
    assert opened.size == (image.columns, image.rows)
    return np.asarray(opened)


def write_file(path: Path, values: NDArray[Any], **elements: Any) -> Path:
    """A DICOM file of `values` of shape (rows, columns), with `elements` set by keyword."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = SECONDARY_CAPTURE
    meta.MediaStorageSOPInstanceUID = "2.25.1"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset(str(path), {}, preamble=b"\0" * 128, file_meta=meta)
    dataset.SOPClassUID, dataset.SOPInstanceUID = SECONDARY_CAPTURE, "2.25.1"
    dataset.Rows, dataset.Columns, dataset.SamplesPerPixel = *values.shape[:2], 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 8 * values.dtype.itemsize
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = int(values.dtype.kind == "i")
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    dataset.add_new("PixelData", "OW", values.tobytes())
    dataset.save_as(path, enforce_file_format=True)
    return path


def table_item(first: int, entries: NDArray[Any], signed: bool = False, bits: int = 16) -> Dataset:
    """An item of a modality, VOI or Presentation LUT sequence, its entries in words."""
    item = Dataset()
    item.add_new("LUTDescriptor", "SS" if signed else "US", [entries.size, first, bits])
    item.add_new("LUTData", "OW", entries.astype("<u2").tobytes())
    return item
