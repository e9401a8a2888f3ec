"""Whoever has an image already is told that it is the same: after they were admitted, and recorded, like everybody."""

import json
from pathlib import Path

import pytest

from proxy.patients.register import to_register
from proxy.settings.server import Server
from tests.exchange import ORIGIN, Exchange, ct, opened_exchange

SERIES = "/dicomweb/studies/1.2.1/series/1.2.1.1"
FRAME = f"{SERIES}/instances/1.2.1.1.1/frames/1/rendered"
THUMBNAIL = f"{SERIES}/instances/1.2.1.1.1/thumbnail"


async def tag_of(exchange: Exchange, path: str, accept: str = "image/png", **who: str) -> str:
    answer = await exchange.get(path, accept, headers=exchange.bearer(**who) if who else {})
    assert answer.status_code == 200
    tag = answer.headers["etag"]
    assert tag.startswith('"')
    assert tag.endswith('"')
    return str(tag)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", [FRAME, f"{FRAME}?viewport=8,8", f"{SERIES}/instances/1.2.1.1.1/rendered"])
async def test_an_image_that_the_client_has_is_not_sent_again(exchange: Exchange, path: str, method: str) -> None:
    full = await exchange.get(path, "image/png")
    told = {**exchange.bearer(), "Accept": "image/png", "If-None-Match": full.headers["etag"]}
    same = await exchange.client.request(method, path, headers=told)
    assert (same.status_code, same.content) == (304, b"")
    for name in ("etag", "cache-control", "vary", "vitrine-rendering"):
        assert same.headers[name] == full.headers[name]
    assert "content-type" not in same.headers
    assert full.headers["vary"] == "Accept, Authorization, Cookie"


async def test_what_changes_the_bytes_changes_the_tag(exchange: Exchange) -> None:
    tags = [
        await tag_of(exchange, path, accept)
        for path in (FRAME, f"{FRAME}?window=50,100,linear", FRAME.replace(".1.1/frames", ".1.2/frames"))
        for accept in ("image/png", "image/jpeg")
    ]
    assert len(set(tags)) == len(tags)


async def test_the_tag_is_of_the_image_and_not_of_who_looks(exchange: Exchange) -> None:
    assert await tag_of(exchange, FRAME, jti="jti-one") == await tag_of(exchange, FRAME, jti="jti-another")


async def test_a_stale_tag_is_answered_with_the_image(exchange: Exchange) -> None:
    answer = await exchange.get(FRAME, "image/png", headers={"If-None-Match": '"old", W/"older"'})
    assert (answer.status_code, answer.content[:4]) == (200, b"\x89PNG")


async def test_a_browser_may_keep_what_its_user_may_have_and_asks_each_time(exchange: Exchange) -> None:
    assert (await exchange.get(FRAME, "image/png")).headers["cache-control"] == "private, no-cache"


async def test_thumbnails_are_not_kept_and_yet_not_sent_twice(exchange: Exchange) -> None:
    answer = await exchange.get(THUMBNAIL, "image/png")
    assert answer.headers["cache-control"] == "private, no-store"
    same = await exchange.get(THUMBNAIL, "image/png", headers={"If-None-Match": answer.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")


async def test_what_is_marked_or_reduced_is_not_stored(tmp_path: Path) -> None:
    server = Server(public_url=ORIGIN, clinical_networks=())
    async with opened_exchange(tmp_path, {"general": [ct("1.2.1")]}, server=server) as exchange:
        answer = await exchange.get(FRAME, "image/png")
        assert answer.headers["cache-control"] == "private, no-store"
        assert answer.headers["vitrine-rendering"].endswith("watermark=?1")
        same = await exchange.get(FRAME, "image/png", headers={"If-None-Match": answer.headers["etag"]})
        assert (same.status_code, same.headers["cache-control"]) == (304, "private, no-store")


async def test_a_tag_opens_nothing(exchange: Exchange) -> None:
    """Who may not look is answered as without it, and learns nothing; the archive hears nothing either."""
    tag = await tag_of(exchange, FRAME)
    exchange.archives["general"].requests.clear()
    stranger = {**exchange.bearer(sub="stranger"), "Accept": "image/png"}
    plainly = await exchange.client.get(FRAME, headers=stranger)
    assert plainly.status_code in {403, 404}
    for named in (tag, "*"):
        refused = await exchange.client.get(FRAME, headers={**stranger, "If-None-Match": named})
        assert (refused.status_code, refused.json()["type"]) == (plainly.status_code, plainly.json()["type"])
        assert "etag" not in refused.headers
        assert (await exchange.client.get(FRAME, headers={"If-None-Match": named})).status_code == 401
    assert "frames" not in exchange.archives["general"].counts()


async def test_it_is_recorded_that_somebody_looked_again(exchange: Exchange) -> None:
    tag = await tag_of(exchange, FRAME)
    before = exchange.kinds()
    headers = {**exchange.bearer(jti="jti-next-morning"), "Accept": "image/png", "If-None-Match": tag}
    assert (await exchange.client.get(FRAME, headers=headers)).status_code == 304
    assert exchange.kinds().count("view-opened") == 2 * before.count("view-opened") > 0


async def test_a_tag_is_no_use_once_access_has_ended(exchange: Exchange) -> None:
    tag = await tag_of(exchange, FRAME)
    exchange.services.rooms.admission._enforcement.adopt(register=to_register(b""))
    assert (await exchange.get(FRAME, "image/png", headers={"If-None-Match": tag})).status_code == 404


async def test_metadata_that_the_client_has_are_not_sent_again_in_either_coding(exchange: Exchange) -> None:
    tags = set()
    for coding in ("identity", "gzip"):
        told = {**exchange.bearer(), "Accept-Encoding": coding}
        full = await exchange.client.get(f"{SERIES}/metadata", headers=told)
        assert full.headers.get("content-encoding", "identity") == coding
        assert len(json.loads(full.content)) == 3
        assert full.headers["cache-control"] == "private, no-store"
        tags.add(full.headers["etag"])
        same = await exchange.client.get(f"{SERIES}/metadata", headers={**told, "If-None-Match": full.headers["etag"]})
        assert (same.status_code, same.content) == (304, b"")
    assert len(tags) == 2


async def test_stored_frames_have_no_tag_that_nobody_could_vouch_for(exchange: Exchange) -> None:
    path = f"{SERIES}/instances/1.2.1.1.1/frames/1"
    for accept in ("application/octet-stream", 'multipart/related; type="application/octet-stream"'):
        answer = await exchange.get(path, accept, headers={"If-None-Match": "*"})
        assert answer.status_code == 200
        assert "etag" not in answer.headers
        assert answer.headers["cache-control"] == "private, no-store"
