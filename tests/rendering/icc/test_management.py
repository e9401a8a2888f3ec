"""Which colours an image has, and which profile says so: `iccprofile` by its values (PS3.18 §8.3.5.1.5)."""

from dataclasses import replace
from io import BytesIO
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import imagecodecs
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms
import pytest

from rendering.encode.jpeg import with_profile
from rendering.errors import InvalidOption
from rendering.frame import ColorDescription, EncodedFrame, RenderedImage
from rendering.icc.conversion import is_usable
from rendering.icc.embedded import profile_in
from rendering.icc.spaces import ADOBE_RGB, ROMM_RGB, SRGB, Space
from rendering.icc.writing import gray_profile_of, profile_of
from rendering.options import EMBEDDING_PROFILES, ColorProfile, Encoding, RenderOptions
from rendering.reading.color_description import LARGEST_PROFILE
from rendering.render import render
from tests.rendering.frames import attributes_of, frame_of, pixels

COLORS = np.stack(np.meshgrid(np.arange(0, 256, 8), np.arange(0, 256, 8), 100), axis=-1)[:, :, 0].astype(np.uint8)
GRAY = np.arange(256, dtype=np.uint8).reshape(16, 16)
LAB = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
DAMAGED = {
    "nothing of a profile": b"x" * 500,
    "cut off": profile_of(ADOBE_RGB)[:200],
    "of greys": gray_profile_of(SRGB),
    "of another space": LAB,
    "without curves": profile_of(ADOBE_RGB).replace(b"rTRC", b"xTRC"),
}


def described(profile: bytes = b"", **more: Any) -> EncodedFrame:
    return frame_of(COLORS, colors=ColorDescription(profile, **more))


def rendered(frame: EncodedFrame, asked: str = "no", encoding: Encoding = Encoding.PNG) -> RenderedImage:
    return render(frame, RenderOptions(encoding, quality=100, color_profile=ColorProfile(asked)))


def embedded(image: RenderedImage) -> bytes:
    """What Pillow finds in the file; it passes over the profiles of JP2, which lie in a box of their own."""
    if image.encoding in {Encoding.JP2, Encoding.JPH}:
        box = image.data.index(b"colr")
        length = int.from_bytes(image.data[box - 4 : box])
        method, content = image.data[box + 4], image.data[box + 7 : box - 4 + length]
        return content if method == 2 else b""
    return Image.open(BytesIO(image.data)).info.get("icc_profile") or b""


def by_arithmetic(image: NDArray[Any], source: Space, target: Space) -> NDArray[Any]:
    """Without LittleCMS, by matrices and curves, which have tests of their own."""
    light = source.curve.to_light(image / 255) @ source.to_xyz().T @ np.linalg.inv(target.to_xyz()).T
    return np.rint(target.curve.to_encoded(light.clip(0, 1)) * 255).astype(int)


@pytest.mark.parametrize("asked", ["no", "srgb"])
def test_without_a_profile_values_stay_what_they_are(asked: str) -> None:
    image = rendered(described(), asked)
    assert (pixels(image) == COLORS).all()
    assert (image.color_space, image.color_found) == ("srgb", "assumed")
    assert embedded(image) == (profile_of(SRGB) if asked == "srgb" else b"")
    assert image.described is (asked == "srgb")


@pytest.mark.parametrize(
    ("asked", "target", "space"),
    [
        ("no", SRGB, "srgb"),
        ("srgb", SRGB, "srgb"),
        ("adobergb", ADOBE_RGB, "adobergb"),
        ("rommrgb", ROMM_RGB, "rommrgb"),
    ],
)
@pytest.mark.parametrize("source", [SRGB, ADOBE_RGB, ROMM_RGB], ids=lambda one: one.name)
def test_values_are_converted_from_the_profile_of_the_image(asked: str, target: Any, space: str, source: Any) -> None:
    image = rendered(described(profile_of(source)), asked)
    expected = by_arithmetic(COLORS, source, target)
    assert np.abs(pixels(image).astype(int) - expected).max() <= 1
    assert (image.color_space, image.color_found) == (space, "image")


def test_yes_leaves_the_values_and_embeds_what_explains_them() -> None:
    image = rendered(described(profile_of(ADOBE_RGB) + b"\0" * 4), "yes")
    assert (pixels(image) == COLORS).all()
    assert embedded(image) == profile_of(ADOBE_RGB) + b"\0" * 4
    assert (image.color_space, image.color_found) == ("source", "image")


@pytest.mark.parametrize(("name", "space"), [("SRGB", "srgb"), ("ADOBERGB", "adobergb"), ("ROMMRGB", "rommrgb")])
def test_a_named_space_stands_for_its_profile(name: str, space: str) -> None:
    image = rendered(described(space=name), "yes")
    assert (image.color_space, image.color_found) == (space, "name")
    shown = rendered(described(space=name))
    source = {"SRGB": SRGB, "ADOBERGB": ADOBE_RGB, "ROMMRGB": ROMM_RGB}[name]
    assert np.abs(pixels(shown).astype(int) - by_arithmetic(COLORS, source, SRGB)).max() <= 1


def test_a_name_that_nobody_knows_is_no_space() -> None:
    assert rendered(described(space="DISPLAYP9")).color_found == "assumed"


def test_a_profile_in_the_code_stream_counts_where_the_data_set_has_none() -> None:
    stream = imagecodecs.jpeg8_encode(COLORS, level=100, subsampling="444")
    plain = EncodedFrame(stream, "1.2.840.10008.1.2.4.50", attributes_of(COLORS))
    large = profile_of(ADOBE_RGB) + bytes(150_000)  # three segments
    frame = replace(plain, data=with_profile(stream, large))
    assert profile_in(frame.data) == large == Image.open(BytesIO(frame.data)).info["icc_profile"]
    image, undescribed = rendered(frame, "yes"), rendered(plain)
    assert (embedded(image), image.color_found) == (large, "stream")
    assert (pixels(image) == pixels(undescribed)).all()
    shown = pixels(rendered(frame)).astype(int)
    expected = by_arithmetic(pixels(undescribed), ADOBE_RGB, SRGB)
    assert np.abs(shown - expected).max() <= 1
    attribute = replace(frame, attributes=replace(frame.attributes, colors=ColorDescription(profile_of(ROMM_RGB))))
    assert embedded(rendered(attribute, "yes")) == profile_of(ROMM_RGB)


@pytest.mark.parametrize("encoding", sorted(EMBEDDING_PROFILES))
@pytest.mark.parametrize("values", [COLORS, GRAY], ids=["colour", "grey"])
@pytest.mark.parametrize("asked", ["no", "yes", "srgb", "adobergb", "rommrgb"])
def test_every_encoding_that_can_carries_the_profile(values: NDArray[Any], asked: str, encoding: Encoding) -> None:
    image = rendered(frame_of(values), asked, encoding)
    of = profile_of if values.ndim == 3 else gray_profile_of
    space = {"adobergb": ADOBE_RGB, "rommrgb": ROMM_RGB}.get(asked, SRGB)
    assert embedded(image) == (b"" if asked == "no" else of(space))


@pytest.mark.parametrize("encoding", [Encoding.GIF, Encoding.JXL])
def test_an_encoding_that_cannot_refuses_and_never_forgets(encoding: Encoding) -> None:
    assert rendered(described(), "no", encoding).described is False
    with pytest.raises(InvalidOption):
        rendered(described(), "srgb", encoding)


def test_jp2_holds_no_tables_and_is_converted_instead() -> None:
    """A profile of look-up tables is not one of those that JP2 admits (T.800 I.5.3.3)."""
    tables = profile_of(ADOBE_RGB).replace(b"cprt", b"A2B0")
    assert rendered(described(tables), "yes", Encoding.JP2).color_space == "srgb"
    assert rendered(described(profile_of(ADOBE_RGB)), "yes", Encoding.JP2).color_space == "adobergb"


@pytest.mark.parametrize("asked", ["no", "yes", "srgb", "adobergb"])
@pytest.mark.parametrize("profile", DAMAGED.values(), ids=DAMAGED)
def test_a_profile_that_cannot_be_used_is_told_and_nothing_worse(profile: bytes, asked: str) -> None:
    image = rendered(described(profile), asked)
    assert image.color_found == "damaged"
    if asked != "adobergb":
        assert (pixels(image) == COLORS).all()
        assert image.color_space == "srgb"


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_a_profile_of_which_a_piece_is_missing_is_none(kept: int) -> None:
    stream = with_profile(imagecodecs.jpeg8_encode(COLORS), profile_of(ADOBE_RGB) + bytes(150_000))
    marker = b"ICC_PROFILE\0" + bytes([kept + 1])
    assert profile_in(stream)
    assert profile_in(stream.replace(marker, b"ICC_PROFILE\0\x09")) == b""


def test_a_profile_of_a_stream_that_is_too_large_is_not_used() -> None:
    stream = with_profile(imagecodecs.jpeg8_encode(COLORS), profile_of(ADOBE_RGB) + bytes(LARGEST_PROFILE))
    frame = EncodedFrame(stream, "1.2.840.10008.1.2.4.50", attributes_of(COLORS))
    assert rendered(frame, "yes").color_found == "damaged"


def test_a_profile_that_could_not_be_had_is_told() -> None:
    assert rendered(described(unread=True)).color_found == "damaged"


@given(st.binary(max_size=300), st.integers(0, 2500))
def test_whatever_a_profile_holds_it_is_usable_or_not(noise: bytes, place: int) -> None:
    sound = profile_of(ROMM_RGB)
    mixed = sound[:place] + noise + sound[place + len(noise) :]
    assert is_usable(mixed) in {True, False}
    assert profile_in(noise) == b""
    assert profile_in(b"\xff\xd8\xff\xe2" + noise) is not None


@pytest.mark.parametrize("asked", ["adobergb", "rommrgb"])
def test_grey_keeps_its_look_in_another_tone_curve(asked: str) -> None:
    """Turned back to sRGB by its embedded profile, the image is the one that was shown without."""
    image = rendered(frame_of(GRAY), asked)
    opened = Image.open(BytesIO(image.data))
    transformation = ImageCms.buildTransform(
        ImageCms.ImageCmsProfile(BytesIO(opened.info["icc_profile"])),
        ImageCms.ImageCmsProfile(BytesIO(gray_profile_of(SRGB))),
        *("L", "L"),
    )
    back = ImageCms.applyTransform(opened, transformation)
    assert back is not None
    error = np.abs(np.asarray(back).astype(int) - GRAY)
    assert error.max() <= 6  # the darkest levels lie closer together in a pure power
    assert error.mean() < 1
    assert (image.color_space, image.color_found) == (asked, "assumed")


def test_grey_without_a_wish_has_no_space() -> None:
    image = rendered(frame_of(GRAY))
    assert (image.color_space, image.color_found, embedded(image)) == ("none", "none", b"")
