"""Nothing is in force that is not on record and on disk, whatever fails or goes away meanwhile."""

import asyncio
from pathlib import Path

from tests.exchange import ct, opened_exchange
from tests.proxy.access.site import Events
from tests.proxy.care.feeds import REGISTER, adt, care, line, until
from tests.service import free_port

FRAME = "/dicomweb/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.1/frames/1/rendered"
HOLDINGS = {"general": [ct("1.2.1")]}


async def test_what_cannot_be_written_down_is_not_in_force_and_may_come_again(tmp_path: Path) -> None:
    port, message = free_port(), adt("A01")
    async with opened_exchange(tmp_path, HOLDINGS, register=REGISTER, care=care(port)) as opened, line(port) as feed:
        store = opened.services.station.doors.reception._store
        store.close()
        answer = await feed.send(message)
        assert (answer.code, answer.number) == ("AE", "207")
        assert (await opened.get(FRAME)).status_code == 403
        store.open(opened.services.station.doors.reception._now())
        assert (await feed.send(message)).code == "AA"
        assert (await opened.get(FRAME)).status_code == 200


async def test_what_cannot_be_recorded_is_not_taken(tmp_path: Path) -> None:
    port, message = free_port(), adt("A01")
    async with opened_exchange(tmp_path, HOLDINGS, register=REGISTER, care=care(port)) as opened, line(port) as feed:
        full = Events()
        full.failing = True
        opened.services.station.doors.reception._audit = full
        answer = await feed.send(message)
        assert (answer.code, answer.number) == ("AE", "207")
        assert opened.services.station.relationships == 0


async def test_a_sender_that_goes_away_at_once_has_told_all_the_same(tmp_path: Path) -> None:
    port = free_port()
    async with opened_exchange(tmp_path, HOLDINGS, register=REGISTER, care=care(port)) as opened:
        async with line(port) as feed:
            await feed.write(b"\x0b" + adt("A01").encode() + b"\x1c\r")
        await until(lambda: opened.services.station.relationships == 1)
        assert (await opened.get(FRAME)).status_code == 200


async def test_a_flood_of_events_of_one_patient_is_one_search(tmp_path: Path) -> None:
    port = free_port()
    async with opened_exchange(tmp_path, HOLDINGS, register=REGISTER, care=care(port)) as opened, line(port) as feed:
        for number in range(10):
            assert (await feed.send(adt("A01", visit=f"V{number}"))).code == "AA"
        await until(lambda: opened.services.station.ahead.waiting == 0)
        await asyncio.sleep(0.1)
        assert 1 <= sum(one.detail.get("level") == "ahead" for one in opened.events()) <= 2


async def test_a_line_of_searches_is_bounded_and_the_event_counts_all_the_same(tmp_path: Path) -> None:
    port, told = free_port(), {"queue": 1, "searches": 1}
    async with opened_exchange(tmp_path, HOLDINGS, register=REGISTER, care=care(port, **told)) as opened:
        async with line(port) as feed:
            for number in range(5):
                assert (await feed.send(adt("A05", visit=f"V{number}"))).code == "AA"
        assert opened.services.station.ahead.waiting <= 1
        assert opened.services.station.relationships == 5


async def test_metrics_count_and_name_nobody(tmp_path: Path) -> None:
    port = free_port()
    async with opened_exchange(tmp_path, HOLDINGS, register=REGISTER, care=care(port)) as opened, line(port) as feed:
        await feed.send(adt("A01"))
        text = (await opened.client.get("/metrics")).text
    assert "vitrine_care_relationships 1" in text
    assert "G-1001" not in text
