"""CIELab as data sets write it, against Little CMS."""

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms
import pytest

from rendering.reading.cielab import to_srgb

TO_SRGB = ImageCms.buildTransform(
    ImageCms.createProfile("LAB"),
    ImageCms.createProfile("sRGB"),
    "LAB",
    "RGB",
    ImageCms.Intent.RELATIVE_COLORIMETRIC,
    ImageCms.Flags.NOOPTIMIZE,  # or it would interpolate between few colours
)


@given(st.integers(0, 255), st.integers(-128, 127), st.integers(-128, 127))
def test_colours_are_those_of_another_program(lightness: int, a: int, b: int) -> None:
    """What sRGB cannot show is cut off by each in its way, so that only colours inside it are compared."""
    image = Image.frombytes("LAB", (1, 1), bytes([lightness, a % 256, b % 256]))
    converted = ImageCms.applyTransform(image, TO_SRGB)
    assert converted is not None
    expected = converted.tobytes()
    found = to_srgb(lightness * 257, (a + 128) * 257, (b + 128) * 257)
    if all(4 <= part <= 251 for part in (*expected, *found)):
        assert max(abs(one - other) for one, other in zip(found, expected, strict=True)) <= 1


@pytest.mark.parametrize(
    ("lab", "expected"),
    [((0, 0x8080, 0x8080), (0, 0, 0)), ((0xFFFF, 0x8080, 0x8080), (255, 255, 255)), ((0x8080, 0x8080, 0x8080), None)],
)
def test_without_a_and_b_there_is_gray(lab: tuple[int, int, int], expected: tuple[int, int, int] | None) -> None:
    red, green, blue = to_srgb(*lab)
    assert max(red, green, blue) - min(red, green, blue) <= 1
    assert expected is None or (red, green, blue) == expected
