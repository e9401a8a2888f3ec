"""Images → H.264 in MP4 (ITU-T H.264, ISO/IEC 14496-12 and -15), as every browser plays it.

Colours are those of BT.709 with the range of television, tagged so: all players know that, and many take anything else
for it. The encoder keeps to the pixels and not to what flatters the eye; there are no frames that look ahead.
"""

from collections.abc import Sequence
from fractions import Fraction
from io import BytesIO
from typing import Any, Final, cast

import av
from av.container import InputContainer, OutputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from av.video.stream import VideoStream
import cv2
import numpy as np
from numpy.typing import NDArray

from rendering.errors import TooLarge

CLOCK: Final = Fraction(1, 90_000)
_LONGEST_SIDE = 4096  # of what decoders of browsers take
_ENCODER = "libx264"
# Nothing starts a thread: a locked-down worker can start none.
_MANNERS = "threads=1:lookahead-threads=1:keyint=infinite:scenecut=0:bframes=0:aq-mode=0:psy=0"
_BEST_RATE, _RATE_STEP = 12.0, 0.4
_MOOV_BYTES, _MOOV_BYTES_PER_FRAME = 4096, 24
_LIMITED = np.rint(16 + np.arange(256) * (219 / 255)).astype(np.uint8)
_NO_COLOR = 128


class Mp4Writer:
    """Adds frames of `rows` × `columns`, `count` at most; durations are in microseconds.

    The last line of an odd side is there twice, because colour has half the resolution. `pixel_aspect` is the height
    over the width of a pixel.
    """

    def __init__(self, rows: int, columns: int, count: int, quality: int, pixel_aspect: float = 1.0) -> None:
        if max(rows, columns) > _LONGEST_SIDE:
            raise TooLarge("the image is too long for a video")
        self._rows, self._columns = rows + rows % 2, columns + columns % 2
        self._file = BytesIO()
        self._container = _open_for(self._file, count)
        self._stream = cast(VideoStream, self._container.add_stream(_ENCODER, options=_options(quality)))
        _describe(self._stream, self._rows, self._columns, pixel_aspect)
        self._elapsed = 0
        self._durations: dict[int, int] = {}

    def add(self, image: NDArray[Any], duration: int) -> None:
        frame = self._to_frame(image)
        start, end = (round(moment * 1e-6 / CLOCK) for moment in (self._elapsed, self._elapsed + duration))
        frame.pts, frame.time_base = start, CLOCK
        self._durations[start] = max(1, end - start)
        self._elapsed += duration
        self._mux(frame)

    def finish(self) -> bytes:
        self._mux(None)
        self._container.close()
        return self._file.getvalue()

    def _mux(self, frame: VideoFrame | None) -> None:
        for packet in self._stream.encode(frame):
            packet.duration = self._durations[packet.pts or 0]
            self._container.mux(packet)

    def _to_frame(self, image: NDArray[Any]) -> VideoFrame:
        rows, columns = image.shape[:2]
        edges = (0, self._rows - rows, 0, self._columns - columns)
        image = np.asarray(cv2.copyMakeBorder(image, *edges, cv2.BORDER_REPLICATE))
        if image.ndim == 3:
            return _from_color(image)
        planes = np.full((self._rows * 3 // 2, self._columns), _NO_COLOR, np.uint8)
        planes[: self._rows] = cv2.LUT(image, _LIMITED)
        return VideoFrame.from_ndarray(planes, format="yuv420p")


def join(pieces: Sequence[bytes | memoryview]) -> bytes:
    """Videos of one size and quality that this module made, as one, not encoded anew."""
    sources = [cast(InputContainer, av.open(BytesIO(piece), format="mp4")) for piece in pieces]
    streams = [source.streams.video[0] for source in sources]
    file = BytesIO()
    with _open_for(file, sum(stream.frames for stream in streams)) as container:
        joined = container.add_stream_from_template(streams[0])
        start = 0
        for source, stream in zip(sources, streams, strict=True):
            for packet in source.demux(stream):
                if packet.pts is not None and packet.dts is not None:
                    packet.pts, packet.dts, packet.stream = packet.pts + start, packet.dts + start, joined
                    container.mux(packet)
            start += stream.duration or 0
    return file.getvalue()


def _open_for(file: BytesIO, count: int) -> OutputContainer:
    """With room for the index in front of the pictures, so that playing begins before all has come."""
    options = {"moov_size": str(_MOOV_BYTES + _MOOV_BYTES_PER_FRAME * count)}
    return av.open(file, "w", format="mp4", container_options=options)


def _options(quality: int) -> dict[str, str]:
    rate = _BEST_RATE + (100 - quality) * _RATE_STEP
    return {"preset": "ultrafast", "crf": f"{rate:.1f}", "x264-params": _MANNERS}


def _describe(stream: VideoStream, rows: int, columns: int, pixel_aspect: float) -> None:
    stream.width, stream.height, stream.pix_fmt = columns, rows, "yuv420p"
    context = stream.codec_context
    context.thread_count = 1
    context.time_base = CLOCK
    context.sample_aspect_ratio = Fraction(1 / pixel_aspect).limit_denominator(1000)
    context.color_range, context.colorspace = ColorRange.MPEG, Colorspace.ITU709
    context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709


def _from_color(image: NDArray[np.uint8]) -> VideoFrame:
    return VideoFrame.from_ndarray(image, format="rgb24").reformat(
        format="yuv420p",
        src_color_range=ColorRange.JPEG,
        dst_color_range=ColorRange.MPEG,
        dst_colorspace=Colorspace.ITU709,
        threads=1,
    )
