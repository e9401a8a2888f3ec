"""The drawings that stand for kinds of things where they are not shown themselves (PS3.18 §10.4.5)."""

from enum import StrEnum


class Pictogram(StrEnum):
    """What is drawn: something of the kind, never of the patient."""

    SLICES = "slices"
    PROJECTION = "projection"
    ULTRASOUND = "ultrasound"
    NUCLEAR = "nuclear medicine"
    PHOTOGRAPH = "photograph"
    SLIDE = "slide"
    VIDEO = "video"
    CAPTURE = "screen capture"
    WAVEFORM = "waveform"
    REPORT = "report"
    DOCUMENT = "document"
    KEY_OBJECTS = "key objects"
    PRESENTATION = "presentation state"
    SEGMENTATION = "segmentation"
    DOSE = "dose"
    STRUCTURES = "structures"
    OBJECT = "object"
