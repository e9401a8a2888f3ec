"""Series of images with places in the patient, and what is laid over them: made by highdicom and pydicom."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import highdicom as hd
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom import Dataset, FileMetaDataset
from pydicom.sr.codedict import codes
from pydicom.uid import (
    CTImageStorage,
    EnhancedCTImageStorage,
    ExplicitVRLittleEndian,
    RTDoseStorage,
    RTStructureSetStorage,
)

from demo.archive.holdings import Holdings
from tests.exchange import Exchange

STUDY = "1.2.1"
PATIENT = "G-1001"
REFERENCE = "1.2.1.900"
POSITION, SPACING, THICKNESS = (-40.0, -30.0, 100.0), (0.5, 0.75), 3.0
ROWS, COLUMNS = 200, 240


def _named(sop_class: str, series: int, number: int, modality: str, reference: str = REFERENCE) -> Dataset:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = sop_class
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = STUDY, f"{STUDY}.{series}"
    dataset.SOPInstanceUID = f"{STUDY}.{series}.{number}"
    dataset.PatientID, dataset.PatientName = PATIENT, "Yamada^Tarou"
    dataset.PatientBirthDate, dataset.PatientSex = "", ""
    dataset.StudyDate, dataset.StudyTime, dataset.Modality = "20260102", "101500", modality
    dataset.StudyID, dataset.AccessionNumber, dataset.ReferringPhysicianName = "1", "", ""
    dataset.SeriesNumber, dataset.InstanceNumber = series, number
    dataset.FrameOfReferenceUID, dataset.PositionReferenceIndicator = reference, ""
    return dataset


def _pixels(dataset: Dataset, values: NDArray[Any]) -> None:
    bits = 8 * values.dtype.itemsize
    dataset.Rows, dataset.Columns = values.shape[-2:]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = bits
    dataset.HighBit, dataset.PixelRepresentation = bits - 1, 0
    dataset.PixelData = values.astype(values.dtype.newbyteorder("<")).tobytes()


def slices(count: int, series: int = 1, value: int = 60, **more: Any) -> list[Dataset]:
    """Axial CT images, `THICKNESS` apart from the feet up, all of whose pixels show as grey `value`."""
    made = []
    for number in range(1, count + 1):
        one = _named(CTImageStorage, series, number, "CT")
        x, y, z = POSITION
        one.ImagePositionPatient = [x, y, z + THICKNESS * (number - 1)]
        one.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        one.PixelSpacing, one.SliceThickness = list(SPACING), THICKNESS
        _pixels(one, np.full((ROWS, COLUMNS), value, np.uint16))
        one.WindowCenter, one.WindowWidth = 128, 256
        for name, changed in more.items():
            setattr(one, name, changed)
        made.append(one)
    return made


def enhanced(images: Sequence[Dataset], values: Sequence[int]) -> Dataset:
    """The images as frames of one, each with all its pixels of one value."""
    first = images[0]
    made = _named(EnhancedCTImageStorage, 8, 1, "CT")
    _pixels(made, np.stack([np.full((ROWS, COLUMNS), value, np.uint16) for value in values]))
    made.NumberOfFrames = len(images)
    shared, measures, orientation, window = Dataset(), Dataset(), Dataset(), Dataset()
    measures.PixelSpacing, measures.SliceThickness = first.PixelSpacing, first.SliceThickness
    orientation.ImageOrientationPatient = first.ImageOrientationPatient
    window.WindowCenter, window.WindowWidth = 128, 256
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = [measures], [orientation]
    shared.FrameVOILUTSequence = [window]
    made.SharedFunctionalGroupsSequence, made.PerFrameFunctionalGroupsSequence = [shared], []
    for image in images:
        group, position = Dataset(), Dataset()
        position.ImagePositionPatient = image.ImagePositionPatient
        group.PlanePositionSequence = [position]
        made.PerFrameFunctionalGroupsSequence.append(group)
    return made


RED, BLUE = (255, 0, 0), (0, 0, 255)
_CIELAB = {RED: (54.29, 80.81, 69.89), BLUE: (29.57, 68.30, -112.03)}  # of the sRGB primaries under D50


def description(number: int, label: str, color: tuple[int, int, int] | None = None) -> hd.seg.SegmentDescription:
    return hd.seg.SegmentDescription(
        segment_number=number,
        segment_label=label,
        segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure,
        segmented_property_type=codes.SCT.Neoplasm,
        algorithm_type=hd.seg.SegmentAlgorithmTypeValues.MANUAL,
        display_color=hd.color.CIELabColor(*_CIELAB[color]) if color is not None else None,
    )


def segmentation(
    sources: Sequence[Dataset],
    masks: NDArray[Any],
    descriptions: Sequence[hd.seg.SegmentDescription],
    kind: str = "BINARY",
    series: int = 50,
    **more: Any,
) -> Dataset:
    """A segmentation as highdicom makes it of masks of shape (images, rows, columns[, segments])."""
    return hd.seg.Segmentation(
        source_images=list(sources),
        pixel_array=masks,
        segmentation_type=hd.seg.SegmentationTypeValues(kind),
        segment_descriptions=list(descriptions),
        series_instance_uid=f"{STUDY}.{series}",
        series_number=series,
        sop_instance_uid=f"{STUDY}.{series}.1",
        instance_number=1,
        manufacturer="Example",
        manufacturer_model_name="Example",
        software_versions="1",
        device_serial_number="1",
        **more,
    )


def changed(dataset: Dataset, **elements: Any) -> Dataset:
    """`dataset` with other values of its own: highdicom lets what it makes share elements with its sources."""
    for name, value in elements.items():
        if name in dataset:
            delattr(dataset, name)
        setattr(dataset, name, value)
    return dataset


def unreferenced(segmentation: Dataset) -> Dataset:
    """The same without a word about the images it was made from."""
    del segmentation.ReferencedSeriesSequence
    for groups in segmentation.PerFrameFunctionalGroupsSequence:
        groups.pop("DerivationImageSequence", None)
    return segmentation


def dose(values: NDArray[Any], position: Sequence[float], offsets: Sequence[float], **more: Any) -> Dataset:
    """A dose grid of `values` in milligray, of shape (planes, rows, columns), with pixels of 2 by 1.5 millimetres."""
    made = _named(RTDoseStorage, 60, 1, "RTDOSE")
    _pixels(made, values)
    made.NumberOfFrames = len(values)
    made.FrameIncrementPointer = 0x3004000C
    made.GridFrameOffsetVector = list(offsets)
    made.ImagePositionPatient, made.ImageOrientationPatient = list(position), [1, 0, 0, 0, 1, 0]
    made.PixelSpacing = [1.5, 2.0]
    made.DoseUnits, made.DoseType, made.DoseSummationType, made.DoseGridScaling = "GY", "PHYSICAL", "PLAN", 0.001
    for name, changed in more.items():
        setattr(made, name, changed)
    return made


def contour(kind: str, points: Sequence[Sequence[float]], image: Dataset | None = None) -> Dataset:
    made = Dataset()
    made.ContourGeometricType = kind
    made.NumberOfContourPoints = len(points)
    made.ContourData = [f"{part:.4f}" for point in points for part in point]
    if image is not None:
        made.ContourImageSequence = [_reference(image)]
    return made


def structures(regions: Mapping[str, tuple[Sequence[int], Sequence[Dataset]]], images: Sequence[Dataset]) -> Dataset:
    """A structure set of regions by name, each with its colour and contours, drawn on `images`."""
    made = _named(RTStructureSetStorage, 70, 1, "RTSTRUCT")
    made.StructureSetLabel = "plan"
    series, study, frame = Dataset(), Dataset(), Dataset()
    if images:
        series.SeriesInstanceUID = images[0].SeriesInstanceUID
        series.ContourImageSequence = [_reference(image) for image in images]
        study.ReferencedSOPClassUID, study.ReferencedSOPInstanceUID = "1.2.840.10008.3.1.2.3.1", STUDY
        study.RTReferencedSeriesSequence = [series]
        frame.RTReferencedStudySequence = [study]
    frame.FrameOfReferenceUID = REFERENCE
    made.ReferencedFrameOfReferenceSequence = [frame]
    made.StructureSetROISequence, made.ROIContourSequence = [], []
    for number, (name, (color, contours)) in enumerate(regions.items(), start=1):
        region, drawn = Dataset(), Dataset()
        region.ROINumber, region.ROIName, region.ReferencedFrameOfReferenceUID = number, name, REFERENCE
        drawn.ReferencedROINumber, drawn.ROIDisplayColor, drawn.ContourSequence = number, list(color), list(contours)
        made.StructureSetROISequence.append(region)
        made.ROIContourSequence.append(drawn)
    return made


def _reference(image: Dataset) -> Dataset:
    made = Dataset()
    made.ReferencedSOPClassUID, made.ReferencedSOPInstanceUID = image.SOPClassUID, image.SOPInstanceUID
    return made


def hold(exchange: Exchange, *datasets: Dataset) -> None:
    """Let the archive of the exchange hold `datasets` and nothing else, and nobody remember anything else."""
    exchange.archives["general"].holdings = Holdings(datasets)
    exchange.services.rooms.planes._series.clear()
    exchange.forget()


def instance(dataset: Dataset) -> str:
    """The path of an instance."""
    one = dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.SOPInstanceUID
    return "/dicomweb/studies/{}/series/{}/instances/{}".format(*one)


def tinted(ground: float, color: Sequence[int], opacity: float) -> tuple[int, ...]:
    """What a grey pixel becomes under a colour."""
    return tuple(round(ground + (part - ground) * opacity) for part in color)


def picture(content: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(BytesIO(content)).convert("RGB"))


def same_color(shown: NDArray[Any], color: tuple[int, ...], tolerance: int = 2) -> NDArray[np.bool_]:
    return np.abs(shown.astype(int) - color).max(axis=-1) <= tolerance
