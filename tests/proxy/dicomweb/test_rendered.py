"""Rendered resources and thumbnails: exactly the frame asked for, made once, and said truthfully."""

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset
import pytest

from demo.archive.faults import Fault
from proxy.http.context import BrokenStream
from proxy.patients.register import to_register
from proxy.retrieval.rendered import Rendered
from rendering.frame import RenderedImage
from tests.exchange import Exchange, ct, opened_exchange
from tests.proxy.dicomweb.answers import level, parts_of, picture
from tests.rendering.frames import table_item

SERIES = "/dicomweb/studies/1.2.1/series/1.2.1.1"
INSTANCE = f"{SERIES}/instances/1.2.1.1.2"
FRAME = f"{INSTANCE}/frames/1/rendered"


async def test_the_frame_asked_for_under_its_own_window(exchange: Exchange) -> None:
    response = await exchange.get(FRAME, "image/png")
    assert response.headers["content-type"] == "image/png"
    assert set(picture(response.content).ravel()) == {level(102, 128, 256)}
    said = response.headers["vitrine-rendering"]
    assert 'window="128,256,linear"' in said
    assert "window-from=image" in said
    assert "lossy=?0" in said
    assert response.headers["cache-control"] == "private, no-cache"


async def test_the_window_asked_for(exchange: Exchange) -> None:
    response = await exchange.get(f"{FRAME}?window=100,50,linear", "image/png")
    assert set(picture(response.content).ravel()) == {level(102, 100, 50)}
    assert "window-from=request" in response.headers["vitrine-rendering"]


async def test_the_voi_lut_asked_for(tmp_path: Path) -> None:
    tables = [table_item(0, np.full(8192, entry * 257, np.uint16)) for entry in (40, 200)]
    held = {"general": [ct("1.2.1", 1, 2, VOILUTSequence=tables)]}
    async with opened_exchange(tmp_path, held) as exchange:
        own = await exchange.get(FRAME, "image/png")
        requests = exchange.archives["general"].requests
        assert not [kind for kind, _ in requests if kind == "bulkdata"]
        for number, entry in ((1, 40), (2, 200), (1, 40)):
            response = await exchange.get(f"{FRAME}?voilut={number}", "image/png")
            assert set(picture(response.content).ravel()) == {entry}
            assert f"window-from=lut, voi-lut={number}" in response.headers["vitrine-rendering"]
            assert "window=" not in response.headers["vitrine-rendering"]
        again = await exchange.get(FRAME, "image/png")
        assert len([kind for kind, _ in requests if kind == "bulkdata"]) == 2
        bad = ("voilut=3", "voilut=0", "voilut=-1", "voilut=1&voilut=2", "voilut=1&window=1,2,linear")
        refused = [await exchange.get(f"{FRAME}?{query}") for query in bad]
        series = await exchange.get(f"{SERIES}/rendered?voilut=2", 'multipart/related; type="image/png"')
    assert own.content == again.content
    assert "window-from=image" in own.headers["vitrine-rendering"]
    assert {one.status_code for one in refused} == {400}
    assert "VOI LUT cannot be chosen" in series.headers["warning"]


async def test_what_stored_values_mean_is_told_and_not_shown_through(tmp_path: Path) -> None:
    unit = Dataset()
    unit.CodeValue, unit.CodingSchemeDesignator, unit.CodeMeaning = "mm2/s", "UCUM", "mm2/s"
    mapping = Dataset()
    mapping.MeasurementUnitsCodeSequence = [unit]
    mapping.add_new("RealWorldValueFirstValueMapped", "US", 0)
    mapping.add_new("RealWorldValueLastValueMapped", "US", 4095)
    mapping.RealWorldValueSlope, mapping.RealWorldValueIntercept = 1e-6, 0.5
    mapped = ct("1.2.1", 1, 2, RealWorldValueMappingSequence=[mapping])
    async with opened_exchange(tmp_path, {"general": [mapped]}) as exchange:
        response = await exchange.get(FRAME, "image/png")
    said = response.headers["vitrine-rendering"]
    assert 'real-world=("mm2/s";slope="1e-06";intercept="0.5";first="0";last="4095")' in said
    assert set(picture(response.content).ravel()) == {level(102, 128, 256)}


async def test_viewport_quality_and_encoding(exchange: Exchange) -> None:
    response = await exchange.get(f"{FRAME}?viewport=8,8&quality=50", "image/jpeg")
    assert picture(response.content).shape == (8, 8)
    assert "columns=8, rows=8" in response.headers["vitrine-rendering"]
    assert "lossy=?1" in response.headers["vitrine-rendering"]
    assert "warning" not in response.headers


@pytest.mark.parametrize("media_type", ["image/png", "image/gif"])
async def test_a_quality_that_a_media_type_does_not_know_is_said_to_be_ignored(
    exchange: Exchange, media_type: str
) -> None:
    exact = await exchange.get(FRAME, media_type)
    response = await exchange.get(f"{FRAME}?quality=10", media_type)
    assert response.content == exact.content
    assert "quality does not apply" in response.headers["warning"]
    assert "warning" not in exact.headers


@pytest.mark.parametrize(
    "query",
    ["window=1,2", "window=a,b,linear", "window=1,0,linear", "viewport=0,0", "viewport=99999,99999", "quality=0",
     "quality=101", "annotation=", "iccprofile=maybe"],
)  # fmt: skip
async def test_a_bad_parameter_is_400_and_costs_the_archive_nothing(exchange: Exchange, query: str) -> None:
    response = await exchange.get(f"{FRAME}?{query}")
    assert response.status_code == 400
    assert exchange.archives["general"].counts()["frames"] == 0


async def test_every_image_of_a_series_and_of_a_split_study(exchange: Exchange) -> None:
    accept = 'multipart/related; type="image/png"'
    parts = parts_of(await exchange.get(f"{SERIES}/rendered", accept))
    shown = [int(picture(part.get_payload(decode=True))[0, 0]) for part in parts]
    assert shown == [level(value, 128, 256) for value in (101, 102, 103)]
    assert parts[0]["Content-Location"].endswith(f"{SERIES}/instances/1.2.1.1.1/frames/1")
    assert len(parts_of(await exchange.get("/dicomweb/studies/1.2.1/rendered", accept))) == 5


async def test_each_frame_of_many_is_itself(tmp_path: Path) -> None:
    pixels = np.repeat(np.array([20, 120, 220], "<u2"), 256).tobytes()
    many = ct("1.2.1", 1, 1, NumberOfFrames=3, PixelData=pixels)
    async with opened_exchange(tmp_path, {"general": [many]}) as exchange:
        instance = f"{SERIES}/instances/1.2.1.1.1"
        expected = [level(value, 128, 256) for value in (20, 120, 220)]
        for number, value in enumerate(expected, 1):
            shown = await exchange.get(f"{instance}/frames/{number}/rendered", "image/png")
            assert set(picture(shown.content).ravel()) == {value}
            assert f"frame={number}," in shown.headers["vitrine-rendering"]
        every = parts_of(await exchange.get(f"{instance}/rendered", 'multipart/related; type="image/png"'))
        assert [int(picture(part.get_payload(decode=True))[0, 0]) for part in every] == expected
        some = parts_of(await exchange.get(f"{instance}/frames/1,3/rendered", 'multipart/related; type="image/png"'))
        assert [part["Content-Location"].rpartition("/")[2] for part in some] == ["1", "3"]
        assert (await exchange.get(f"{instance}/rendered", "image/png")).status_code == 406


async def test_one_answer_has_at_most_a_thousand_parts(tmp_path: Path) -> None:
    many = ct("1.2.1", 1, 1, NumberOfFrames=1001, PixelData=bytes(1001 * 512))
    async with opened_exchange(tmp_path, {"general": [many]}) as exchange:
        for path in ("/dicomweb/studies/1.2.1", SERIES, f"{SERIES}/instances/1.2.1.1.1"):
            assert (await exchange.get(f"{path}/rendered", 'multipart/related; type="image/png"')).status_code == 413
        assert exchange.archives["general"].counts()["frames"] == 0


async def test_an_instance_of_one_frame_may_come_alone(exchange: Exchange) -> None:
    assert (await exchange.get(f"{INSTANCE}/rendered", "image/jpeg")).headers["content-type"] == "image/jpeg"
    assert (await exchange.get(f"{SERIES}/rendered", "image/jpeg")).status_code == 406


@pytest.mark.parametrize(
    "path",
    ["/dicomweb/studies/1.2.1", SERIES, INSTANCE, f"{INSTANCE}/frames/1"],
    ids=["study", "series", "one", "frame"],
)
async def test_thumbnails_at_four_levels(exchange: Exchange, path: str) -> None:
    response = await exchange.get(f"{path}/thumbnail")
    assert response.status_code == 200
    assert max(picture(response.content).shape) <= 128
    small = await exchange.get(f"{path}/thumbnail?viewport=4,4")
    assert picture(small.content).shape == (4, 4)


async def test_many_who_want_one_image_cost_the_archive_one_frame(exchange: Exchange) -> None:
    responses = await asyncio.gather(*(exchange.get(FRAME) for _ in range(40)))
    assert {response.status_code for response in responses} == {200}
    assert len({response.content for response in responses}) == 1
    assert exchange.archives["general"].counts()["frames"] == 1
    assert exchange.archives["general"].counts()["metadata"] == 1


async def test_another_window_of_a_frame_in_memory_costs_the_archive_nothing(exchange: Exchange) -> None:
    await exchange.get(FRAME)
    before = len(exchange.archives["general"].requests)
    assert (await exchange.get(f"{FRAME}?window=50,100,linear")).status_code == 200
    assert (await exchange.get(FRAME)).status_code == 200
    assert len(exchange.archives["general"].requests) == before


@pytest.mark.parametrize("frames", ["0", "-1", "1-3", "2,1", "1,1", "x", "%0a1", "99999999999"])
async def test_a_malformed_frame_list_is_400(exchange: Exchange, frames: str) -> None:
    assert (await exchange.get(f"{INSTANCE}/frames/{frames}/rendered")).status_code == 400
    assert not exchange.archives["general"].requests


@pytest.mark.parametrize("frames", ["2", "1,2"])
async def test_a_frame_past_the_end_is_404(exchange: Exchange, frames: str) -> None:
    assert (await exchange.get(f"{INSTANCE}/frames/{frames}/rendered")).status_code == 404
    assert exchange.archives["general"].counts()["frames"] == 0


async def test_a_study_without_the_images_of_a_dead_archive_says_so(exchange: Exchange) -> None:
    exchange.archives["lakeside"].faults["search"] = Fault(status=500)
    response = await exchange.get("/dicomweb/studies/1.2.1/rendered", 'multipart/related; type="image/png"')
    assert len(parts_of(response)) == 3
    assert "Lakeside Imaging failed; its results are missing" in response.headers["warning"]


@pytest.mark.parametrize(
    "uid",
    [
        "1.2.1%0a",
        "01.2",
        "%2e%2e",
        "1.2.",
        "%EF%BC%91.2",
        "1" * 65,
        "1.2.1%00",
        "1.2.x",
        "%2e%2e%2f",
        "-1.2",
        "1..2",
        "%2e",
    ],
)
async def test_a_hostile_uid_is_refused_and_reaches_no_archive(exchange: Exchange, uid: str) -> None:
    for path in (
        f"/dicomweb/studies/{uid}/series",
        f"/dicomweb/studies/1.2.1/series/{uid}/instances/1.2/frames/1/rendered",
    ):
        response = await exchange.get(path)
        assert response.status_code in {400, 404, 405}
        assert uid not in response.text
    assert not exchange.archives["general"].requests
    assert (await exchange.get(FRAME)).status_code == 200


async def test_a_long_answer_ends_when_access_does(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    """The register changes while the first frame is made."""
    made, image = [], Rendered.image

    async def rendering(self: Rendered, *arguments: Any) -> RenderedImage:
        made.append(await image(self, *arguments))
        exchange.services.rooms.admission._enforcement.adopt(register=to_register(b""))
        return made[-1]

    monkeypatch.setattr(Rendered, "image", rendering)
    with pytest.raises(BrokenStream):
        await exchange.get(f"{SERIES}/rendered", 'multipart/related; type="image/jpeg"')
    assert len(made) == 1
