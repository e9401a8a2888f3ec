"""The beginning of an RPCL stream is an image already: what its TLM marker promises, two other decoders read."""

from dataclasses import dataclass
from typing import Any

import av
import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.data import get_testdata_file
import pytest

from rendering.attributes import read_attributes
from rendering.content import Transport
from rendering.frame import EncodedFrame
from rendering.transport import syntaxes
from rendering.transport.transcoding import transcode
from tests.rendering.decode import samples

RPCL, END_OF_STREAM = 2, b"\xff\xd9"


@dataclass(frozen=True)
class Stream:
    """What the main header says (T.800 A.6.1, A.7.1): the lengths of tile-parts, each of which is one resolution."""

    data: bytes
    header: int
    progression: int
    levels: int
    lengths: tuple[int, ...]

    def beginning(self, resolutions: int) -> bytes:
        return self.data[: self.header + sum(self.lengths[:resolutions])]


def read(data: bytes) -> Stream:
    segments, position = {}, 2
    while (marker := data[position + 1]) != 0x90:
        length = int.from_bytes(data[position + 2 : position + 4])
        segments[marker] = data[position + 4 : position + 2 + length]
        position += 2 + length
    sizes, style = segments[0x55], segments[0x55][1]
    index, size = style >> 4 & 3, 4 if style >> 6 & 1 else 2
    lengths = tuple(int.from_bytes(sizes[at + index : at + index + size]) for at in range(2, len(sizes), index + size))
    return Stream(data, position, segments[0x52][1], segments[0x52][5], lengths)


def made_of(name: str) -> Stream:
    dataset = dcmread(str(get_testdata_file(name)))
    attributes = read_attributes(dataset.to_json_dict(), 1)
    frame = EncodedFrame(dataset.PixelData, str(dataset.file_meta.TransferSyntaxUID), attributes)
    return read(transcode(Transport(frame, syntaxes.HTJ2K_LOSSLESS_RPCL), 10**7).data)


def by_ffmpeg(data: bytes, reduction: int) -> NDArray[Any]:
    context = av.CodecContext.create("jpeg2000", "r")
    context.options = {"lowres": str(reduction)}
    (picture,) = context.decode(av.Packet(data))
    return picture.to_ndarray()


def by_openjph(data: bytes, reduction: int) -> NDArray[Any]:
    return np.asarray(imagecodecs.htj2k_decode(data, skipres=reduction))


@pytest.mark.parametrize("name", ["693_UNCR.dcm", "RG1_UNCR.dcm", "CT_small.dcm"])
def test_each_beginning_decodes_to_what_the_whole_gives_at_that_resolution(name: str) -> None:
    stream = made_of(name)
    assert (stream.progression, len(stream.lengths)) == (RPCL, stream.levels + 1)
    assert stream.header + sum(stream.lengths) + len(END_OF_STREAM) == len(stream.data)
    for resolutions in range(1, stream.levels + 1):
        reduction = stream.levels + 1 - resolutions
        beginning = stream.beginning(resolutions)
        for decode, cut in ((by_ffmpeg, beginning + END_OF_STREAM), (by_openjph, beginning)):
            whole = decode(stream.data, reduction)
            assert whole.size < np.asarray(by_openjph(stream.data, 0)).size / 3**reduction
            np.testing.assert_array_equal(decode(cut, reduction), whole)


@pytest.mark.parametrize(("name", "share"), [("693_UNCR.dcm", 0.13), ("RG1_UNCR.dcm", 0.07)])
def test_a_quarter_of_the_side_takes_a_small_share_of_the_bytes(name: str, share: float) -> None:
    """CT of 512 × 512 and CR of 1955 × 1841."""
    stream = made_of(name)
    assert len(stream.beginning(stream.levels - 1)) <= share * len(stream.data)


def test_the_lowest_resolution_of_large_images_is_small() -> None:
    values = samples.gray(12, rows=3000, columns=300)
    frame = samples.frame(values.tobytes(), samples.EXPLICIT, values, 12)
    stream = read(transcode(Transport(frame, syntaxes.HTJ2K_LOSSLESS_RPCL), 10**7).data)
    assert 3000 / 2**stream.levels <= 64
