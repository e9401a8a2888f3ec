"""What can be rendered: one type for each way of doing it, each with its bytes beside what explains them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from rendering.frame import Body, EncodedFrame


@dataclass(frozen=True, slots=True)
class Still:
    """One image of the first of `frames`; the others are what is laid over it or blended with it.

    `annotation` are lines of text to burn in (PS3.18 §8.3.5.1.1).
    """

    frames: tuple[EncodedFrame, ...]
    annotation: tuple[str, ...] = ()


Content: TypeAlias = EncodedFrame | Still
CONTENTS: tuple[type[Content], ...] = (EncodedFrame, Still)


def bodies_of(content: Content) -> tuple[Body, ...]:
    """The bytes of `content`, in an order that `with_bodies` knows."""
    match content:
        case EncodedFrame():
            return (content.data,)
        case Still():
            return tuple(frame.data for frame in content.frames)


def with_bodies(content: Content, bodies: Sequence[Body]) -> Content:
    """`content` with its bytes replaced by `bodies`."""
    match content:
        case EncodedFrame():
            return replace(content, data=bodies[0])
        case Still():
            return replace(content, frames=_with_data(content.frames, bodies))


def _with_data(frames: Sequence[EncodedFrame], bodies: Sequence[Body]) -> tuple[EncodedFrame, ...]:
    return tuple(replace(frame, data=body) for frame, body in zip(frames, bodies, strict=True))
