"""Which window a frame is shown through, and what its own values give where it brings none."""

from typing import Any

import numpy as np
import pytest

from rendering.frame import LookupTable
from rendering.options import RenderOptions, Viewport, Window
from rendering.render import render
from rendering.window_choice import default_window
from tests.rendering.frames import CT, attributes_of, frame_of, shown

NOISE = np.random.default_rng(5).normal(1000, 100, (200, 200)).astype(np.int16)
TABLE = LookupTable(2, 0, 8, b"\x00\xff")
ASKED, FIRST, SECOND = Window(1, 2), Window(40, 400), Window(50, 500)


@pytest.mark.parametrize(
    ("requested", "windows", "luts", "window", "window_from"),
    [
        (ASKED, (FIRST,), (TABLE,), ASKED, "request"),
        (None, (FIRST, SECOND), (TABLE,), FIRST, "image"),
        (None, (), (TABLE,), None, "lut"),
    ],
)
def test_what_is_asked_for_then_the_window_then_the_table(
    requested: Window | None, windows: Any, luts: Any, window: Window | None, window_from: str
) -> None:
    image = render(frame_of(NOISE, windows=windows, voi_luts=luts), RenderOptions(window=requested))
    assert (image.window, image.window_from) == (window, window_from)


def test_colour_has_no_window() -> None:
    image = render(frame_of(np.zeros((4, 4, 3), np.uint8)), RenderOptions(window=ASKED))
    assert (image.window, image.window_from) == (None, "none")


def test_eight_bits_are_shown_as_they_are() -> None:
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    assert (shown(frame_of(ramp)) == ramp).all()


def test_single_bits_are_black_and_white() -> None:
    bits = np.array([[0, 1, 1, 0, 0, 1, 0, 1]] * 8, np.uint8)
    packed = np.packbits(bits, bitorder="little").reshape(1, 8)
    frame = frame_of(packed, rows=8, columns=8, bits_allocated=1, bits_stored=1, high_bit=0)
    assert (shown(frame) == bits * 255).all()


def test_outliers_do_not_decide() -> None:
    values = NOISE.copy()
    values[0, :50] = 32767
    lowest, highest = _span(default_window(values, attributes_of(values)))
    assert 600 < lowest < 800
    assert 1200 < highest < 1500


def test_padding_does_not_decide() -> None:
    values = NOISE.copy()
    values[:100] = -2000
    padded = default_window(values, attributes_of(values, padding=(-2000, -2000)))
    alone = default_window(values[100:], attributes_of(values[100:]))
    assert _span(padded) == pytest.approx(_span(alone), abs=5)


def test_padding_alone_still_gives_an_image() -> None:
    values = np.full((8, 8), -2000, np.int16)
    assert not shown(frame_of(values, padding=(-2000, -2000))).any()


def test_what_a_ct_cannot_measure_does_not_decide() -> None:
    values = NOISE.copy()
    values[:100] = -3024
    lowest, _ = _span(default_window(values, attributes_of(values, sop_class=CT)))
    assert lowest > 600


def test_the_window_is_in_modality_units() -> None:
    plain = _span(default_window(NOISE, attributes_of(NOISE)))
    scaled = _span(default_window(NOISE, attributes_of(NOISE, rescale_slope=0.001, rescale_intercept=-5.0)))
    assert scaled == pytest.approx([end * 0.001 - 5 for end in plain])


def test_a_frame_of_one_value_is_black() -> None:
    assert not shown(frame_of(np.full((8, 8), 700, np.uint16))).any()


def test_zooming_in_does_not_change_the_brightness() -> None:
    values = np.arange(40000, dtype=np.uint16).reshape(200, 200)
    part = Viewport(50, 50, x=150, y=150, region_width=50, region_height=50)
    assert (shown(frame_of(values), viewport=part) == shown(frame_of(values))[150:, 150:]).all()


def _span(window: Window) -> tuple[float, float]:
    return window.center - 0.5 - (window.width - 1) / 2, window.center - 0.5 + (window.width - 1) / 2
