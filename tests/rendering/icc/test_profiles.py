"""The profiles that are made here, against LittleCMS' own sRGB, published colorants, and the standards' arithmetic."""

from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms
import pytest

from rendering.icc.spaces import ADOBE_RGB, ROMM_RGB, SRGB, Space
from rendering.icc.writing import gray_profile_of, profile_of

COLORS = np.random.default_rng(3).integers(0, 256, (64, 64, 3), dtype=np.uint8)
D65_TO_D50 = np.array(
    [[1.0478112, 0.0228866, -0.0501270], [0.0295424, 0.9904844, -0.0170491], [-0.0092345, 0.0150436, 0.7521316]]
)  # Bradford, as Lindbloom tabulates it
ADOBE_TO_XYZ = np.array([[0.57667, 0.18556, 0.18823], [0.29734, 0.62736, 0.07529], [0.02703, 0.07069, 0.99134]])
SRGB_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def opened(profile: bytes) -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(BytesIO(profile))


def converted(image: NDArray[Any], source: ImageCms.ImageCmsProfile, target: ImageCms.ImageCmsProfile) -> NDArray[Any]:
    transformation = ImageCms.buildTransform(source, target, "RGB", "RGB", ImageCms.Intent.RELATIVE_COLORIMETRIC)
    result = ImageCms.applyTransform(Image.fromarray(image), transformation)
    assert result is not None
    return np.asarray(result).astype(int)


def test_srgb_is_that_of_littlecms() -> None:
    theirs = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    for source, target in ((theirs, opened(profile_of(SRGB))), (opened(profile_of(SRGB)), theirs)):
        assert np.abs(converted(COLORS, source, target) - COLORS).max() <= 1


def test_adobe_rgb_follows_the_published_equations() -> None:
    """Adobe RGB (1998) §4.3.5.3 and IEC 61966-2-1 §5: between two spaces of the same white nothing is adapted."""
    encoded = COLORS / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    adobe = np.clip(linear @ SRGB_TO_XYZ.T @ np.linalg.inv(ADOBE_TO_XYZ).T, 0, 1) ** (1 / 2.19921875)
    ours = converted(COLORS, opened(profile_of(SRGB)), opened(profile_of(ADOBE_RGB)))
    assert np.abs(ours - np.rint(adobe * 255)).max() <= 2
    assert np.abs(ours - adobe * 255).mean() < 0.3


def test_romm_rgb_follows_the_published_equations() -> None:
    """ISO 22028-2: the matrix from XYZ relative to D50, and a curve of 1.8 with a line below 0.001953."""
    encoded = COLORS / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    from_xyz = np.array([[1.3460, -0.2556, -0.0511], [-0.5446, 1.5082, 0.0205], [0.0, 0.0, 1.2123]])
    light = np.clip(linear @ SRGB_TO_XYZ.T @ D65_TO_D50.T @ from_xyz.T, 0, 1)
    romm = np.where(light < 0.001953, 16 * light, light ** (1 / 1.8))
    ours = converted(COLORS, opened(profile_of(SRGB)), opened(profile_of(ROMM_RGB)))
    assert np.abs(ours - np.rint(romm * 255)).max() <= 2
    assert np.abs(ours - romm * 255).mean() < 0.3


@pytest.mark.parametrize(
    ("space", "colorants"),
    [
        (SRGB, [(0.4360, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)]),
        (ADOBE_RGB, [(0.6097, 0.3111, 0.0195), (0.2053, 0.6257, 0.0609), (0.1492, 0.0632, 0.7446)]),
        (ROMM_RGB, [(0.7977, 0.2880, 0.0), (0.1352, 0.7119, 0.0), (0.0314, 0.0001, 0.8249)]),
    ],
    ids=lambda one: one.name if isinstance(one, Space) else "",
)
def test_colorants_are_the_published_ones(space: Space, colorants: list[tuple[float, ...]]) -> None:
    profile = opened(profile_of(space)).profile
    assert profile.profile_description == space.name
    found = [profile.red_colorant, profile.green_colorant, profile.blue_colorant]
    assert np.abs(np.array([one[0] for one in found]) - np.array(colorants)).max() < 2e-4


@pytest.mark.parametrize("space", [SRGB, ADOBE_RGB, ROMM_RGB], ids=lambda one: one.name)
def test_greys_have_the_curve_of_their_space(space: Space) -> None:
    """Equal red, green and blue of the space, turned to sRGB, against its grey profile turned to that of sRGB."""
    ramp = np.arange(256, dtype=np.uint8)[np.newaxis]
    neutral = np.stack([ramp] * 3, axis=-1)
    as_color = converted(neutral, opened(profile_of(space)), opened(profile_of(SRGB)))
    gray = ImageCms.buildTransform(opened(gray_profile_of(space)), opened(gray_profile_of(SRGB)), "L", "L")
    as_gray = ImageCms.applyTransform(Image.fromarray(ramp), gray)
    assert as_gray is not None
    assert np.abs(np.asarray(as_gray).astype(int)[..., np.newaxis] - as_color).max() <= 1


@pytest.mark.parametrize("space", [SRGB, ADOBE_RGB, ROMM_RGB], ids=lambda one: one.name)
def test_profiles_are_sound_and_small(space: Space) -> None:
    for profile, kind in ((profile_of(space), b"RGB "), (gray_profile_of(space), b"GRAY")):
        assert int.from_bytes(profile[:4]) == len(profile) < 3000
        assert (profile[12:16], profile[16:20], profile[36:40]) == (b"mntr", kind, b"acsp")
        for number in range(int.from_bytes(profile[128:132])):
            start, length = (int.from_bytes(profile[136 + 12 * number + by :][:4]) for by in (0, 4))
            assert start % 4 == 0
            assert start + length <= len(profile)
