"""Which images may show who the patient is, and so are no thumbnails (PS3.18 §10.4.1.1.4)."""

from proxy.retrieval.objects import Dataset
from proxy.wire import dicomjson, tags
from rendering.reading.slides import may_show_label

_MODALITIES_THAT_BURN_IN = frozenset({"US", "SC", "OT", "ES", "XC", "DOC", "IVUS", "OPT", "GM"})
_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_SCREENS = frozenset({"SCREEN SAVE", "DOSE_INFO", "PROTOCOL", "REPORT", "PASTED"})


def may_name_somebody(dataset: Dataset) -> bool:
    """Whether identifying text or a face may be part of the pixels.

    What Burned In Annotation (0028,0301) and Recognizable Visual Features (0028,0302) say is believed. Where they say
    nothing, it is presumed of modalities that write on their images, of secondary captures, and of sheets of dose and
    protocol. The label of a slide is such text, whatever is declared.
    """
    if may_show_label(dataset) or dicomjson.text(dataset, tags.RECOGNIZABLE_VISUAL_FEATURES) == "YES":
        return True
    declared = dicomjson.text(dataset, tags.BURNED_IN_ANNOTATION)
    if declared:
        return declared != "NO"
    return dicomjson.text(dataset, tags.MODALITY) in _MODALITIES_THAT_BURN_IN or is_captured(dataset)


def is_captured(dataset: Dataset) -> bool:
    """Whether the image is of a screen or a sheet rather than of the patient."""
    captured = dicomjson.text(dataset, tags.SOP_CLASS_UID)
    kinds = {text.upper() for text in dicomjson.texts(dataset, tags.IMAGE_TYPE)}
    return captured == _SECONDARY_CAPTURE or captured.startswith(_SECONDARY_CAPTURE + ".") or bool(kinds & _SCREENS)
