"""Studies to measure with: reproducible, of known sizes, and belonging to nobody."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    UID,
    CTImageStorage,
    DigitalMammographyXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
    MultiFrameGrayscaleByteSecondaryCaptureImageStorage,
    SecondaryCaptureImageStorage,
)

PATIENT = "G-1001"
STUDY = "2.25.1001"
_NOISE_HU = 12.0


@dataclass(frozen=True, slots=True)
class Slice:
    """An instance: its place in the study, its attributes, its stored values (of a CT HU + 1024), of all its frames."""

    series: str
    instance: str
    dataset: Dataset
    pixels: NDArray[np.int16] | NDArray[np.uint8]

    @property
    def frames(self) -> list[bytes]:
        """The octets of each frame."""
        return [frame.tobytes() for frame in (self.pixels if self.pixels.ndim > 2 else [self.pixels])]


def ct(slices: int, side: int = 512) -> list[Slice]:
    """A series of CT slices: a body with spine and two lungs that change along it, and noise as scanners have it."""
    series = f"{STUDY}.1"
    return [_slice(series, f"{series}.{n}", n, _body(side, n / slices)) for n in range(1, slices + 1)]


def long_ct(slices: int) -> list[Slice]:
    """Like `ct`, of any length at little cost: the same few bodies follow each other."""
    series, bodies = f"{STUDY}.5", [_body(512, along / 20) for along in range(20)]
    return [_slice(series, f"{series}.{n}", n, bodies[n % len(bodies)]) for n in range(1, slices + 1)]


def mammogram() -> Slice:
    """One view of 12 megapixels, 12 bits."""
    pixels = _body(4096, 0.5)[:, :3000]
    one = _slice(f"{STUDY}.6", f"{STUDY}.6.1", 1, pixels, DigitalMammographyXRayImageStorageForPresentation)
    one.dataset.Modality = "MG"
    return one


def cine(frames: int) -> Slice:
    """A moving image of 512×512×8 bits, thirty frames a second."""
    bodies = np.stack([_body(512, number / frames) for number in range(frames)])
    pixels = (bodies >> 4).astype(np.uint8)
    kind = MultiFrameGrayscaleByteSecondaryCaptureImageStorage
    one = _slice(f"{STUDY}.7", f"{STUDY}.7.1", 1, pixels, kind)
    one.dataset.NumberOfFrames, one.dataset.FrameTime, one.dataset.FrameIncrementPointer = frames, 33.3, 0x00181063
    one.dataset.BitsAllocated, one.dataset.BitsStored, one.dataset.HighBit = 8, 8, 7
    one.dataset.Modality, one.dataset.WindowCenter, one.dataset.WindowWidth = "XA", 128, 256
    del one.dataset.RescaleIntercept, one.dataset.RescaleSlope, one.dataset.RescaleType
    one.dataset["PixelData"].VR = "OB"
    return one


def blank(number: int, rows: int, columns: int) -> Slice:
    """One instance of its own series with noise all over: nothing about it can be compressed."""
    values = np.random.default_rng(number).integers(0, 4096, (rows, columns), dtype=np.int16)
    return _slice(f"{STUDY}.{number}", f"{STUDY}.{number}.1", 1, values, SecondaryCaptureImageStorage)


def _body(side: int, along: float) -> NDArray[np.int16]:
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    noise = np.random.default_rng(int(along * 1e6)).normal(0, _NOISE_HU, (side, side))
    image = np.full((side, side), -1000.0)
    image[(x / 0.85) ** 2 + (y / 0.6) ** 2 < 1] = 40
    lung = 0.28 * np.sin(np.pi * along)
    image[(np.abs(x) - 0.4) ** 2 + y**2 < lung**2] = -850
    image[x**2 + (y - 0.4) ** 2 < 0.08**2] = 700
    return (image + noise + 1024).round().clip(0, 4095).astype(np.int16)


def _slice(
    series: str,
    instance: str,
    number: int,
    pixels: NDArray[np.int16] | NDArray[np.uint8],
    kind: str = CTImageStorage,
) -> Slice:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = UID(kind)
    dataset.file_meta.MediaStorageSOPInstanceUID = UID(instance)
    dataset.SOPClassUID, dataset.SOPInstanceUID = kind, instance
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = STUDY, series
    dataset.PatientID, dataset.PatientName = PATIENT, "Buc^Jérôme"
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.StudyDate, dataset.StudyTime, dataset.StudyID, dataset.AccessionNumber = "20260102", "120000", "1", ""
    dataset.Modality, dataset.SeriesNumber, dataset.InstanceNumber = "CT", 1, number
    dataset.Rows, dataset.Columns = pixels.shape[-2:]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 12, 11, 0
    dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = -1024, 1, "HU"
    dataset.WindowCenter, dataset.WindowWidth = 40, 400
    dataset.PixelSpacing, dataset.SliceThickness = [0.7, 0.7], 2.5
    dataset.ImagePositionPatient, dataset.ImageOrientationPatient = [0, 0, 2.5 * number], [1, 0, 0, 0, 1, 0]
    dataset.PixelData = pixels.tobytes()
    dataset["PixelData"].VR = "OW"
    return Slice(series, instance, dataset, pixels)
