"""Overlay planes over images: as DCMTK draws them, and still there when the image is reduced (PS3.3 C.9.2)."""

from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
import pytest

from rendering.dicom_file import read_frame
from rendering.frame import EncodedFrame
from rendering.laid_over import OverlayPlane, Rectangle, Shutter
from rendering.options import Omission, RenderOptions, Viewport, Window
from rendering.overlay import coverage
from rendering.render import render
from rendering.viewport import Geometry
from tests.rendering.dcmtk import reference
from tests.rendering.frames import FILES, attributes_of, frame_of, shown, write_file

Overlay = tuple[NDArray[Any], dict[int, tuple[str, Any]]]

GRAY = np.full((40, 60), 100, np.uint8)
RAMP = np.arange(4096, dtype=np.uint16).reshape(64, 64)


def packed(bits: NDArray[Any]) -> bytes:
    data = np.packbits(bits.astype(np.uint8), bitorder="little").tobytes()
    return data + bytes(len(data) % 2)


def plane_of(bits: NDArray[Any], **changes: Any) -> OverlayPlane:
    return OverlayPlane(0x6000, *bits.shape, bits=packed(bits), **changes)


def written(path: Path, values: NDArray[Any], overlays: dict[int, Overlay], **elements: Any) -> Path:
    """A file of `values` with overlays by group; what differs from the usual stands beside the bits, by element."""
    write_file(path, values, **elements)
    dataset = dcmread(path)
    for group, (bits, changes) in overlays.items():
        for element, (vr, value) in {**_usual(bits), **changes}.items():
            if value is not None:
                dataset.add_new((group, element), vr, value)
    dataset.save_as(path)
    return path


def _usual(bits: NDArray[Any]) -> dict[int, tuple[str, Any]]:
    return {
        0x10: ("US", bits.shape[-2]),
        0x11: ("US", bits.shape[-1]),
        0x40: ("CS", "G"),
        0x50: ("SS", [1, 1]),
        0x100: ("US", 1),
        0x102: ("US", 0),
        0x3000: ("OW", packed(bits)),
    }


@pytest.mark.parametrize("name", ["examples_overlay.dcm"])
def test_a_real_overlay_is_drawn_as_dcmtk_draws_it(name: str) -> None:
    ours = shown(read_frame(FILES / name, 1)).astype(int)
    with_overlays, without = reference(FILES / name, "+Wi", "1", overlays=True), reference(FILES / name, "+Wi", "1")
    assert (with_overlays != without).any()
    assert np.abs(ours - with_overlays).max() <= 1


def drawing(rows: int, columns: int) -> NDArray[np.bool_]:
    y, x = np.mgrid[:rows, :columns]
    return (np.abs(np.hypot(x - columns / 2, y - rows / 2) - rows / 3) < 0.7) | (x == y)


@pytest.mark.parametrize(
    ("origin", "rows", "columns"),
    [((1, 1), 64, 64), ((11, 6), 40, 50), ((-9, -19), 64, 64), ((50, 40), 64, 64), ((0, 0), 66, 66)],
)
def test_origins_inside_and_outside_are_where_dcmtk_has_them(
    tmp_path: Path, origin: tuple[int, int], rows: int, columns: int
) -> None:
    bits = drawing(rows, columns)
    placed = {0x6000: (bits, {0x50: ("SS", list(origin))})}
    file = written(tmp_path / "a", RAMP, placed, BitsStored=12, HighBit=11)
    ours = shown(read_frame(file, 1), window=Window(2048, 4096)).astype(int)
    assert np.abs(ours - reference(file, "+Ww", "2048", "4096", overlays=True)).max() <= 1


def test_several_planes_in_even_groups(tmp_path: Path) -> None:
    first, last = drawing(64, 64), drawing(64, 64)[::-1]
    file = written(tmp_path / "a", RAMP, {0x6000: (first, {}), 0x601E: (last, {})}, BitsStored=12, HighBit=11)
    ours = shown(read_frame(file, 1), window=Window(2048, 4096)).astype(int)
    assert (ours[first | last] == 255).all()
    assert np.abs(ours - reference(file, "+Ww", "2048", "4096", overlays=True)).max() <= 1


def test_an_overlay_in_unused_bits_is_drawn_as_dcmtk_draws_it(tmp_path: Path) -> None:
    """Retired, and found in old archives: bit 15 of the pixel cells (PS3.3-2004 C.9.2)."""
    bits = drawing(64, 64)
    cells = RAMP | (bits.astype(np.uint16) << 15)
    embedded = {0x100: ("US", 16), 0x102: ("US", 15), 0x3000: ("OW", None)}
    file = written(tmp_path / "a", cells, {0x6000: (bits, embedded)}, BitsStored=12, HighBit=11)
    ours = shown(read_frame(file, 1), window=Window(2048, 4096)).astype(int)
    assert (ours[bits] == 255).all()
    assert np.abs(ours - reference(file, "+Ww", "2048", "4096", overlays=True)).max() <= 1


def test_each_frame_has_its_own_frame_of_an_overlay(tmp_path: Path) -> None:
    """Frames of an overlay follow each other without padding, and begin with the one that Image Frame Origin names."""
    frames = np.zeros((4, 5, 7), np.uint8)
    bits = np.random.default_rng(4).integers(0, 2, (2, 5, 7)).astype(np.bool_)
    from_the_second = {0x15: ("IS", 2), 0x51: ("US", 2)}
    file = written(tmp_path / "a", frames.reshape(20, 7), {0x6000: (bits, from_the_second)}, Rows=5, NumberOfFrames=4)
    for number in (1, 2, 3, 4):
        ours = shown(read_frame(file, number), window=Window(128, 256))
        expected = bits[number - 2] if number in {2, 3} else np.zeros((5, 7), np.bool_)
        assert ((ours == 255) == expected).all()
        assert (ours == reference(file, "+Ww", "128", "256", "+F", str(number), overlays=True)).all()


def test_an_overlay_without_a_count_lies_over_every_frame(tmp_path: Path) -> None:
    bits = drawing(8, 8)
    file = written(tmp_path / "a", np.zeros((24, 8), np.uint8), {0x6000: (bits, {})}, Rows=8, NumberOfFrames=3)
    for number in (1, 3):
        assert ((shown(read_frame(file, number), window=Window(128, 256)) == 255) == bits).all()


@pytest.mark.parametrize("side", [45, 100, 160, 333])
def test_the_finest_line_is_as_bright_in_a_reduced_image(side: int) -> None:
    bits = np.zeros((1000, 1000), np.bool_)
    bits[537, 100:900] = True
    bits[100:900, 211] = True
    frame = frame_of(np.zeros((1000, 1000), np.uint8), overlays=(plane_of(bits),))
    image = shown(frame, viewport=Viewport(side, side), window=Window(128, 256)).astype(int)
    line = image[:, round(0.5 * side)]
    assert line.max() >= 127, "the least there can be where the line lies between two pixels"
    assert 250 <= line.sum() <= 260
    assert 250 <= image[round(0.3 * side)].sum() <= 260


@pytest.mark.parametrize(
    "geometry",
    [Geometry(3.3, 2.1, 30.5, 25.2, 17, 90), Geometry(0, 0, 60, 40, 7, 5), Geometry(10.5, 7.25, 3, 2, 40, 30)],
)
def test_coverage_is_the_area_to_the_last_digit(geometry: Geometry) -> None:
    """Against counting in a raster of a hundred points for each pixel and direction."""
    bits = np.random.default_rng(8).integers(0, 2, (30, 45)).astype(np.bool_)
    plane = plane_of(bits, left=4, top=-3)
    fine = 100
    x = geometry.left + (np.arange(geometry.columns * fine) + 0.5) * geometry.width / geometry.columns / fine
    y = geometry.top + (np.arange(geometry.rows * fine) + 0.5) * geometry.height / geometry.rows / fine
    column, row = np.floor(x - 4).astype(int), np.floor(y + 3).astype(int)
    across = np.where((column >= 0) & (column < 45), bits[:, np.clip(column, 0, 44)], 0)
    sums = across.reshape(30, geometry.columns, fine).mean(axis=2)
    down = np.where(((row >= 0) & (row < 30))[:, None], sums[np.clip(row, 0, 29)], 0)
    expected = down.reshape(geometry.rows, fine, geometry.columns).mean(axis=1)
    assert np.abs(coverage(plane, geometry) - expected).max() < 0.03


def test_an_overlay_is_turned_and_cut_as_its_frame_is() -> None:
    frame = frame_of(GRAY, overlays=(plane_of(drawing(40, 60)),))
    part = Viewport(20, 15, 25, 12, 20, 15, flip_horizontal=True)
    assert (shown(frame, viewport=part) == shown(frame)[12:27, 25:45][:, ::-1]).all()


def test_a_region_of_interest_is_outlined_and_not_filled() -> None:
    bits = np.zeros((40, 60), np.bool_)
    bits[10:30, 15:50] = True
    image = shown(frame_of(GRAY, overlays=(plane_of(bits, region=True),)))
    assert (image[11:29, 16:49] == 100).all()
    assert (image[10, 15:50] == 255).all()
    assert (image[10:30, 49] == 255).all()
    assert (image == 255).sum() == 2 * 35 + 2 * 18


def test_overlays_lie_over_colours_and_over_shutters() -> None:
    frame = frame_of(
        np.stack([GRAY] * 3, axis=-1), overlays=(plane_of(drawing(40, 60)),), shutter=Shutter(Rectangle(0, 0, 9, 9))
    )
    image = shown(frame)
    assert (image[drawing(40, 60)] == 255).all()
    assert (image[20:, 40:][~drawing(40, 60)[20:, 40:]] == 0).all()


def test_overlays_can_be_left_out() -> None:
    frame = frame_of(GRAY, overlays=(plane_of(drawing(40, 60)),))
    assert (shown(frame, overlays=False) == GRAY).all()


def test_what_cannot_be_read_is_said() -> None:
    assert render(frame_of(GRAY, unread_overlays=1), RenderOptions()).omissions == (Omission.OVERLAY,)
    assert render(frame_of(GRAY, unread_overlays=1), RenderOptions(overlays=False)).omissions == ()
    assert render(frame_of(GRAY), RenderOptions()).omissions == ()


def test_an_embedded_overlay_that_compression_has_dropped_is_said() -> None:
    data = imagecodecs.jpeg8_encode(RAMP, bitspersample=12, lossless=True)
    plane = OverlayPlane(0x6000, 64, 64, position=15)
    attributes = attributes_of(RAMP, bits_stored=12, high_bit=11, overlays=(plane,))
    frame = EncodedFrame(data, "1.2.840.10008.1.2.4.70", attributes)
    assert render(frame, RenderOptions()).omissions == (Omission.OVERLAY,)


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(st.integers(1, 30), st.integers(1, 30), st.integers(-40, 80), st.integers(-40, 60), st.booleans()),
    st.tuples(st.integers(1, 90), st.integers(1, 90), st.floats(0, 59), st.floats(0, 39)),
    st.tuples(st.none() | st.floats(0.6, 80), st.none() | st.floats(0.6, 80), st.booleans(), st.booleans()),
    st.integers(0, 2**32),
)
def test_whatever_lies_anywhere_is_drawn_or_not_there(
    placed: tuple[int, int, int, int, bool], viewport: tuple[Any, ...], region: tuple[Any, ...], seed: int
) -> None:
    rows, columns, left, top, outlined = placed
    bits = np.random.default_rng(seed).integers(0, 2, (rows, columns)).astype(np.bool_)
    plane = plane_of(bits, left=left, top=top, region=outlined)
    image = shown(frame_of(GRAY, overlays=(plane,)), viewport=Viewport(*viewport, *region), window=Window(128, 256))
    assert image.min() >= 100
    if left >= 60 or top >= 40 or left + columns <= 0 or top + rows <= 0:
        assert (image == 100).all()
