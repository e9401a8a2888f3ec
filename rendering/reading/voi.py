"""The VOI transformations that a data set offers: windows or a look-up table, as alternatives (PS3.3 C.11.2)."""

from itertools import zip_longest

from rendering.errors import MalformedAttributes
from rendering.frame import LookupTable
from rendering.options import VoiFunction, Window
from rendering.reading import tags
from rendering.reading.elements import Dataset, items, sparse_numbers, text
from rendering.reading.functional_groups import levels
from rendering.reading.tables import read_table

_FUNCTIONS = {"LINEAR_EXACT": VoiFunction.LINEAR_EXACT, "SIGMOID": VoiFunction.SIGMOID}


def read_voi(dataset: Dataset, frame_number: int, signed: bool) -> tuple[tuple[Window, ...], tuple[LookupTable, ...]]:
    """The frame's windows, or the first VOI LUT when it has none; `signed`: the modality values may be negative.

    A table beside a window is not read: they are alternatives, of which the window is shown (C.11.2.1.1).
    """
    for level in levels(dataset, frame_number, tags.FRAME_VOI_LUT_SEQUENCE):
        if windows := read_windows(level):
            return windows, ()
        if table := voi_lut(level):
            return (), (read_table(table, signed, tags.LUT_DESCRIPTOR, tags.LUT_DATA),)
    return (), ()


def read_windows(level: Dataset) -> tuple[Window, ...]:
    """The usable windows of one level; a window that no function can apply is as good as absent."""
    function = _FUNCTIONS.get(text(level, tags.VOI_LUT_FUNCTION).upper(), VoiFunction.LINEAR)
    try:
        centers = sparse_numbers(level, tags.WINDOW_CENTER)
        widths = sparse_numbers(level, tags.WINDOW_WIDTH)
    except MalformedAttributes:
        return ()
    pairs = zip_longest(centers, widths)
    return tuple(
        _window(center, width, function)
        for center, width in pairs
        if center is not None and width is not None and width > 0
    )


def voi_lut(level: Dataset) -> Dataset | None:
    """The first item of the VOI LUT Sequence of one level, if it describes a table."""
    return next((item for item in items(level, tags.VOI_LUT_SEQUENCE)[:1] if tags.LUT_DESCRIPTOR in item), None)


def _window(center: float, width: float, function: VoiFunction) -> Window:
    """Below a width of 1 LINEAR is not defined (C.11.2.1.2.1): its sender can only have meant LINEAR_EXACT."""
    if function is VoiFunction.LINEAR and width < 1:
        function = VoiFunction.LINEAR_EXACT
    return Window(center, width, function)
