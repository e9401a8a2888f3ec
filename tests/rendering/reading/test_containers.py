"""What a stored video is shows in its first bytes; whatever else comes is none."""

from hypothesis import given
from hypothesis import strategies as st
import pytest

from rendering.reading.codecs import Codec, codec_of
from rendering.reading.containers import HEAD_BYTES, Container, container_of
from tests.videos import (
    H264_BARE,
    H264_MP4,
    H264_TRANSPORT,
    HEVC_BARE,
    MPEG2_BARE,
    MPEG2_PROGRAM,
    MPEG2_TRANSPORT,
    video,
)


@pytest.mark.parametrize(
    ("variety", "container"),
    [
        (H264_MP4, Container.MP4),
        (H264_TRANSPORT, Container.TRANSPORT_STREAM),
        (MPEG2_TRANSPORT, Container.TRANSPORT_STREAM),
        (MPEG2_PROGRAM, Container.PROGRAM_STREAM),
        (MPEG2_BARE, Container.MPEG_VIDEO),
        (H264_BARE, Container.H264),
        (HEVC_BARE, Container.HEVC),
    ],
)
def test_the_first_bytes_tell(variety: tuple[str, str], container: Container) -> None:
    data = video(variety, count=8)
    assert container_of(data[:HEAD_BYTES]) is container


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xd8\xff\xe0", bytes(1024), b"G" * 3, b"\0\0\0\1", b"%PDF-1.7", b"\0\0\1\x80ab"]
)
def test_what_is_no_video_is_none(data: bytes) -> None:
    assert container_of(data) is None


@given(st.binary(max_size=2048))
def test_whatever_comes_it_is_a_container_or_none(data: bytes) -> None:
    assert container_of(data) in {None, *Container}


@pytest.mark.parametrize(
    ("syntax", "codec"),
    [
        ("1.2.840.10008.1.2.4.100", Codec.MPEG2),
        ("1.2.840.10008.1.2.4.101.1", Codec.MPEG2),
        ("1.2.840.10008.1.2.4.102", Codec.H264),
        ("1.2.840.10008.1.2.4.106.1", Codec.H264),
        ("1.2.840.10008.1.2.4.108", Codec.HEVC),
        ("1.2.840.10008.1.2.4.109", None),
        ("1.2.840.10008.1.2.4.50", None),
        ("1.2.840.10008.1.2.4.1021", None),
    ],
)
def test_the_transfer_syntax_tells_the_codec(syntax: str, codec: Codec | None) -> None:
    assert codec_of({"00083002": {"vr": "UI", "Value": [syntax]}}) is codec


def test_the_method_of_compression_tells_where_the_transfer_syntax_is_not_told() -> None:
    method = {"00282114": {"vr": "CS", "Value": ["ISO_14496_10"]}}
    assert codec_of(method) is Codec.H264
    assert codec_of(method | {"00083002": {"vr": "UI", "Value": ["1.2.840.10008.1.2.1"]}}) is None
