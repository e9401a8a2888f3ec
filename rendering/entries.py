"""The entries of a look-up table as numbers (PS3.3 C.11.1.1.1); apart from `tables`, which the server itself loads."""

import numpy as np
from numpy.typing import NDArray

from rendering.frame import LookupTable


def to_array(table: LookupTable) -> NDArray[np.uint16]:
    """The table's entries, whether they stand in words or packed in bytes, which only their length tells."""
    words = len(table.data) >= 2 * table.entries
    return np.frombuffer(table.data, "<u2" if words else "u1", table.entries).astype(np.uint16)
