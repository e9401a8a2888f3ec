"""The grey transformations against the standard's formulas and their published properties (PS3.3 C.11)."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
from pydicom.dataset import Dataset
import pydicom.pixels.processing
import pytest

from rendering.frame import LookupTable
from rendering.grayscale import (
    Transformation,
    apply_presentation_lut,
    apply_voi_lut,
    apply_window,
    to_deep_presentation,
    to_modality,
    to_presentation,
)
from rendering.options import VoiFunction, Window
from tests.rendering.frames import table_item

LINEAR, EXACT, SIGMOID = VoiFunction.LINEAR, VoiFunction.LINEAR_EXACT, VoiFunction.SIGMOID
IDENTITY = Transformation(1.0, 0.0, None, Window(128, 256), None, False, None, 0, 65535)
windows = st.builds(
    Window,
    st.floats(-40000, 70000),
    st.floats(1, 70000),
    st.sampled_from(VoiFunction),
)


def table_of(first: int, bits: int, entries: list[int]) -> LookupTable:
    return LookupTable(len(entries), first, bits, np.array(entries, "<u2").tobytes())


@pytest.mark.parametrize(
    ("window", "curve"),
    [
        (
            Window(100, 100, LINEAR),
            {50: 0, 75: 64.394, 99: 126.212, 100: 128.788, 125: 193.182, 149: 255, 150: 255},
        ),
        (Window(128, 256, LINEAR), {0: 0, 127: 127, 128: 128, 255: 255}),
        (Window(2048, 4096, LINEAR), {0: 0, 1024: 63.766, 2048: 127.531, 4095: 255}),
        (Window(2048, 1, LINEAR), {2047: 0, 2047.5: 0, 2048: 255}),
        (Window(0, 100, LINEAR), {-50: 0, -25: 64.394, 0: 128.788, 49: 255}),
        (Window(100, 100, EXACT), {50: 0, 75: 63.75, 100: 127.5, 149: 252.45, 150: 255}),
        (Window(40, 400, EXACT), {-160: 0, -60: 63.75, 40: 127.5, 240: 255}),
        (Window(0.5, 0.5, EXACT), {0.625: 191.25}),
        (Window(40, 400, SIGMOID), {-360: 4.586, -160: 30.397, 40: 127.5, 240: 224.603, 440: 250.414}),
    ],
)
def test_windows_follow_the_formulas(window: Window, curve: dict[float, float]) -> None:
    assert apply_window(np.array(list(curve), float), window) == pytest.approx(list(curve.values()), abs=1e-3)


@given(windows, st.floats(-1e30, 1e30))
def test_any_window_gives_values_in_range(window: Window, value: float) -> None:
    assert 0 <= apply_window(np.array([value]), window)[0] <= 255


@given(windows)
def test_brighter_values_are_never_darker(window: Window) -> None:
    ramp = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    shown = to_presentation(ramp, replace(IDENTITY, window=window)).reshape(-1).astype(int)
    assert (np.diff(shown) >= 0).all()


@given(windows, st.floats(-3, 3).filter(bool), st.floats(-2000, 2000))
def test_monochrome1_is_the_inverse_of_monochrome2(window: Window, slope: float, intercept: float) -> None:
    ramp = np.arange(0, 65536, 16, dtype=np.uint16).reshape(64, 64)
    plain = replace(IDENTITY, slope=slope, intercept=intercept, window=window)
    inverted = replace(plain, inverted=True)
    assert (to_presentation(ramp, inverted) == 255 - to_presentation(ramp, plain)).all()


@given(windows)
def test_the_way_without_tables_gives_the_same(window: Window) -> None:
    ramp = np.arange(-32768, 32768, 8).reshape(64, 128)
    transformation = replace(IDENTITY, slope=0.3, intercept=5, window=window, lowest=-32768, highest=32767)
    wide = to_presentation(ramp.astype(np.int32), transformation)
    assert (wide == to_presentation(ramp.astype(np.int16), transformation)).all()


@pytest.mark.parametrize("kind", [np.uint8, np.int8, np.uint16, np.int16, np.int32, np.uint32])
def test_every_type_of_stored_values(kind: type[np.integer]) -> None:
    limits = np.iinfo(kind)
    values = np.array([[limits.min, 0, 1, 100, limits.max]], kind)
    shown = to_presentation(values, replace(IDENTITY, window=Window(1, 2), lowest=limits.min, highest=limits.max))
    assert shown.dtype == np.uint8
    assert shown.tolist() == [[0, 0, 255, 255, 255]]


def test_padding_is_black_whatever_the_polarity() -> None:
    values = np.array([[0, 10, 255]], np.uint8)
    transformation = replace(IDENTITY, padding=(0, 9), highest=255)
    assert to_presentation(values, transformation).tolist() == [[0, 10, 255]]
    assert to_presentation(values, replace(transformation, inverted=True)).tolist() == [[0, 245, 0]]
    assert to_presentation(values.astype(np.int32), replace(transformation, inverted=True)).tolist() == [[0, 245, 0]]


def test_a_rescale_is_not_rounded_before_windowing() -> None:
    transformation = replace(IDENTITY, slope=0.1, window=Window(0.5, 1, EXACT))
    assert to_presentation(np.array([[0, 5, 10]], np.uint16), transformation).tolist() == [[0, 128, 255]]


def test_a_table_gives_its_ends_to_values_beyond_them() -> None:
    table = table_of(-10, 16, [7, 8, 9])
    stored = np.array([-32768.0, -10.0, -9.0, -8.0, 500.0])
    assert to_modality(stored, 1.0, 0.0, table).tolist() == [7, 7, 8, 9, 9]


def test_a_voi_lut_spans_the_display() -> None:
    assert apply_voi_lut(np.array([0.0, 1.0, 2.0]), table_of(0, 12, [0, 2048, 4095])).tolist() == pytest.approx(
        [0, 255 * 2048 / 4095, 255]
    )


def test_a_voi_lut_with_more_bits_than_declared_does_not_wrap() -> None:
    shown = apply_voi_lut(np.array([0.0, 1.0]), table_of(0, 10, [0, 4095]))
    assert shown.tolist() == [0, 255]


def test_a_presentation_lut_takes_what_the_window_gives_for_its_whole_input() -> None:
    entries = (np.arange(1024) ** 2 // 256).astype(np.uint16)
    holder = Dataset()
    holder.PresentationLUTSequence = [table_item(0, entries, bits=12)]
    ramp = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    wide = replace(IDENTITY, window=Window(32768, 65536), presentation_lut=table_of(0, 12, entries.tolist()))
    expected = pydicom.pixels.processing.apply_presentation_lut(ramp, holder).astype(float) * 255 / 4095
    assert np.abs(to_presentation(ramp, wide) - expected).max() <= 1


@pytest.mark.parametrize("entries", [[0, 4095], [4095, 0], [0, 100, 4095], [7] * 300])
def test_a_presentation_lut_gives_its_ends_to_the_ends_of_the_window(entries: list[int]) -> None:
    ends = apply_presentation_lut(np.array([0.0, 255.0]), table_of(0, 12, entries))
    assert ends * (4095 / 255) == pytest.approx([entries[0], entries[-1]])


@given(windows, st.booleans())
def test_inverted_twice_is_not_inverted(window: Window, padded: bool) -> None:
    inverse = LookupTable(65536, 0, 16, np.arange(65535, -1, -1).astype("<u2").tobytes())
    plain = replace(IDENTITY, window=window, padding=(100, 200) if padded else None)
    twice = replace(plain, presentation_lut=inverse, inverted=True)
    ramp = np.arange(0, 65536, 7, dtype=np.uint16).reshape(1, -1)
    for to_shown in (to_presentation, to_deep_presentation):
        assert np.abs(to_shown(ramp, twice).astype(int) - to_shown(ramp, plain)).max() <= 1  # two ways to round


def test_modality_and_voi_tables_together() -> None:
    transformation = replace(
        IDENTITY,
        modality_lut=table_of(0, 16, [0, 10, 20]),
        window=None,
        voi_lut=table_of(10, 8, [0, 1, 255]),
        highest=2,
    )
    values = np.array([[0, 1, 2]], np.uint8)
    assert to_presentation(values, transformation).tolist() == [[0, 0, 255]]


def test_bits_beyond_the_stored_ones_saturate() -> None:
    transformation = replace(IDENTITY, window=Window(2048, 4096), highest=4095)
    assert to_presentation(np.array([[4095, 4096, 65535]], np.uint16), transformation).tolist() == [[255, 255, 255]]
