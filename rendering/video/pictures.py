"""Pictures of a stored video in the order in which they are shown, decoded from the nearest place to enter it."""

from collections.abc import Iterator, Sequence
from itertools import chain, islice, pairwise
from typing import TypeAlias

from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace
from av.video.stream import VideoStream
import numpy as np
from numpy.typing import NDArray

from rendering.errors import MalformedAttributes, MalformedFrame, TooLarge
from rendering.video.source import packets

Rgb: TypeAlias = NDArray[np.uint8]
_Packets: TypeAlias = Sequence["Packet[VideoStream]"]
_HIGH_DEFINITION_ROWS = 720
_UNSPECIFIED = 2
_SHORTEST, _LONGEST = 1_000, 10_000_000
_MOST_PIXELS_PASSED_OVER = 1_000_000_000


def read_pictures(
    container: InputContainer, stream: VideoStream, first: int, count: int, duration: int
) -> tuple[Iterator[Rgb], tuple[int, ...]]:
    """At most `count` pictures from number `first` (from 0) on, and how long each is shown in microseconds.

    They are RGB of shape (rows, columns, 3); `duration` is for those without a time of their own. Raises
    `MalformedAttributes` when there is no picture `first`, and, while they are taken, `MalformedFrame` for damage.
    """
    stored = [packet for packet in packets(container, stream) if not packet.is_discard]
    times = sorted({packet.pts for packet in stored if packet.pts is not None})
    if len(times) < len(stored):
        return _counted(stream, stored, first, count), (duration,) * count
    if first >= len(times):
        raise MalformedAttributes("there are fewer pictures in the video than its attributes say")
    wanted = times[first : first + count]
    following = times[first : first + count + 1]
    tick = float(stream.time_base or 0) * 1e6
    durations = [round((later - earlier) * tick) for earlier, later in pairwise(following)]
    missing = [duration] * (len(wanted) - len(durations))
    return _timed(stream, stored, wanted), tuple(_possible(one) for one in chain(durations, missing))


def presentation_ranks(stream: VideoStream, stored: _Packets) -> list[int]:
    """For each packet, the place of its picture among those shown: found by decoding all, where no times tell it.

    Raises `MalformedFrame` when there are not as many pictures as packets.
    """
    for place, packet in enumerate(stored):
        packet.pts = place
    shown = [frame.pts for frame in _decoded(stream, stored)]
    if sorted(one for one in shown if one is not None) != list(range(len(stored))):
        raise MalformedFrame("pictures of the video are missing")
    ranks = [0] * len(stored)
    for rank, number in enumerate(shown):
        ranks[number or 0] = rank
    return ranks


def _timed(stream: VideoStream, stored: _Packets, wanted: Sequence[int]) -> Iterator[Rgb]:
    left = set(wanted)
    for frame in _decoded(stream, _from_entrance(stored, wanted[0])):
        if frame.pts in left:
            left.remove(frame.pts)
            yield _to_rgb(frame)
        if not left:
            return
    raise MalformedFrame("pictures of the video are missing")


def _counted(stream: VideoStream, stored: _Packets, first: int, count: int) -> Iterator[Rgb]:
    context = stream.codec_context
    if first * context.width * context.height > _MOST_PIXELS_PASSED_OVER:
        raise TooLarge("the video cannot be entered so far behind its beginning")
    taken = islice(_decoded(stream, stored), first, first + count)
    begun = next(taken, None)
    if begun is None:
        raise MalformedAttributes("there are fewer pictures in the video than its attributes say")
    yield _to_rgb(begun)
    yield from map(_to_rgb, taken)


def _from_entrance(stored: _Packets, time: int) -> _Packets:
    """From the last picture that needs no other and is shown by `time`, without those shown before it."""
    entrances = [place for place, one in enumerate(stored) if one.is_keyframe and (one.pts or 0) <= time]
    place = max(entrances, default=0)
    begun = stored[place].pts or 0
    return [one for one in stored[place:] if (one.pts or 0) >= begun]


def _decoded(stream: VideoStream, stored: _Packets) -> Iterator[VideoFrame]:
    for packet in chain(stored, [None]):
        for frame in stream.codec_context.decode(packet):
            if frame.is_corrupt:
                raise MalformedFrame("the video is damaged")
            yield frame


def _to_rgb(frame: VideoFrame) -> Rgb:
    """By the equations that the stream names, or those usual for its size (ITU-R BT.601, BT.709)."""
    space = frame.colorspace
    if space == _UNSPECIFIED and frame.height >= _HIGH_DEFINITION_ROWS:
        space = Colorspace.ITU709
    named = None if space == _UNSPECIFIED else space
    return np.asarray(frame.reformat(format="rgb24", src_colorspace=named, threads=1).to_ndarray(), np.uint8)


def _possible(duration: int) -> int:
    return min(max(duration, _SHORTEST), _LONGEST)
