"""CT series of the thorax phantom, axial and coronal, with rescaling to Hounsfield units and three stored windows."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.uid import UID, CTImageStorage

from demo.archive.objects import StoredObject
from demo.data.coding import Pixels
from demo.data.making import Series, Study, to_uid
from demo.data.thorax import hounsfield

SIDE, SPACING = 512, 0.78
INTERCEPT = -1024

_EDGE = round((SIDE - 1) / 2 * SPACING, 3)
_LINE = (np.arange(SIDE, dtype=np.float32) - (SIDE - 1) / 2) * np.float32(SPACING)
_COMMON: dict[str, Any] = {
    "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
    "BodyPartExamined": "CHEST",
    "PatientPosition": "HFS",
    "KVP": "120",
    "SamplesPerPixel": 1,
    "PhotometricInterpretation": "MONOCHROME2",
    "Rows": SIDE,
    "Columns": SIDE,
    "PixelSpacing": [SPACING, SPACING],
    "BitsAllocated": 16,
    "BitsStored": 16,
    "HighBit": 15,
    "PixelRepresentation": 0,
    "RescaleIntercept": INTERCEPT,
    "RescaleSlope": 1,
    "RescaleType": "HU",
    "WindowCenter": [40, -550, 480],
    "WindowWidth": [350, 1600, 2500],
    "WindowCenterWidthExplanation": ["MEDIASTINUM", "LUNG FIELDS", "SKELETON"],
}


def axial(
    study: Study, institution: str, number: int, syntax: UID, *, images: int, thickness: float
) -> Iterator[StoredObject]:
    """`images` slices from the head down, `thickness` millimetres apart, the middle one at the centre."""
    series = _series(study, institution, number, f"Axial {thickness:g} mm", syntax, thickness)
    for image in range(1, images + 1):
        z = ((images + 1) / 2 - image) * thickness
        place = {"ImagePositionPatient": [-_EDGE, -_EDGE, z], "ImageOrientationPatient": [1, 0, 0, 0, 1, 0]}
        yield series.image(image, {**place, "SliceLocation": z}, _slice(_LINE[None, :], _LINE[:, None], _at(z), image))


def coronal(
    study: Study, institution: str, number: int, syntax: UID, *, images: int, thickness: float
) -> Iterator[StoredObject]:
    """`images` planes from the front to the back, computed from the same body."""
    series = _series(study, institution, number, f"Coronal {thickness:g} mm", syntax, thickness)
    for image in range(1, images + 1):
        y = (image - (images + 1) / 2) * thickness
        place = {
            "ImageType": ["DERIVED", "SECONDARY", "REFORMATTED"],
            "ImagePositionPatient": [-_EDGE, y, _EDGE],
            "ImageOrientationPatient": [1, 0, 0, 0, 0, -1],
        }
        yield series.image(image, place, _slice(_LINE[None, :], _at(y), -_LINE[:, None], 1000 + image))


def _series(study: Study, institution: str, number: int, description: str, syntax: UID, thickness: float) -> Series:
    attributes = {**_COMMON, "SliceThickness": thickness, "FrameOfReferenceUID": to_uid(study.key, "frame")}
    return Series(study, institution, number, "CT", CTImageStorage, description, syntax, attributes)


def _at(value: float) -> npt.NDArray[np.float32]:
    return np.array([[value]], np.float32)


def _slice(
    x: npt.NDArray[np.float32], y: npt.NDArray[np.float32], z: npt.NDArray[np.float32], seed: int
) -> Callable[[int], Pixels]:
    return lambda _: np.rint(hounsfield(x, y, z, seed) - INTERCEPT).astype(np.uint16)
