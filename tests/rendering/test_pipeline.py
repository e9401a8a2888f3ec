"""The pipeline as a whole: reduced decoding that nobody notices, limits, and values that cross to another process."""

from contextlib import suppress
from dataclasses import replace
import pickle
from typing import Any

import cv2
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
import pytest

from rendering.dicom_file import read_frame
from rendering.errors import InvalidOption, MalformedFrame, RenderingError, TooLarge, UnsupportedObject
from rendering.frame import EncodedFrame, LookupTable, Palette
from rendering.options import Encoding, RenderOptions, Viewport, VoiFunction, Window
from rendering.render import render
from tests.rendering.frames import CT, FILES, attributes_of, frame_of, pixels, shown

JPEG_2000 = "1.2.840.10008.1.2.4.90"
Y, X = np.mgrid[:600, :500]
PHANTOM = (1000 + 600 * np.sin(X / 23) * np.cos(Y / 31) + 900 * (np.hypot(X - 250, Y - 300) < 150)).astype(np.uint16)
BRAIN = Window(1200, 2400)


def jpeg_2000_of(values: NDArray[Any], **changes: Any) -> EncodedFrame:
    data = imagecodecs.jpeg2k_encode(values, codecformat="j2k", reversible=True, resolutions=6)
    return EncodedFrame(data, JPEG_2000, attributes_of(values, **changes))


@pytest.mark.parametrize(
    "viewport",
    [
        Viewport(150, 150),
        Viewport(75, 75),
        Viewport(31, 47),
        Viewport(100, 100, x=101, y=53, region_width=399, region_height=401),
        Viewport(60, 60, x=250, y=300, flip_horizontal=True),
    ],
)
def test_a_reduced_decoding_shows_the_same_image(viewport: Viewport) -> None:
    """Smoothed otherwise, so that what is shown must be found next door."""
    reduced = shown(jpeg_2000_of(PHANTOM), viewport=viewport, window=BRAIN).astype(int)
    full = shown(frame_of(PHANTOM), viewport=viewport, window=BRAIN)
    darkest, brightest = (extreme(full, np.ones((3, 3))).astype(int) for extreme in (cv2.erode, cv2.dilate))
    beyond = np.maximum(darkest - reduced, reduced - brightest)
    assert reduced.shape == full.shape
    assert beyond.max() < 25
    assert (beyond > 4).mean() < 0.05


def test_padding_is_not_decoded_into_the_image() -> None:
    values = PHANTOM.astype(np.int16)
    values[:, :201] = -2000
    padded: dict[str, Any] = {"padding": (-2000, -2000)}
    coded = shown(jpeg_2000_of(values, **padded), viewport=Viewport(100, 100), window=BRAIN)
    assert (coded == shown(frame_of(values, **padded), viewport=Viewport(100, 100), window=BRAIN)).all()


def test_the_indices_of_a_palette_are_not_averaged() -> None:
    indices = np.kron(np.random.default_rng(7).integers(0, 2, (75, 75)), np.ones((8, 8))).astype(np.uint8) * 255
    table = LookupTable(256, 0, 8, bytes([10, *[255] * 254, 20]))
    palette: dict[str, Any] = {
        "photometric_interpretation": "PALETTE COLOR",
        "palette": Palette(table, table, table),
    }
    image = shown(jpeg_2000_of(indices, **palette), viewport=Viewport(75, 75))
    assert image.max() <= 20, "the mean of the indices is a third one, and white"
    assert image[..., 0].min() == 10


def test_real_jpeg_2000_equals_its_decoded_self() -> None:
    dataset = dcmread(FILES / "693_J2KI.dcm")
    frame = read_frame(FILES / "693_J2KI.dcm", 1)
    values = dataset.pixel_array.astype(np.int16)
    native = frame_of(values, **{name: getattr(frame.attributes, name) for name in ("rescale_intercept", "windows")})
    assert frame.attributes.sop_class == CT
    assert (shown(frame) == shown(native)).all()


def test_neither_frame_nor_image_exceeds_the_limit() -> None:
    frame = frame_of(np.zeros((100, 100), np.uint8))
    with pytest.raises(TooLarge):
        render(frame, RenderOptions(viewport=Viewport(10, 10)), maximum_pixels=9_999)
    with pytest.raises(TooLarge):
        render(frame, RenderOptions(viewport=Viewport(101, 101)), maximum_pixels=10_000)
    assert render(frame, RenderOptions(), maximum_pixels=10_000).columns == 100


def test_a_short_frame_is_no_image() -> None:
    frame = frame_of(PHANTOM)
    with pytest.raises(MalformedFrame):
        render(replace(frame, data=frame.data[:-1]), RenderOptions())


def test_an_unknown_transfer_syntax_is_refused() -> None:
    with pytest.raises(UnsupportedObject):
        render(replace(frame_of(PHANTOM), transfer_syntax="1.2.3"), RenderOptions())


def test_everything_crosses_to_another_process() -> None:
    frame = read_frame(FILES / "examples_palette.dcm", 1)
    options = RenderOptions(Encoding.PNG, viewport=Viewport(40, 40), watermark="A")
    copied = pickle.loads(pickle.dumps((frame, options)))
    image = render(*copied)
    assert pickle.loads(pickle.dumps(image)) == render(frame, options)


def test_the_frame_may_be_borrowed_memory() -> None:
    frame = frame_of(PHANTOM)
    borrowed = replace(frame, data=memoryview(bytes(frame.data)))
    assert (shown(borrowed) == shown(frame)).all()


any_number = st.sampled_from([0.0, 1.0, -1.0, 0.37, -1024.0, 65535.0, 1e-30, 1e30, -1e30])
any_window = st.builds(
    Window, any_number, st.sampled_from([1.0, 1.5, 400.0, 1e-99, 1e99]), st.sampled_from(VoiFunction)
).filter(lambda window: window.function is not VoiFunction.LINEAR or window.width >= 1)
any_table = st.builds(
    lambda data, first, bits: LookupTable(len(data) // 2, first, bits, data),
    st.binary(min_size=2, max_size=64).filter(lambda data: len(data) % 2 == 0),
    st.sampled_from([-32768, -3, 0, 65535]),
    st.sampled_from([8, 10, 16]),
)
any_size = st.none() | st.sampled_from([0.001, 1.0, 2.5, 1e9])
any_viewport = st.builds(
    Viewport,
    st.integers(1, 90),
    st.integers(1, 90),
    st.sampled_from([0, 0.5, 3]),
    st.sampled_from([0, 0.5, 3]),
    any_size,
    any_size,
    st.booleans(),
    st.booleans(),
)


@settings(max_examples=300, deadline=None)
@given(
    arrays(st.sampled_from(["u1", "i1", "u2", "i2", "i4", "u4"]), array_shapes(min_dims=2, max_dims=2, max_side=40)),
    st.fixed_dictionaries(
        {
            "photometric_interpretation": st.sampled_from(["MONOCHROME1", "MONOCHROME2"]),
            "rescale_slope": any_number.filter(bool),
            "rescale_intercept": any_number,
            "modality_lut": st.none() | any_table,
            "windows": st.lists(any_window, max_size=1).map(tuple),
            "voi_luts": st.lists(any_table, max_size=1).map(tuple),
            "padding": st.none() | st.sampled_from([(0, 0), (-5, 5), (100, 40000)]),
            "pixel_aspect": st.sampled_from([0.01, 1.0, 1.37, 100.0]),
        }
    ),
    st.builds(
        RenderOptions,
        st.sampled_from([Encoding.JPEG, Encoding.PNG]),
        st.none() | any_window,
        st.none() | any_viewport,
        st.integers(1, 100),
        st.none() | st.integers(1, 50),
        st.none() | st.just("A"),
    ),
)
def test_whatever_the_attributes_say_there_is_an_image(
    values: NDArray[Any], changes: dict[str, Any], options: RenderOptions
) -> None:
    with suppress(InvalidOption):
        assert pixels(render(frame_of(values, **changes), options)).dtype == np.uint8


@pytest.mark.parametrize("file", sorted(FILES.glob("*.dcm")), ids=lambda file: file.stem)
def test_every_real_file_is_rendered_or_refused(file: Any) -> None:
    with suppress(RenderingError):
        image = render(read_frame(file, 1), RenderOptions(viewport=Viewport(64, 64)))
        assert image.data.startswith(b"\xff\xd8")
        assert max(image.columns, image.rows) == 64
