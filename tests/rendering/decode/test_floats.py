"""Float and Double Float Pixel Data: exactly what they are, and nothing where there is no value (PS3.3 C.7.6.24)."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
import pytest

from rendering.decode.decoding import decode
from rendering.errors import MalformedAttributes, MalformedFrame
from rendering.frame import EncodedFrame
from rendering.options import VoiFunction, Window
from rendering.window_choice import default_window
from tests.rendering.decode import samples
from tests.rendering.frames import shown

VALUES = np.linspace(-1e-3, 2e-3, 30).reshape(5, 6)


def frame(values: NDArray[Any], syntax: str = samples.EXPLICIT, **told: Any) -> EncodedFrame:
    """Attributes have no Bits Stored, High Bit and Pixel Representation; the reader gives these for them."""
    bits = 8 * values.itemsize
    described = samples.attributes(values, bits, signed=True, floating_point=True, **told)
    return EncodedFrame(values.tobytes(), syntax, described)


@pytest.mark.parametrize("kind", ["<f4", "<f8"])
def test_values_come_back_exactly(kind: str) -> None:
    values = VALUES.astype(kind)
    for syntax in (samples.IMPLICIT, samples.EXPLICIT, samples.DEFLATED, samples.ENCAPSULATED):
        decoded = decode(frame(values, syntax))
        np.testing.assert_array_equal(decoded.values, values)
        assert (decoded.values.dtype, decoded.color_space, decoded.decoder) == (values.dtype, "MONOCHROME2", "native")
    swapped = values.astype(values.dtype.newbyteorder(">"))
    np.testing.assert_array_equal(decode(frame(swapped, samples.BIG_ENDIAN)).values, values)


@pytest.mark.parametrize("kind", ["<f4", "<f8"])
@pytest.mark.parametrize(
    ("padding", "missing"),
    [
        (None, [False, False, False, False, True, True, True]),
        ((-9.0, -9.0), [True, False, False, False, True, True, True]),
        ((-9.0, 0.0), [True, True, False, False, True, True, True]),
        ((1e300, 1e300), [False, False, False, False, True, True, True]),
    ],
)
def test_padding_and_what_is_no_number_is_nothing(
    kind: str, padding: tuple[float, float] | None, missing: list[bool]
) -> None:
    values = np.array([[-9.0, -0.5, 0.25, 7.0, np.inf, -np.inf, np.nan]], kind)
    decoded = decode(frame(values, padding=padding)).values
    np.testing.assert_array_equal(np.isnan(decoded[0]), missing)
    np.testing.assert_array_equal(decoded[~np.isnan(decoded)], values[0][~np.array(missing)])


def test_padding_is_compared_in_the_precision_of_the_pixels() -> None:
    values = np.array([[0.1, 0.2]], "<f4")
    assert list(np.isnan(decode(frame(values, padding=(0.1, 0.1))).values[0])) == [True, False]


def test_nothing_is_background_in_either_polarity_and_counts_nowhere() -> None:
    values = VALUES.astype("<f4").copy()
    values[0, :3] = np.nan, np.inf, -9e30
    for interpretation in ("MONOCHROME1", "MONOCHROME2"):
        sent = frame(values, padding=(-9e30, -9e30), photometric_interpretation=interpretation)
        image = shown(sent).astype(int)
        assert list(image[0, :3]) == [0, 0, 0]
        assert (image[4, 5], image[0, 3]) == ((255, 0) if interpretation == "MONOCHROME2" else (0, 255))
    window = default_window(decode(sent).values, sent.attributes)
    assert window.function is VoiFunction.LINEAR_EXACT
    assert VALUES[0, 3] <= window.center - window.width / 2 < window.center + window.width / 2 <= VALUES[4, 5]


def test_a_frame_of_nothing_is_black() -> None:
    assert not shown(frame(np.full((3, 4), np.nan, "<f4"))).any()


def test_a_window_that_is_asked_for() -> None:
    image = shown(frame(VALUES), window=Window(0.0005, 0.001, VoiFunction.LINEAR_EXACT))
    expected = np.rint(np.clip((VALUES - 0.0005) / 0.001 + 0.5, 0, 1) * 255)
    assert np.abs(image - expected).max() <= 1


@pytest.mark.parametrize("signed", [False, True])
def test_integers_of_32_bits_keep_their_levels_apart(signed: bool) -> None:
    """2**24 is where single precision would begin to lose them."""
    start = 2**31 - 300 if signed else 2**32 - 300
    values = (start + np.arange(256).reshape(16, 16)).astype("<i4" if signed else "<u4")
    image = shown(samples.frame(values.tobytes(), samples.EXPLICIT, values), window=Window(start + 128, 256))
    np.testing.assert_array_equal(image, np.arange(256).reshape(16, 16))


@pytest.mark.parametrize("missing", [1, 4, 8])
def test_a_frame_that_is_too_short_is_refused(missing: int) -> None:
    sent = frame(VALUES)
    with pytest.raises(MalformedFrame):
        decode(replace(sent, data=sent.data[:-missing]))


@pytest.mark.parametrize("syntax", [samples.RLE, samples.JPEG_2000, samples.DEFLATED_FRAMES])
def test_floats_are_never_compressed(syntax: str) -> None:
    with pytest.raises(MalformedAttributes):
        decode(frame(VALUES, syntax))


@pytest.mark.parametrize(
    "told", [{"bits_allocated": 16}, {"samples_per_pixel": 3, "photometric_interpretation": "RGB"}]
)
def test_attributes_that_floats_cannot_have_are_refused(told: dict[str, Any]) -> None:
    with pytest.raises(MalformedAttributes):
        decode(frame(VALUES, **told))
