"""What left in a view session since the last event about it: a short while, under the same obligations."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Final

from proxy.access.permit import Obligations
from proxy.access.views.shown import Shown
from proxy.audit.views.coding import pieces, to_text
from proxy.audit.views.runs import Run, joined, length
from proxy.audit.views.view import Field
from proxy.resources import Uid

LONGEST_TEXT: Final = 16 * 1024
"""Characters of one list of frames in one event, of which there may be two; what is more comes in further events."""

Detail = dict[str, str | int]


@dataclass(slots=True)
class Counts:
    """Frames as often as they left, bytes, and the pixels of those frames that left in full fidelity or near it."""

    delivered: int = 0
    native_delivered: int = 0
    near_delivered: int = 0
    octets: int = 0
    native_pixels: int = 0

    @property
    def deliveries(self) -> int:
        return self.delivered + self.native_delivered

    def add(self, more: "Counts") -> None:
        self.delivered += more.delivered
        self.native_delivered += more.native_delivered
        self.near_delivered += more.near_delivered
        self.octets += more.octets
        self.native_pixels += more.native_pixels


_Gathered = dict[Uid, dict[Uid, list[Run]]]


@dataclass(slots=True)
class Stretch:
    """`first` and `last` are when the first and the last of it left, in seconds of a clock that only goes forward."""

    obligations: Obligations
    first: float
    last: float
    counts: Counts = field(default_factory=Counts)
    _rendered: _Gathered = field(default_factory=dict)
    _native: _Gathered = field(default_factory=dict)
    _classes: dict[Uid, str] = field(default_factory=dict)

    def add(self, shown: Shown, now: float) -> None:
        self.last = now
        frames, target = length(shown.runs), shown.permit.target
        if shown.native:
            self.counts.native_delivered += frames
            self.counts.near_delivered += frames * shown.near
            self.counts.native_pixels += frames * shown.frame_pixels
        else:
            self.counts.delivered += frames
        gathered = self._native if shown.native else self._rendered
        gathered.setdefault(target.series, {}).setdefault(target.instance, []).extend(shown.runs)
        if self._classes.get(target.instance, "") == "":
            self._classes[target.instance] = shown.sop_class

    def details(self, opened: float) -> Iterator[Detail]:
        """The details of the events that tell it, in a session that was opened then; the counts are in the first."""
        counts: Detail = {
            Field.DELIVERED: self.counts.delivered,
            Field.NATIVE_DELIVERED: self.counts.native_delivered,
            Field.NEAR_DELIVERED: self.counts.near_delivered,
            Field.BYTES: self.counts.octets,
            Field.NATIVE_PIXELS: self.counts.native_pixels,
            Field.SOP_CLASSES: " ".join(f"{one}={count}" for one, count in Counter(self._classes.values()).items()),
        }
        times: Detail = {Field.FIRST_SECOND: int(self.first - opened), Field.LAST_SECOND: int(self.last - opened)}
        for rendered, native in zip_longest(_texts(self._rendered), _texts(self._native), fillvalue=""):
            texts: Detail = {Field.FRAMES: rendered, Field.NATIVE_FRAMES: native}
            yield {**times, **{name: value for name, value in {**counts, **texts}.items() if value}}
            counts = {}


def _texts(gathered: Mapping[Uid, Mapping[Uid, list[Run]]]) -> Iterator[str]:
    frames = {series: {uid: joined(runs) for uid, runs in instances.items()} for series, instances in gathered.items()}
    return map(to_text, pieces(frames, LONGEST_TEXT))
