"""The Presentation LUT of an image: a table, or none (PS3.3 C.11.4, C.11.6).

Presentation LUT Shape (2050,0020) says of an image what its photometric interpretation says already: INVERSE belongs to
MONOCHROME1, IDENTITY to everything else (C.7.6.1). Where the two contradict each other the interpretation is believed,
so the shape is not read at all and nothing is inverted twice.
"""

from rendering.frame import LookupTable
from rendering.reading import tags
from rendering.reading.elements import Dataset, items
from rendering.reading.tables import read_table


def read_presentation_lut(dataset: Dataset) -> LookupTable | None:
    """The table between VOI transformation and display, whose output is P-Values whatever the image's polarity."""
    table = presentation_lut(dataset)
    return (
        None if table is None else read_table(table, signed=False, descriptor=tags.LUT_DESCRIPTOR, data=tags.LUT_DATA)
    )


def presentation_lut(dataset: Dataset) -> Dataset | None:
    """The first item of the Presentation LUT Sequence, if it describes a table."""
    found = items(dataset, tags.PRESENTATION_LUT_SEQUENCE)[:1]
    return next((item for item in found if tags.LUT_DESCRIPTOR in item), None)
