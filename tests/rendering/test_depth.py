"""Grey in 16 bits: the window's own levels, and over them what everybody sees in 8 (PS3.4 N.2.1)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
import pytest

from rendering.depth import deepened, widened
from rendering.options import Encoding, RenderOptions, Viewport, VoiFunction, Window
from rendering.render import render
from tests.rendering.frames import frame_of, pixels

RAMP = np.arange(4096, dtype=np.uint16).reshape(64, 64)


def shown(encoding: Encoding, values: NDArray[Any], window: Window, options: dict[str, Any], **changes: Any) -> Any:
    return pixels(render(frame_of(values, **changes), RenderOptions(encoding, window, **options))).astype(int)


def deep(values: NDArray[Any], window: Window, options: dict[str, Any] | None = None, **changes: Any) -> Any:
    return shown(Encoding.PNG_16, values, window, options or {}, **changes)


def flat(values: NDArray[Any], window: Window, options: dict[str, Any] | None = None, **changes: Any) -> Any:
    return shown(Encoding.PNG, values, window, options or {}, **changes)


@pytest.mark.parametrize("center", [1000.0, 2048.0])
@pytest.mark.parametrize("width", [300, 1024, 4096])
def test_a_wide_window_keeps_its_levels_apart(center: float, width: int) -> None:
    """PS3.3 C.11.2.1.2.1 on 16 bits."""
    share = (RAMP - (center - 0.5)) / (width - 1) + 0.5
    assert (deep(RAMP, Window(center, width)) == np.rint(share.clip(0, 1) * 65535)).all()
    inside = np.unique(RAMP[(share > 0) & (share < 1)]).size
    assert np.unique(deep(RAMP, Window(center, width))).size >= inside


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"photometric_interpretation": "MONOCHROME1"},
        {"padding": (0, 99)},
        {"rescale_slope": 2.0, "rescale_intercept": -1000.0},
    ],
    ids=["plain", "inverted", "padded", "rescaled"],
)
@pytest.mark.parametrize("function", VoiFunction)
def test_eight_bits_are_the_same_image(function: VoiFunction, changes: dict[str, Any]) -> None:
    window = Window(900.0, 1500.0, function)
    assert np.abs(deep(RAMP, window, **changes) / 257 - flat(RAMP, window, **changes)).max() <= 0.5


def test_values_without_a_table_are_as_deep() -> None:
    wide = RAMP.astype(np.int32) * 1000
    window = Window(2_048_000.0, 4_096_000.0)
    assert np.unique(deep(wide, window)).size == 4096
    assert np.abs(deep(wide, window) / 257 - flat(wide, window)).max() <= 0.5


def test_what_is_burnt_in_is_burnt_in_deep_as_well() -> None:
    window, view = Window(2048.0, 4096.0), {"viewport": Viewport(200, 200)}
    mark = {**view, "watermark": "Looked at by A"}
    marked, plain = deep(RAMP, window, mark), deep(RAMP, window, view)
    expected = flat(RAMP, window, mark)
    assert np.abs(marked / 257 - expected).max() <= 0.5
    unmarked = expected == flat(RAMP, window, view)
    assert 0.2 < unmarked.mean() < 1
    assert (marked[unmarked] == plain[unmarked]).all()


def test_colour_over_grey_gives_colour_of_16_bits() -> None:
    grey = np.array([[10, 20]], np.uint8)
    shown = np.array([[[10, 10, 10], [255, 0, 0]]], np.uint8)
    result = deepened(np.array([[2570, 5150]], np.uint16), grey, shown)
    assert result.tolist() == [[[2570] * 3, [65535, 0, 0]]]


def test_eight_bits_span_sixteen() -> None:
    assert widened(np.array([0, 1, 255], np.uint8)).tolist() == [0, 257, 65535]
