"""The modality transformation that a data set asks for: a look-up table or a rescale (PS3.3 C.11.1)."""

from rendering.errors import MalformedAttributes
from rendering.frame import LookupTable
from rendering.reading import tags
from rendering.reading.elements import Dataset, items, number, text, values
from rendering.reading.functional_groups import levels
from rendering.reading.tables import read_table

_STORAGE = "1.2.840.10008.5.1.4.1.1."
_COMPUTED_TOMOGRAPHY = {_STORAGE + suffix for suffix in ("2", "2.1", "2.2")}
_RADIOFLUOROSCOPY = {_STORAGE + suffix for suffix in ("12.1", "12.2", "12.3")}
"""X-ray angiography and radiofluoroscopy, whose modality transformation leads back to the beam's intensity."""


def read_modality(dataset: Dataset, frame_number: int, signed: bool) -> tuple[float, float, LookupTable | None]:
    """Rescale slope, rescale intercept and modality LUT; a LUT beside a rescale is the one that counts.

    That of angiographies and fluoroscopies is for measuring and never shown (PS3.4 N.2.5; PS3.3 A.14.3, A.16.3).
    """
    if text(dataset, tags.SOP_CLASS_UID) in _RADIOFLUOROSCOPY:
        return 1.0, 0.0, None
    table = modality_lut(dataset)
    for level in levels(dataset, frame_number, tags.PIXEL_VALUE_TRANSFORMATION_SEQUENCE):
        if level is dataset and table is not None:
            return 1.0, 0.0, read_table(table, signed, tags.LUT_DESCRIPTOR, tags.LUT_DATA)
        slope, intercept = number(level, tags.RESCALE_SLOPE), number(level, tags.RESCALE_INTERCEPT)
        if slope is not None or intercept is not None:
            return *_rescale(1.0 if slope is None else slope, intercept or 0.0), None
    return 1.0, 0.0, None


def modality_lut(dataset: Dataset) -> Dataset | None:
    """The first item of the Modality LUT Sequence that is shown through, if it describes a table."""
    if text(dataset, tags.SOP_CLASS_UID) in _RADIOFLUOROSCOPY:
        return None
    return next((item for item in items(dataset, tags.MODALITY_LUT_SEQUENCE)[:1] if tags.LUT_DESCRIPTOR in item), None)


def is_in_hounsfield_units(dataset: Dataset, frame_number: int) -> bool:
    """Whether modality values are Hounsfield units: a CT's are, unless it says something else (Table C.8-3).

    Those of localizers are projections, which have none.
    """
    if text(dataset, tags.SOP_CLASS_UID) not in _COMPUTED_TOMOGRAPHY or "LOCALIZER" in values(dataset, tags.IMAGE_TYPE):
        return False
    for level in levels(dataset, frame_number, tags.PIXEL_VALUE_TRANSFORMATION_SEQUENCE):
        if number(level, tags.RESCALE_INTERCEPT) is not None:
            return text(level, tags.RESCALE_TYPE).upper() in {"", "HU"} and modality_lut(dataset) is None
    return False


def _rescale(slope: float, intercept: float) -> tuple[float, float]:
    """A slope of zero would turn every pixel into one value: the pair is no transformation and counts as absent."""
    if max(abs(slope), abs(intercept)) > 1e30:
        raise MalformedAttributes("the rescale slope or intercept is not possible")
    return (slope, intercept) if slope else (1.0, 0.0)
