"""The VOI transformations that a data set offers: windows or a look-up table, as alternatives (PS3.3 C.11.2)."""

from itertools import zip_longest

from rendering.errors import InvalidOption, MalformedAttributes
from rendering.frame import LookupTable
from rendering.options import VoiFunction, Window
from rendering.reading import tags
from rendering.reading.elements import Dataset, items, sparse_numbers, text
from rendering.reading.functional_groups import levels
from rendering.reading.tables import read_table

_STORAGE = "1.2.840.10008.5.1.4.1.1."
_RADIOGRAPHY = {_STORAGE + suffix for suffix in ("1.1", "1.2", "1.3", "13.1.3", "13.1.4")}
"""Digital radiographs, mammographies and breast tomosynthesis, as they are made to be looked at."""
_FUNCTIONS = {"LINEAR_EXACT": VoiFunction.LINEAR_EXACT, "SIGMOID": VoiFunction.SIGMOID}


def read_voi(
    dataset: Dataset, frame_number: int, signed: bool, chosen: int | None = None
) -> tuple[tuple[Window, ...], tuple[LookupTable, ...]]:
    """The frame's windows, and the VOI LUT if that is what is shown; `signed`: the modality values may be negative.

    Windows and tables are alternatives, of which only one may be applied (C.11.2.1.1): where a table is `chosen`, by
    its number from 1, it is that alone. Raises `InvalidOption` when there is no such table.
    """
    if chosen is not None:
        return (), (_read_voi_lut(chosen_voi_lut(dataset, frame_number, chosen), signed),)
    for level in levels(dataset, frame_number, tags.FRAME_VOI_LUT_SEQUENCE):
        windows, table = read_windows(level), shown_voi_lut(dataset, level)
        if table is not None:
            return windows, _read_voi_luts(table, signed, optional=bool(windows))
        if windows:
            return windows, ()
    return (), ()


def shown_voi_lut(dataset: Dataset, level: Dataset) -> Dataset | None:
    """The first VOI LUT of one level unless a window beside it is shown instead.

    For radiographs the table is what the maker meant, and a window only comes near it.
    """
    preferred = text(dataset, tags.SOP_CLASS_UID) in _RADIOGRAPHY or not read_windows(level)
    return voi_lut(level) if preferred else None


def chosen_voi_lut(dataset: Dataset, frame_number: int, number: int) -> Dataset:
    """Item `number` (from 1) of the frame's VOI LUT Sequence. Raises `InvalidOption` when there is none."""
    offered = levels(dataset, frame_number, tags.FRAME_VOI_LUT_SEQUENCE)
    level = next((one for one in offered if items(one, tags.VOI_LUT_SEQUENCE) or read_windows(one)), {})
    chosen = items(level, tags.VOI_LUT_SEQUENCE)[number - 1 : number]
    if not chosen:
        raise InvalidOption("there is no such VOI LUT")
    return chosen[0]


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


def _read_voi_luts(table: Dataset, signed: bool, optional: bool) -> tuple[LookupTable, ...]:
    try:
        return (_read_voi_lut(table, signed),)
    except MalformedAttributes:
        if optional:
            return ()
        raise


def _read_voi_lut(table: Dataset, signed: bool) -> LookupTable:
    return read_table(table, signed, tags.LUT_DESCRIPTOR, tags.LUT_DATA)


def _window(center: float, width: float, function: VoiFunction) -> Window:
    """Below a width of 1 LINEAR is not defined (C.11.2.1.2.1): its sender can only have meant LINEAR_EXACT."""
    if function is VoiFunction.LINEAR and width < 1:
        function = VoiFunction.LINEAR_EXACT
    return Window(center, width, function)
