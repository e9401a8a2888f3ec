"""Colour as DCMTK and pydicom read it: how samples lie, palettes however they are written, YBR (PS3.3 C.7.6.3, C.7.9).

DCMTK draws no segmented palettes; those are held against pydicom alone. pydicom's results of 16 bits are compared by
their most significant byte.
"""

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.pixels import convert_color_space, pixel_array
from pydicom.pixels.processing import apply_color_lut
from pydicom.uid import ExplicitVRLittleEndian, RLELossless, SecondaryCaptureImageStorage
import pytest

from rendering.dicom_file import read_frame
from tests.rendering.dcmtk import reference
from tests.rendering.frames import FILES, PALETTES, shown

LEVELS = (0, 1, 17, 64, 127, 128, 129, 200, 254, 255)
CUBE = np.array(list(product(LEVELS, LEVELS, LEVELS)), np.uint8).reshape(40, 25, 3)
RAMP = np.arange(0, 65536, 16, dtype=np.uint16).reshape(64, 64)
RANDOM = np.random.default_rng(9)


def write(path: Path, pixels: NDArray[Any], data: bytes | None = None, **elements: Any) -> Path:
    """A file of `pixels`, whose octets may lie otherwise in `data`."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = SecondaryCaptureImageStorage, "2.25.1"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset(str(path), {}, preamble=b"\0" * 128, file_meta=meta)
    dataset.SOPClassUID, dataset.SOPInstanceUID = SecondaryCaptureImageStorage, "2.25.1"
    dataset.Rows, dataset.Columns = pixels.shape[:2]
    dataset.SamplesPerPixel = 1 if pixels.ndim == 2 else 3
    if pixels.ndim == 3:
        dataset.PlanarConfiguration = 0
    dataset.BitsAllocated = dataset.BitsStored = 8 * pixels.itemsize
    dataset.HighBit, dataset.PixelRepresentation = dataset.BitsStored - 1, 0
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    content = pixels.tobytes() if data is None else data
    dataset.add_new("PixelData", "OW" if pixels.itemsize > 1 else "OB", content + bytes(len(content) % 2))
    dataset.save_as(path, enforce_file_format=True)
    return path


def ours(file: Path) -> NDArray[np.int64]:
    return shown(read_frame(file, 1)).astype(np.int64)


@pytest.mark.parametrize("kind", ["u1", "u2"])
@pytest.mark.parametrize("planar", [0, 1])
@pytest.mark.parametrize("compressed", [False, True])
def test_samples_lie_by_pixel_or_by_plane(kind: str, planar: int, compressed: bool, tmp_path: Path) -> None:
    colors = RANDOM.integers(0, np.iinfo(kind).max, (23, 31, 3), dtype=kind, endpoint=True)
    octets = np.moveaxis(colors, -1, 0).tobytes() if planar else colors.tobytes()
    file = write(tmp_path / "a", colors, octets, PhotometricInterpretation="RGB", PlanarConfiguration=planar)
    if compressed:
        dataset = dcmread(file)
        dataset.compress(RLELossless, encoding_plugin="pydicom")
        dataset.save_as(file)
    expected = pixel_array(file) >> (8 * colors.itemsize - 8)
    assert (ours(file) == expected).all()
    assert (ours(file) == reference(file, mode="RGB")).all()


@pytest.mark.parametrize("bits", [10, 12, 14])
def test_colour_of_fewer_bits_than_its_cells(bits: int, tmp_path: Path) -> None:
    colors = RANDOM.integers(0, 1 << bits, (23, 31, 3), dtype="u2")
    file = write(tmp_path / "a", colors, PhotometricInterpretation="RGB", BitsStored=bits, HighBit=bits - 1)
    assert (ours(file) == colors >> (bits - 8)).all()
    assert np.abs(ours(file) - reference(file, mode="RGB")).max() <= 1


def test_ybr_full(tmp_path: Path) -> None:
    """pydicom follows the equations of the standard; DCMTK comes near them in integers."""
    file = write(tmp_path / "a", CUBE, PhotometricInterpretation="YBR_FULL")
    assert (ours(file) == convert_color_space(CUBE, "YBR_FULL", "RGB")).all()
    assert np.abs(ours(file) - reference(file, mode="RGB")).max() <= 2


def test_ybr_full_422() -> None:
    file = FILES / "SC_ybr_full_422_uncompressed.dcm"
    assert np.abs(ours(file) - reference(file, mode="RGB")).max() <= 1
    assert np.abs(ours(file) - pixel_array(file)).max() <= 1


def palette(entries: int, first: int, bits: int, *, signed: bool = False) -> dict[str, Any]:
    """Elements of three tables that differ."""
    limit = (1 << bits) - 1
    base = np.linspace(0, limit, entries)
    tables = (base, limit - base, np.abs(2 * base - limit))
    elements: dict[str, Any] = {}
    for color, table in zip(("Red", "Green", "Blue"), tables, strict=True):
        elements[f"{color}PaletteColorLookupTableDescriptor"] = [entries % 65536, first, bits]
        data = np.rint(table).astype("<u2" if bits > 8 else "u1").tobytes()
        elements[f"{color}PaletteColorLookupTableData"] = data + bytes(len(data) % 2)
    return elements


@pytest.mark.parametrize(
    ("kind", "entries", "first", "bits"),
    [
        ("u1", 256, 0, 8),
        ("u1", 256, 0, 16),
        ("u1", 100, 50, 16),
        ("u1", 100, 50, 8),
        ("u2", 65536, 0, 16),
        ("u2", 4096, 0, 16),
        ("u2", 1000, 30000, 16),
        ("u2", 256, 0, 8),
    ],
)
def test_palettes_of_every_depth(kind: str, entries: int, first: int, bits: int, tmp_path: Path) -> None:
    indices = (RAMP >> 8).astype("u1") if kind == "u1" else RAMP
    file = write(tmp_path / "a", indices, PhotometricInterpretation="PALETTE COLOR", **palette(entries, first, bits))
    assert np.abs(ours(file) - reference(file, mode="RGB")).max() <= 1
    if kind == "u1" or bits > 8:  # pydicom takes 16-bit indices beyond 8-bit tables for others
        expected = apply_color_lut(indices, dcmread(file))
        assert (ours(file) == (expected >> 8 if bits > 8 else expected)).all()
    assert np.unique(ours(file).reshape(-1, 3), axis=0).shape[0] > 10


SEGMENTS = {
    "discrete": [0, 4, 10, 20, 30, 40, 1, 252, 255],
    "linear": [0, 1, 7, 1, 255, 250],
    "falling": [0, 1, 250, 1, 100, 3, 1, 155, 99],
}


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("name", ["discrete", "linear", "falling"])
def test_segmented_palettes(name: str, bits: int, tmp_path: Path) -> None:
    words = SEGMENTS[name]
    scaled = words if bits == 8 else _deepened(words)
    data = np.array(scaled, "<u2" if bits == 16 else "u1").tobytes()
    elements: dict[str, Any] = {}
    for color in ("Red", "Green", "Blue"):
        elements[f"{color}PaletteColorLookupTableDescriptor"] = [256, 0, bits]
        elements[f"Segmented{color}PaletteColorLookupTableData"] = data + bytes(len(data) % 2)
    indices = np.arange(256, dtype=np.uint8).reshape(16, 16)
    file = write(tmp_path / "a", indices, PhotometricInterpretation="PALETTE COLOR", **elements)
    expected = apply_color_lut(indices, dcmread(file))
    assert np.abs(ours(file) - (expected >> 8 if bits > 8 else expected)).max() <= 1


def _deepened(words: list[int]) -> list[int]:
    """The same segments with values of 16 bits."""
    deep, position = [], 0
    while position < len(words):
        opcode, count = words[position : position + 2]
        values = words[position + 2 : position + 2 + (count if opcode == 0 else 1)]
        deep += [opcode, count, *(value * 257 for value in values)]
        position += 2 + len(values)
    return deep


@pytest.mark.parametrize("file", sorted(PALETTES.glob("*.dcm")), ids=lambda file: file.stem)
def test_the_palettes_of_the_standard(file: Path, tmp_path: Path) -> None:
    """PS3.6 Annex B, as pydicom ships them: some are segmented."""
    known = dcmread(file)
    names = [element.keyword for element in known if "PaletteColorLookupTable" in element.keyword]
    elements = {name: known[name].value for name in names}
    indices = np.arange(256, dtype=np.uint8).reshape(16, 16)
    written = write(tmp_path / "a", indices, PhotometricInterpretation="PALETTE COLOR", **elements)
    expected = apply_color_lut(indices, dcmread(written))
    deep = expected.dtype.itemsize > 1
    assert np.abs(ours(written) - (expected >> 8 if deep else expected)).max() <= 1
