"""Studies to measure with: reproducible, of known sizes, and belonging to nobody."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian, SecondaryCaptureImageStorage

PATIENT = "G-1001"
STUDY = "2.25.1001"
_NOISE_HU = 12.0


@dataclass(frozen=True, slots=True)
class Slice:
    """An instance of one frame: its place in the study, its attributes, its stored values (int16, HU + 1024)."""

    series: str
    instance: str
    dataset: Dataset
    pixels: NDArray[np.int16]


def ct(slices: int, side: int = 512) -> list[Slice]:
    """A series of CT slices: a body with spine and two lungs that change along it, and noise as scanners have it."""
    series = f"{STUDY}.1"
    return [_slice(series, f"{series}.{n}", n, _body(side, n / slices)) for n in range(1, slices + 1)]


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


def _slice(series: str, instance: str, number: int, pixels: NDArray[np.int16], kind: str = CTImageStorage) -> Slice:
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
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 12, 11, 0
    dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = -1024, 1, "HU"
    dataset.WindowCenter, dataset.WindowWidth = 40, 400
    dataset.PixelSpacing, dataset.SliceThickness = [0.7, 0.7], 2.5
    dataset.ImagePositionPatient, dataset.ImageOrientationPatient = [0, 0, 2.5 * number], [1, 0, 0, 0, 1, 0]
    dataset.PixelData = pixels.tobytes()
    dataset["PixelData"].VR = "OW"
    return Slice(series, instance, dataset, pixels)
