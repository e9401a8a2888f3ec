"""What is drawn for an instance of which no image serves as its thumbnail: something of its kind or modality."""

from proxy.dicomweb.thumbnails.identifying import is_captured
from proxy.retrieval.objects import Dataset
from proxy.wire import dicomjson, tags
from rendering.kinds.reading import found_kind
from rendering.kinds.table import Kind
from rendering.pictograms import Pictogram

_KINDS = {
    Kind.VIDEO: Pictogram.VIDEO,
    Kind.WAVEFORM: Pictogram.WAVEFORM,
    Kind.REPORT: Pictogram.REPORT,
    Kind.KEY_OBJECTS: Pictogram.KEY_OBJECTS,
    Kind.PRESENTATION: Pictogram.PRESENTATION,
    Kind.SEGMENTATION: Pictogram.SEGMENTATION,
    Kind.DOSE: Pictogram.DOSE,
    Kind.STRUCTURES: Pictogram.STRUCTURES,
    Kind.PDF: Pictogram.DOCUMENT,
    Kind.CDA: Pictogram.DOCUMENT,
}
_MODALITIES = {
    **dict.fromkeys(("CT", "MR", "OCT", "OPT", "BMD"), Pictogram.SLICES),
    **dict.fromkeys(("CR", "DX", "MG", "XA", "RF", "RG", "IO", "PX", "RTIMAGE"), Pictogram.PROJECTION),
    **dict.fromkeys(("US", "IVUS", "BDUS", "PA"), Pictogram.ULTRASOUND),
    **dict.fromkeys(("PT", "NM", "ST"), Pictogram.NUCLEAR),
    **dict.fromkeys(("XC", "ES", "GM", "OP", "OPV", "OAM", "DMS", "TG"), Pictogram.PHOTOGRAPH),
    "SM": Pictogram.SLIDE,
}


def pictogram_of(dataset: Dataset) -> Pictogram:
    """The drawing for the instance; the same for all of its kind."""
    kind = found_kind(dataset)
    if kind is not Kind.IMAGE:
        return _KINDS.get(kind, Pictogram.OBJECT) if kind is not None else Pictogram.OBJECT
    if is_captured(dataset):
        return Pictogram.CAPTURE
    return _MODALITIES.get(dicomjson.text(dataset, tags.MODALITY), Pictogram.OBJECT)
