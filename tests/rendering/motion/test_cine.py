"""Frames in motion are the frames: as truthful as their encoding allows, through one window, each for its time."""

from io import BytesIO
from typing import Any, cast

import av
from av.container import InputContainer
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageSequence
import pytest

from rendering.content import Cine, Pieces
from rendering.errors import InvalidOption, MalformedFrame, TooLarge
from rendering.frame import EncodedFrame, RenderedImage
from rendering.options import ColorProfile, Encoding, Loss, RenderOptions, Viewport, Window
from rendering.render import render
from tests.rendering.frames import frame_of, shown

_MOVING = (Encoding.GIF, Encoding.WEBP, Encoding.MP4)
_TOLERANCE = {Encoding.GIF: 0.0, Encoding.WEBP: 3.0, Encoding.MP4: 2.0}  # mean grey levels


def gray(count: int = 5, rows: int = 33, columns: int = 47) -> list[NDArray[np.uint8]]:
    """A slope over all grey values that moves on from frame to frame."""
    slope = np.add.outer(np.arange(rows), np.arange(columns)) * 255 // (rows + columns - 2)
    return [np.roll(slope, 3 * number, axis=0).astype(np.uint8) for number in range(count)]


def moving(
    frames: tuple[EncodedFrame, ...], encoding: Encoding, *, duration: int = 40_000, **options: Any
) -> RenderedImage:
    return render(Cine(frames, (duration,) * len(frames)), RenderOptions(encoding, **options))


def pictures(image: RenderedImage) -> list[NDArray[np.uint8]]:
    """What a moving image shows, as RGB, by Pillow or FFmpeg."""
    if image.encoding is Encoding.MP4:
        with cast(InputContainer, av.open(BytesIO(image.data))) as container:
            found = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        return [picture[: image.rows, : image.columns] for picture in found]
    return [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(Image.open(BytesIO(image.data)))]


@pytest.mark.parametrize("encoding", _MOVING)
def test_every_frame_is_shown_as_it_would_be_alone(encoding: Encoding) -> None:
    frames = tuple(map(frame_of, gray()))
    image = moving(frames, encoding)
    assert (image.rows, image.columns, image.frames, image.milliseconds) == (33, 47, 5, 200)
    for picture, frame in zip(pictures(image), frames, strict=True):
        alone = shown(frame)[..., np.newaxis].astype(int)
        assert np.abs(picture - alone).mean() <= _TOLERANCE[encoding]


def test_gif_has_every_grey_value_exactly() -> None:
    (picture,) = pictures(moving((frame_of(np.arange(256, dtype=np.uint8).reshape(16, 16)),), Encoding.GIF))
    assert picture[..., 0].ravel().tolist() == list(range(256))


def test_webp_of_the_best_quality_is_exact() -> None:
    color = np.random.default_rng(7).integers(0, 256, (20, 30, 3)).astype(np.uint8)
    image = moving((frame_of(color), frame_of(color[::-1])), Encoding.WEBP, quality=100)
    assert (pictures(image)[0] == color).all()
    assert (pictures(image)[1] == color[::-1]).all()
    assert image.losses == ()
    assert not image.lossy


def test_colours_keep_their_places_and_their_hue() -> None:
    color = np.zeros((64, 64, 3), np.uint8)
    color[:32, :32], color[:32, 32:], color[32:, :32] = (220, 30, 30), (30, 200, 60), (40, 60, 210)
    for encoding in _MOVING:
        (picture,) = pictures(moving((frame_of(color),), encoding))
        for row, column in ((16, 16), (16, 48), (48, 16), (48, 48)):
            assert picture[row, column] == pytest.approx(color[row, column], abs=6), encoding


def test_grey_in_mp4_is_that_of_television_and_says_so() -> None:
    levels = np.repeat(np.repeat(np.arange(0, 256, 17, dtype=np.uint8).reshape(4, 4), 16, 0), 16, 1)
    image = moving((frame_of(levels),), Encoding.MP4, quality=100)
    with cast(InputContainer, av.open(BytesIO(image.data))) as container:
        stream = container.streams.video[0]
        frame = next(container.decode(stream))
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (frame.color_range, frame.colorspace, frame.color_trc, frame.color_primaries) == (1, 1, 1, 1)
        luma = frame.to_ndarray()[:64]
    assert np.abs(luma.astype(int) - np.rint(16 + levels.astype(float) * 219 / 255)).max() <= 1


def test_mp4_has_its_index_in_front() -> None:
    image = moving(tuple(map(frame_of, gray())), Encoding.MP4)
    assert 0 < image.data.find(b"moov") < image.data.find(b"mdat")


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (17, 16), (16, 17)])
@pytest.mark.parametrize("encoding", _MOVING)
def test_the_smallest_and_odd_sizes(shape: tuple[int, int], encoding: Encoding) -> None:
    frame = frame_of(np.full(shape, 200, np.uint8))
    for picture in pictures(moving((frame, frame), encoding, quality=100)):
        assert picture == pytest.approx(np.full((*shape, 3), 200), abs=2)


def test_one_window_for_all_frames_that_name_none() -> None:
    dark, bright = (np.full((8, 8), value, np.uint16) for value in (1000, 3000))
    dark[0], bright[0] = 0, 4000
    image = moving((frame_of(dark), frame_of(bright)), Encoding.GIF)
    first, second = (picture[4, 4, 0] for picture in pictures(image))
    assert (first, second) == pytest.approx((64, 191), abs=1)
    assert image.window_from == "default"
    assert image.window == Window(2000.5, 4001)


def test_frames_keep_windows_of_their_own() -> None:
    frames = tuple(frame_of(np.full((8, 8), 100, np.uint16), windows=(Window(center, 256),)) for center in (100, 200))
    image = moving(frames, Encoding.GIF)
    assert [picture[0, 0, 0] for picture in pictures(image)] == [128, 28]
    assert (image.window, image.window_from) == (None, "image")
    asked = moving(frames, Encoding.GIF, window=Window(228, 256))
    assert [picture[0, 0, 0] for picture in pictures(asked)] == [0, 0]
    assert (asked.window, asked.window_from) == (Window(228, 256), "request")


def test_a_window_given_with_a_piece_is_that_of_all() -> None:
    frame = frame_of(np.full((8, 8), 100, np.uint16))
    image = render(Cine((frame,), (40_000,), Window(128, 256)), RenderOptions(Encoding.GIF))
    assert pictures(image)[0][0, 0, 0] == 100
    assert image.window_from == "default"


@pytest.mark.parametrize("encoding", _MOVING)
def test_viewport_and_mark_apply_to_every_frame(encoding: Encoding) -> None:
    frames = tuple(frame_of(np.full((200, 300), 90, np.uint8)) for _ in range(3))
    image = moving(frames, encoding, viewport=Viewport(150, 150), watermark="The clinician", quality=100)
    assert (image.columns, image.rows, image.marked) == (150, 100, True)
    for picture in pictures(image):
        alone = shown(frames[0], viewport=Viewport(150, 150), watermark="The clinician")
        assert alone.std() > 5
        assert np.corrcoef(picture[..., 0].ravel(), alone.ravel())[0, 1] > 0.98


def test_frames_are_shown_for_their_own_time() -> None:
    durations = (20_000, 50_000, 200_000)
    cine = Cine(tuple(map(frame_of, gray(3))), durations)
    for encoding in (Encoding.GIF, Encoding.WEBP):
        opened = Image.open(BytesIO(render(cine, RenderOptions(encoding)).data))
        played = []
        for number in range(opened.n_frames):
            opened.seek(number)
            opened.load()
            played.append(opened.info["duration"])
        assert played == [20, 50, 200]
        assert opened.info["loop"] == 0
    with cast(InputContainer, av.open(BytesIO(render(cine, RenderOptions(Encoding.MP4)).data))) as container:
        assert [frame.time for frame in container.decode(video=0)] == pytest.approx([0, 0.02, 0.07])
        assert container.duration == pytest.approx(270_000, abs=1000)


@pytest.mark.parametrize(
    ("encoding", "color", "losses"),
    [
        (Encoding.GIF, False, ()),
        (Encoding.GIF, True, (Loss.COLORS,)),
        (Encoding.WEBP, False, (Loss.DETAIL, Loss.GRAY_LEVELS)),
        (Encoding.MP4, True, (Loss.DETAIL, Loss.COLOR_RESOLUTION, Loss.GRAY_LEVELS)),
    ],
)
def test_losses_are_told(encoding: Encoding, color: bool, losses: tuple[Loss, ...]) -> None:
    values = np.random.default_rng(3).integers(0, 256, (32, 32, 3) if color else (32, 32)).astype(np.uint8)
    image = moving((frame_of(values),), encoding)
    assert image.losses == losses
    assert image.lossy is bool(losses)


def test_a_gif_that_cannot_be_as_quick_says_so() -> None:
    image = moving(tuple(map(frame_of, gray(10))), Encoding.GIF, duration=8_000)
    assert Loss.TIMING in image.losses
    assert image.milliseconds == 200


@pytest.mark.parametrize("encoding", _MOVING)
def test_pieces_put_together_are_the_whole(encoding: Encoding) -> None:
    frames = tuple(map(frame_of, gray(7)))
    options = RenderOptions(encoding)
    pieces = [render(Cine(some, (30_000,) * len(some)), options).data for some in (frames[:3], frames[3:6], frames[6:])]
    joined = render(Pieces(tuple(pieces)), options)
    whole = moving(frames, encoding, duration=30_000)
    together = pictures(RenderedImage(joined.data, encoding, 47, 33, None, "none", lossy=True))
    assert len(together) == 7
    for one, other in zip(together, pictures(whole), strict=True):
        assert np.abs(one.astype(int) - other).mean() <= _TOLERANCE[encoding]
    if encoding is Encoding.MP4:
        with cast(InputContainer, av.open(BytesIO(joined.data))) as container:
            assert container.duration == pytest.approx(210_000, abs=1000)


def test_pixels_that_are_not_square_are_told_where_no_viewport_makes_them_so() -> None:
    frame = frame_of(np.zeros((32, 32), np.uint8), pixel_aspect=2.0)
    for options, ratio in (({}, 0.5), ({"viewport": Viewport(64, 64)}, 1)):
        with cast(InputContainer, av.open(BytesIO(moving((frame,), Encoding.MP4, **options).data))) as container:
            assert container.streams.video[0].sample_aspect_ratio == ratio


def test_what_cannot_be_is_refused() -> None:
    frame = frame_of(np.zeros((8, 8), np.uint8))
    with pytest.raises(InvalidOption):
        moving((frame,), Encoding.JPEG)
    with pytest.raises(InvalidOption):
        moving((frame,), Encoding.WEBP, color_profile=ColorProfile.SRGB)
    with pytest.raises(MalformedFrame):
        moving((frame, EncodedFrame(b"short", frame.transfer_syntax, frame.attributes)), Encoding.MP4)
    with pytest.raises(TooLarge):
        moving((frame_of(np.zeros((2, 4100), np.uint8)),), Encoding.MP4)
    with pytest.raises(TooLarge):
        render(Cine((frame,), (40_000,)), RenderOptions(Encoding.GIF), 63)
