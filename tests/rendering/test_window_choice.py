"""Which window a frame is shown through, and what its own values give where it brings none."""

from typing import Any

import numpy as np
import pytest

from rendering.frame import LookupTable
from rendering.options import RenderOptions, Viewport, Window
from rendering.render import render
from rendering.window_choice import default_window
from tests.rendering.frames import attributes_of, frame_of, shown

STORAGE = "1.2.840.10008.5.1.4.1.1."
NOISE = np.random.default_rng(5).normal(1000, 100, (200, 200)).astype(np.int16)
TABLE = LookupTable(2, 0, 8, b"\x00\xff")
ASKED, FIRST, SECOND = Window(1, 2), Window(40, 400), Window(50, 500)


@pytest.mark.parametrize(
    ("requested", "windows", "luts", "window", "window_from"),
    [
        (ASKED, (FIRST,), (TABLE,), ASKED, "request"),
        (None, (FIRST, SECOND), (), FIRST, "image"),
        (None, (FIRST,), (TABLE,), None, "lut"),
        (None, (), (TABLE,), None, "lut"),
    ],
)
def test_what_is_asked_for_then_what_the_image_brings(
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


def test_all_slices_of_a_ct_are_equally_bright() -> None:
    lung, bone = NOISE - 1800, NOISE - 900
    windows = {default_window(values, attributes_of(values, hounsfield=True)) for values in (lung, bone)}
    assert windows == {Window(40, 400)}


def test_a_ct_that_would_be_white_is_not_in_hounsfield_units_whatever_it_says() -> None:
    assert _span(default_window(NOISE, attributes_of(NOISE, hounsfield=True))) == _span(
        default_window(NOISE, attributes_of(NOISE))
    )


@pytest.mark.parametrize("suffix", ["1.1", "1.2", "1.3", "7.3", "13.1.4"])
def test_p_values_are_shown_as_they_are(suffix: str) -> None:
    ramp = np.arange(4096, dtype=np.uint16).reshape(64, 64)
    presented = {"sop_class": STORAGE + suffix, "bits_stored": 12, "high_bit": 11}
    narrow = default_window(ramp // 8, attributes_of(ramp, **presented))
    assert narrow == Window(2048, 4096)
    assert default_window(ramp // 8, attributes_of(ramp, **presented, rescale_slope=2.0)) != narrow


@pytest.mark.parametrize("suffix", ["20", "128", "130"])
def test_counts_and_activities_begin_at_zero(suffix: str) -> None:
    lowest, highest = _span(default_window(NOISE, attributes_of(NOISE, sop_class=STORAGE + suffix)))
    assert lowest == 0
    assert 1200 < highest < 1500
    subtracted, _ = _span(default_window(NOISE - 1000, attributes_of(NOISE, sop_class=STORAGE + suffix)))
    assert -500 < subtracted < -200


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
