"""A PatientID is of whoever assigned it, also where the archive says that by a universal identifier alone."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from pydicom import Dataset, Sequence
import pytest

from demo.index import SYSTEMS, index_app
from proxy.settings.patients import Patients
from tests.exchange import Exchange, ct, opened_exchange
from tests.proxy.patients.indexes import index_settings


def issued_by(oid: str, study: str, patient: str = "G-1001") -> Dataset:
    item = Dataset()
    item.UniversalEntityID, item.UniversalEntityIDType = oid, "ISO"
    return ct(study, patient=patient, IssuerOfPatientIDQualifiersSequence=Sequence([item]))


HOLDINGS = {
    "general": [ct("1.2.1"), issued_by("9.9.9", "1.2.8")],
    "lakeside": [issued_by(SYSTEMS["GENERAL"].removeprefix("urn:oid:"), "1.2.7")],
}


@pytest.fixture
async def exchange(tmp_path: Path) -> AsyncIterator[Exchange]:
    settings = Patients(index=index_settings())
    async with opened_exchange(tmp_path, HOLDINGS, patients=settings, index=index_app([])) as opened:
        yield opened


async def found(exchange: Exchange) -> dict[str, Any]:
    rows = (await exchange.get("/dicomweb/studies?PatientID=G-1001")).json()
    return {row["0020000D"]["Value"][0]: row for row in rows}


async def test_a_study_of_the_patient_is_found_where_another_authoritys_numbers_are_kept(exchange: Exchange) -> None:
    row = (await found(exchange))["1.2.7"]
    assert row["00100021"]["Value"] == ["GENERAL"]
    assert (await exchange.get("/dicomweb/studies/1.2.7/metadata")).status_code == 200
    frame = "/dicomweb/studies/1.2.7/series/1.2.7.1/instances/1.2.7.1.1/frames/1/rendered"
    assert (await exchange.get(frame)).status_code == 200


async def test_a_stranger_with_the_same_number_of_another_authority_stays_unknown(exchange: Exchange) -> None:
    assert set(await found(exchange)) == {"1.2.1", "1.2.7"}
    assert (await exchange.get("/dicomweb/studies/1.2.8/metadata")).status_code == 404
