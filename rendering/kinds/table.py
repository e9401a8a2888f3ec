"""Which kind of thing each SOP class is, and so who renders it (PS3.4 Table B.5-1, PS3.6 Annex A).

The table is written out in full: a class that is not in it, a private one included, is not shown at all, because
nobody has checked that what would be shown is what it means.
"""

from collections.abc import Mapping
from enum import StrEnum

_STORAGE = "1.2.840.10008.5.1.4.1.1."


class Kind(StrEnum):
    """A family of SOP classes that are rendered alike."""

    IMAGE = "image"
    VIDEO = "video"
    WAVEFORM = "waveform"
    REPORT = "report"
    KEY_OBJECTS = "key objects"
    PRESENTATION = "presentation state"
    SEGMENTATION = "segmentation"
    DOSE = "dose"
    STRUCTURES = "structure set"
    PDF = "PDF document"
    CDA = "CDA document"


_CLASSES: Mapping[Kind, tuple[str, ...]] = {
    Kind.IMAGE: (
        "1",  # Computed Radiography Image
        "1.1",  # Digital X-Ray Image - For Presentation
        "1.1.1",  # Digital X-Ray Image - For Processing
        "1.2",  # Digital Mammography X-Ray Image - For Presentation
        "1.2.1",  # Digital Mammography X-Ray Image - For Processing
        "1.3",  # Digital Intra-Oral X-Ray Image - For Presentation
        "1.3.1",  # Digital Intra-Oral X-Ray Image - For Processing
        "2",  # CT Image
        "2.1",  # Enhanced CT Image
        "2.2",  # Legacy Converted Enhanced CT Image
        "3",  # Ultrasound Multi-frame Image (retired)
        "3.1",  # Ultrasound Multi-frame Image
        "4",  # MR Image
        "4.1",  # Enhanced MR Image
        "4.3",  # Enhanced MR Color Image
        "4.4",  # Legacy Converted Enhanced MR Image
        "5",  # Nuclear Medicine Image (retired)
        "6",  # Ultrasound Image (retired)
        "6.1",  # Ultrasound Image
        "6.2",  # Enhanced US Volume
        "6.3",  # Photoacoustic Image
        "7",  # Secondary Capture Image
        "7.1",  # Multi-frame Single Bit Secondary Capture Image
        "7.2",  # Multi-frame Grayscale Byte Secondary Capture Image
        "7.3",  # Multi-frame Grayscale Word Secondary Capture Image
        "7.4",  # Multi-frame True Color Secondary Capture Image
        "12.1",  # X-Ray Angiographic Image
        "12.1.1",  # Enhanced XA Image
        "12.2",  # X-Ray Radiofluoroscopic Image
        "12.2.1",  # Enhanced XRF Image
        "12.3",  # X-Ray Angiographic Bi-Plane Image (retired)
        "13.1.1",  # X-Ray 3D Angiographic Image
        "13.1.2",  # X-Ray 3D Craniofacial Image
        "13.1.3",  # Breast Tomosynthesis Image
        "13.1.4",  # Breast Projection X-Ray Image - For Presentation
        "13.1.5",  # Breast Projection X-Ray Image - For Processing
        "14.1",  # Intravascular Optical Coherence Tomography Image - For Presentation
        "14.2",  # Intravascular Optical Coherence Tomography Image - For Processing
        "20",  # Nuclear Medicine Image
        "30",  # Parametric Map
        "77.1",  # VL Image - Trial (retired)
        "77.2",  # VL Multi-frame Image - Trial (retired)
        "77.1.1",  # VL Endoscopic Image
        "77.1.2",  # VL Microscopic Image
        "77.1.3",  # VL Slide-Coordinates Microscopic Image
        "77.1.4",  # VL Photographic Image
        "77.1.5.1",  # Ophthalmic Photography 8 Bit Image
        "77.1.5.2",  # Ophthalmic Photography 16 Bit Image
        "77.1.5.4",  # Ophthalmic Tomography Image
        "77.1.5.5",  # Wide Field Ophthalmic Photography Stereographic Projection Image
        "77.1.5.6",  # Wide Field Ophthalmic Photography 3D Coordinates Image
        "77.1.5.7",  # Ophthalmic Optical Coherence Tomography En Face Image
        "77.1.6",  # VL Whole Slide Microscopy Image
        "77.1.7",  # Dermoscopic Photography Image
        "77.1.8",  # Confocal Microscopy Image
        "77.1.9",  # Confocal Microscopy Tiled Pyramidal Image
        "81.1",  # Ophthalmic Thickness Map
        "82.1",  # Corneal Topography Map
        "128",  # Positron Emission Tomography Image
        "128.1",  # Legacy Converted Enhanced PET Image
        "130",  # Enhanced PET Image
        "481.1",  # RT Image
        "481.23",  # Enhanced RT Image
        "481.24",  # Enhanced Continuous RT Image
        "601.1",  # Eddy Current Image
        "601.2",  # Eddy Current Multi-frame Image
    ),
    Kind.VIDEO: (
        "77.1.1.1",  # Video Endoscopic Image
        "77.1.2.1",  # Video Microscopic Image
        "77.1.4.1",  # Video Photographic Image
    ),
    Kind.WAVEFORM: (
        "9.1.1",  # 12-lead ECG Waveform
        "9.1.2",  # General ECG Waveform
        "9.1.3",  # Ambulatory ECG Waveform
        "9.1.4",  # General 32-bit ECG Waveform
        "9.2.1",  # Hemodynamic Waveform
        "9.3.1",  # Cardiac Electrophysiology Waveform
        "9.5.1",  # Arterial Pulse Waveform
        "9.6.1",  # Respiratory Waveform
        "9.6.2",  # Multi-channel Respiratory Waveform
        "9.7.1",  # Routine Scalp Electroencephalogram Waveform
        "9.7.2",  # Electromyogram Waveform
        "9.7.3",  # Electrooculogram Waveform
        "9.7.4",  # Sleep Electroencephalogram Waveform
        "9.8.1",  # Body Position Waveform
    ),
    Kind.REPORT: (
        "88.1",  # Text SR - Trial (retired)
        "88.2",  # Audio SR - Trial (retired)
        "88.3",  # Detail SR - Trial (retired)
        "88.4",  # Comprehensive SR - Trial (retired)
        "88.11",  # Basic Text SR
        "88.22",  # Enhanced SR
        "88.33",  # Comprehensive SR
        "88.34",  # Comprehensive 3D SR
        "88.35",  # Extensible SR
        "88.40",  # Procedure Log
        "88.50",  # Mammography CAD SR
        "88.65",  # Chest CAD SR
        "88.67",  # X-Ray Radiation Dose SR
        "88.68",  # Radiopharmaceutical Radiation Dose SR
        "88.69",  # Colon CAD SR
        "88.70",  # Implantation Plan SR
        "88.71",  # Acquisition Context SR
        "88.72",  # Simplified Adult Echo SR
        "88.73",  # Patient Radiation Dose SR
        "88.74",  # Planned Imaging Agent Administration SR
        "88.75",  # Performed Imaging Agent Administration SR
        "88.76",  # Enhanced X-Ray Radiation Dose SR
        "88.77",  # Waveform Annotation SR
    ),
    Kind.KEY_OBJECTS: (
        "88.59",  # Key Object Selection Document
    ),
    Kind.PRESENTATION: (
        "11.1",  # Grayscale Softcopy Presentation State
        "11.2",  # Color Softcopy Presentation State
        "11.3",  # Pseudo-Color Softcopy Presentation State
        "11.4",  # Blending Softcopy Presentation State
        "11.5",  # XA/XRF Grayscale Softcopy Presentation State
        "11.12",  # Variable Modality LUT Softcopy Presentation State
    ),
    Kind.SEGMENTATION: (
        "66.4",  # Segmentation
        "66.7",  # Label Map Segmentation
    ),
    Kind.DOSE: (
        "481.2",  # RT Dose
    ),
    Kind.STRUCTURES: (
        "481.3",  # RT Structure Set
    ),
    Kind.PDF: (
        "104.1",  # Encapsulated PDF
    ),
    Kind.CDA: (
        "104.2",  # Encapsulated CDA
    ),
}

KINDS: Mapping[str, Kind] = {_STORAGE + suffix: kind for kind, suffixes in _CLASSES.items() for suffix in suffixes}
"""SOP Class UID → kind."""
