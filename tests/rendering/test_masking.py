"""Nothing outside a frame's areas reaches an image: not by its pixels, scaling or window, whatever it is encoded in."""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
from numpy.typing import NDArray
import pytest

from rendering.content import Cine, Icon, Preparing, Still
from rendering.errors import NotAnonymous
from rendering.frame import EncodedFrame, LookupTable, Palette
from rendering.laid_over import Rectangle
from rendering.options import Encoding, RenderOptions, Viewport
from rendering.pictograms import Pictogram
from rendering.preparation import prepare
from rendering.render import MAXIMUM_PIXELS, render
from tests.rendering.frames import frame_of, pixels

ROWS, COLUMNS = 48, 64
AREAS = (Rectangle(8, 10, 40, 30), Rectangle(44, 34, 60, 46))
MASKED = RenderOptions(Encoding.PNG, masked=True, overlays=False)
RAMP = LookupTable(256, 0, 16, (np.arange(256)[::-1] * 257).astype("<u2").tobytes())
KINDS: dict[str, dict[str, Any]] = {
    "MONOCHROME2": {},
    "MONOCHROME1": {"photometric_interpretation": "MONOCHROME1"},
    "PALETTE COLOR": {"photometric_interpretation": "PALETTE COLOR", "palette": Palette(RAMP, RAMP, RAMP)},
    "RGB": {},
    "YBR_FULL": {"photometric_interpretation": "YBR_FULL"},
}


def kept() -> NDArray[np.bool_]:
    inside = np.zeros((ROWS, COLUMNS), np.bool_)
    for one in AREAS:
        inside[int(one.top) : int(one.bottom), int(one.left) : int(one.right)] = True
    return inside


def frame(kind: str, secret: int, seed: int = 1) -> EncodedFrame:
    """A picture in the areas, and something `secret` outside of them."""
    shape = (ROWS, COLUMNS, 3) if kind in {"RGB", "YBR_FULL"} else (ROWS, COLUMNS)
    values = np.random.default_rng(seed).integers(60, 200, shape, np.uint8)
    hidden = np.random.default_rng(secret).integers(0, 256, shape, np.uint8)
    inside = kept() if len(shape) == 2 else kept()[..., np.newaxis]
    return frame_of(np.where(inside, values, hidden), areas=AREAS, **KINDS[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_outside_is_black_and_inside_is_the_image_to_the_pixel(kind: str) -> None:
    masked = frame(kind, secret=7)
    whole = replace(masked, attributes=replace(masked.attributes, areas=None))
    image, plain = pixels(render(masked, MASKED)), pixels(render(whole, RenderOptions(Encoding.PNG)))
    assert not image[~kept()].any()
    if kind in {"RGB", "YBR_FULL", "PALETTE COLOR"}:
        assert (image[kept()] == plain[kept()]).all()
    assert plain[~kept()].any()


@settings(max_examples=25, deadline=None)
@given(
    kind=st.sampled_from([*KINDS]),
    secrets=st.tuples(st.integers(0, 99), st.integers(100, 199)),
    size=st.tuples(st.integers(1, 130), st.integers(1, 130)),
    flips=st.tuples(st.booleans(), st.booleans()),
    encoding=st.sampled_from([Encoding.PNG, Encoding.JPEG, Encoding.GIF, Encoding.WEBP, Encoding.PNG_16]),
)
def test_the_bytes_are_the_same_whatever_lies_outside(
    kind: str, secrets: tuple[int, int], size: tuple[int, int], flips: tuple[bool, bool], encoding: Encoding
) -> None:
    viewport = Viewport(*size, flip_horizontal=flips[0], flip_vertical=flips[1])
    gray = kind.startswith("MONOCHROME")
    options = replace(
        MASKED, encoding=encoding if gray or encoding is not Encoding.PNG_16 else Encoding.PNG, viewport=viewport
    )
    one, other = (render(frame(kind, secret), options) for secret in secrets)
    assert one.data == other.data
    assert one.window == other.window


def test_the_same_holds_in_motion() -> None:
    options = replace(MASKED, encoding=Encoding.GIF)
    one, other = (
        render(Cine((frame("MONOCHROME2", secret), frame("MONOCHROME2", secret + 1)), (100_000, 100_000)), options)
        for secret in (3, 30)
    )
    assert one.data == other.data


def test_the_same_holds_for_what_is_prepared() -> None:
    size = RenderOptions(viewport=Viewport(20, 15))
    one, other = (prepare(Preparing(frame("MONOCHROME2", secret), size), MAXIMUM_PIXELS) for secret in (3, 30))
    assert bytes(one.data) == bytes(other.data)


@pytest.mark.parametrize("content", ["frame", "still", "cine", "second"])
def test_what_is_to_be_masked_and_has_no_areas_is_not_rendered(content: str) -> None:
    masked = frame("MONOCHROME2", 1)
    unknown = replace(masked, attributes=replace(masked.attributes, areas=None))
    contents: dict[str, Any] = {
        "frame": unknown,
        "still": Still((unknown,)),
        "cine": Cine((unknown,), (1000,)),
        "second": Still((masked, unknown)),
    }
    with pytest.raises(NotAnonymous):
        render(contents[content], MASKED)


def test_a_drawing_names_nobody() -> None:
    assert render(Icon(next(iter(Pictogram))), MASKED).data
