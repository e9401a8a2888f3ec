"""What is laid over an image is seen on any ground and at any size, and never hides what it does not mean."""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
import pytest

from rendering.content import Still
from rendering.errors import UnsupportedObject
from rendering.kinds.dose import LEVELS, color_of
from rendering.layers import Contour, Dose, Layers, Segment, SegmentFrame, Segments, Structure
from rendering.legend import Line, write_legend
from rendering.options import Encoding, RenderOptions, Viewport
from rendering.reading.plane import IDENTITY, Affine
from rendering.render import render
from tests.rendering.frames import frame_of, pixels

SIDE = 120
RED = (255, 0, 0)


def laid(ground: NDArray[Any], layers: Layers, *over: NDArray[Any], **options: Any) -> NDArray[np.int_]:
    still = Still((frame_of(ground), *map(frame_of, over)), layers=layers)
    return pixels(render(still, RenderOptions(encoding=Encoding.PNG, **options))).astype(int)


def flat(value: int, side: int = SIDE) -> NDArray[np.uint8]:
    return np.full((side, side), value, np.uint8)


def one_segment(color: tuple[int, int, int], placement: Affine = IDENTITY) -> Layers:
    return Layers(Segments((Segment(1, "Mass", color),), (SegmentFrame(1, 1, placement),)))


def square(side: int = SIDE, start: int = 40, stop: int = 80) -> NDArray[np.uint8]:
    mask = np.zeros((side, side), np.uint8)
    mask[start:stop, start:stop] = 1
    return mask


@pytest.mark.parametrize("ground", [0, 30, 128, 220, 255])
@pytest.mark.parametrize("color", [(0, 0, 0), (255, 255, 255), (128, 128, 128), RED, (0, 0, 255), (255, 255, 0)])
def test_edges_are_seen_on_any_ground_in_any_colour(ground: int, color: tuple[int, int, int]) -> None:
    shown = laid(flat(ground), one_segment(color), square())
    across = shown[60, 36:44]
    assert np.abs(across - ground).max() > 60
    drawn = (Contour((40.0, 40.0, 80.0, 40.0, 80.0, 80.0, 40.0, 80.0), closed=True),)
    lines = laid(flat(ground), Layers(structures=(Structure("PTV", color, drawn),)))
    assert np.abs(lines[60, 36:44] - ground).max() > 60


def test_the_ground_is_seen_through_a_segment() -> None:
    ground = np.tile(np.arange(SIDE, dtype=np.uint8) * 2, (SIDE, 1))
    inside = laid(ground, one_segment(RED), square())[50:70, 45:75, 1]
    assert (np.diff(inside, axis=1) > 0).all()


def test_what_is_smaller_than_a_pixel_of_the_image_is_still_seen() -> None:
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[61, 47] = 1
    shown = laid(flat(60), one_segment(RED), mask, viewport=Viewport(30, 30))
    assert tuple(shown[15, 11]) == RED
    assert (np.abs(shown - 60).max(axis=-1) > 0).sum() <= 9


def test_a_segment_grows_with_the_image() -> None:
    shown = laid(flat(60), one_segment(RED), square(), viewport=Viewport(160, 160, 30, 30, 20, 20))
    assert (shown[:78] == 60).all()
    assert (shown[:, :78] == 60).all()
    assert (shown[82:, 82:, 0] > 60).all()


@pytest.mark.parametrize("turn", [(False, False), (True, False), (False, True)])
def test_layers_are_turned_with_the_image_and_the_legend_is_not(turn: tuple[bool, bool]) -> None:
    side = 300
    ground, mask = flat(60, side), np.zeros((side, side), np.uint8)
    mask[20:60, 20:100] = 1
    viewport = Viewport(side, side, flip_horizontal=turn[0], flip_vertical=turn[1])
    shown = laid(ground, one_segment(RED), mask, viewport=viewport)
    turned = mask[:: -1 if turn[1] else 1, :: -1 if turn[0] else 1]
    tinted = shown[..., 0] - shown[..., 1] > 20
    upper = np.s_[: side // 2] if not turn[1] else np.s_[side // 2 :, side // 2 :]
    np.testing.assert_array_equal(tinted[upper][..., side // 2 :], turned[upper].astype(bool)[..., side // 2 :])
    plain = laid(ground, one_segment(RED), mask)
    if not turn[1]:
        np.testing.assert_array_equal(shown[-30:, :80], plain[-30:, :80])


def test_labels_that_are_not_described_are_shown_all_the_same() -> None:
    labels = square() * 7
    shown = laid(flat(60), Layers(Segments((), (SegmentFrame(1, None, IDENTITY),))), labels)
    assert len(np.unique(shown[50:70, 50:70].reshape(-1, 3), axis=0)) == 1
    assert tuple(shown[60, 60]) != (60, 60, 60)


def test_what_is_background_is_what_the_object_says() -> None:
    labels = square() + 4
    layers = Layers(Segments((Segment(5, "Mass", RED),), (SegmentFrame(1, None, IDENTITY),), background=4))
    shown = laid(flat(60), layers, labels)
    assert tuple(shown[10, 10]) == (60, 60, 60)
    assert shown[60, 60, 0] > 100


def test_each_dose_has_a_colour_of_its_own() -> None:
    colors = [color_of(level) for level in LEVELS]
    distances = [np.abs(np.subtract(one, other)).max() for one, other in pairwise(colors)]
    assert len(set(colors)) == len(LEVELS)
    assert min(distances[: LEVELS.index(80.0)]) >= 25


def test_no_dose_is_no_colour() -> None:
    layers = Layers(dose=Dose(1, IDENTITY, 0.001, "Gy"))
    assert (laid(flat(60), layers, np.zeros((SIDE, SIDE), np.uint32)) == 60).all()


@pytest.mark.parametrize("size", [(191, 191), (400, 300), (2000, 200)])
def test_a_legend_covers_no_more_than_a_quarter_and_nothing_of_small_images(size: tuple[int, int]) -> None:
    image = np.full((*size, 3), 200, np.uint8)
    lines = [Line("山" * 30 + "\x00\n<b>" + "w" * 500, (number, 0, 0)) for number in range(200)]
    shown = write_legend(image, [*lines, Line("a remark")])
    covered = (shown != image).any(axis=-1).mean()
    assert covered == 0 if min(size) < 192 else 0 < covered <= 0.26
    assert (image == 200).all()


@pytest.mark.parametrize("values", [np.ones((4, 4, 3), np.uint8), np.ones((4, 4), np.uint32)])
def test_frames_that_hold_no_labels_are_refused(values: NDArray[Any]) -> None:
    with pytest.raises(UnsupportedObject):
        laid(flat(60), Layers(Segments((), (SegmentFrame(1, None, IDENTITY),))), values)
