"""What can be rendered: one type for each way of doing it, each with its bytes beside what explains them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from rendering.frame import Body, EncodedFrame
from rendering.layers import Layers
from rendering.options import RenderOptions, Window
from rendering.pictograms import Pictogram
from rendering.presentation.presented import Presentation
from rendering.waveforms.recording import Recording


@dataclass(frozen=True, slots=True)
class Still:
    """One image of the first of `frames`; the others are what is laid over it or blended with it."""

    frames: tuple[EncodedFrame, ...]
    layers: Layers | None = None


@dataclass(frozen=True, slots=True)
class Presented:
    """The first of `frames` as a presentation state shows it; the others are subtracted from it, or laid over it."""

    frames: tuple[EncodedFrame, ...]
    presentation: Presentation


@dataclass(frozen=True, slots=True)
class Cine:
    """Frames shown one after another, each for its duration in microseconds.

    `window` is for grey frames that name none of their own; where it is missing they get one that suits them all.
    """

    frames: tuple[EncodedFrame, ...]
    durations: tuple[int, ...]
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class Pieces:
    """Moving images in one encoding and of one size that rendering made, to be put one behind the other."""

    pieces: tuple[Body, ...]


@dataclass(frozen=True, slots=True)
class Film:
    """A stored video of which `count` pictures from `first` (from 0) on are shown, moving or, where it is one, still.

    `duration` is a picture's in microseconds, for streams that do not tell.
    """

    data: Body
    duration: int
    first: int = 0
    count: int = 1


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """A stored video whose pictures stay as they are and come in another container; `duration` as in `Film`.

    What is for browsers must be H.264.
    """

    data: Body
    duration: int
    for_browsers: bool = True


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a PDF document, by its number from 1."""

    data: Body
    number: int


@dataclass(frozen=True, slots=True)
class Icon:
    """The drawing that stands for what cannot or shall not be shown in small."""

    pictogram: Pictogram


@dataclass(frozen=True, slots=True)
class Transport:
    """A stored frame that is not to be looked at but given, in `transfer_syntax`, every stored value as it is.

    In a lossy transfer syntax no value differs by more than `maximum_error` from the stored one.
    """

    frame: EncodedFrame
    transfer_syntax: str
    maximum_error: int = 0


@dataclass(frozen=True, slots=True)
class Preparing:
    """A grey frame that will be looked at through many windows, whole, no larger than `options` will ask for."""

    frame: EncodedFrame
    options: RenderOptions


Content: TypeAlias = EncodedFrame | Still | Presented | Cine | Pieces | Film | Rewrapped | Recording | Page | Icon
CONTENTS: tuple[type[Content], ...] = (
    *(EncodedFrame, Still, Presented, Cine, Pieces),
    *(Film, Rewrapped, Recording, Page, Icon),
)

Task: TypeAlias = Content | Transport | Preparing
TASKS: tuple[type[Task], ...] = (*CONTENTS, Transport, Preparing)


def bodies_of(content: Task) -> tuple[Body, ...]:
    """The bytes of `content`, in an order that `with_bodies` knows."""
    match content:
        case EncodedFrame() | Film() | Rewrapped() | Page():
            return (content.data,)
        case Still() | Presented() | Cine():
            return tuple(frame.data for frame in content.frames)
        case Pieces():
            return content.pieces
        case Recording():
            return tuple(group.data for group in content.groups)
        case Icon():
            return ()
        case Transport() | Preparing():
            return (content.frame.data,)


def with_bodies(content: Task, bodies: Sequence[Body]) -> Task:
    """`content` with its bytes replaced by `bodies`."""
    match content:
        case EncodedFrame() | Film() | Rewrapped() | Page():
            return replace(content, data=bodies[0])
        case Still() | Presented() | Cine():
            return replace(content, frames=_with_data(content.frames, bodies))
        case Pieces():
            return Pieces(tuple(bodies))
        case Recording():
            groups = zip(content.groups, bodies, strict=True)
            return replace(content, groups=tuple(replace(group, data=body) for group, body in groups))
        case Icon():
            return content
        case Transport() | Preparing():
            return replace(content, frame=replace(content.frame, data=bodies[0]))


def _with_data(frames: Sequence[EncodedFrame], bodies: Sequence[Body]) -> tuple[EncodedFrame, ...]:
    return tuple(replace(frame, data=body) for frame, body in zip(frames, bodies, strict=True))
