"""Which elements of a presentation state archives may give as bulk data, and showing it needs (PS3.18 §10.4.3.3.2)."""

from collections.abc import Iterator, Mapping

from rendering.presentation.reading import tags
from rendering.reading.elements import Dataset, items
from rendering.reading.overlays import GROUPS
from rendering.reading.tags import (
    ICC_PROFILE,
    LUT_DATA,
    OVERLAY_DATA,
    PALETTE_DATA,
    SEGMENTED_PALETTE_DATA,
    in_group,
)

Path = tuple[str | int, ...]

_REQUIRED = {LUT_DATA, *PALETTE_DATA, *SEGMENTED_PALETTE_DATA}
_WANTED = {*_REQUIRED, ICC_PROFILE, tags.GRAPHIC_DATA, *(in_group(group, OVERLAY_DATA) for group in GROUPS)}
_DEEPEST = 4


def bulk_elements(dataset: Dataset, path: Path = ()) -> Iterator[tuple[Path, Dataset, str, bool]]:
    """The path of each one's item, the item, the element's tag, and whether nothing can be shown without it."""
    for tag, element in dataset.items():
        if not isinstance(element, Mapping):
            continue
        if tag in _WANTED and "BulkDataURI" in element:
            yield path, dataset, tag, tag in _REQUIRED
        if len(path) < 2 * _DEEPEST:
            for position, item in enumerate(items(dataset, tag) if element.get("vr") == "SQ" else ()):
                yield from bulk_elements(item, (*path, tag, position))
