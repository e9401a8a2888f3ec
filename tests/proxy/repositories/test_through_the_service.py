"""Repositories beside the running service: views go on without them, and they hear of everything."""

import asyncio
from collections.abc import Callable
import json
from pathlib import Path
import time
from typing import Any

import httpx

from proxy.settings.repositories import Repositories, RestfulRepository
from proxy.storage.positions import SqlitePositions
from tests.exchange import Exchange, ct, opened_exchange
from tests.proxy.repositories.profiles import judge
from tests.proxy.repositories.test_restful import created

FRAME = "/dicomweb/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.1/frames/1/rendered"
REPOSITORIES = Repositories(
    restful=(RestfulRepository(id="arr", base_url="https://arr.test/fhir", alarm_seconds=0.5, seconds=2),)
)


class Repository:
    """A FHIR repository that may be away."""

    def __init__(self) -> None:
        self.there = False
        self.taken: list[dict[str, Any]] = []

    def transport(self, _: RestfulRepository) -> httpx.AsyncBaseTransport:
        return httpx.MockTransport(self._take)

    def _take(self, request: httpx.Request) -> httpx.Response:
        if not self.there:
            raise httpx.ConnectError("nobody is there")
        bundle = json.loads(request.content)
        self.taken += [one["resource"] for one in bundle["entry"]]
        return created(bundle)

    def records(self) -> list[int]:
        return list(dict.fromkeys(int(one["meta"]["source"].rpartition("#")[2]) for one in self.taken))


async def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        await asyncio.sleep(0.05)


async def measured(exchange: Exchange, name: str) -> float:
    text = (await exchange.client.get("/metrics")).text
    return float(next(line.split()[1] for line in text.splitlines() if line.startswith(f"{name} ")))


async def test_views_go_on_while_a_repository_is_away_and_it_hears_of_them_later(tmp_path: Path) -> None:
    repository, holdings = Repository(), {"general": [ct("1.2.1")]}
    sections = {"repositories": REPOSITORIES, "outside": {"repository_transport": repository.transport}}
    async with opened_exchange(tmp_path, holdings, **sections) as exchange:
        assert (await exchange.get(FRAME)).status_code == 200
        await until(lambda: "repository-behind" in exchange.kinds())
        assert await measured(exchange, "vitrine_repositories_behind") == 1
        await until(lambda: exchange.services.deliveries.backlog >= 3)
        assert await measured(exchange, "vitrine_repository_backlog") >= 3
        assert (await exchange.get(FRAME)).status_code == 200
        assert (await exchange.client.get("/health/ready")).status_code == 200
    repository.there = True
    async with opened_exchange(tmp_path, holdings, **sections) as exchange:
        await until(lambda: repository.records()[-1:] == [len(exchange.events())])
        assert repository.records() == list(range(1, len(exchange.events()) + 1))
        await until(lambda: SqlitePositions(tmp_path / "audit").read("arr") == len(exchange.events()))
    assert [judge(one) for one in repository.taken] == [[]] * len(repository.taken)
    codes = {one["code"] for resource in repository.taken for one in resource["subtype"]}
    assert {"view-opened", "AuthZ-Consent", "started", "stopped", "repository-behind"} <= codes
