"""Multi-frame images in motion, through the service: every frame, fetched together, marked where marks are owed."""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pydicom import Dataset
import pytest

from demo.archive.faults import Fault
from proxy.patients.register import to_register
from proxy.retrieval import cines, pieces
from proxy.settings.server import Server
from tests.exchange import ORIGIN, ct, opened_exchange
from tests.videos import decoded, times

INSTANCE = "/dicomweb/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.1"
RENDERED = f"{INSTANCE}/rendered"
MOVING = ("image/gif", "image/webp", "video/mp4")


def cine(count: int = 6, rows: int = 16, columns: int = 16, study: str = "1.2.1", **more: Any) -> Dataset:
    """Frame n (from 1) has the value 10 × n all over, shown as it is."""
    pixels = np.repeat(np.arange(1, count + 1, dtype="<u2") * 10, rows * columns).tobytes()
    attributes = {"FrameTime": "50", "NumberOfFrames": count, "Rows": rows, "Columns": columns, "PixelData": pixels}
    return ct(study, **attributes | more)


def levels(content: bytes) -> list[int]:
    """The grey value in the middle of each frame."""
    if b"ftyp" in content[:12]:
        return [int(picture[picture.shape[0] // 2, picture.shape[1] // 2, 0]) for picture in decoded(content)]
    opened, found = Image.open(BytesIO(content)), []
    for number in range(opened.n_frames):
        opened.seek(number)
        found.append(int(np.asarray(opened.convert("L"))[opened.height // 2, opened.width // 2]))
    return found


async def test_all_frames_in_one_moving_image(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, {"general": [cine()]}) as exchange:
        for media_type in MOVING:
            response = await exchange.get(RENDERED, media_type)
            assert response.headers["content-type"] == media_type
            assert levels(response.content) == pytest.approx([10, 20, 30, 40, 50, 60], abs=2)
            told = response.headers["vitrine-rendering"]
            assert told.startswith("columns=16, rows=16, frames=6, duration=0.3, timing=frame-time, loses=(")
            assert 'window="128,256,linear", window-from=image' in told
        assert exchange.archives["general"].counts()["frames"] == len(MOVING)


async def test_some_frames_and_none_but_those(tmp_path: Path) -> None:
    async with opened_exchange(
        tmp_path, {"general": [cine(FrameTimeVector=[0, 10, 20, 30, 40, 50], FrameTime=None)]}
    ) as exchange:
        response = await exchange.get(f"{INSTANCE}/frames/2,5/rendered", "video/mp4")
        assert levels(response.content) == pytest.approx([20, 50], abs=2)
        assert times(response.content) == pytest.approx([0, 0.02])
        assert "duration=0.07, timing=frame-time-vector" in response.headers["vitrine-rendering"]
        one = await exchange.get(f"{INSTANCE}/frames/2/rendered", "image/gif")
        assert levels(one.content) == [20]
        assert (await exchange.get(f"{INSTANCE}/frames/2/rendered", "video/mp4")).status_code == 406
        assert (await exchange.get(f"{INSTANCE}/frames/2,7/rendered", "video/mp4")).status_code == 404


async def test_frames_stay_what_they_were_asked_for_as(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, {"general": [cine()]}) as exchange:
        assert (await exchange.get(RENDERED)).headers["content-type"].startswith("multipart/related")
        assert (await exchange.get(RENDERED, "image/jpeg")).status_code == 406
        parts = await exchange.get(RENDERED, 'multipart/related; type="image/gif"')
        assert parts.content.count(b"GIF8") == 6


async def test_parameters_are_carried_out_or_refused(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, {"general": [cine()]}) as exchange:
        smaller = await exchange.get(f"{RENDERED}?viewport=8,8&window=35,20,linear", "image/gif")
        assert Image.open(BytesIO(smaller.content)).size == (8, 8)
        assert levels(smaller.content) == [0, 0, 67, 201, 255, 255]
        good, poor = [await exchange.get(f"{RENDERED}?quality={quality}", "image/webp") for quality in (100, 1)]
        assert "loses=()" in good.headers["vitrine-rendering"]
        assert "loses=(detail gray-levels)" in poor.headers["vitrine-rendering"]
        for bad in ("viewport=0,0", "window=1,2", "quality=0", "iccprofile=srgb"):
            assert (await exchange.get(f"{RENDERED}?{bad}", "image/webp")).status_code == 400


async def test_brightness_does_not_jump_however_many_pieces_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cines, "_PIECE_FRAMES", 2)
    many = cine(count=9, PixelData=np.repeat(np.arange(9, dtype="<u2") * 500, 256).tobytes())
    del many.WindowCenter, many.WindowWidth
    async with opened_exchange(tmp_path, {"general": [many]}) as exchange:
        for media_type in MOVING:
            response = await exchange.get(RENDERED, media_type)
            assert levels(response.content) == pytest.approx([number * 255 / 8 for number in range(9)], abs=3)
            told = response.headers["vitrine-rendering"]
            assert "frames=9, duration=0.45" in told
            assert 'window="2000.5,4001,linear", window-from=default' in told


async def test_an_archive_that_understands_no_lists_is_asked_one_by_one(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, {"general": [cine(3)]}) as exchange:
        archive = exchange.archives["general"]
        archive.faults["frames"] = Fault(status=400, at="/frames/1,2,3")
        response = await exchange.get(RENDERED, "image/gif")
        assert levels(response.content) == [10, 20, 30]
        asked = [path.rpartition("/")[2] for kind, path in archive.requests if kind == "frames"]
        assert list(dict.fromkeys(asked)) == ["1,2,3", "1", "2", "3"]


async def test_the_same_moving_image_is_made_once(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, {"general": [cine()]}) as exchange:
        first, second = [await exchange.get(RENDERED, "video/mp4") for _ in range(2)]
        assert first.content == second.content
        assert exchange.archives["general"].counts()["frames"] == 1


async def test_players_seek_in_it(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, {"general": [cine()]}) as exchange:
        whole = await exchange.get(RENDERED, "video/mp4")
        assert whole.headers["accept-ranges"] == "bytes"
        part = await exchange.get(RENDERED, "video/mp4", headers={"Range": "bytes=100-199"})
        assert part.status_code == 206
        assert part.content == whole.content[100:200]
        assert part.headers["content-range"] == f"bytes 100-199/{len(whole.content)}"
        assert part.headers["etag"] == whole.headers["etag"]
        behind = await exchange.get(RENDERED, "video/mp4", headers={"Range": "bytes=9999999-"})
        assert behind.status_code == 416
        assert behind.headers["content-range"] == f"bytes */{len(whole.content)}"
        assert behind.json()["type"] == "urn:vitrine:problem:range-not-satisfiable"
        assert exchange.archives["general"].counts()["frames"] == 1


async def test_outside_the_clinical_network_every_frame_is_marked_and_reduced(tmp_path: Path) -> None:
    large = cine(count=2, rows=32, columns=2048)
    async with opened_exchange(tmp_path, {"general": [large]}, server=Server(public_url=ORIGIN)) as exchange:
        for media_type in MOVING:
            response = await exchange.get(RENDERED, media_type)
            told = response.headers["vitrine-rendering"]
            assert told.startswith("columns=1024, rows=16, ")
            assert told.endswith("watermark=?1")
        for picture in decoded(response.content):
            assert picture.std() > 3


async def test_a_long_moving_image_ends_when_access_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cines, "_PIECE_FRAMES", 2)
    async with opened_exchange(tmp_path, {"general": [cine()]}) as exchange:
        several = exchange.services.rooms.frames.several

        async def fetching(*arguments: Any, **options: Any) -> Any:
            exchange.services.rooms.admission._enforcement.adopt(register=to_register(b""))
            return await several(*arguments, **options)

        monkeypatch.setattr(exchange.services.rooms.frames, "several", fetching)
        assert (await exchange.get(RENDERED, "video/mp4")).status_code in {403, 404}
        assert exchange.archives["general"].counts()["frames"] == 1


HOSTILE: dict[str, tuple[dict[str, Any], int, str]] = {
    "no time": ({"FrameTime": "0"}, 200, "duration=0.24, timing=default"),
    "backwards": ({"FrameTime": "-40"}, 200, "duration=0.24, timing=default"),
    "an age": ({"FrameTime": "1000000000"}, 200, "duration=0.24, timing=default"),
    "a short vector": ({"FrameTime": None, "FrameTimeVector": [0, 5]}, 200, "timing=default"),
    "fewer frames than said": ({"NumberOfFrames": 9}, 502, ""),
    "more than can be": ({"NumberOfFrames": 2**31 - 1}, 413, ""),
    "many": ({"NumberOfFrames": 6000}, 413, ""),
    "too many pixels": ({"NumberOfFrames": 100, "Rows": 8192, "Columns": 8192}, 413, ""),
}


async def test_hostile_attributes_end_in_an_image_or_in_words(tmp_path: Path) -> None:
    hostile = [cine(study=f"1.2.{number}", **attributes) for number, (attributes, _, _) in enumerate(HOSTILE.values())]
    async with opened_exchange(tmp_path, {"general": hostile}) as exchange:
        for number, (name, (_, status, told)) in enumerate(HOSTILE.items()):
            response = await exchange.get(RENDERED.replace("1.2.1", f"1.2.{number}"), "video/mp4")
            assert response.status_code == status, name
            assert told in response.headers["vitrine-rendering"] if status == 200 else response.json()["detail"], name


async def test_a_moving_image_that_would_be_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "LARGEST_BYTES", 1000)
    async with opened_exchange(tmp_path, {"general": [cine()]}) as exchange:
        response = await exchange.get(RENDERED, "image/gif")
        assert response.status_code == 413
        assert "smaller viewport" in response.json()["detail"]


async def test_tiles_of_a_slide_do_not_move(tmp_path: Path) -> None:
    slide = cine(TotalPixelMatrixColumns=64, TotalPixelMatrixRows=24, SOPClassUID="1.2.840.10008.5.1.4.1.1.77.1.6")
    async with opened_exchange(tmp_path, {"general": [slide]}) as exchange:
        assert (await exchange.get(RENDERED, "video/mp4")).status_code == 406


async def test_a_damaged_frame_spoils_the_whole(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, {"general": [cine()]}) as exchange:
        exchange.archives["general"].faults["frames"] = Fault(truncate=300)
        response = await exchange.get(RENDERED, "video/mp4")
        assert response.status_code == 502
