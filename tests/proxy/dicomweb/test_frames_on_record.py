"""Whatever shows frames records them: which, of which instance, as what, and how many bytes; nothing else is."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from proxy.access.views.views import MOST_UNRECORDED
from proxy.audit.reading import read_record
from proxy.audit.views.view import Ended, View, views_of
from proxy.storage.sqlite import SqliteEvents
from tests.exchange import Exchange, ct, opened_exchange

STUDY = "/dicomweb/studies/1.2.1"
SERIES = "1.2.1.1"
INSTANCE = f"{STUDY}/series/{SERIES}/instances/1.2.1.1.1"
NATIVE = 'multipart/related; type="application/octet-stream"; transfer-syntax=*'
JPEG, JPEGS = "image/jpeg", 'multipart/related; type="image/jpeg"'
FOUR: dict[str, Any] = {"NumberOfFrames": 4, "PixelData": bytes(4 * 16 * 16 * 2)}


async def view_of(exchange: Exchange) -> View:
    """The view session on record, once what it has shown is."""
    exchange.services.rooms.views.end_all(lambda _: True, Ended.STOPPED)
    await exchange.services.rooms.views.look()
    (view,) = views_of(map(read_record, SqliteEvents(exchange.folder / "audit").entries()))
    return view


@pytest.fixture
async def multiframe(tmp_path: Path) -> Any:
    holdings = {"general": [ct("1.2.1", **FOUR), ct("1.2.1", number=2)]}
    async with opened_exchange(tmp_path, holdings) as exchange:
        yield exchange


@pytest.mark.parametrize(
    ("path", "accept", "rendered", "native"),
    [
        (f"{INSTANCE}/frames/2/rendered", JPEG, {"1.2.1.1.1": ((2, 2),)}, {}),
        (f"{INSTANCE}/frames/1,3,4/rendered", JPEGS, {"1.2.1.1.1": ((1, 1), (3, 4))}, {}),
        (f"{INSTANCE}/rendered", JPEGS, {"1.2.1.1.1": ((1, 4),)}, {}),
        (f"{STUDY}/series/{SERIES}/rendered", JPEGS, {"1.2.1.1.1": ((1, 4),), "1.2.1.1.2": ((1, 1),)}, {}),
        (f"{STUDY}/rendered", JPEGS, {"1.2.1.1.1": ((1, 4),), "1.2.1.1.2": ((1, 1),)}, {}),
        (f"{INSTANCE}/frames/3/thumbnail", JPEG, {"1.2.1.1.1": ((3, 3),)}, {}),
        (f"{INSTANCE}/frames/2,4", NATIVE, {}, {"1.2.1.1.1": ((2, 2), (4, 4))}),
        (f"{INSTANCE}/frames/2", "application/octet-stream", {}, {"1.2.1.1.1": ((2, 2),)}),
        (f"{INSTANCE}/bulkdata/7FE00010", "application/octet-stream", {}, {"1.2.1.1.1": ((1, 4),)}),
    ],
)
async def test_exactly_the_frames_that_left_are_on_record(
    multiframe: Exchange, path: str, accept: str, rendered: dict[str, Any], native: dict[str, Any]
) -> None:
    response = await multiframe.get(path, accept)
    assert response.status_code == 200, response.text
    view = await view_of(multiframe)

    assert view.rendered == ({SERIES: rendered} if rendered else {})
    assert view.native == ({SERIES: native} if native else {})
    assert view.delivered + view.native_delivered == view.seen
    assert view.native_pixels == view.native_delivered * 16 * 16
    assert view.octets == len(response.content)


@pytest.mark.parametrize("path", [f"{INSTANCE}/metadata", f"{STUDY}/series", f"{STUDY}/metadata"])
async def test_what_shows_no_pixel_is_on_record_as_no_frame(multiframe: Exchange, path: str) -> None:
    assert (await multiframe.get(path)).status_code == 200
    multiframe.services.rooms.views.end_all(lambda _: True, Ended.STOPPED)
    await multiframe.services.rooms.views.look()
    views = views_of(map(read_record, SqliteEvents(multiframe.folder / "audit").entries()))
    assert [view.seen for view in views if view.seen] == []


@pytest.mark.parametrize("path", [f"{INSTANCE}/frames/2/rendered", f"{INSTANCE}/frames/2"])
async def test_head_delivers_nothing(multiframe: Exchange, path: str) -> None:
    response = await multiframe.client.head(path, headers=multiframe.bearer())
    assert response.status_code == 200
    view = await view_of(multiframe)
    assert (view.seen, view.delivered, view.native_delivered, view.octets) == (0, 0, 0, 0)
    assert view.ended is Ended.STOPPED


async def test_who_has_an_image_already_looks_at_it_again_without_bytes(multiframe: Exchange) -> None:
    path = f"{INSTANCE}/frames/2/rendered"
    first = await multiframe.get(path, JPEG)
    again = await multiframe.get(path, JPEG, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    view = await view_of(multiframe)
    assert (view.delivered, view.seen, view.octets) == (2, 1, len(first.content))


async def test_a_refusal_or_a_failure_shows_no_frame(multiframe: Exchange) -> None:
    assert (await multiframe.get(f"{INSTANCE}/frames/9/rendered")).status_code == 404
    assert (await multiframe.get(f"{INSTANCE}/frames/9", NATIVE)).status_code == 404
    view = await view_of(multiframe)
    assert (view.seen, view.delivered, view.native_delivered) == (0, 0, 0)


async def test_nothing_is_shown_while_too_much_is_not_on_record(tmp_path: Path) -> None:
    film = ct("1.2.1", NumberOfFrames=1000, PixelData=bytes(1000 * 16 * 16 * 2))
    async with opened_exchange(tmp_path, {"general": [film]}) as exchange:
        views = exchange.services.rooms.views
        path, look = f"{INSTANCE}/bulkdata/7FE00010", views.look
        views.look = _nothing  # type: ignore[method-assign] - the log is told nothing
        while views.unrecorded <= MOST_UNRECORDED:
            assert (await exchange.get(path, "application/octet-stream")).status_code == 200
        exchange.archives["general"].requests.clear()
        for refused in (path, f"{INSTANCE}/frames/1/rendered", f"{INSTANCE}/frames/1"):
            response = await exchange.get(refused)
            assert response.status_code == 503
            assert response.headers["content-type"] == "application/problem+json"
        assert "frames" not in exchange.archives["general"].counts()
        views.look = look  # type: ignore[method-assign] - as it was
        await views.look()
        assert (await exchange.get(f"{INSTANCE}/frames/1/rendered", JPEG)).status_code == 200


async def _nothing() -> None:
    """Tell the log nothing."""


async def test_when_the_service_stops_every_view_is_closed_before_it(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, {"general": [ct("1.2.1")]}) as exchange:
        await exchange.get(f"{INSTANCE}/frames/1/rendered")
    kinds = exchange.kinds()
    assert kinds.index("view-opened") < kinds.index("view-closed") < kinds.index("stopped")
    closed = next(event for event in exchange.events() if event.kind == "view-closed")
    assert closed.detail["ended"] == "stopped"
    assert closed.detail["study-date"] == "20260102"
    assert closed.patient == "GENERAL|G-1001"
    assert "Yamada" not in str(exchange.events())


async def test_frames_whose_values_are_not_exact_are_on_record_as_near(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(1000, 1200, (2, 128, 128)).astype("<u2").tobytes()
    film = ct("1.2.1", NumberOfFrames=2, Rows=128, Columns=128, BitsStored=12, HighBit=11, PixelData=noise)
    async with opened_exchange(tmp_path, {"general": [film]}) as exchange:
        for syntax in ("201", "203"):
            part = f'multipart/related; type="image/jphc"; transfer-syntax=1.2.840.10008.1.2.4.{syntax}'
            response = await exchange.get(f"{INSTANCE}/frames/1,2", part)
            assert (b"profile=lossy16" in response.content) == (syntax == "203")
        view = await view_of(exchange)
    assert (view.delivered, view.native_delivered, view.near_delivered) == (0, 4, 2)
