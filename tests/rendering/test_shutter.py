"""Display shutters hide exactly what lies outside of their shapes (PS3.3 C.7.6.11), whatever the scale."""

from collections.abc import Sequence
from math import hypot
from typing import Any

import cv2
from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
from numpy.typing import NDArray
import pytest

from rendering.laid_over import Circle, OverlayPlane, Rectangle, Shutter
from rendering.options import Encoding, RenderOptions, Viewport, Window
from rendering.render import render
from rendering.shutter import close
from rendering.viewport import Geometry, plan
from tests.rendering.frames import attributes_of, frame_of, shown

WHITE = np.full((40, 60), 255, np.uint8)
Vertices = tuple[tuple[float, float], ...]


def visible(shutter: Shutter, frame: NDArray[np.uint8] = WHITE, **changes: Any) -> NDArray[np.bool_]:
    return shown(frame_of(frame, shutter=shutter, **changes)) == 255


def test_a_rectangle_shows_the_pixels_between_its_edges_and_those_on_them() -> None:
    expected = np.zeros(WHITE.shape, np.bool_)
    expected[4:20, 9:30] = True  # rows 5 to 20 and columns 10 to 30, counted from 1
    assert (visible(Shutter(Rectangle(9, 4, 30, 20))) == expected).all()


def test_a_circle_shows_what_is_no_further_than_its_radius() -> None:
    expected = np.array([[hypot(column - 30, row - 15) <= 12 for column in range(60)] for row in range(40)])
    assert (visible(Shutter(circle=Circle(30.5, 15.5, 12))) == expected).all()


def test_a_circle_is_one_to_the_eye() -> None:
    tall = visible(Shutter(circle=Circle(30, 20, 15)), pixel_aspect=1.5)
    assert tall[:, 30].sum() == 20
    assert tall[20].sum() == 30


def test_shapes_together_show_what_is_in_all_of_them() -> None:
    square, circle = Shutter(Rectangle(20, 10, 45, 30)), Shutter(circle=Circle(30, 20, 11))
    triangle = Shutter(polygon=((5, 5), (55, 5), (30, 38)))
    all_three = Shutter(square.rectangle, circle.circle, triangle.polygon)
    assert (visible(all_three) == visible(square) & visible(circle) & visible(triangle)).all()


def on_outline(vertices: Vertices, x: float, y: float) -> bool:
    return any(
        (bx - ax) * (y - ay) == (by - ay) * (x - ax)
        and min(ax, bx) <= x <= max(ax, bx)
        and min(ay, by) <= y <= max(ay, by)
        for (ax, ay), (bx, by) in zip(vertices, (*vertices[1:], vertices[0]), strict=True)
    )


def inside(vertices: Vertices, x: float, y: float) -> bool:
    """The definition, point by point: an odd number of edges to the right."""
    edges = zip(vertices, (*vertices[1:], vertices[0]), strict=True)
    right = ((ay > y) != (by > y) and x < ax + (y - ay) * (bx - ax) / (by - ay) for (ax, ay), (bx, by) in edges)
    return sum(right) % 2 == 1


def polygon_of(corners: Sequence[tuple[int, int]]) -> tuple[NDArray[np.bool_], Vertices]:
    """What of 9 rows and 12 columns is seen through a polygon of pixels."""
    vertices = tuple((x + 0.5, y + 0.5) for x, y in corners)
    frame = np.full((9, 12), 255, np.uint8)
    return close(frame, Shutter(polygon=vertices), Geometry(0, 0, 12, 9, 12, 9), 1.0) == 255, vertices


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(-3, 15), st.integers(-3, 12)), min_size=3, max_size=7, unique=True))
def test_a_polygon_shows_its_inside_and_nothing_beyond_its_outline(corners: list[tuple[int, int]]) -> None:
    """Edges may cross each other."""
    seen, vertices = polygon_of(corners)
    for row, column in np.ndindex(seen.shape):
        x, y = column + 0.5, row + 0.5
        if not on_outline(vertices, x, y):
            assert seen[row, column] == inside(vertices, x, y)


@pytest.mark.parametrize(
    "corners",
    [
        [(2, 1), (9, 1), (9, 6), (2, 6)],
        [(5, 0), (11, 4), (5, 8), (0, 4)],
        [(1, 1), (10, 1), (10, 7), (6, 4), (1, 7)],
        [(10, 7), (1, 7), (3, 2)],
    ],
)
def test_a_polygon_shows_its_outline(corners: list[tuple[int, int]]) -> None:
    seen, vertices = polygon_of(corners)
    for row, column in np.ndindex(seen.shape):
        x, y = column + 0.5, row + 0.5
        assert seen[row, column] == (on_outline(vertices, x, y) or inside(vertices, x, y))


@pytest.mark.parametrize("scale", [0.5, 1.3, 4])
def test_edges_are_exact_at_the_scale_of_the_image(scale: float) -> None:
    shutter = Shutter(Rectangle(10.25, 5, 40, 33.5), gray=77)
    geometry = Geometry(2, 3, 50, 36, round(50 * scale), round(36 * scale))
    closed = close(np.full((geometry.rows, geometry.columns), 200, np.uint8), shutter, geometry, 1.0)
    for x, y in ((10.25, 5), (40, 5), (10.25, 33.5), (40, 33.5)):
        column, row = geometry.to_image(x, y)
        inward, downward = (1 if x < 20 else -1), (1 if y < 20 else -1)
        assert closed[round(row + downward * 0.51 - 0.5), round(column + inward * 0.51 - 0.5)] == 200
        assert closed[round(row - downward * 0.51 - 0.5), round(column + inward * 2 - 0.5)] == 77
        assert closed[round(row + downward * 2 - 0.5), round(column - inward * 0.51 - 0.5)] == 77


def test_a_bitmap_hides_where_it_is_set() -> None:
    bits = np.random.default_rng(1).integers(0, 2, WHITE.shape, np.uint8)
    plane = OverlayPlane(0x6002, *WHITE.shape, bits=np.packbits(bits, bitorder="little").tobytes())
    assert (visible(Shutter(bitmap=plane)) == (bits == 0)).all()


def test_what_is_hidden_has_the_value_that_the_data_set_gives_it() -> None:
    hiding = Shutter(Rectangle(10, 10, 20, 20), gray=77, color=(10, 20, 30))
    assert shown(frame_of(WHITE, shutter=hiding))[0, 0] == 77
    colored = np.stack([WHITE] * 3, axis=-1)
    assert tuple(shown(frame_of(colored, shutter=hiding))[0, 0]) == (10, 20, 30)
    assert tuple(shown(frame_of(colored, shutter=Shutter(hiding.rectangle, gray=9)))[0, 0]) == (9, 9, 9)


def test_a_shutter_turns_with_its_frame() -> None:
    frame = frame_of(WHITE, shutter=Shutter(Rectangle(0, 0, 20, 10)))
    mirrored = shown(frame, viewport=Viewport(60, 40, flip_horizontal=True, flip_vertical=True))
    assert (mirrored == shown(frame)[::-1, ::-1]).all()


def test_a_region_of_a_frame_is_shuttered_as_the_frame_is() -> None:
    frame = frame_of(WHITE, shutter=Shutter(circle=Circle(30, 20, 13)))
    part = Viewport(20, 15, x=25, y=12, region_width=20, region_height=15)
    assert (shown(frame, viewport=part) == shown(frame)[12:27, 25:45]).all()


def test_hidden_text_is_gone_from_reduced_images() -> None:
    """Only pixels next to the aperture's edge are mixed with what is hidden there."""
    letters = np.zeros((400, 400), np.uint8)
    letters[:100:3] = 255
    hiding = attributes_of(letters, shutter=Shutter(Rectangle(0, 100, 400, 400)))
    geometry = plan(hiding, RenderOptions(viewport=Viewport(57, 57)))
    reduced = shown(frame_of(letters, shutter=hiding.shutter), viewport=Viewport(57, 57))
    edge = int(geometry.to_image(0, 100)[1])
    assert (reduced[: edge - 1] == 0).all()
    assert (reduced[edge + 2 :] == 0).all()


def test_what_is_hidden_is_gone_from_16_bits_as_well() -> None:
    """Not even where it looks in 8 bits as what covers it."""
    dark = np.random.default_rng(6).integers(0, 100, (40, 60), np.uint16)
    frame = frame_of(dark, shutter=Shutter(Rectangle(10, 10, 30, 30)), windows=(Window(32768, 65536),))
    image = render(frame, RenderOptions(Encoding.PNG_16))
    deep = cv2.imdecode(np.frombuffer(image.data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert deep is not None
    assert (deep[10:30, 10:30] == dark[10:30, 10:30]).all()
    deep[10:30, 10:30] = 0
    assert (deep == 0).all()
