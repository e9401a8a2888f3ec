"""An archive that files another patient's object under a study: it was not decided about, so it is never shown."""

from pathlib import Path

import pytest

from tests.exchange import ct, opened_exchange

SERIES = "/dicomweb/studies/1.2.1/series/1.2.1.1"
OTHER = f"{SERIES}/instances/1.2.1.1.2"


@pytest.mark.parametrize(
    "path", [f"{OTHER}/frames/1/rendered", f"{OTHER}/frames/1", f"{OTHER}/metadata", f"{SERIES}/metadata"]
)
async def test_an_object_of_another_patient_is_refused_and_recorded(tmp_path: Path, path: str) -> None:
    holdings = {"general": [ct("1.2.1", 1, 1), ct("1.2.1", 1, 2, patient="G-9999")]}
    async with opened_exchange(tmp_path, holdings) as exchange:
        response = await exchange.get(path)
        assert response.status_code == 502
        assert "another patient" in response.json()["detail"]
        assert "G-9999" not in response.text
        mismatch = next(event for event in exchange.events() if event.kind == "archive-mismatch")
        assert (mismatch.patient, mismatch.study) == ("GENERAL|G-1001", "1.2.1")
        assert exchange.archives["general"].counts()["frames"] == 0
        own = await exchange.get(f"{SERIES}/instances/1.2.1.1.1/frames/1/rendered")
        assert own.status_code == 200
