"""Where an attribute of one frame stands: per-frame, then shared functional groups, then the top (PS3.3 C.7.6.16)."""

from collections.abc import Mapping

from rendering.errors import MalformedAttributes
from rendering.reading import tags
from rendering.reading.elements import Dataset, items, values

_MANY = 1000
_NEVER_READ = (tags.FRAME_CONTENT_SEQUENCE, tags.PLANE_POSITION_SLIDE_SEQUENCE)


def levels(dataset: Dataset, frame_number: int, macro: str) -> tuple[Dataset, ...]:
    """What may explain frame `frame_number` (from 1), most specific first; `macro` is the sequence of the groups.

    Whoever reads takes all from the first level that holds what it seeks: levels are never mixed (C.7.6.16.1.1).
    """
    return (*_first(_per_frame(dataset, frame_number), macro), *_first(_shared(dataset), macro), dataset)


def items_of(dataset: Dataset, frame_number: int, macro: str) -> list[Dataset]:
    """All items of a macro that tells of frame `frame_number` (from 1): its own, else those that all frames share."""
    return items(_per_frame(dataset, frame_number), macro) or items(_shared(dataset), macro)


def without_tile_positions(dataset: Dataset) -> Dataset:
    """A slide without what places each of its tiles, which showing one does not need (PS3.3 C.8.12.6).

    Its tens of thousands of tiles differ in nothing else: equal neighbours become one object, and the slide takes
    hardly more memory than one of them. What is no slide is left as it is.
    """
    groups = values(dataset, tags.PER_FRAME_FUNCTIONAL_GROUPS)
    if len(groups) < _MANY or tags.TOTAL_PIXEL_MATRIX_COLUMNS not in dataset:
        return dataset
    lean: list[Dataset] = []
    for group in groups:
        kept = (
            {tag: macro for tag, macro in group.items() if tag not in _NEVER_READ} if isinstance(group, Mapping) else {}
        )
        lean.append(lean[-1] if lean and lean[-1] == kept else kept)
    return {**dataset, tags.PER_FRAME_FUNCTIONAL_GROUPS: {"vr": "SQ", "Value": lean}}


def _per_frame(dataset: Dataset, frame_number: int) -> Dataset:
    groups = values(dataset, tags.PER_FRAME_FUNCTIONAL_GROUPS)
    if not groups:
        return {}
    if not 1 <= frame_number <= len(groups):
        raise MalformedAttributes("there are fewer functional groups than frames")
    group = groups[frame_number - 1]
    return group if isinstance(group, Mapping) else {}


def _shared(dataset: Dataset) -> Dataset:
    return next(iter(items(dataset, tags.SHARED_FUNCTIONAL_GROUPS)), {})


def _first(groups: Dataset, macro: str) -> list[Dataset]:
    return items(groups, macro)[:1]
