"""A stored video opened: its one video stream, packet by packet; whatever is wrong with it has one name."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from fractions import Fraction
from io import BytesIO

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from rendering.errors import MalformedFrame, TooLarge, UnsupportedObject
from rendering.frame import Body
from rendering.reading.containers import HEAD_BYTES, Container, container_of

_BARE = {Container.H264, Container.HEVC, Container.MPEG_VIDEO}
_STRICT = {"err_detect": "explode"}  # a picture that is damaged is none


@contextmanager
def opened(data: Body, duration: int, maximum_pixels: int) -> "Generator[tuple[InputContainer, VideoStream]]":
    """The container and its first video stream, whose pictures last `duration` microseconds where it does not tell.

    Inside, errors of FFmpeg become `MalformedFrame`. Raises `UnsupportedObject` for what is no video known here,
    `TooLarge` when its pictures are.
    """
    kind = container_of(bytes(data[:HEAD_BYTES]))
    if kind is None:
        raise UnsupportedObject("this is no video that can be shown")
    rate = {"framerate": str(Fraction(1_000_000, duration))} if kind in _BARE else {}
    try:
        container = av.open(BytesIO(data), "r", format=kind.value, container_options=rate, metadata_errors="replace")
        with container:
            yield container, _stream(container, maximum_pixels)
    except (FFmpegError, IndexError):
        raise MalformedFrame("the video is damaged") from None


def packets(container: InputContainer, stream: VideoStream) -> "Iterator[Packet[VideoStream]]":
    """The coded pictures in the order in which they are stored. Raises `MalformedFrame` for one that is cut off."""
    for packet in container.demux(stream):
        if packet.is_corrupt:
            raise MalformedFrame("the video is damaged")
        if packet.size:
            yield packet


def _stream(container: InputContainer, maximum_pixels: int) -> VideoStream:
    stream = next(iter(container.streams.video), None)
    context: VideoCodecContext | None = stream.codec_context if stream is not None else None
    if stream is None or context is None:
        raise UnsupportedObject("there are no pictures in this video that can be shown")
    if context.width * context.height > maximum_pixels:
        raise TooLarge("the pictures of this video are too large")
    context.thread_count = 1
    context.options = _STRICT
    return stream
