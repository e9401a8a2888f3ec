"""One study at two archives: one of them gives a series, the other when that one fails, and nothing is mixed."""

from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image
from pydicom import Dataset
import pytest

from demo.archive.faults import Fault
from demo.archive.holdings import Holdings
from proxy.http.context import BrokenStream
from tests.exchange import REGISTER, Exchange, ct, opened_exchange

SERIES = "/dicomweb/studies/1.2.1/series/1.2.1.1"
ANY = 'multipart/related; type="application/octet-stream"; transfer-syntax=*'
GENERAL, LAKESIDE = 7, 9  # stored values by which the images of the two are told apart


def image(number: int, patient: str, value: int, side: int = 16, **more: object) -> Dataset:
    dataset = ct("1.2.1", 1, number, patient, Rows=side, Columns=side, **more)
    dataset.PixelData = np.full(side * side, value, "<u2").tobytes()
    return dataset


def holdings(side: int = 16) -> dict[str, list[Dataset]]:
    return {
        "general": [image(number, "G-1001", GENERAL, side) for number in (1, 2, 3)],
        "lakeside": [image(number, "77-201", LAKESIDE, side) for number in (1, 2, 3)],
    }


@pytest.fixture
async def exchange(tmp_path: Path) -> AsyncIterator[Exchange]:
    async with opened_exchange(tmp_path, holdings()) as exchange:
        yield exchange


async def shown(exchange: Exchange, number: int) -> int:
    """From whom the frame comes that is passed on."""
    response = await exchange.get(f"{SERIES}/instances/1.2.1.1.{number}/frames/1", "application/octet-stream")
    assert response.status_code == 200, response.text
    (value,) = set(np.frombuffer(response.content, "<u2"))
    return int(value)


async def rendered(exchange: Exchange, number: int) -> int:
    return (await exchange.get(f"{SERIES}/instances/1.2.1.1.{number}/frames/1/rendered")).status_code


async def test_a_series_comes_from_another_archive_when_one_fails_and_from_there_on(exchange: Exchange) -> None:
    general, lakeside = exchange.archives["general"], exchange.archives["lakeside"]
    assert await shown(exchange, 1) == GENERAL
    assert lakeside.counts()["frames"] == lakeside.counts()["metadata"] == 0

    general.faults["frames"] = Fault(status=502)
    assert await rendered(exchange, 2) == 200
    assert lakeside.counts()["frames"] == 1

    general.reset()
    assert await shown(exchange, 3) == await shown(exchange, 2) == await shown(exchange, 1) == LAKESIDE
    assert general.counts()["frames"] == 0
    views = [(event.institution, event.study) for event in exchange.events() if event.kind.value == "view-opened"]
    assert sorted(views) == [("general", "1.2.1"), ("lakeside", "1.2.1")], "each institution is told, once"


OTHER = "/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.3/frames/1"


@pytest.mark.parametrize(
    "fault", [Fault(silent=True), Fault(drop=100), Fault(truncate=100), Fault(status=503), Fault(instead=OTHER)]
)
async def test_whatever_fails_before_anything_was_answered(exchange: Exchange, fault: Fault) -> None:
    exchange.archives["general"].faults["frames"] = fault
    assert await shown(exchange, 1) == LAKESIDE


async def test_metadata_that_fail_are_asked_for_elsewhere_too(exchange: Exchange) -> None:
    exchange.archives["general"].faults["metadata"] = Fault(status=502)
    response = await exchange.get(f"{SERIES}/metadata")
    assert await rendered(exchange, 1) == 200
    assert [one["00100020"]["Value"] for one in response.json()] == [["77-201"]] * 3


async def test_when_all_fail_the_first_is_named(exchange: Exchange) -> None:
    for archive in exchange.archives.values():
        archive.faults["frames"] = Fault(status=502)
    response = await exchange.get(f"{SERIES}/instances/1.2.1.1.1/frames/1/rendered")
    assert response.status_code == 502
    assert response.json()["institution"] == "General Hospital"
    assert [archive.counts()["frames"] for archive in exchange.archives.values()] == [1, 1]


async def test_an_instance_that_one_archive_lacks_comes_from_the_other(exchange: Exchange) -> None:
    exchange.archives["general"].holdings = Holdings(holdings()["general"][:1])
    assert await shown(exchange, 1) == GENERAL
    assert await shown(exchange, 2) == LAKESIDE
    assert await shown(exchange, 1) == GENERAL


@pytest.mark.parametrize("status", [502, 404])
async def test_study_metadata_name_each_instance_once_and_who_is_missing(exchange: Exchange, status: int) -> None:
    response = await exchange.get("/dicomweb/studies/1.2.1/metadata")
    assert [one["00100020"]["Value"] for one in response.json()] == [["G-1001"]] * 3
    assert "warning" not in response.headers
    exchange.archives["general"].faults["metadata"] = Fault(status=status)
    response = await exchange.get("/dicomweb/studies/1.2.1/metadata")
    assert [one["00100020"]["Value"] for one in response.json()] == [["77-201"]] * 3
    assert "General Hospital" in response.headers["warning"]


async def test_the_preferred_archive_is_asked(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, holdings(), archives={"lakeside": {"preference": 5}}) as exchange:
        assert await shown(exchange, 1) == LAKESIDE
        exchange.archives["lakeside"].faults["frames"] = Fault(status=502)
        assert await shown(exchange, 2) == GENERAL


SENSITIVE = """
[[studies]]
study = "1.2.1"
institution = "lakeside"
confidentiality = "V"
"""


async def test_no_permit_of_the_other_institution_no_pixel_of_it(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, holdings(), register=REGISTER + SENSITIVE) as exchange:
        exchange.archives["general"].faults["frames"] = Fault(status=502)
        response = await exchange.get(f"{SERIES}/instances/1.2.1.1.1/frames/1/rendered")
        assert response.status_code == 502
        assert response.json()["institution"] == "General Hospital"
        assert exchange.archives["lakeside"].counts()["frames"] == 0
        assert exchange.archives["lakeside"].counts()["metadata"] == 0


async def test_what_has_begun_is_cut_and_not_completed_from_elsewhere(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, holdings(side=256)) as exchange:
        exchange.archives["general"].faults["frames"] = Fault(drop=100_000)
        with pytest.raises(BrokenStream):
            await exchange.get(f"{SERIES}/instances/1.2.1.1.1/frames/1", ANY)
        assert exchange.archives["lakeside"].counts()["frames"] == 0


async def test_a_lone_archive_that_breaks_off_is_asked_once_more(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, {"general": holdings()["general"]}) as exchange:
        general = exchange.archives["general"]
        general.faults["frames"] = Fault(truncate=100, once=True)
        assert await rendered(exchange, 1) == 200
        assert general.counts()["frames"] == 2
        general.faults["frames"] = Fault(truncate=100)
        assert await rendered(exchange, 2) == 502
        assert general.counts()["frames"] == 4
        general.faults["frames"] = Fault(status=502)
        assert await rendered(exchange, 3) == 502
        assert general.counts()["frames"] == 5, "what an archive refuses it is not asked for again"


TWO_IDS = REGISTER.replace('value = "G-1001" },', 'value = "G-1001" }, { authority = "GENERAL", value = "G-1002" },')


@pytest.mark.parametrize(("register", "status"), [(TWO_IDS, 200), (REGISTER, 502)])
async def test_one_study_under_two_patient_ids(tmp_path: Path, register: str, status: int) -> None:
    """Shown when they are of one person, and not at all when nobody says so."""
    held = {"general": [image(1, "G-1001", 7), image(2, "G-1002", 7)]}
    async with opened_exchange(tmp_path, held, register=register) as exchange:
        exchange.archives["general"].holdings = Holdings(held["general"], divides_patients=True)
        assert [await rendered(exchange, number) for number in (1, 2)] == [status, status]
        response = await exchange.get("/dicomweb/studies/1.2.1/metadata")
        assert response.status_code == status
        assert status != 200 or len(response.json()) == 2


async def test_an_archive_without_frames_shows_them_all_the_same(tmp_path: Path) -> None:
    held = {"general": holdings()["general"]}
    async with opened_exchange(tmp_path, held, archives={"general": {"retrieves_instances": True}}) as exchange:
        general = exchange.archives["general"]
        general.faults["frames"] = Fault(status=404)
        assert await rendered(exchange, 1) == 200
        assert await shown(exchange, 1) == GENERAL
        assert general.counts()["frames"] == 1
        general.faults["bulkdata"] = Fault(status=404)
        assert await rendered(exchange, 2) == 200
        assert general.counts()["objects"] == 1


async def test_whole_objects_are_not_asked_for_unless_allowed(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, {"general": holdings()["general"]}) as exchange:
        general = exchange.archives["general"]
        general.faults |= {"frames": Fault(status=501), "bulkdata": Fault(status=404)}
        response = await exchange.get(f"{SERIES}/instances/1.2.1.1.1/frames/1/rendered")
        assert response.status_code == 502
        assert response.json()["institution"] == "General Hospital"
        assert general.counts()["objects"] == 0


async def test_a_moving_image_of_an_archive_without_frames_costs_two_readings_of_it(tmp_path: Path) -> None:
    moving = image(1, "G-1001", GENERAL, NumberOfFrames=5)
    moving.PixelData = bytes(moving.PixelData) * 5
    async with opened_exchange(tmp_path, {"general": [moving]}) as exchange:
        general = exchange.archives["general"]
        general.faults["frames"] = Fault(status=405)
        response = await exchange.get(f"{SERIES}/instances/1.2.1.1.1/rendered", "image/gif")
        assert response.status_code == 200, response.text
        with Image.open(BytesIO(response.content)) as gif:
            assert getattr(gif, "n_frames", 1) == 5
        assert general.counts()["bulkdata"] <= 2
