"""A recording of waveforms as its data set describes it (PS3.3 C.10.9): groups of channels sampled together."""

from dataclasses import dataclass
from typing import TypeAlias

from rendering.frame import Body

Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Channel:
    """One signal: a sample stands for `sample × scale + baseline` in `unit` (C.10.9.1.4.2).

    `lead` is its name in a standard electrocardiogram, empty for anything else. Without calibration `unit` is `None`
    and values are the samples themselves. `skew` is by how many seconds its first sample is later than the group's
    (C.10.9.1.4.3); `filters` what was filtered, in words.
    """

    label: str
    lead: str = ""
    unit: str | None = None
    scale: float = 1.0
    baseline: float = 0.0
    skew: float = 0.0
    filters: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A multiplex group: `samples` of each channel in turn, in `data`, of `recorded` that there are.

    `kind` is a sample's type as NumPy spells it, in little-endian order; `frequency` in Hz; `path` where the data
    stand in the data set; `padding` the sample that means none (C.10.9.1.7).
    """

    title: str
    channels: tuple[Channel, ...]
    kind: str
    samples: int
    recorded: int
    frequency: float
    path: Path
    padding: int | None = None
    data: Body = b""

    @property
    def bytes(self) -> int:
        """How long `data` has to be."""
        return self.samples * len(self.channels) * int(self.kind[-1])

    @property
    def seconds(self) -> float:
        return self.samples / self.frequency


@dataclass(frozen=True, slots=True)
class Recording:
    """`is_ecg` when potentials are drawn at the scale of an electrocardiogram.

    `statements` are what the device or a reader has noted down, `annotation` lines that the viewer asked for.
    """

    title: str
    groups: tuple[Group, ...]
    is_ecg: bool = False
    statements: tuple[str, ...] = ()
    annotation: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        return all(group.samples == group.recorded for group in self.groups)
