"""The seam between rendered resources and the kinds of things they show: who offers what, and makes it part by part."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Protocol

from proxy.access.caller import Caller
from proxy.access.permit import Permit
from proxy.access.views.shown import Shown
from proxy.dicomweb.negotiation import Offer
from proxy.dicomweb.parameters import Rendition
from proxy.resources import FramesRef, InstanceRef
from proxy.retrieval.objects import Dataset


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks to see which instance: `frames` (from 1) of it, or `None` for all that it holds.

    `permit` says that `caller` may see the instance, whose attributes are `dataset`, which may lack bulk data;
    `parameters` are the query's. Whoever asks for it `among` others sees those as well.
    """

    caller: Caller
    permit: Permit[InstanceRef]
    dataset: Dataset
    frames: tuple[int, ...] | None
    parameters: Mapping[str, str]
    among: bool = False

    @property
    def instance(self) -> InstanceRef:
        return self.permit.target


@dataclass(frozen=True, slots=True)
class Stream:
    """Bytes that are passed on as they come and held nowhere; `closing` ends what they come from.

    `length` is how many there are, where that is known, and `validator` an entity tag of theirs.
    """

    pieces: AsyncGenerator[bytes]
    length: int | None
    validator: str
    closing: AsyncExitStack


@dataclass(frozen=True, slots=True)
class Part:
    """One image or text, alone or as a part of many: `source` names what it shows (§10.4.3.3.3).

    `shown` are all frames that can be seen in it, under the permits that it was made by, for the record.
    `rendering` is the value of its `Vitrine-Rendering` header, if it has one; `warnings` say what is not as it should
    be with this part alone, and those `of_all`, on the first part, with all of them. A
    `policy` says what a browser may do with it alone (CSP Level 3), which may be `kept` by one.
    """

    source: FramesRef | InstanceRef
    shown: tuple[Shown, ...]
    media_type: str
    data: bytes | Stream
    rendering: str
    warnings: tuple[str, ...] = ()
    of_all: tuple[str, ...] = ()
    policy: str = ""
    kept: bool = False


class Presenter(Protocol):
    """Shows one kind of thing."""

    def offers(self, asking: Asking) -> Sequence[Offer]:
        """All that can be made of it, the default first: alone only where it makes one part."""
        ...

    def rendition(self, asking: Asking, offer: Offer) -> Rendition:
        """The parameters as far as this kind knows them; what it cannot honour is refused or warned of (§8.3.5)."""
        ...

    async def count(self, asking: Asking) -> int:
        """How many parts there will be, none included. Raises `NotFound` when a frame asked for is none."""
        ...

    def parts(self, asking: Asking, offer: Offer, rendition: Rendition) -> AsyncGenerator[Part]:
        """The parts, each under a permit of its own: a long answer ends when access does."""
        ...
