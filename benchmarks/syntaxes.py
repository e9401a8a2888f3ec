"""The same pixels in the transfer syntaxes that archives hold, as whole instances and as bare frames."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom import dcmwrite
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, get_frame
from pydicom.uid import (
    UID,
    DigitalXRayImageStorageForPresentation,
    HTJ2KLossless,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
    UltrasoundImageStorage,
)

from benchmarks import phantom
from rendering.attributes import read_attributes
from rendering.frame import EncodedFrame

_Encode = Callable[[NDArray[Any], int], bytes | bytearray]
_ENCODERS: dict[UID, _Encode] = {
    JPEGBaseline8Bit: lambda pixels, _: imagecodecs.jpeg8_encode(pixels, level=90),
    JPEGExtended12Bit: lambda pixels, bits: imagecodecs.jpeg8_encode(pixels, level=90, bitspersample=bits),
    JPEGLosslessSV1: lambda pixels, bits: imagecodecs.jpeg8_encode(pixels, bitspersample=bits, lossless=True),
    JPEGLSLossless: lambda pixels, _: imagecodecs.jpegls_encode(pixels),
    JPEG2000Lossless: lambda pixels, bits: imagecodecs.jpeg2k_encode(
        pixels, codecformat="j2k", reversible=True, bitspersample=bits
    ),
    HTJ2KLossless: lambda pixels, _: imagecodecs.htj2k_encode(pixels),
}


@dataclass(frozen=True, slots=True)
class Specimen:
    """One instance of one frame: what an archive is given, and what it would answer when asked for the frame."""

    dataset: Dataset
    frame: EncodedFrame


def ct(syntax: UID) -> Specimen:
    """A CT slice, 512×512, 12 bits."""
    return _specimen(phantom.ct(1)[0].dataset, syntax)


def radiograph(syntax: UID, shape: tuple[int, int] = (3000, 2500)) -> Specimen:
    """A digital radiograph of 12 bits."""
    rows, columns = shape
    dataset = deepcopy(phantom.ct(1, max(shape))[0].dataset)
    pixels = np.frombuffer(dataset.PixelData, np.int16).reshape(max(shape), max(shape))[:rows, :columns]
    dataset.SOPClassUID, dataset.Modality = DigitalXRayImageStorageForPresentation, "DX"
    dataset.Rows, dataset.Columns, dataset.PixelData = rows, columns, pixels.tobytes()
    return _specimen(dataset, syntax)


def ultrasound(syntax: UID) -> Specimen:
    """A coloured ultrasound image, 1024×1024, RGB; as JPEG, YBR with half the colour resolution."""
    dataset = deepcopy(phantom.ct(1, 1024)[0].dataset)
    gray = np.frombuffer(dataset.PixelData, np.int16).reshape(1024, 1024) // 16
    flow = np.where(gray > 60, 3 * gray // 4, gray)
    dataset.SOPClassUID, dataset.Modality = UltrasoundImageStorage, "US"
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation, dataset.PlanarConfiguration = 3, "RGB", 0
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
    dataset.PixelData = np.stack([gray, flow, flow], axis=-1).astype(np.uint8).tobytes()
    for tag in ("RescaleIntercept", "RescaleSlope", "RescaleType", "WindowCenter", "WindowWidth"):
        delattr(dataset, tag)
    return _specimen(dataset, syntax)


def part10(specimen: Specimen, series: str, number: int) -> bytes:
    """The instance as a file, under UIDs of its own."""
    dataset = specimen.dataset
    dataset.SOPInstanceUID = f"{series}.{number}"
    dataset.SeriesInstanceUID = series
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    written = BytesIO()
    dcmwrite(written, dataset, enforce_file_format=True)
    return written.getvalue()


def _specimen(dataset: Dataset, syntax: UID) -> Specimen:
    if syntax == RLELossless:
        dataset.compress(RLELossless, generate_instance_uid=False)
    elif syntax in _ENCODERS:
        shape = (dataset.Rows, dataset.Columns, *([3] if dataset.SamplesPerPixel == 3 else []))
        pixels = np.frombuffer(dataset.PixelData, np.dtype(f"u{dataset.BitsAllocated // 8}")).reshape(shape)
        dataset.PixelData = encapsulate([bytes(_ENCODERS[syntax](pixels, dataset.BitsStored))])
        dataset["PixelData"].is_undefined_length = True
        if syntax == JPEGBaseline8Bit and dataset.SamplesPerPixel == 3:
            dataset.PhotometricInterpretation = "YBR_FULL_422"
    dataset.file_meta.TransferSyntaxUID = syntax
    bare = get_frame(dataset.PixelData, 0, number_of_frames=1) if syntax.is_encapsulated else dataset.PixelData
    return Specimen(dataset, EncodedFrame(bare, str(syntax), read_attributes(_metadata(dataset), 1)))


def _metadata(dataset: Dataset) -> dict[str, Any]:
    """The attributes as DICOM JSON, without the pixels (PS3.18 Annex F)."""
    described = Dataset({tag: element for tag, element in dataset.items() if tag != 0x7FE00010})
    document: dict[str, Any] = described.to_json_dict(suppress_invalid_tags=True)
    return document
