"""Audit messages to Debian's rsyslog over TLS: all of them, in their order, through outages of either side."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
import time

import pytest

from proxy.audit.event import EventKind
from proxy.audit.reading import Readings
from proxy.repositories.delivery import Delivery
from proxy.repositories.syslog import SyslogWay
from proxy.repositories.way import RepositoryFailed
from proxy.settings.credentials import ArchiveTls
from proxy.settings.repositories import SyslogRepository
from proxy.storage.positions import SqlitePositions
from tests.peers.rsyslog import Rsyslog
from tests.proxy.audit.logs import MemoryEvents, chained, view
from tests.proxy.repositories.logs import Recorded
from tests.proxy.repositories.messages import judge
from tests.proxy.repositories.records import NAMING, record


def way_to(rsyslog: Rsyslog, ca: Path | None = None) -> SyslogWay:
    folder = rsyslog.folder
    tls = ArchiveTls(ca=ca or folder / "ca.pem", certificate=folder / "client.pem", key=folder / "client.key")
    return SyslogWay(
        SyslogRepository(id="arr", host="127.0.0.1", port=rsyslog.port, tls=tls, settle_seconds=0.5), NAMING
    )


def log_of(number: int) -> MemoryEvents:
    events = MemoryEvents()
    events.kept = chained(*(view(one) for one in range(1, number + 1)))
    return events


@asynccontextmanager
async def delivering(rsyslog: Rsyslog, events: MemoryEvents, folder: Path) -> AsyncIterator[Delivery]:
    positions, times = SqlitePositions(folder), (time.time, time.monotonic)
    delivery = Delivery("arr", way_to(rsyslog), Readings(events), positions, Recorded(), times, 300)
    task = asyncio.create_task(delivery.work())
    try:
        yield delivery
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await delivery.close()


async def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        await asyncio.sleep(0.05)


async def test_every_message_comes_as_it_was_written(tmp_path: Path) -> None:
    rsyslog = Rsyslog(tmp_path / "rsyslog")
    records = [record(name="Ødegård 山田"), record(EventKind.SEARCH), record(detail={"note": "x" * 30_000})]
    with rsyslog.running():
        way = way_to(rsyslog)
        await way.send(records)
        await until(lambda: len(rsyslog.received()) == 3)
        await way.close()
    received = rsyslog.received()
    assert [kind for _, kind, _ in received] == ["DICOM+RFC3881"] * 3
    assert [judge(body.encode()) for _, _, body in received] == [[], [], []]
    assert "Ødegård 山田" in received[0][2]


async def test_an_outage_and_a_restart_lose_nothing(tmp_path: Path) -> None:
    """A view each moment while the repository is away, killed in the middle, and this service begun anew."""
    rsyslog, events = Rsyslog(tmp_path / "rsyslog"), log_of(250)
    with rsyslog.running() as process:
        async with delivering(rsyslog, events, tmp_path):
            await until(lambda: len(set(rsyslog.places())) >= 200)
            process.kill()
            process.wait()
            events.kept = log_of(700).kept
            await asyncio.sleep(0.3)
    async with delivering(rsyslog, events, tmp_path) as delivery:
        await until(lambda: delivery.backlog > 0)
        with rsyslog.running():
            await until(lambda: rsyslog.places()[-1:] == [700])
            assert set(range(1, 701)) - set(rsyslog.places()) == set()
            await until(lambda: SqlitePositions(tmp_path).read("arr") == 700)
    assert first_times(rsyslog.places()) == sorted(set(rsyslog.places()))


async def test_what_was_sent_just_before_the_end_is_sent_again(tmp_path: Path) -> None:
    """Octets that a kernel took and the program never read are lost: the position waits for the connection to hold."""
    rsyslog, events = Rsyslog(tmp_path / "rsyslog"), log_of(10)
    with rsyslog.running() as process:
        async with delivering(rsyslog, events, tmp_path) as delivery:
            await until(lambda: delivery.taken == 10)
            assert SqlitePositions(tmp_path).read("arr") == 0
            process.kill()
            process.wait()
            await asyncio.sleep(1.2)
            assert SqlitePositions(tmp_path).read("arr") == 0
            with rsyslog.running():
                await until(lambda: SqlitePositions(tmp_path).read("arr") == 10)
    assert set(rsyslog.places()) == set(range(1, 11))


async def test_a_repository_of_another_authority_is_told_nothing(tmp_path: Path) -> None:
    rsyslog, other = Rsyslog(tmp_path / "rsyslog"), Rsyslog(tmp_path / "other")
    with rsyslog.running():
        with pytest.raises(RepositoryFailed):
            await way_to(rsyslog, other.folder / "ca.pem").send([record()])
        await asyncio.sleep(0.2)
    assert rsyslog.received() == []


async def test_who_hangs_up_at_once_is_no_repository(tmp_path: Path) -> None:
    """Something else listens there."""
    rsyslog = Rsyslog(tmp_path / "rsyslog")
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", rsyslog.port)
    async with server:
        with pytest.raises(RepositoryFailed):
            await way_to(rsyslog).send([record()])


def first_times(places: list[int]) -> list[int]:
    """The order in which places came, each counted when it first did."""
    return list(dict.fromkeys(places))
