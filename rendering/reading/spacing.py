"""The shape of a pixel: height over width, from whatever spacing the data set tells (PS3.3 C.7.6.3.1.7, 10.7.1.3)."""

from collections.abc import Iterator

from rendering.errors import MalformedAttributes
from rendering.reading import tags
from rendering.reading.elements import Dataset, integer, items, number, numbers
from rendering.reading.functional_groups import levels

_CENTIMETRES = 3
_TWO_DIMENSIONAL = 1
_ROW_COLUMN_PAIRS = (
    tags.IMAGER_PIXEL_SPACING,
    tags.NOMINAL_SCANNED_PIXEL_SPACING,
)
_FLATTEST, _TALLEST = 0.01, 100.0


def read_pixel_aspect(dataset: Dataset, frame_number: int) -> float:
    """Physical height over width of one pixel; 1.0 when nothing usable is said: squares are what is then assumed."""
    return next((aspect for aspect in _aspects(dataset, frame_number) if _FLATTEST <= aspect <= _TALLEST), 1.0)


def _aspects(dataset: Dataset, frame_number: int) -> Iterator[float]:
    for level in levels(dataset, frame_number, tags.PIXEL_MEASURES_SEQUENCE):
        yield _ratio(level, tags.PIXEL_SPACING)
    for tag in _ROW_COLUMN_PAIRS:
        yield _ratio(dataset, tag)
    for region in items(dataset, tags.SEQUENCE_OF_ULTRASOUND_REGIONS):
        yield _ultrasound(region)
    yield _ratio(dataset, tags.PIXEL_ASPECT_RATIO)


def _ratio(dataset: Dataset, tag: str) -> float:
    """First over second value: the vertical one comes first in spacings and in the aspect ratio alike."""
    try:
        pair = numbers(dataset, tag)
    except MalformedAttributes:
        return 0.0
    return pair[0] / pair[1] if len(pair) == 2 and pair[1] > 0 else 0.0


def _ultrasound(region: Dataset) -> float:
    """Of a two-dimensional region in centimetres both ways; other regions plot time or velocity (C.8.5.5)."""
    try:
        units = {integer(region, tags.PHYSICAL_UNITS_X_DIRECTION), integer(region, tags.PHYSICAL_UNITS_Y_DIRECTION)}
        spatial = integer(region, tags.REGION_SPATIAL_FORMAT) == _TWO_DIMENSIONAL and units == {_CENTIMETRES}
        across, down = number(region, tags.PHYSICAL_DELTA_X), number(region, tags.PHYSICAL_DELTA_Y)
    except MalformedAttributes:
        return 0.0
    return abs(down / across) if spatial and across and down else 0.0
