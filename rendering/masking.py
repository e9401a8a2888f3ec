"""Everything outside some areas of a frame taken away: of its stored values, and of the image once more."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from rendering.decode.stored import StoredValues
from rendering.laid_over import Rectangle
from rendering.viewport import Geometry

Depth = TypeVar("Depth", np.uint8, np.uint16)


def keep_only(stored: StoredValues, areas: Sequence[Rectangle]) -> StoredValues:
    """The values inside `areas`, at full resolution, with a value of their own, the lowest, everywhere else.

    Nothing of what was there can reach the image, however it is scaled, nor a window that is chosen by the values.
    """
    kept = np.zeros(stored.values.shape[:2], np.bool_)
    for one in areas:
        kept[int(one.top) : int(one.bottom), int(one.left) : int(one.right)] = True
    if kept.all():
        return stored
    values = np.array(stored.values)
    values[~kept] = stored.values[kept].min(axis=0)
    return replace(stored, values=values)


def blacken(image: NDArray[Depth], areas: Sequence[Rectangle], geometry: Geometry) -> NDArray[Depth]:
    """The upright image, grey or RGB, in black where the middle of a pixel lies outside all of `areas`."""
    columns, rows = geometry.upright
    across = geometry.left + (np.arange(columns) + 0.5) * (geometry.width / columns)
    down = geometry.top + (np.arange(rows) + 0.5) * (geometry.height / rows)
    kept = np.zeros((rows, columns), np.bool_)
    for one in areas:
        inside: tuple[NDArray[Any], NDArray[Any]] = (
            (down > one.top) & (down < one.bottom),
            (across > one.left) & (across < one.right),
        )
        kept |= np.outer(*inside)
    return np.where(kept if image.ndim == 2 else kept[..., np.newaxis], image, np.zeros((), image.dtype))
