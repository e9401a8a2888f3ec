"""In which order the frames that a presentation state refers to are shown (PS3.18 §8.3.5.1.6)."""

from collections.abc import Sequence

from rendering.errors import MalformedAttributes
from rendering.presentation.reading import tags
from rendering.presentation.reading.target import Place
from rendering.reading.elements import Dataset, numbers
from rendering.reading.functional_groups import levels
from rendering.reading.plane import frame_of_reference, read_plane
from rendering.reading.tags import FRAME_CONTENT_SEQUENCE

Index = tuple[float, ...]


def order_of(places: Sequence[Place]) -> list[int]:
    """Which of `places` comes first, second and so on.

    By dimension indices within one instance, else by position across parallel planes, else as they are named.
    """
    keys = _dimension_indices(places) or _positions(places)
    return sorted(range(len(places)), key=keys.__getitem__) if keys else list(range(len(places)))


def _dimension_indices(places: Sequence[Place]) -> list[Index]:
    if len({id(place.dataset) for place in places}) != 1:
        return []
    indices = [_indices(place.dataset, place.number) for place in places]
    return indices if len({len(one) for one in indices}) == 1 and all(indices) else []


def _indices(dataset: Dataset, number: int) -> Index:
    try:
        found = (
            numbers(level, tags.DIMENSION_INDEX_VALUES) for level in levels(dataset, number, FRAME_CONTENT_SEQUENCE)
        )
        return next(filter(None, found), ())
    except MalformedAttributes:
        return ()


def _positions(places: Sequence[Place]) -> list[Index]:
    planes = [read_plane(place.dataset, place.number) for place in places]
    first = next(iter(planes), None)
    if first is None or len({frame_of_reference(place.dataset) for place in places}) != 1:
        return []
    distances = [
        first.distance(plane.position) for plane in planes if plane is not None and plane.is_parallel_to(first)
    ]
    return [(distance,) for distance in distances] if len(distances) == len(places) else []
