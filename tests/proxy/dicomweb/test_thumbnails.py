"""Thumbnails name nobody: frames that may show identifying text are not used, however large the series."""

from pathlib import Path

from pydicom import Dataset
import pytest

from tests.exchange import ct, opened_exchange

STUDY = "/dicomweb/studies/1.2.1"
NAMING = {
    "declared": {"BurnedInAnnotation": "YES"},
    "presumed": {"Modality": "US"},
}


@pytest.mark.parametrize("attributes", NAMING.values(), ids=NAMING)
@pytest.mark.parametrize("path", [STUDY, f"{STUDY}/series/1.2.1.1", f"{STUDY}/series/1.2.1.1/instances/1.2.1.1.1"])
async def test_what_may_name_somebody_gives_no_thumbnail(tmp_path: Path, path: str, attributes: dict[str, str]) -> None:
    async with opened_exchange(tmp_path, {"general": [ct("1.2.1", **attributes)]}) as exchange:
        response = await exchange.get(f"{path}/thumbnail")
        assert response.status_code == 406
        assert response.json()["type"] == "urn:vitrine:problem:not-renderable"
        assert exchange.archives["general"].counts()["frames"] == 0


@pytest.mark.parametrize("first", [ct("1.2.1", 1, 1, Modality="US", BurnedInAnnotation="NO"), ct("1.2.1", 1, 1)])
async def test_what_names_nobody_stands_for_the_study(tmp_path: Path, first: Dataset) -> None:
    naming = [ct("1.2.1", 2, number, BurnedInAnnotation="YES") for number in (1, 2, 3)]
    async with opened_exchange(tmp_path, {"general": [first, *naming]}) as exchange:
        assert (await exchange.get(f"{STUDY}/thumbnail")).status_code == 200
        asked = [path for kind, path in exchange.archives["general"].requests if kind == "frames"]
        assert asked == ["/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.1/frames/1"]
