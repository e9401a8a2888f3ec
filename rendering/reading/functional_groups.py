"""Where an attribute of one frame stands: per-frame, then shared functional groups, then the top (PS3.3 C.7.6.16)."""

from rendering.errors import MalformedAttributes
from rendering.reading import tags
from rendering.reading.elements import Dataset, items


def levels(dataset: Dataset, frame_number: int, macro: str) -> tuple[Dataset, ...]:
    """What may explain frame `frame_number` (from 1), most specific first; `macro` is the sequence of the groups.

    Whoever reads takes all from the first level that holds what it seeks: levels are never mixed (C.7.6.16.1.1).
    """
    return (*_first(_per_frame(dataset, frame_number), macro), *_first(_shared(dataset), macro), dataset)


def _per_frame(dataset: Dataset, frame_number: int) -> Dataset:
    groups = items(dataset, tags.PER_FRAME_FUNCTIONAL_GROUPS)
    if not groups:
        return {}
    if not 1 <= frame_number <= len(groups):
        raise MalformedAttributes("there are fewer functional groups than frames")
    return groups[frame_number - 1]


def _shared(dataset: Dataset) -> Dataset:
    return next(iter(items(dataset, tags.SHARED_FUNCTIONAL_GROUPS)), {})


def _first(groups: Dataset, macro: str) -> list[Dataset]:
    return items(groups, macro)[:1]
