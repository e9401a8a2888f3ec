"""Small videos whose pictures tell their number by how bright they are, in what archives keep video in."""

from fractions import Fraction
from functools import cache
from io import BytesIO
from typing import Any, cast

import av
from av.container import InputContainer
from av.video.stream import VideoStream
import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID

from tests.exchange import ct

STEP = 5
H264_MP4 = ("mp4", "libx264")
H264_TRANSPORT = ("mpegts", "libx264")
H264_BARE = ("h264", "libx264")
HEVC_BARE = ("hevc", "libx265")
MPEG2_TRANSPORT = ("mpegts", "mpeg2video")
MPEG2_PROGRAM = ("vob", "mpeg2video")
MPEG2_BARE = ("mpeg2video", "mpeg2video")
VARIETIES = (H264_MP4, H264_TRANSPORT, H264_BARE, HEVC_BARE, MPEG2_TRANSPORT, MPEG2_PROGRAM, MPEG2_BARE)
SYNTAXES = {
    "libx264": "1.2.840.10008.1.2.4.102",
    "libx265": "1.2.840.10008.1.2.4.107",
    "mpeg2video": "1.2.840.10008.1.2.4.100",
}
_OPTIONS = {
    "libx264": {"x264-params": "bframes=3:b-adapt=0:keyint=12:threads=1"},
    "libx265": {"x265-params": "bframes=3:keyint=12:pools=1:frame-threads=1:log-level=0"},
    "mpeg2video": {"bf": "2", "b": "8000000", "qmin": "1", "qmax": "2"},
}


@cache
def video(
    variety: tuple[str, str] = H264_MP4, count: int = 40, rows: int = 48, columns: int = 64, rate: int = 25
) -> bytes:
    """`count` grey pictures, picture n (from 0) at the brightness 16 + n × `STEP`, with pictures that look ahead."""
    container, codec = variety
    file = BytesIO()
    with av.open(file, "w", format=container) as output:
        stream = cast(VideoStream, output.add_stream(codec, rate=rate, options=_OPTIONS[codec]))
        stream.width, stream.height, stream.pix_fmt = columns, rows, "yuv420p"
        for number in range(count):
            planes = np.full((rows * 3 // 2, columns), 128, np.uint8)
            planes[:rows] = 16 + STEP * number
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, rate)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return file.getvalue()


def decoded(data: bytes) -> list[NDArray[np.uint8]]:
    """The pictures of a video as RGB, by FFmpeg."""
    with cast(InputContainer, av.open(BytesIO(data))) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def numbers(data: bytes) -> list[int]:
    """Which pictures a video made by `video` or of its pictures holds, in the order in which they are shown."""
    return [round(float(picture.mean()) * 219 / 255 / STEP) for picture in decoded(data)]


def times(data: bytes) -> list[float]:
    """When each picture is shown, in seconds."""
    with cast(InputContainer, av.open(BytesIO(data))) as container:
        return [float(frame.time) for frame in container.decode(video=0)]


def stored_video(study: str, variety: tuple[str, str] = H264_MP4, data: bytes | None = None, **more: Any) -> Dataset:
    """A video endoscopic image that keeps such a video."""
    content = video(variety) if data is None else data
    dataset = ct(
        study,
        SOPClassUID="1.2.840.10008.5.1.4.1.1.77.1.1.1",
        Modality="ES",
        Rows=48,
        Columns=64,
        SamplesPerPixel=3,
        PhotometricInterpretation="YBR_PARTIAL_420",
        PlanarConfiguration=0,
        BitsAllocated=8,
        BitsStored=8,
        HighBit=7,
        NumberOfFrames=40,
        FrameTime="40",
        FrameIncrementPointer=0x00181063,
        LossyImageCompression="01",
        PixelData=encapsulate([content]),
    )
    dataset.file_meta.TransferSyntaxUID = UID(SYNTAXES[variety[1]])
    for name, value in more.items():
        setattr(dataset, name, value)
    return dataset
