"""Stored video: its pictures as images, its stream in a container that browsers play, and nothing of a damaged one."""

from io import BytesIO
from typing import cast

import av
from av.container import InputContainer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
import pytest

from rendering.content import Content, Film, Rewrapped
from rendering.errors import MalformedAttributes, MalformedFrame, RenderingError, TooLarge, UnsupportedObject
from rendering.frame import RenderedImage
from rendering.options import Encoding, Loss, RenderOptions, Viewport
from rendering.render import render
from tests.rendering.frames import pixels
from tests.videos import (
    H264_BARE,
    H264_MP4,
    H264_TRANSPORT,
    HEVC_BARE,
    MPEG2_TRANSPORT,
    STEP,
    VARIETIES,
    decoded,
    numbers,
    times,
    video,
)

_DURATION = 40_000
_MP4 = RenderOptions(Encoding.MP4)


def as_mp4(data: bytes, first: int = 0, count: int = 100) -> RenderedImage:
    return render(Film(data, _DURATION, first, count), _MP4)


@pytest.mark.parametrize("variety", VARIETIES)
@pytest.mark.parametrize("number", [0, 1, 14, 25, 39])
def test_a_picture_is_the_one_with_its_number(variety: tuple[str, str], number: int) -> None:
    image = render(Film(video(variety), _DURATION, number), RenderOptions(Encoding.PNG))
    assert (image.columns, image.rows, image.source_lossy) == (64, 48, True)
    assert float(pixels(image).mean()) == pytest.approx(number * STEP * 255 / 219, abs=3)


@pytest.mark.parametrize("variety", VARIETIES)
def test_video_made_anew_has_all_pictures_in_their_order(variety: tuple[str, str]) -> None:
    image = as_mp4(video(variety))
    assert (image.frames, image.milliseconds) == (40, 1600)
    assert numbers(image.data) == list(range(40))
    assert times(image.data) == pytest.approx([number * 0.04 for number in range(40)], abs=1e-3)


@pytest.mark.parametrize("variety", VARIETIES)
@pytest.mark.parametrize(("first", "count"), [(0, 7), (11, 3), (30, 100), (39, 1)])
def test_a_piece_of_a_video_is_that_piece(variety: tuple[str, str], first: int, count: int) -> None:
    image = as_mp4(video(variety), first, count)
    assert numbers(image.data) == list(range(40))[first : first + count]


@pytest.mark.parametrize("variety", [H264_MP4, H264_TRANSPORT, H264_BARE])
def test_another_container_changes_no_picture(variety: tuple[str, str]) -> None:
    stored = video(variety)
    image = render(Rewrapped(stored, _DURATION), _MP4)
    assert (image.frames, image.milliseconds, image.lossy, image.losses) == (40, 1600, False, ())
    assert all((one == other).all() for one, other in zip(decoded(image.data), decoded(stored), strict=True))
    assert times(image.data) == pytest.approx([number * 0.04 for number in range(40)], abs=1e-3)
    assert 0 < image.data.find(b"moov") < image.data.find(b"mdat")


def test_a_bare_stream_is_played_at_the_rate_of_its_data_set() -> None:
    image = render(Rewrapped(video(H264_BARE), 20_000), _MP4)
    assert image.milliseconds == 800
    assert times(image.data)[-1] == pytest.approx(0.78, abs=1e-3)


def test_marks_and_sizes_apply_to_every_picture() -> None:
    stored = video(rows=200, columns=320, count=4)
    image = render(
        Film(stored, _DURATION, 0, 4), RenderOptions(Encoding.MP4, maximum_side=160, watermark="A clinician")
    )
    assert (image.columns, image.rows, image.marked) == (160, 100, True)
    assert all(picture.std() > 3 for picture in decoded(image.data))
    assert all(picture.std() < 1 for picture in decoded(stored))
    cut = render(Film(stored, _DURATION, 0, 4), RenderOptions(Encoding.MP4, viewport=Viewport(64, 64, 0, 0, 64, 64)))
    assert (cut.columns, cut.rows) == (64, 64)


def test_sound_that_is_left_out_is_told() -> None:
    file = BytesIO(video(count=5))
    with_sound = BytesIO()
    with cast(InputContainer, av.open(file)) as source, av.open(with_sound, "w", format="mpegts") as output:
        pictures = output.add_stream_from_template(source.streams.video[0])
        sound = output.add_stream("mp2", rate=48_000)
        frame = av.AudioFrame(format="s16", layout="stereo", samples=1152)
        frame.sample_rate, frame.pts = 48_000, 0
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = pictures
                output.mux(packet)
        output.mux(sound.encode(frame))
        output.mux(sound.encode(None))
    data = with_sound.getvalue()
    assert render(Rewrapped(data, _DURATION), _MP4).losses == (Loss.SOUND,)
    assert Loss.SOUND in as_mp4(data).losses
    assert numbers(render(Rewrapped(data, _DURATION), _MP4).data) == list(range(5))


def test_a_picture_behind_the_last_one_is_none() -> None:
    for variety in VARIETIES:
        with pytest.raises(MalformedAttributes):
            render(Film(video(variety), _DURATION, 40), RenderOptions(Encoding.JPEG))
        with pytest.raises(MalformedAttributes):
            as_mp4(video(variety), 40)


@pytest.mark.parametrize("variety", [H264_MP4, H264_BARE, HEVC_BARE, MPEG2_TRANSPORT])
def test_a_video_that_is_cut_off_shows_nothing_that_is_not_whole(variety: tuple[str, str]) -> None:
    stored = video(variety)
    for content in (
        Film(stored[: len(stored) // 2], _DURATION, 0, 100),
        Rewrapped(stored[: len(stored) // 2], _DURATION),
    ):
        try:
            image = render(content, _MP4)
        except (MalformedFrame, UnsupportedObject):
            continue
        there = numbers(image.data)
        assert there == sorted(set(there))
        assert len(there) == image.frames < 40


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff\xe0no video", bytes(4096), b"\0\0\0\x18ftypmp42"])
def test_what_is_no_video_is_refused(data: bytes) -> None:
    for content in (Film(data, _DURATION, 0, 1), Rewrapped(data, _DURATION)):
        with pytest.raises((UnsupportedObject, MalformedFrame)):
            render(content, _MP4)


def test_other_codecs_are_not_wrapped_as_they_are() -> None:
    for variety in (HEVC_BARE, MPEG2_TRANSPORT):
        with pytest.raises(UnsupportedObject):
            render(Rewrapped(video(variety), _DURATION), _MP4)


def test_a_bare_stream_of_another_codec_gets_times_for_what_is_made_of_it() -> None:
    timed = render(Rewrapped(video(HEVC_BARE), _DURATION, for_browsers=False), _MP4)
    assert numbers(timed.data) == list(range(40))
    assert times(timed.data) == pytest.approx([number * 0.04 for number in range(40)], abs=1e-3)
    assert numbers(as_mp4(timed.data, 30, 4).data) == [30, 31, 32, 33]


def test_pictures_that_are_too_large_are_not_decoded() -> None:
    with pytest.raises(TooLarge):
        render(Film(video(), _DURATION), RenderOptions(Encoding.JPEG), 64 * 48 - 1)


@given(st.sampled_from(VARIETIES), st.integers(0, 10_000), st.binary(min_size=1, max_size=64), st.integers(0, 39))
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_a_damaged_video_is_an_error_or_an_image(
    variety: tuple[str, str], place: int, damage: bytes, number: int
) -> None:
    stored = _VIDEOS[variety]
    place %= len(stored)
    data = (stored[:place] + damage + stored[place + len(damage) :])[: len(stored)]
    contents: tuple[Content, ...] = (Film(data, _DURATION, number, 3), Rewrapped(data, _DURATION))
    for content in contents:
        try:
            image = render(content, _MP4, 1_000_000)
        except RenderingError:
            continue
        assert image.frames >= 1


_VIDEOS = {variety: video(variety) for variety in VARIETIES}
