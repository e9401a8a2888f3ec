"""Viewing or copying, through the real service: frames, bulk data and video count, rendered images never do."""

from pathlib import Path
from typing import Any

from pydicom import Dataset
import pytest

from proxy.settings.retrieval import Copying
from tests.exchange import Exchange, ct, opened_exchange
from tests.proxy.dicomweb.test_videos import H264_MP4, stored_video

STUDIES = [f"1.2.{number}" for number in range(20, 28)]
HOLDINGS = {"general": [ct(study, 1, number) for study in STUDIES for number in (1, 2)]}
BUDGET = Copying(slow_after=1, ask_after=4, report_after=6)
CONFIRMED = {"Vitrine-Confirm": "full-fidelity"}


def image(study: str, number: int = 1) -> str:
    return f"/dicomweb/studies/{study}/series/{study}.1/instances/{study}.1.{number}"


async def statuses(exchange: Exchange, *paths: str, accept: str = "*/*", **options: Any) -> list[int]:
    return [(await exchange.get(path, accept, **options)).status_code for path in paths]


def frames(studies: list[str]) -> list[str]:
    return [f"{image(study, number)}/frames/1" for study in studies for number in (1, 2)]


def stages(exchange: Exchange) -> list[object]:
    return [event.detail["stage"] for event in exchange.events() if event.kind.value == "copying-suspected"]


async def test_the_person_is_asked_goes_on_by_confirming_and_officers_see_both(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, HOLDINGS, copying=BUDGET) as exchange:
        assert await statuses(exchange, *frames(STUDIES[:4])) == [200] * 8
        asked = await exchange.get(f"{image(STUDIES[4])}/frames/1")
        assert asked.status_code == 403
        assert asked.json()["type"] == "urn:vitrine:problem:full-fidelity-unconfirmed"
        assert "4 studies" in asked.json()["detail"]
        assert exchange.archives["general"].counts()["frames"] == 8
        assert await statuses(exchange, *frames(STUDIES[:4])) == [200] * 8
        assert await statuses(exchange, *frames(STUDIES[4:]), headers=CONFIRMED) == [200] * 8
        assert stages(exchange) == ["asked", "confirmed", "reported"]
        event = next(one for one in exchange.events() if one.kind.value == "copying-suspected")
        assert (event.subject, event.study, event.institution) == ("exchange:clinician", STUDIES[4], "general")


async def test_rendered_images_go_on_and_never_count(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, HOLDINGS, copying=BUDGET) as exchange:
        everything = [f"{frame}/rendered" for frame in frames(STUDIES)]
        assert await statuses(exchange, *everything, accept="image/png") == [200] * 16
        assert await statuses(exchange, *frames(STUDIES[:5])) == [200] * 8 + [403] * 2
        assert await statuses(exchange, *everything, accept="image/png") == [200] * 16
        assert stages(exchange) == ["asked"]


@pytest.mark.parametrize("form", ["application/octet-stream", "image/jls", "multipart/related"])
async def test_bulk_data_of_pixels_and_frames_made_here_count_alike(tmp_path: Path, form: str) -> None:
    accept = 'multipart/related; type="application/octet-stream"' if form == "multipart/related" else form
    async with opened_exchange(tmp_path, HOLDINGS, copying=BUDGET) as exchange:
        for study in STUDIES[:4]:
            paths = [f"{image(study, 1)}/frames/1", f"{image(study, 2)}/frames/1"]
            if form != "image/jls":
                paths[0] = f"{image(study, 1)}/bulkdata/7FE00010"
            assert await statuses(exchange, *paths, accept=accept) == [200, 200]
        refused = f"{image(STUDIES[4])}/" + ("frames/1" if form == "image/jls" else "bulkdata/7FE00010")
        assert await statuses(exchange, refused, accept=accept) == [403]


async def test_stored_video_counts_once_however_often_its_player_asks(tmp_path: Path) -> None:
    """Players cannot confirm anything: whoever may see it stored goes on, and officers are told."""
    budget = Copying(slow_after=0.1, ask_after=0.5, report_after=0.9)
    async with opened_exchange(tmp_path, {"general": [stored_video("1.2.1", H264_MP4)]}, copying=budget) as exchange:
        film, frame = f"{image('1.2.1')}/rendered", f"{image('1.2.1')}/frames/1/rendered"
        assert await statuses(exchange, frame, accept="image/png") == [200]
        assert stages(exchange) == []
        for start in (0, 100, 200):
            played = await exchange.get(film, "video/mp4", headers={"Range": f"bytes={start}-{start + 99}"})
            assert played.status_code == 206
        assert stages(exchange) == ["reported"]


async def test_an_emergency_is_never_asked(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, HOLDINGS, copying=BUDGET) as exchange:
        emergency = exchange.bearer(purpose="ETREAT")
        for path in frames(STUDIES):
            assert (await exchange.client.get(path, headers=emergency)).status_code == 200
        assert stages(exchange) == ["reported"]


async def test_looking_at_headers_takes_nothing(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, HOLDINGS, copying=BUDGET) as exchange:
        for path in frames(STUDIES):
            assert (await exchange.client.head(path, headers=exchange.bearer())).status_code == 200
        assert stages(exchange) == []


async def test_a_whole_ct_is_scrolled_without_a_word(tmp_path: Path) -> None:
    """With the defaults, several times, and by requests for many frames as well."""
    slices: list[Dataset] = [ct("1.2.40", 1, number) for number in range(1, 121)]
    async with opened_exchange(tmp_path, {"general": slices}) as exchange:
        for _ in range(2):
            paths = [f"{image('1.2.40', number)}/frames/1" for number in range(1, 121)]
            assert await statuses(exchange, *paths) == [200] * 120
        assert stages(exchange) == []
