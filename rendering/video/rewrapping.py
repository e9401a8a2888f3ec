"""Video out of any container into MP4, not encoded anew (ISO/IEC 14496-15): every picture has its time there."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise

import av
from av.packet import Packet
from av.video.stream import VideoStream

from rendering.animation.mp4 import CLOCK
from rendering.content import Rewrapped
from rendering.errors import MalformedFrame, UnsupportedObject
from rendering.video.pictures import presentation_ranks
from rendering.video.source import opened, packets

_PLAYED = {"h264"}
_CONTAINED = {"h264", "hevc"}
_INDEX_BYTES, _INDEX_BYTES_PER_PICTURE = 8192, 40


@dataclass(frozen=True, slots=True)
class Wrapped:
    """An MP4 file with its index in front, and what is in it; `silenced` says that there was sound."""

    data: bytes
    columns: int
    rows: int
    pictures: int
    milliseconds: int
    silenced: bool


def wrap(video: Rewrapped, maximum_pixels: int) -> Wrapped:
    """The pictures of a stored video as MP4, without its sound.

    Raises `UnsupportedObject` for a codec that cannot be in MP4 or, for browsers, is not H.264.
    """
    with opened(video.data, video.duration, maximum_pixels) as (container, stream):
        if stream.codec_context.name not in (_PLAYED if video.for_browsers else _CONTAINED):
            raise UnsupportedObject("only H.264 can be given in another container as it is")
        stored = list(packets(container, stream))
        if not stored:
            raise MalformedFrame("there are no pictures in the video")
        if not _is_timed(stored):
            _set_times(stored, presentation_ranks(stream, stored), max(1, round(video.duration * 1e-6 / CLOCK)))
        _begin_at_zero(stored)
        milliseconds = _milliseconds(stored)  # before packets take the clock of the file they go to
        file = BytesIO()
        options = {"moov_size": str(_INDEX_BYTES + _INDEX_BYTES_PER_PICTURE * len(stored))}
        with av.open(file, "w", format="mp4", container_options=options) as wrapping:
            wrapped = wrapping.add_stream_from_template(stream)
            for packet in stored:
                packet.stream = wrapped
                wrapping.mux(packet)
        return Wrapped(
            data=file.getvalue(),
            columns=stream.codec_context.width,
            rows=stream.codec_context.height,
            pictures=len(stored),
            milliseconds=milliseconds,
            silenced=bool(container.streams.audio),
        )


def _is_timed(stored: Sequence["Packet[VideoStream]"]) -> bool:
    """Whether every picture says when it is decoded and shown, in a possible order."""
    times = [(one.dts, one.pts) for one in stored if one.dts is not None and one.pts is not None]
    rising = all(earlier < later for (earlier, _), (later, _) in pairwise(times))
    return len(times) == len(stored) and rising and all(dts <= pts for dts, pts in times)


def _set_times(stored: Sequence["Packet[VideoStream]"], ranks: Sequence[int], tick: int) -> None:
    """Decoding begins as much earlier as some picture is stored behind its place."""
    delay = max(place - rank for place, rank in enumerate(ranks))
    for place, (packet, rank) in enumerate(zip(stored, ranks, strict=True)):
        packet.time_base, packet.duration = CLOCK, tick
        packet.pts, packet.dts = rank * tick, (place - delay) * tick


def _begin_at_zero(stored: Sequence["Packet[VideoStream]"]) -> None:
    begun = min(packet.pts or 0 for packet in stored)
    for packet in stored:
        packet.pts, packet.dts = (packet.pts or 0) - begun, (packet.dts or 0) - begun


def _milliseconds(stored: Sequence["Packet[VideoStream]"]) -> int:
    last = max(stored, key=lambda packet: packet.pts or 0)
    return round(((last.pts or 0) + (last.duration or 0)) * last.time_base * 1000)
