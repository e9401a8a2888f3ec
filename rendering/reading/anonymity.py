"""What of an image may be shown without saying whose it is: its areas without names, or none (PS3.3 C.7.6.1, C.8.5.5).

Nobody can find a name in pixels surely, so that only what the makers of an image say of it counts. Where they say
nothing, a name is presumed.
"""

from collections.abc import Collection
from typing import Final

from rendering.errors import MalformedAttributes, NotAnonymous
from rendering.kinds.reading import found_kind
from rendering.kinds.table import Kind
from rendering.laid_over import Rectangle
from rendering.reading import tags
from rendering.reading.elements import Dataset, integer, items, text, values

_BASE = "1.2.840.10008.5.1.4.1.1"
_ULTRASOUND: Final = frozenset(f"{_BASE}.{number}" for number in ("3", "3.1", "6", "6.1"))
_OF_SCANNERS: Final = _ULTRASOUND | frozenset(
    f"{_BASE}.{number}"
    for number in (
        *("1", "1.1", "1.1.1", "1.2", "1.2.1", "1.3", "1.3.1"),  # radiography, mammography, intra-oral
        *("2", "2.1", "2.2", "4", "4.1", "4.3", "4.4"),  # CT, MR
        *("5", "20", "128", "128.1", "130"),  # nuclear medicine, PET
        *("12.1", "12.1.1", "12.2", "12.2.1", "13.1.1", "13.1.2", "13.1.3", "481.1"),  # X-ray in motion, volumes, RT
    )
)
"""Classes of images that scanners make: neither screens and sheets that were captured nor photographs of people."""

_BURNED_IN, _RECOGNIZABLE, _MODEL = "00280301", "00280302", "00081090"
_EDGES = ("00186018", "0018601A", "0018601C", "0018601E")  # x and y of the first and the last pixel of a region


def anonymous_areas(dataset: Dataset, clean_equipment: Collection[str] = ()) -> tuple[Rectangle, ...]:
    """The areas that show nobody's name: the whole frame where Burned In Annotation is NO, else ultrasound regions.

    Original images of `clean_equipment`, by its model, are whole too where they say nothing.
    Raises `NotAnonymous`, which says why, where there are none.
    """
    if found_kind(dataset) is not Kind.IMAGE:
        raise NotAnonymous("this kind of object cannot be shown without saying whose it is")
    if text(dataset, tags.SOP_CLASS_UID) not in _OF_SCANNERS:
        raise NotAnonymous("captures and photographs cannot be shown without saying whose they are")
    if text(dataset, _RECOGNIZABLE) == "YES":
        raise NotAnonymous("the patient can be recognised in this image")
    rows, columns = (integer(dataset, tag) or 0 for tag in (tags.ROWS, tags.COLUMNS))
    if text(dataset, _BURNED_IN) == "NO" or _is_clean(dataset, clean_equipment):
        return (Rectangle(0, 0, columns, rows),)
    if text(dataset, tags.SOP_CLASS_UID) in _ULTRASOUND and values(dataset, tags.SEQUENCE_OF_ULTRASOUND_REGIONS):
        return _regions(dataset, rows, columns)
    raise NotAnonymous("nothing says that no name is written in the pixels of this image")


def _is_clean(dataset: Dataset, equipment: Collection[str]) -> bool:
    """Whether it is an original image of such equipment, not ultrasound, that does not say otherwise itself."""
    original = values(dataset, tags.IMAGE_TYPE)[:2] == ["ORIGINAL", "PRIMARY"]
    silent = not text(dataset, _BURNED_IN) and text(dataset, tags.SOP_CLASS_UID) not in _ULTRASOUND
    return original and silent and text(dataset, _MODEL) in equipment


def _regions(dataset: Dataset, rows: int, columns: int) -> tuple[Rectangle, ...]:
    """The ultrasound regions, which may not be as large as the image together: then nothing would be taken away."""
    found = tuple(_region(item, rows, columns) for item in items(dataset, tags.SEQUENCE_OF_ULTRASOUND_REGIONS))
    if sum((one.right - one.left) * (one.bottom - one.top) for one in found) >= rows * columns:
        raise NotAnonymous("the regions of this image leave no room for a name outside of them")
    return found


def _region(item: Dataset, rows: int, columns: int) -> Rectangle:
    try:
        left, top, right, bottom = (-1 if (edge := integer(item, tag)) is None else edge for tag in _EDGES)
    except MalformedAttributes:
        left = top = right = bottom = -1
    if not (0 <= left <= right < columns and 0 <= top <= bottom < rows):
        raise NotAnonymous("the regions of this image cannot be read")
    return Rectangle(left, top, right + 1, bottom + 1)
