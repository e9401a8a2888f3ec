"""Tiles of whole slides: each is a frame, and showing one does not cost what describes all of them."""

from pathlib import Path

import numpy as np
from pydicom import Dataset
import pytest

from proxy.settings.archives import Limits
from proxy.settings.retrieval import Retrieval
from tests.exchange import opened_exchange
from tests.proxy.dicomweb.composites import changed, instance, picture, slices

TILES, SIDE = 3000, 4
SLIDE = "1.2.840.10008.5.1.4.1.1.77.1.6"


def slide(organization: str) -> Dataset:
    """Tile n is grey n modulo 251."""
    made = changed(slices(1)[0], SOPClassUID=SLIDE, Modality="SM", PhotometricInterpretation="RGB")
    made.ImageType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
    made.SamplesPerPixel, made.PlanarConfiguration = 3, 0
    made.Rows = made.Columns = SIDE
    made.BitsAllocated, made.BitsStored, made.HighBit = 8, 8, 7
    made.TotalPixelMatrixColumns, made.TotalPixelMatrixRows = 50 * SIDE, 60 * SIDE
    made.NumberOfFrames, made.DimensionOrganizationType = TILES, organization
    made.PixelData = np.repeat(np.arange(TILES) % 251, 3 * SIDE * SIDE).astype(np.uint8).tobytes()
    if organization == "TILED_SPARSE":
        made.PerFrameFunctionalGroupsSequence = [_group(number) for number in range(TILES)]
    return made


def _group(number: int) -> Dataset:
    position, group = Dataset(), Dataset()
    position.XOffsetInSlideCoordinateSystem = position.YOffsetInSlideCoordinateSystem = number
    position.ColumnPositionInTotalImagePixelMatrix = SIDE * (number % 50) + 1
    position.RowPositionInTotalImagePixelMatrix = SIDE * (number // 50) + 1
    group.PlanePositionSlideSequence = [position]
    return group


@pytest.mark.parametrize("organization", ["TILED_FULL", "TILED_SPARSE"])
async def test_tiles_are_frames_and_what_describes_them_is_asked_for_once(tmp_path: Path, organization: str) -> None:
    made = slide(organization)
    small = Retrieval(workers=1, metadata_cache_bytes=2**19)
    patient = Limits(retrieve_seconds=60)  # the archive describes 3000 tiles in this process, which counts as waiting
    async with opened_exchange(tmp_path, {"general": [made]}, retrieval=small, limits=patient) as exchange:
        for number in (1, 1500, TILES):
            response = await exchange.get(f"{instance(made)}/frames/{number}/rendered", "image/png")
            assert set(picture(response.content).ravel()) == {(number - 1) % 251}
        assert dict(exchange.archives["general"].counts()) == {"search": 1, "metadata": 1, "frames": 3}
        whole = await exchange.get(f"{instance(made)}/metadata", "application/dicom+json")
        assert whole.status_code == 200, whole.text
        described = whole.json()
        assert ("52009230" in described[0]) == (organization == "TILED_SPARSE")
        if organization == "TILED_SPARSE":
            assert "0048021A" in described[0]["52009230"]["Value"][-1], "whoever asks for metadata gets all of it"
