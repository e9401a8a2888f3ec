"""Every SOP class of the table that is said to be of images really is shown, however its IOD lets pixels be stored."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, FileMetaDataset
from pydicom.pixels import convert_color_space
from pydicom.uid import UID, ExplicitVRLittleEndian
import pytest
import pytest_asyncio

from rendering.kinds.table import KINDS, Kind
from tests.exchange import Exchange, opened_exchange
from tests.proxy.dicomweb.composites import instance, picture

pytestmark = pytest.mark.asyncio(loop_scope="module")

STORAGE = "1.2.840.10008.5.1.4.1.1."
SHAPE = (4, 6)
STEPS = np.arange(24).reshape(SHAPE)
PALETTE = np.random.default_rng(3).integers(0, 256, (3, 24)).astype(np.uint8)
WINDOWS = {True: (1100.0, 1600.0), False: (120.0, 200.0)}
"""Centre and width, for values of more than eight bits and for others."""


@dataclass(frozen=True)
class Pixels:
    """One way of storing pixels: what stands in the data set, and what is then seen."""

    name: str
    elements: dict[str, Any]
    data: bytes
    seen: NDArray[Any]
    frames: int = 1
    keyword: str = "PixelData"


def gray(bits: int, stored: int, *, signed: bool = False, photometric: str = "MONOCHROME2") -> Pixels:
    top = (1 << (stored - 1 if signed else stored)) - 1
    values = np.minimum(100 + 90 * STEPS, top) if stored > 8 else STEPS * 10
    seen = windowed(values, WINDOWS[stored > 8])
    data = values.astype(f"<{'i' if signed else 'u'}{bits // 8}").tobytes()
    elements = _elements(photometric, 1, bits, stored, int(signed))
    return Pixels(f"{photometric} {stored}", elements, data, 255 - seen if photometric[-1] == "1" else seen)


def windowed(values: NDArray[Any], window: tuple[float, float]) -> NDArray[Any]:
    """PS3.3 C.11.2.1.3.2."""
    return np.rint(np.clip((values - window[0]) / window[1] + 0.5, 0, 1) * 255)


def floats(bits: int) -> Pixels:
    values = (0.001 + 90 * STEPS).astype(f"<f{bits // 8}")
    seen = windowed(values, WINDOWS[True])
    elements = _elements("MONOCHROME2", 1, bits, bits, 0)
    for name in ("BitsStored", "HighBit", "PixelRepresentation"):
        del elements[name]
    keyword = "FloatPixelData" if bits == 32 else "DoubleFloatPixelData"
    return Pixels(f"float {bits}", elements, values.tobytes(), seen, keyword=keyword)


def bits() -> Pixels:
    values = (STEPS * 7 // 5) % 2
    packed = np.packbits(values.astype(np.uint8), bitorder="little").tobytes()
    return Pixels("1 bit", _elements("MONOCHROME2", 1, 1, 1, 0), packed + b"\0" * (len(packed) % 2), values * 255)


def palette(bits: int = 8) -> Pixels:
    elements = _elements("PALETTE COLOR", 1, bits, bits, 0)
    for color, entries in zip(("Red", "Green", "Blue"), PALETTE, strict=True):
        elements[f"{color}PaletteColorLookupTableDescriptor"] = [24, 0, 16]
        elements[f"{color}PaletteColorLookupTableData"] = (entries.astype("<u2") * 257).tobytes()
    return Pixels(f"PALETTE COLOR {bits}", elements, STEPS.astype(f"<u{bits // 8}").tobytes(), PALETTE.T[STEPS])


def color(photometric: str = "RGB", bits: int = 8, planar: int = 0) -> Pixels:
    values = np.stack([STEPS * 9 + 20, 240 - STEPS * 8, 90 + STEPS * 5], axis=-1).astype(np.uint8)
    seen = values if photometric == "RGB" else convert_color_space(values, "YBR_FULL", "RGB")
    stored = np.moveaxis(values, -1, 0) if planar else values
    elements = _elements(photometric, 3, bits, bits, 0) | {"PlanarConfiguration": planar}
    data = stored.tobytes() if bits == 8 else (stored.astype("<u2") * 257).tobytes()
    return Pixels(f"{photometric} {bits} {planar}", elements, data, seen)


def subsampled() -> Pixels:
    values = np.stack([STEPS * 9 + 20, 240 - STEPS // 2 * 8, 90 + STEPS // 2 * 5], axis=-1).astype(np.uint8)
    pairs = values.reshape(-1, 2, 3)
    data = np.column_stack([pairs[:, 0, 0], pairs[:, 1, 0], pairs[:, 0, 1], pairs[:, 0, 2]]).tobytes()
    elements = _elements("YBR_FULL_422", 3, 8, 8, 0) | {"PlanarConfiguration": 0}
    return Pixels("YBR_FULL_422", elements, data, convert_color_space(values, "YBR_FULL", "RGB"))


def _elements(photometric: str, samples: int, bits: int, stored: int, signed: int) -> dict[str, Any]:
    return {
        "Rows": SHAPE[0],
        "Columns": SHAPE[1],
        "SamplesPerPixel": samples,
        "PhotometricInterpretation": photometric,
        "BitsAllocated": bits,
        "BitsStored": stored,
        "HighBit": stored - 1,
        "PixelRepresentation": signed,
    }


RADIOGRAPHS = (gray(16, 12), gray(16, 14, photometric="MONOCHROME1"))
SECTIONS = (gray(16, 12), gray(16, 16, signed=True))
ULTRASOUND = (gray(8, 8), palette(), color(), color(planar=1), color("YBR_FULL"), subsampled())
PHOTOGRAPHS = (gray(8, 8), color(), color("YBR_FULL"), subsampled())
CLASSES: dict[str, tuple[Pixels, ...]] = {
    **dict.fromkeys(("1", "1.1", "1.1.1", "1.2", "1.2.1", "1.3", "1.3.1"), RADIOGRAPHS),
    **dict.fromkeys(("2", "128", "481.1", "601.1"), (*SECTIONS, gray(16, 12, photometric="MONOCHROME1"))),
    **dict.fromkeys(("4", "5", "20"), (*SECTIONS, palette(16))),
    **dict.fromkeys(("2.1", "2.2", "4.1", "4.4", "128.1", "130"), SECTIONS),
    "4.3": (color(), color("YBR_FULL")),
    **dict.fromkeys(("3.1", "6.1"), ULTRASOUND),
    **dict.fromkeys(("3", "6"), (palette(), subsampled())),
    "6.2": (gray(8, 8), gray(16, 16)),
    "6.3": (gray(8, 8), gray(16, 16), color()),
    "7": (*ULTRASOUND, gray(16, 12), gray(8, 8, photometric="MONOCHROME1"), color(bits=16)),
    "7.1": (bits(),),
    "7.2": (gray(8, 8),),
    "7.3": (gray(16, 9), gray(16, 16)),
    "7.4": (color(), color("YBR_FULL"), subsampled()),
    **dict.fromkeys(("12.1", "12.2", "12.3", "12.1.1", "12.2.1"), (gray(8, 8), gray(16, 10), gray(16, 12))),
    **dict.fromkeys(("13.1.1", "13.1.2", "13.1.3"), (gray(16, 12), gray(16, 16))),
    **dict.fromkeys(("13.1.4", "13.1.5"), RADIOGRAPHS),
    **dict.fromkeys(("14.1", "14.2"), (gray(8, 8), gray(16, 16), palette())),
    "30": (floats(32), floats(64), gray(16, 16), gray(16, 16, signed=True)),
    **dict.fromkeys(("77.1.1", "77.1.2", "77.1.4", "77.1.7"), PHOTOGRAPHS),
    **dict.fromkeys(("77.1", "77.2", "77.1.3"), (color(), subsampled())),
    **dict.fromkeys(("77.1.5.1", "77.1.5.5", "77.1.5.6"), (*PHOTOGRAPHS, palette())),
    "77.1.5.2": (gray(16, 12), gray(16, 16), color(bits=16)),
    **dict.fromkeys(("77.1.5.4", "77.1.5.7"), (gray(8, 8), gray(16, 16))),
    **dict.fromkeys(("77.1.6", "77.1.9"), (gray(8, 8), gray(16, 16), color(), subsampled())),
    "77.1.8": (gray(8, 8), gray(16, 12), color()),
    "81.1": (gray(16, 16), palette()),
    "82.1": (color(), palette()),
    **dict.fromkeys(("481.23", "481.24"), SECTIONS),
    "601.2": (gray(8, 8), gray(16, 16), color()),
}  # fmt: skip
MULTIFRAME = frozenset(
    f"{one}" for one in CLASSES
    if one in {"3", "3.1", "5", "20", "77.2", "77.1.6", "77.1.9", "77.1.5.5", "77.1.5.6", "601.2", "30", "6.2", "6.3"}
    or one.startswith(("7.", "12.", "13.", "14.", "2.", "4.", "128.", "130", "481.2"))
)  # fmt: skip


def samples() -> Iterator[tuple[str, Pixels, Dataset]]:
    for suffix, ways in CLASSES.items():
        for number, way in enumerate(ways, start=1):
            yield suffix, way, _dataset(suffix, number, way)


def _dataset(suffix: str, number: int, way: Pixels) -> Dataset:
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.SOPClassUID = STORAGE + suffix
    made.StudyInstanceUID, made.SeriesInstanceUID = "1.2.1", f"1.2.1.{suffix}.9"
    made.SOPInstanceUID, made.InstanceNumber = f"1.2.1.{suffix}.9.{number}", number
    made.PatientID, made.PatientName, made.Modality = "G-1001", "Yamada^Tarou", "OT"
    made.StudyDate, made.StudyTime = "20260102", "101500"
    for name, value in way.elements.items():
        setattr(made, name, value)
    several = suffix in MULTIFRAME
    if several:
        made.NumberOfFrames = 2
    if several and way.elements["BitsAllocated"] > 1:
        setattr(made, way.keyword, bytes(len(way.data)) + way.data)
    else:
        setattr(made, way.keyword, way.data)
        made.NumberOfFrames = 1
    return made


MADE = tuple(samples())
IDS = [f"{suffix} {way.name}" for suffix, way, _ in MADE]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def exchange(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Exchange]:
    folder: Path = tmp_path_factory.mktemp("classes")
    async with opened_exchange(folder, {"general": [dataset for _, _, dataset in MADE]}) as opened:
        yield opened


async def test_the_table_is_covered() -> None:
    known = {uid for uid, kind in KINDS.items() if kind is Kind.IMAGE}
    assert {STORAGE + suffix for suffix in CLASSES} == known
    assert all(UID(uid).name != uid for uid in known if not uid.endswith((".6.3", ".601.1", ".601.2")))


@pytest.mark.parametrize(("suffix", "way", "dataset"), MADE, ids=IDS)
async def test_an_image_of_each_class_is_seen_as_it_is(
    exchange: Exchange, suffix: str, way: Pixels, dataset: Dataset
) -> None:
    deep = way.elements.get("BitsStored", 32) > 8
    window = ",".join(f"{number:g}" for number in WINDOWS[deep])
    query = f"?window={window},linear-exact" if way.seen.ndim == 2 and "1 bit" not in way.name else ""
    frame = int(dataset.NumberOfFrames)
    response = await exchange.get(f"{instance(dataset)}/frames/{frame}/rendered{query}", "image/png")
    assert response.status_code == 200, response.text
    expected = way.seen if way.seen.ndim == 3 else np.repeat(way.seen[..., np.newaxis], 3, axis=-1)
    assert np.abs(picture(response.content).astype(int) - expected).max() <= 1
