"""The modality transformation that a data set asks for: a look-up table or a rescale (PS3.3 C.11.1)."""

from rendering.errors import MalformedAttributes
from rendering.frame import LookupTable
from rendering.reading import tags
from rendering.reading.elements import Dataset, items, number
from rendering.reading.functional_groups import levels
from rendering.reading.tables import read_table


def read_modality(dataset: Dataset, frame_number: int, signed: bool) -> tuple[float, float, LookupTable | None]:
    """Rescale slope, rescale intercept and modality LUT; a LUT beside a rescale is the one that counts."""
    table = modality_lut(dataset)
    for level in levels(dataset, frame_number, tags.PIXEL_VALUE_TRANSFORMATION_SEQUENCE):
        if level is dataset and table is not None:
            return 1.0, 0.0, read_table(table, signed, tags.LUT_DESCRIPTOR, tags.LUT_DATA)
        slope, intercept = number(level, tags.RESCALE_SLOPE), number(level, tags.RESCALE_INTERCEPT)
        if slope is not None or intercept is not None:
            return *_rescale(1.0 if slope is None else slope, intercept or 0.0), None
    return 1.0, 0.0, None


def modality_lut(dataset: Dataset) -> Dataset | None:
    """The first item of the Modality LUT Sequence, if it describes a table."""
    return next((item for item in items(dataset, tags.MODALITY_LUT_SEQUENCE)[:1] if tags.LUT_DESCRIPTOR in item), None)


def _rescale(slope: float, intercept: float) -> tuple[float, float]:
    """A slope of zero would turn every pixel into one value: the pair is no transformation and counts as absent."""
    if max(abs(slope), abs(intercept)) > 1e30:
        raise MalformedAttributes("the rescale slope or intercept is not possible")
    return (slope, intercept) if slope else (1.0, 0.0)
