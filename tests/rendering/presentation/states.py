"""Presentation states as their makers write them, the frames they refer to, and what becomes of those."""

from collections.abc import Sequence
from pathlib import Path
import subprocess
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from rendering.attributes import read_attributes
from rendering.content import Presented
from rendering.dicom_file import read_frame
from rendering.frame import EncodedFrame
from rendering.options import Encoding, RenderOptions
from rendering.presentation.reading.applying import Application, apply_state
from rendering.presentation.reading.state import read_state
from rendering.presentation.reading.target import Target
from rendering.render import render
from tests.rendering.frames import SECONDARY_CAPTURE, pixels, write_file

GRAYSCALE, COLOR, PSEUDO_COLOR, BLENDING, XA_XRF, VARIABLE = (
    f"1.2.840.10008.5.1.4.1.1.11.{number}" for number in (1, 2, 3, 4, 5, 12)
)
INSTANCE = "2.25.1"
WHITE = {"GraphicLayerRecommendedDisplayGrayscaleValue": 0xFFFF}


def item(**elements: Any) -> Dataset:
    """An item of a sequence, or a data set, with elements by keyword."""
    made = Dataset()
    for keyword, value in elements.items():
        setattr(made, keyword, value)
    return made


def lut(entries: Sequence[int] | NDArray[Any], first: int = 0, bits: int = 16, signed: bool = False) -> Dataset:
    made = item(LUTExplanation="", ModalityLUTType="US")
    made.add_new("LUTDescriptor", "SS" if signed else "US", [len(entries), first, bits])
    made.add_new("LUTData", "OW", np.asarray(entries).astype("<u2").tobytes())
    return made


def image_item(instance: str = INSTANCE, frames: Sequence[int] = (), sop_class: str = SECONDARY_CAPTURE) -> Dataset:
    made = item(ReferencedSOPClassUID=sop_class, ReferencedSOPInstanceUID=instance)
    if frames:
        made.ReferencedFrameNumber = list(frames)
    return made


def area_item(left: int, top: int, right: int, bottom: int, mode: str = "SCALE TO FIT", **elements: Any) -> Dataset:
    corners = {
        "DisplayedAreaTopLeftHandCorner": [left, top],
        "DisplayedAreaBottomRightHandCorner": [right, bottom],
        "PresentationSizeMode": mode,
    }
    elements.setdefault("PresentationPixelAspectRatio", [1, 1])
    return item(**corners, **elements)


def state(sop_class: str = GRAYSCALE, images: Sequence[Dataset] = (), **elements: Any) -> FileDataset:
    """A state of all that is mandatory, over the whole of 64 × 64 pixels unless `elements` say otherwise."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = sop_class, "2.25.9"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made = FileDataset("", {}, preamble=b"\0" * 128, file_meta=meta)
    standard = {
        "SOPClassUID": sop_class,
        "SOPInstanceUID": "2.25.9",
        "StudyInstanceUID": "2.25.2",
        "SeriesInstanceUID": "2.25.8",
        "StudyDate": "",
        "StudyTime": "",
        "AccessionNumber": "",
        "ReferringPhysicianName": "",
        "StudyID": "",
        "PatientName": "Nobody",
        "PatientID": "1",
        "PatientBirthDate": "",
        "PatientSex": "",
        "Modality": "PR",
        "SeriesNumber": "1",
        "InstanceNumber": "1",
        "Manufacturer": "",
        "ContentLabel": "STATE",
        "ContentDescription": "",
        "PresentationCreationDate": "20260101",
        "PresentationCreationTime": "101010",
        "ContentCreatorName": "",
    }
    if sop_class in {GRAYSCALE, XA_XRF, VARIABLE} and "PresentationLUTSequence" not in elements:
        standard["PresentationLUTShape"] = "IDENTITY"
    if sop_class != BLENDING:
        series = item(SeriesInstanceUID="2.25.3", ReferencedImageSequence=list(images) or [image_item()])
        standard["ReferencedSeriesSequence"] = [series]
    elements.setdefault("DisplayedAreaSelectionSequence", [area_item(1, 1, 64, 64)])
    for keyword, value in (standard | elements).items():
        setattr(made, keyword, value)
    return made


def overlay(made: Dataset, group: int, bits: NDArray[Any], layer: str = "", origin: Sequence[int] = (1, 1)) -> None:
    """Put an overlay plane into a data set, and activate it in a layer if there is one."""
    rows, columns = bits.shape
    for element, vr, value in (
        (0x0010, "US", rows),
        (0x0011, "US", columns),
        (0x0040, "CS", "G"),
        (0x0050, "SS", list(origin)),
        (0x0100, "US", 1),
        (0x0102, "US", 0),
        (0x3000, "OW", np.packbits(bits.astype(bool).ravel(), bitorder="little").tobytes()),
    ):
        made.add_new((group, element), vr, value)
    if layer:
        activate(made, group, layer)


def activate(made: Dataset, group: int, layer: str) -> None:
    made.add_new((group, 0x1001), "CS", layer)
    layers = {one.GraphicLayer for one in made.get("GraphicLayerSequence", [])}
    if layer not in layers:
        made.GraphicLayerSequence = [
            *made.get("GraphicLayerSequence", []),
            item(GraphicLayer=layer, GraphicLayerOrder=len(layers) + 1, **WHITE),
        ]


def applied(made: Dataset, file: Path, frame: int = 1) -> Application:
    """What a state makes of a frame of a file, read as the service reads both: as DICOM JSON."""
    return apply_state(read_state(made.to_json_dict()), target_of(file, frame))


def target_of(file: Path, frame: int = 1) -> Target:
    dataset = dcmread(file, stop_before_pixels=True)
    metadata = dataset.to_json_dict()
    return Target(str(dataset.SOPInstanceUID), frame, metadata, read_attributes(metadata, frame))


def presented(made: Dataset, file: Path, frame: int = 1, **options: Any) -> NDArray[np.uint8]:
    """The pixels of a frame of a file under a state."""
    application = applied(made, file, frame)
    first, *others = (read_frame(file, number) for number in (frame, *application.subtracted))
    frames = (EncodedFrame(first.data, first.transfer_syntax, application.attributes), *others)
    content = Presented(frames, application.presentation)
    return pixels(render(content, RenderOptions(encoding=Encoding.PNG, **options)))


def by_dcmtk(made: FileDataset, file: Path, frame: int = 1) -> NDArray[np.uint8]:
    """The same by DCMTK, without annotations, which it leaves to others, and of the whole image.

    It leaves each overlay beside the file as a bitmap of its own.
    """
    place, out = file.with_suffix(".pr"), file.with_suffix(".pgm")
    made.save_as(place, enforce_file_format=True)
    command = ["dcmp2pgm", "-v", "-f", str(frame), "-p", str(place), str(file), str(out)]
    subprocess.run(command, check=True, capture_output=True, timeout=30, cwd=file.parent)
    return np.asarray(Image.open(out))


def file_of(folder: Path, values: NDArray[Any], **elements: Any) -> Path:
    """A secondary capture of the given stored values."""
    return write_file(folder / "image", values, StudyInstanceUID="2.25.2", SeriesInstanceUID="2.25.3", **elements)
