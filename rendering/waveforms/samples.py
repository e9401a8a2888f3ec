"""A group's bytes → values in the units of its channels (PS3.3 C.10.9.1.4.2, C.10.9.1.5)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rendering.errors import MalformedFrame
from rendering.waveforms.recording import Channel, Group


def to_values(group: Group) -> list[NDArray[np.float64]]:
    """The values of each channel in turn, NaN where there is none. Raises `MalformedFrame` for too few bytes."""
    if len(group.data) < group.bytes:
        raise MalformedFrame("the waveform's data are shorter than its samples")
    stored = np.frombuffer(group.data, group.kind, group.samples * len(group.channels))
    columns = stored.reshape(group.samples, len(group.channels)).T
    return [
        _calibrated(column, channel, group.padding) for column, channel in zip(columns, group.channels, strict=True)
    ]


def _calibrated(column: NDArray[Any], channel: Channel, padding: int | None) -> NDArray[np.float64]:
    found = column.astype(np.float64) * channel.scale + channel.baseline
    if padding is not None:
        found[column == padding] = np.nan
    return found
