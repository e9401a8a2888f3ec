"""Recordings made of given samples, and what the drawing of one says by its SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

STORAGE = "1.2.840.10008.5.1.4.1.1."
ECG, HEMODYNAMIC, EEG, RESPIRATION = (f"{STORAGE}{one}" for one in ("9.1.2", "9.2.1", "9.7.1", "9.6.2"))
_INTERPRETATIONS = {
    "int8": "SB",
    "uint8": "UB",
    "int16": "SS",
    "uint16": "US",
    "int32": "SL",
    "uint32": "UL",
    "int64": "SV",
    "uint64": "UV",
}
SVG = "{http://www.w3.org/2000/svg}"


def item(**attributes: Any) -> Dataset:
    made = Dataset()
    for name, value in attributes.items():
        setattr(made, name, value)
    return made


def code(value: str, scheme: str, words: str) -> Dataset:
    return item(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=words)


def channel(words: str, unit: str | None = "mV", sensitivity: float = 1.0, **more: Any) -> Dataset:
    """A channel of a source called `words`, measured in `unit`, or not calibrated."""
    made = item(ChannelSourceSequence=[code("1", "99TEST", words)], WaveformBitsStored=16)
    if unit is not None:
        made.ChannelSensitivity = sensitivity
        made.ChannelSensitivityUnitsSequence = [code(unit, "UCUM", unit)]
        made.ChannelSensitivityCorrectionFactor, made.ChannelBaseline = 1, 0
    for name, value in more.items():
        setattr(made, name, value)
    return made


def group(samples: NDArray[Any], frequency: float, channels: Sequence[Dataset], **more: Any) -> Dataset:
    """A multiplex group of `samples` of the shape (samples, channels), whose type is theirs."""
    made = item(
        WaveformOriginality="ORIGINAL",
        NumberOfWaveformChannels=samples.shape[1],
        NumberOfWaveformSamples=samples.shape[0],
        SamplingFrequency=frequency,
        ChannelDefinitionSequence=list(channels),
        WaveformBitsAllocated=8 * samples.dtype.itemsize,
        WaveformSampleInterpretation=_INTERPRETATIONS[samples.dtype.name],
        WaveformData=samples.astype(samples.dtype.newbyteorder("<")).tobytes(),
    )
    made["WaveformData"].VR = "OB" if samples.dtype.itemsize == 1 else "OW"
    for name, value in more.items():
        setattr(made, name, value)
    return made


def recording(*groups: Dataset, sop_class: str = ECG, **more: Any) -> Dataset:
    made = item(SOPClassUID=sop_class, WaveformSequence=list(groups), PatientID="G-1001", PatientName="Yamada^Tarou")
    made.StudyInstanceUID, made.SeriesInstanceUID, made.SOPInstanceUID = "1.2.1", "1.2.1.5", "1.2.1.5.1"
    made.Modality = "ECG"
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    for name, value in more.items():
        setattr(made, name, value)
    return made


@dataclass(frozen=True)
class Drawn:
    """A drawing by its SVG: curves by the names of their channels, in millimetres, and everything that is written."""

    size: tuple[str, str]
    curves: Mapping[str, list[NDArray[np.float64]]]
    lines: Sequence[NDArray[np.float64]]
    words: Sequence[str]


def read_drawing(svg: bytes) -> Drawn:
    root = ET.fromstring(svg)
    curves: dict[str, list[NDArray[np.float64]]] = {}
    lines = []
    for polyline in root.iter(f"{SVG}polyline"):
        points = np.array([pair.split(",") for pair in polyline.attrib["points"].split()], np.float64)
        title = polyline.find(f"{SVG}title")
        if title is None:
            lines.append(points)
        else:
            curves.setdefault(title.text or "", []).append(points)
    words = [text.text or "" for text in root.iter(f"{SVG}text")]
    return Drawn((root.attrib["width"], root.attrib["height"]), curves, lines, words)
