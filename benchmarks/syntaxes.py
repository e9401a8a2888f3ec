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
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
    UltrasoundImageStorage,
)

from benchmarks import phantom
from rendering.attributes import read_attributes
from rendering.frame import EncodedFrame

_ENCODERS: dict[UID, Callable[[NDArray[Any]], bytes | bytearray]] = {
    JPEGLosslessSV1: lambda pixels: imagecodecs.jpeg8_encode(pixels, bitspersample=12, lossless=True),
    JPEGLSLossless: imagecodecs.jpegls_encode,
    JPEG2000Lossless: lambda pixels: imagecodecs.jpeg2k_encode(
        pixels, codecformat="j2k", reversible=True, bitspersample=12
    ),
    HTJ2KLossless: imagecodecs.htj2k_encode,
}


@dataclass(frozen=True, slots=True)
class Specimen:
    """One instance of one frame: what an archive is given, and what it would answer when asked for the frame."""

    dataset: Dataset
    frame: EncodedFrame


def ct(syntax: UID) -> Specimen:
    """A CT slice, 512×512, 12 bits."""
    return _specimen(phantom.ct(1)[0].dataset, syntax)


def radiograph() -> Specimen:
    """A digital radiograph, 3000×2500, 12 bits, native."""
    dataset = deepcopy(phantom.ct(1, 3000)[0].dataset)
    pixels = np.frombuffer(dataset.PixelData, np.int16).reshape(3000, 3000)[:, :2500]
    dataset.SOPClassUID, dataset.Modality = DigitalXRayImageStorageForPresentation, "DX"
    dataset.Columns, dataset.PixelData = 2500, pixels.tobytes()
    return _specimen(dataset, ExplicitVRLittleEndian)


def ultrasound() -> Specimen:
    """A coloured ultrasound image, 1024×1024, RGB, native."""
    dataset = deepcopy(phantom.ct(1, 1024)[0].dataset)
    gray = np.frombuffer(dataset.PixelData, np.int16).reshape(1024, 1024) // 16
    flow = np.where(gray > 60, 3 * gray // 4, gray)
    dataset.SOPClassUID, dataset.Modality = UltrasoundImageStorage, "US"
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation, dataset.PlanarConfiguration = 3, "RGB", 0
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
    dataset.PixelData = np.stack([gray, flow, flow], axis=-1).astype(np.uint8).tobytes()
    for tag in ("RescaleIntercept", "RescaleSlope", "RescaleType", "WindowCenter", "WindowWidth"):
        delattr(dataset, tag)
    return _specimen(dataset, ExplicitVRLittleEndian)


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
        pixels = np.frombuffer(dataset.PixelData, np.uint16).reshape(dataset.Rows, dataset.Columns)
        dataset.PixelData = encapsulate([bytes(_ENCODERS[syntax](pixels))])
        dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = syntax
    bare = get_frame(dataset.PixelData, 0, number_of_frames=1) if syntax.is_encapsulated else dataset.PixelData
    return Specimen(dataset, EncodedFrame(bare, str(syntax), read_attributes(_metadata(dataset), 1)))


def _metadata(dataset: Dataset) -> dict[str, Any]:
    """The attributes as DICOM JSON, without the pixels (PS3.18 Annex F)."""
    described = Dataset({tag: element for tag, element in dataset.items() if tag != 0x7FE00010})
    document: dict[str, Any] = described.to_json_dict(suppress_invalid_tags=True)
    return document
