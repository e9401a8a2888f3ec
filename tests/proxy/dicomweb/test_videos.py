"""Stored videos through the service: as they are stored, as browsers play them, marked where marks are owed."""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pydicom import Dataset
import pytest

from demo.archive.faults import Fault
from proxy.http.context import BrokenStream
from proxy.patients.register import to_register
from proxy.retrieval import films, videos
from proxy.settings.server import Server
from tests.exchange import ORIGIN, opened_exchange
from tests.proxy.dicomweb.answers import parts_of
from tests.videos import (
    H264_BARE,
    H264_MP4,
    H264_TRANSPORT,
    HEVC_BARE,
    MPEG2_PROGRAM,
    STEP,
    VARIETIES,
    decoded,
    numbers,
    stored_video,
    video,
)

INSTANCE = "/dicomweb/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.1"
RENDERED = f"{INSTANCE}/rendered"
LONG = video() + b"\0\0\0\x08free" * 3 * 2**20
OUTSIDE = {"server": Server(public_url=ORIGIN)}


@pytest.mark.parametrize(
    ("variety", "media_type"),
    [(H264_MP4, "video/mp4"), (MPEG2_PROGRAM, "video/mpeg"), (HEVC_BARE, "video/H265")],
)
async def test_the_stream_as_it_is_stored(tmp_path: Path, variety: tuple[str, str], media_type: str) -> None:
    async with opened_exchange(tmp_path, {"general": [stored_video("1.2.1", variety)]}) as exchange:
        response = await exchange.get(RENDERED, media_type)
        assert response.status_code == 200
        assert response.headers["content-type"] == media_type.lower()
        assert response.content.rstrip(b"\0") == video(variety).rstrip(b"\0")
        assert response.headers["vitrine-rendering"] == "stored=?1, lossy=?1, source-lossy=?1, watermark=?0"
        head = await exchange.client.head(RENDERED, headers={**exchange.bearer(), "Accept": media_type})
        assert head.headers["content-length"] == str(len(response.content))
        assert exchange.cache("videos").bytes == 0


def one_of_each() -> list[Dataset]:
    """A study for each variety of video, numbered as they are."""
    return [stored_video(f"1.2.{number}", variety) for number, variety in enumerate(VARIETIES)]


def instance(number: int) -> str:
    return f"/dicomweb/studies/1.2.{number}/series/1.2.{number}.1/instances/1.2.{number}.1.1"


async def test_whatever_is_stored_comes_as_mp4_that_plays(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, {"general": one_of_each()}) as exchange:
        for number, variety in enumerate(VARIETIES):
            responses = [await exchange.get(f"{instance(number)}/rendered", accept) for accept in ("video/mp4", "*/*")]
            assert {response.headers["content-type"] for response in responses} == {"video/mp4"}
            assert len({response.content for response in responses}) == 1
            assert numbers(responses[0].content) == list(range(40))
            told = responses[0].headers["vitrine-rendering"]
            if variety[1] == "libx264":
                pairs = zip(decoded(responses[0].content), decoded(video(variety)), strict=True)
                assert all((one == other).all() for one, other in pairs)
                assert "loses=(detail" not in told
            else:
                assert "loses=(detail color-resolution gray-levels)" in told


async def test_other_types_are_refused_with_those_there_are(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, {"general": [stored_video("1.2.1", HEVC_BARE)]}) as exchange:
        response = await exchange.get(RENDERED, "video/mpeg")
        assert response.status_code == 406
        assert response.json()["available"][:2] == ["video/mp4", "video/h265"]


@pytest.mark.parametrize("variety", [H264_MP4, H264_TRANSPORT])
async def test_players_seek(tmp_path: Path, variety: tuple[str, str]) -> None:
    async with opened_exchange(tmp_path, {"general": [stored_video("1.2.1", variety)]}) as exchange:
        whole = await exchange.get(RENDERED, "video/mp4")
        length, tag = len(whole.content), whole.headers["etag"]
        for asked, start, stop in (("0-", 0, length), ("700-799", 700, 800), ("-100", length - 100, length)):
            part = await exchange.get(RENDERED, "video/mp4", headers={"Range": f"bytes={asked}", "If-Range": tag})
            assert part.status_code == 206
            assert part.content == whole.content[start:stop]
            assert part.headers["content-range"] == f"bytes {start}-{stop - 1}/{length}"
        other = await exchange.get(RENDERED, "video/mp4", headers={"Range": "bytes=5-", "If-Range": '"other"'})
        assert (other.status_code, len(other.content)) == (200, length)
        behind = await exchange.get(RENDERED, "video/mp4", headers={"Range": f"bytes={length}-"})
        assert (behind.status_code, behind.headers["content-range"]) == (416, f"bytes */{length}")


async def test_a_video_of_unknown_length_is_held_so_that_players_can_seek(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, {"general": [stored_video("1.2.1")]}) as exchange:
        exchange.archives["general"].faults["frames"] = Fault(unmeasured=True)
        part = await exchange.get(RENDERED, "video/mp4", headers={"Range": "bytes=100-"})
        assert part.status_code == 206
        assert part.content.rstrip(b"\0") == video()[100:].rstrip(b"\0")


async def test_a_large_video_of_unknown_length_passes_without_seeking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(videos.Videos.whole, "__defaults__", (1000,))
    async with opened_exchange(tmp_path, {"general": [stored_video("1.2.1")]}) as exchange:
        exchange.archives["general"].faults["frames"] = Fault(unmeasured=True)
        response = await exchange.get(RENDERED, "video/mp4", headers={"Range": "bytes=100-"})
        assert (response.status_code, response.headers["accept-ranges"]) == (200, "none")
        assert response.content.rstrip(b"\0") == video().rstrip(b"\0")


async def test_what_breaks_off_is_cut_and_not_ended(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, {"general": [stored_video("1.2.1", data=LONG)]}) as exchange:
        await exchange.get(RENDERED, "video/mp4")
        exchange.archives["general"].faults["frames"] = Fault(drop=2**20)
        with pytest.raises(BrokenStream):
            await exchange.get(RENDERED, "video/mp4")


async def test_a_passing_video_ends_when_access_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened_exchange(tmp_path, {"general": [stored_video("1.2.1", data=LONG)]}) as exchange:
        assert (await exchange.get(RENDERED, "video/mp4")).content == LONG
        passing = videos.Videos.passing

        async def opening(self: videos.Videos, *arguments: Any) -> videos.Passing:
            found = await passing(self, *arguments)
            exchange.services.rooms.admission._enforcement.adopt(register=to_register(b""))
            return found

        monkeypatch.setattr(videos.Videos, "passing", opening)
        with pytest.raises(BrokenStream):
            await exchange.get(RENDERED, "video/mp4")


async def test_an_archive_that_gives_videos_as_bulk_data_only(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, {"general": [stored_video("1.2.1", H264_TRANSPORT)]}) as exchange:
        exchange.archives["general"].faults["frames"] = Fault(status=500)
        assert numbers((await exchange.get(RENDERED, "video/mp4")).content) == list(range(40))
        assert exchange.archives["general"].counts()["bulkdata"] >= 1


@pytest.mark.parametrize("variety", [H264_MP4, H264_BARE, MPEG2_PROGRAM])
async def test_who_is_owed_marked_and_reduced_images_gets_nothing_else(
    tmp_path: Path, variety: tuple[str, str]
) -> None:
    large = video(variety, count=6, rows=48, columns=2048)
    stored = stored_video("1.2.1", variety, large, Columns=2048, NumberOfFrames=6)
    async with opened_exchange(tmp_path, {"general": [stored]}, **OUTSIDE) as exchange:
        response = await exchange.get(RENDERED, "*/*")
        told = response.headers["vitrine-rendering"]
        assert told.startswith("columns=1024, rows=24, frames=6, duration=0.24, ")
        assert told.endswith("watermark=?1")
        assert all(picture.std() > 2 for picture in decoded(response.content))
        for media_type in ("video/mpeg", "video/h265"):
            assert (await exchange.get(RENDERED, media_type)).status_code == 406
        still = await exchange.get(f"{INSTANCE}/frames/1/rendered", "image/png")
        assert Image.open(BytesIO(still.content)).size == (1024, 24)
        assert still.headers["vitrine-rendering"].endswith("watermark=?1")
        assert (await exchange.get(f"{INSTANCE}/frames/1", "video/mp4")).status_code == 403


async def test_a_viewport_is_carried_out(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, {"general": [stored_video("1.2.1")]}) as exchange:
        response = await exchange.get(f"{RENDERED}?viewport=32,32", "video/mp4")
        assert response.headers["vitrine-rendering"].startswith("columns=32, rows=24, frames=40, duration=1.6")
        assert numbers(response.content) == list(range(40))


async def test_what_a_stored_stream_cannot_have_is_warned_of(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, {"general": [stored_video("1.2.1", MPEG2_PROGRAM)]}) as exchange:
        response = await exchange.get(f"{RENDERED}?viewport=32,32", "video/mpeg")
        assert response.headers["warning"].endswith("The video is given as it is stored.")
        assert (await exchange.get(f"{RENDERED}?viewport=0,0", "video/mpeg")).status_code == 400


async def test_a_video_is_made_anew_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(films, "_PIECE_PICTURES", 8)
    for name, count in (("low", 3), ("high", 44)):
        (tmp_path / name).mkdir()
        stored = stored_video("1.2.1", HEVC_BARE, NumberOfFrames=count)
        async with opened_exchange(tmp_path / name, {"general": [stored]}) as exchange:
            response = await exchange.get(RENDERED, "video/mp4")
            assert numbers(response.content) == list(range(40))
            assert "frames=40, duration=1.6" in response.headers["vitrine-rendering"]


async def test_one_picture_is_a_frame_as_any(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, {"general": one_of_each()}) as exchange:
        for variety in range(len(VARIETIES)):
            for number in (1, 21, 40):
                response = await exchange.get(f"{instance(variety)}/frames/{number}/rendered", "image/png")
                level = float(np.asarray(Image.open(BytesIO(response.content))).mean())
                assert level == pytest.approx((number - 1) * STEP * 255 / 219, abs=3)
                assert f"frame={number}," in response.headers["vitrine-rendering"]
            assert (await exchange.get(f"{instance(variety)}/frames/41/rendered", "image/png")).status_code == 404
        assert exchange.archives["general"].counts()["frames"] == len(VARIETIES)
        several = await exchange.get(f"{instance(0)}/frames/1,2/rendered", 'multipart/related; type="image/jpeg"')
        assert several.content.count(b"\xff\xd8\xff") == 2


async def test_videos_of_a_study_come_as_parts(tmp_path: Path) -> None:
    second = stored_video("1.2.1", H264_BARE, SOPInstanceUID="1.2.1.1.2")
    async with opened_exchange(tmp_path, {"general": [stored_video("1.2.1"), second]}) as exchange:
        parts = parts_of(await exchange.get("/dicomweb/studies/1.2.1/rendered", 'multipart/related; type="video/mp4"'))
        assert [numbers(part.get_payload(decode=True)) for part in parts] == [list(range(40))] * 2
        assert [part["Content-Location"].rpartition("/")[2] for part in parts] == ["1.2.1.1.1", "1.2.1.1.2"]


HOSTILE: dict[str, tuple[dict[str, Any], bytes | None, int]] = {
    "cut off": ({}, video()[:1000], 502),
    "no video": ({}, b"\xff\xd8\xff\xe0" * 400, 406),
    "almost empty": ({}, b"\0\0", 406),
    "endless": ({"NumberOfFrames": 2**31 - 1}, None, 413),
    "immense": ({"Rows": 65535, "Columns": 65535}, None, 413),
}


async def test_hostile_videos_end_in_words(tmp_path: Path) -> None:
    stored = [
        stored_video(f"1.2.{number}", H264_BARE, data, **attributes)
        for number, (attributes, data, _) in enumerate(HOSTILE.values())
    ]
    async with opened_exchange(tmp_path, {"general": stored}) as exchange:
        for number, (name, (_, _, status)) in enumerate(HOSTILE.items()):
            response = await exchange.get(f"{instance(number)}/rendered?viewport=32,32", "video/mp4")
            assert response.status_code == status, name
            assert response.json()["detail"]


async def test_a_picture_of_what_is_cut_off_is_none(tmp_path: Path) -> None:
    stored = stored_video("1.2.1", H264_MP4, video()[:1500])
    async with opened_exchange(tmp_path, {"general": [stored]}) as exchange:
        assert (await exchange.get(f"{INSTANCE}/frames/30/rendered", "image/png")).status_code == 502
