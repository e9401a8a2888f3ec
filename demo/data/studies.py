"""Which studies the institutions of the demo hold, dated back from today so that they never look old."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from pydicom.uid import (
    UID,
    DigitalXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLossless,
    JPEGLSLossless,
    UltrasoundMultiFrameImageStorage,
    VLPhotographicImageStorage,
)

from demo.archive.objects import StoredObject
from demo.data import drawings, papers
from demo.data.coding import Pixels
from demo.data.computed import axial, coronal
from demo.data.making import Series, Study
from demo.data.patients import BUC, HONG, WANG, YAMADA
from demo.data.teaching import teaching

_COLOR = {
    "SamplesPerPixel": 3,
    "PlanarConfiguration": 0,
    "BitsAllocated": 8,
    "BitsStored": 8,
    "HighBit": 7,
    "PixelRepresentation": 0,
    "PhotometricInterpretation": "YBR_FULL_422",
    "BurnedInAnnotation": "NO",
    "LossyImageCompression": "01",
    "LossyImageCompressionMethod": "ISO_10918_1",
    "LossyImageCompressionRatio": "10",
}
_CINE = {
    **_COLOR,
    "Rows": drawings.CINE_ROWS,
    "Columns": drawings.CINE_COLUMNS,
    "FrameTime": drawings.CINE_MILLISECONDS,
    "FrameIncrementPointer": 0x00181063,
    "ImageType": ["ORIGINAL", "PRIMARY"],
}
_PHOTOGRAPH = {
    **_COLOR,
    "Rows": drawings.PHOTO_ROWS,
    "Columns": drawings.PHOTO_COLUMNS,
    "ImageType": ["ORIGINAL", "PRIMARY"],
}
_RADIOGRAPH = {
    "ImageType": ["ORIGINAL", "PRIMARY"],
    "BodyPartExamined": "CHEST",
    "ViewPosition": "PA",
    "PatientOrientation": ["L", "F"],
    "ImagerPixelSpacing": [0.28, 0.28],
    "Rows": drawings.ROWS,
    "Columns": drawings.COLUMNS,
    "SamplesPerPixel": 1,
    "PhotometricInterpretation": "MONOCHROME2",
    "PresentationLUTShape": "IDENTITY",
    "BitsAllocated": 16,
    "BitsStored": 12,
    "HighBit": 11,
    "PixelRepresentation": 0,
    "PixelIntensityRelationship": "LOG",
    "RescaleIntercept": 0,
    "RescaleSlope": 1,
    "RescaleType": "US",
    "WindowCenter": 2250,
    "WindowWidth": 2700,
    "BurnedInAnnotation": "NO",
}


_KEY_WORDS = "Top of the arch, both hila, and the base of the heart."
_HEART = (
    ("Findings", "Both ventricles of normal size. Left ventricular function normal. Valves without a finding."),
    ("Impression", "Normal echocardiography of a phantom."),
)
_LETTER = (
    "Dear colleague,",
    "echocardiography and a resting electrocardiogram showed nothing abnormal.",
    "No further examination is needed. This patient is made up, as is this letter.",
)


class _Studies:
    """The studies, of which those of a preliminary or a sensitive kind are named in the register too."""

    def __init__(self, today: date) -> None:
        self.chest = Study("chest-ct", BUC, "Chest with contrast", _before(today, 9), "140512")
        self.radiograph = Study("chest-radiograph", BUC, "Chest PA", _before(today, 23), "083000")
        self.skin = Study("skin-photograph", BUC, "Left forearm", _before(today, 140))
        self.heart = Study("heart-ultrasound", BUC, "Echocardiography", _before(today, 260), "112000")
        self.follow_up = Study(
            "chest-follow-up", BUC, "Chest, one examination at two institutions", _before(today, 430)
        )
        self.head = Study("head-mr", BUC, "Head", _before(today, 610), "151500")
        self.teaching = Study("teaching-ct", BUC, "Teaching files", _before(today, 900))
        self.abdomen = Study("abdomen-ultrasound", YAMADA, "Abdomen", _before(today, 75), "092000")
        self.unread = Study("unread-mr", YAMADA, "Brain, not yet read", _before(today, 1), "174500")
        self.withheld = Study("withheld-chest", HONG, "Chest", _before(today, 51))
        self.emergency = Study("emergency-chest", WANG, "Chest without contrast", _before(today, 3), "203000")
        self.bone = Study("bone-scan", WANG, "Whole body", _before(today, 320))

    def general(self) -> Iterator[StoredObject]:
        yield from axial(self.chest, "general", 1, ExplicitVRLittleEndian, images=120, thickness=2.5)
        yield papers.key_images(self.chest, "general", 3, of_series=1, images=(44, 51, 78), words=_KEY_WORDS)
        yield from coronal(self.chest, "general", 2, JPEGLSLossless, images=60, thickness=4)
        yield from axial(self.follow_up, "general", 1, JPEGLossless, images=40, thickness=7.5)
        yield from teaching(
            self.head,
            "general",
            "MR",
            [("MR_small_RLE.dcm", "Detail, RLE"), ("examples_overlay.dcm", "Sagittal, with an overlay")],
            "Department of Psychiatry",
        )
        yield from teaching(
            self.abdomen,
            "general",
            "US",
            [
                ("examples_ybr_color.dcm", "Cine, JPEG"),
                ("examples_rgb_color.dcm", "Still, RGB"),
                ("examples_palette.dcm", "Still, palette colour"),
                ("examples_jpeg2k.dcm", "Still, JPEG 2000"),
            ],
        )

    def lakeside(self) -> Iterator[StoredObject]:
        for study in (self.radiograph, self.withheld):
            yield _single(study, "lakeside", "DX", _RADIOGRAPH)
        yield from teaching(
            self.teaching,
            "lakeside",
            "CT",
            [
                ("J2K_pixelrep_mismatch.dcm", "JPEG 2000"),
                ("693_J2KI.dcm", "JPEG 2000 with loss"),
                ("CT_small.dcm", "Uncompressed"),
            ],
        )
        yield from teaching(self.bone, "lakeside", "NM", [("JPGExtended.dcm", "JPEG, 12 bits")])

    def university(self) -> Iterator[StoredObject]:
        yield _single(self.skin, "university", "XC", _PHOTOGRAPH)
        yield _single(self.heart, "university", "US", _CINE)
        yield papers.electrocardiogram(self.heart, "university", 2)
        yield papers.report(self.heart, "university", 3, "Echocardiography report", _HEART)
        yield papers.letter(self.heart, "university", 4, "Letter to the referring physician", _LETTER)
        yield from coronal(self.follow_up, "university", 2, HTJ2KLossless, images=48, thickness=5)
        yield from teaching(
            self.unread,
            "university",
            "MR",
            [
                ("MR_small_jpeg_ls_lossless.dcm", "Detail, JPEG-LS"),
                ("MR_small_jp2klossless.dcm", "Detail, JPEG 2000"),
                ("MR_small.dcm", "Detail, uncompressed"),
            ],
        )
        yield from axial(self.emergency, "university", 1, HTJ2KLossless, images=60, thickness=5)


_SINGLE: dict[str, tuple[UID, str, UID, Callable[[int], Pixels], int]] = {
    "DX": (DigitalXRayImageStorageForPresentation, "PA", JPEG2000Lossless, drawings.radiograph, 1),
    "XC": (VLPhotographicImageStorage, "Photograph", JPEGBaseline8Bit, drawings.photograph, 1),
    "US": (UltrasoundMultiFrameImageStorage, "Two chambers", JPEGBaseline8Bit, drawings.cine, drawings.CINE_FRAMES),
}


def _single(study: Study, institution: str, modality: str, attributes: Mapping[str, Any]) -> StoredObject:
    """A study of one object."""
    sop_class, description, syntax, pixels, frames = _SINGLE[modality]
    series = Series(study, institution, 1, modality, sop_class, description, syntax, attributes)
    return series.image(1, {}, pixels, frames)


def _before(today: date, days: int) -> date:
    return today - timedelta(days=days)


def studies_of(institution: str, today: date) -> Iterator[StoredObject]:
    """Everything that `institution` (`general`, `lakeside` or `university`) holds."""
    studies = _Studies(today)
    holdings = {"general": studies.general, "lakeside": studies.lakeside, "university": studies.university}
    return holdings[institution]()
