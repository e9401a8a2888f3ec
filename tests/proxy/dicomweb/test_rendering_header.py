"""`Vitrine-Rendering` is a dictionary by RFC 8941 §3.2, and says of an image what was done to make it."""

from dataclasses import replace
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest

from proxy.dicomweb.rendering_header import rendering_header, rendering_warnings
from proxy.resources import FramesRef, Uid
from rendering.frame import RenderedImage
from rendering.options import Encoding, VoiFunction, Window
from rendering.reading.real_world import RealWorldValues

SOURCE = FramesRef(Uid("1"), Uid("2"), Uid("3"), (7,))
PLAIN = RenderedImage(b"", Encoding.JPEG, 512, 256, Window(40, 400, VoiFunction.LINEAR), "image", lossy=True)
FULL = replace(
    PLAIN,
    lossy=False,
    marked=True,
    scale=0.5,
    decoder="libjpeg-turbo",
    source_lossy=True,
    ratio=9.96,
    color_space="adobergb",
    color_found="stream",
    described=True,
    annotated=("patient", "technique"),
)

TOKEN = r"[A-Za-z*][!#$%&'*+\-.^_`|~0-9A-Za-z:/]*"
BARE = rf'(?:-?\d{{1,15}}|-?\d{{1,12}}\.\d{{1,3}}|"(?:[ !#-\[\]-~]|\\["\\])*"|{TOKEN}|\?[01])'
PARAMETERS = rf"(?:;[a-z*][a-z0-9_\-.*]*(?:={BARE})?)*"
ITEM = rf"{BARE}{PARAMETERS}"
INNER = rf"\((?: *{ITEM}(?: +{ITEM})*)? *\){PARAMETERS}"
MEMBER = rf"[a-z*][a-z0-9_\-.*]*(?:=(?:{ITEM}|{INNER})|{PARAMETERS})"
DICTIONARY = re.compile(rf"{MEMBER}(?:[ \t]*,[ \t]*{MEMBER})*")


def test_a_plain_image() -> None:
    assert rendering_header(SOURCE, PLAIN) == (
        'columns=512, rows=256, frame=7, window="40,400,linear", window-from=image, scale=1, '
        "lossy=?1, source-lossy=?0, icc=none;from=none;embedded=?0, watermark=?0"
    )


def test_an_image_of_which_all_is_known() -> None:
    assert rendering_header(SOURCE, FULL) == (
        'columns=512, rows=256, frame=7, window="40,400,linear", window-from=image, scale=0.5, decoder=libjpeg-turbo, '
        "lossy=?1, source-lossy=?1, ratio=9.96, icc=adobergb;from=stream;embedded=?1, "
        "annotation=(patient technique), watermark=?1"
    )


@given(
    scale=st.floats(1e-6, 2**20),
    ratio=st.none() | st.floats(1e-3, 1e6),
    window=st.none() | st.builds(Window, st.floats(-1e30, 1e30), st.floats(1e-30, 1e30), st.sampled_from(VoiFunction)),
    columns=st.integers(1, 2**20),
    annotated=st.sampled_from([(), ("patient",), ("patient", "technique")]),
)
def test_it_is_always_a_structured_field(**members: Any) -> None:
    assert DICTIONARY.fullmatch(rendering_header(SOURCE, replace(FULL, **members)))


def test_quantities_are_told_with_their_units() -> None:
    line = RealWorldValues("g/ml", 0, 4095, slope=0.25, intercept=-1)
    table = RealWorldValues('m"s\\é', -3, 3, entries=(1.0,) * 7)
    assert rendering_header(SOURCE, PLAIN, (line, table)).endswith(
        'real-world=("g/ml";slope="0.25";intercept="-1";first="0";last="4095" "ms";table=?1;first="-3";last="3")'
    )


@given(st.lists(st.builds(RealWorldValues, st.text(max_size=80), *[st.floats()] * 4), max_size=6))
def test_quantities_are_always_a_structured_field(quantities: list[RealWorldValues]) -> None:
    assert DICTIONARY.fullmatch(rendering_header(SOURCE, PLAIN, quantities))


@pytest.mark.parametrize(("encoding", "source", "lossy"), [(True, False, 1), (False, True, 1), (False, False, 0)])
def test_an_image_is_lossy_by_its_encoding_or_by_its_source(encoding: bool, source: bool, lossy: int) -> None:
    header = rendering_header(SOURCE, replace(PLAIN, lossy=encoding, source_lossy=source))
    assert f" lossy=?{lossy}," in header
    assert f"source-lossy=?{int(source)}," in header


def test_a_damaged_profile_is_warned_of() -> None:
    (warning,) = rendering_warnings(replace(PLAIN, color_found="damaged"))
    assert "ICC profile" in warning
    assert rendering_warnings(FULL) == ()
