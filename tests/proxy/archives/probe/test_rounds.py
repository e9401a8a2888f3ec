"""A running service looks at archives again, behind everybody else, and says what changed."""

import asyncio
from contextlib import AbstractAsyncContextManager

import httpx

from proxy.archives.checks import Mismatch
from proxy.archives.diversions import Diversion
from proxy.archives.gentleness.breaker import State
from proxy.archives.probe.rounds import Changed, Rounds
from proxy.archives.registry import Archives, open_archives
from proxy.archives.reports import report
from proxy.settings.archives import Institution
from proxy.urgency import LEAST_URGENT, current_demand
from tests.proxy.archives.fakes import archive
from tests.proxy.archives.probe.probing import Ill, no_pause


class Service:
    """Rounds over one archive, what they reported, and how urgent its questions were."""

    def __init__(self) -> None:
        self.without_frames = False
        self.failing = False
        self.urgencies: set[int] = set()
        self.changed: list[Changed] = []
        self.ill = Ill(instead=self._instead)

    def _instead(self, request: httpx.Request) -> httpx.Response | None:
        self.urgencies.add(current_demand().urgency)
        if self.failing and "/instances/" in request.url.path:
            return httpx.Response(500)
        return httpx.Response(404) if self.without_frames and "/frames/" in request.url.path else None

    def open(self, **settings: float) -> AbstractAsyncContextManager[Archives]:
        institution = Institution(id="general", name="General", archives=(archive(**settings),))
        return open_archives([institution], lambda _: self.ill, self._mismatch)

    def rounds(self, archives: Archives) -> Rounds:
        return Rounds(archives, self._report, sleep=no_pause)

    async def _mismatch(self, _: Mismatch | Diversion) -> None:
        raise AssertionError("nothing of the kind happened")

    async def _report(self, changed: Changed) -> None:
        self.changed.append(changed)


async def test_a_change_is_told_once_and_stays_on_the_status() -> None:
    service = Service()
    async with service.open(probe_hours=24) as archives:
        [client] = archives
        rounds = service.rounds(archives)
        await rounds.look(client)
        assert report(client).probed
        assert report(client).changes == ()
        service.without_frames = True
        await rounds.look(client)
        await rounds.look(client)
        told = report(client)
    assert {(one.archive, one.institution) for one in service.changed} == {("main", "general")}
    found = {one.change.what: (one.change.before, one.change.now) for one in service.changed}
    assert found["frames: as stored"] == ("yes", "no (404)")
    assert told.changes == tuple(one.change for one in service.changed)
    assert told.changes_found == len(found) == len(service.changed)
    assert service.urgencies == {LEAST_URGENT}


async def test_refusals_of_a_probe_are_no_failures_of_the_archive() -> None:
    service = Service()
    service.failing = True
    async with service.open(probe_hours=24) as archives:
        [client] = archives
        await service.rounds(archives).look(client)
        assert len(service.ill.requests) > 5
        assert client.turnstile.standing.breaker.state is State.CLOSED
        assert client.is_well


async def test_an_archive_that_is_left_alone_is_not_probed() -> None:
    service = Service()
    async with service.open(probe_hours=24) as archives:
        [client] = archives
        client.turnstile.standing.rest.begin(60)
        await service.rounds(archives).look(client)
    assert service.ill.requests == []


async def test_only_those_are_probed_whose_owner_agreed() -> None:
    service = Service()
    async with service.open() as archives, service.rounds(archives).running():
        await asyncio.sleep(0.05)
    assert service.ill.requests == []


async def test_rounds_go_on_until_the_service_ends() -> None:
    service = Service()
    async with service.open(probe_hours=0.5) as archives:
        [client] = archives
        waited: list[float] = []

        async def sleep(seconds: float) -> None:
            waited.append(seconds)
            await asyncio.sleep(3600 if waited.count(1800.0) == 2 else 0)

        rounds = Rounds(archives, service._report, sleep=sleep)
        async with rounds.running():
            while waited.count(1800.0) < 2:
                await asyncio.sleep(0.01)
        assert client.history.at
    assert [one for one in waited if one > 1] == [300.0, 1800.0, 1800.0]
