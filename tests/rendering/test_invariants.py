"""What holds for whole renderings whatever is in the frame: of constants, padding, flips and polarity."""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
import numpy as np
from numpy.typing import NDArray

from rendering.options import Viewport, VoiFunction, Window
from rendering.window_choice import default_window
from tests.rendering.frames import attributes_of, frame_of, shown

any_type = st.sampled_from(["u1", "i1", "u2", "i2", "u4", "i4"])
any_values = arrays(any_type, array_shapes(min_dims=2, max_dims=2, max_side=24))
any_window = st.builds(Window, st.floats(-40000, 70000), st.floats(1, 70000), st.sampled_from(VoiFunction))
any_viewport = st.builds(Viewport, st.integers(1, 60), st.integers(1, 60))
any_polarity = st.sampled_from(["MONOCHROME1", "MONOCHROME2"])


@settings(max_examples=60, deadline=None)
@given(any_type, st.data(), array_shapes(min_dims=2, max_dims=2, max_side=40), any_window, any_viewport, any_polarity)
def test_a_frame_of_one_value_is_an_image_of_one_value(
    kind: str, data: Any, shape: tuple[int, int], window: Window, viewport: Viewport, polarity: str
) -> None:
    limits = np.iinfo(kind)
    value = data.draw(st.integers(int(limits.min), int(limits.max)))
    frame = frame_of(np.full(shape, value, kind), photometric_interpretation=polarity)
    scaled = np.unique(shown(frame, window=window, viewport=viewport))
    assert scaled.tolist() == np.unique(shown(frame, window=window)).tolist()
    assert scaled.size == 1


@settings(max_examples=60, deadline=None)
@given(any_values, st.booleans(), st.booleans(), st.none() | any_window)
def test_a_mirror_image_of_a_mirror_image_is_the_image(
    values: NDArray[Any], across: bool, down: bool, window: Window | None
) -> None:
    mirrored = values[:: -1 if down else 1, :: -1 if across else 1]
    viewport = Viewport(values.shape[1], values.shape[0], flip_horizontal=across, flip_vertical=down)
    image = shown(frame_of(np.ascontiguousarray(mirrored)), viewport=viewport, window=window)
    assert (image == shown(frame_of(values), window=window)).all()


@settings(max_examples=60, deadline=None)
@given(any_values, st.integers(1, 20), st.sampled_from(["2", "4", "7", "128"]), st.data())
def test_padding_never_changes_the_window(values: NDArray[Any], rows: int, suffix: str, data: Any) -> None:
    padding = int(data.draw(st.sampled_from([np.iinfo(values.dtype).min, np.iinfo(values.dtype).max])))
    values = np.where(values == padding, 0, values)
    padded = np.vstack([values, np.full((rows, values.shape[1]), padding, values.dtype)])
    attributes = attributes_of(values, sop_class=f"1.2.840.10008.5.1.4.1.1.{suffix}", padding=(padding, padding))
    assert default_window(padded, attributes) == default_window(values, attributes)


@settings(max_examples=60, deadline=None)
@given(any_values, any_window, st.booleans())
def test_what_is_no_padding_is_shown_as_if_there_were_none(
    values: NDArray[Any], window: Window, inverted: bool
) -> None:
    lowest = int(values.min())
    polarity = "MONOCHROME1" if inverted else "MONOCHROME2"
    frame = frame_of(values, photometric_interpretation=polarity)
    padded = replace(frame, attributes=replace(frame.attributes, padding=(lowest, lowest)))
    image, plain = shown(padded, window=window), shown(frame, window=window)
    assert (image == np.where(values == lowest, 0, plain)).all()
