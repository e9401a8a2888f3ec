"""One running service in front of as many archives as there are faults, each well until its own fault is due."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
import time

import httpx

from tests.exchange import ct
from tests.faults.outcome import Outcome, seen_in
from tests.faults.scenarios import DEADLINE, Scenario, Wanted
from tests.faults.ways import PIXELS
from tests.peers.bare_archive import BareArchive, bare_archive
from tests.service import Service, free_port, running_service

_AT_ONCE = 4
_LIMITS = f"""limits = {{ connect_seconds = {DEADLINE}, search_seconds = {DEADLINE}, retrieve_seconds = {DEADLINE} }}
"""
_PATHS = {
    Wanted.SEARCH: "/dicomweb/studies",
    Wanted.METADATA: "/dicomweb/studies/{0}/series/{0}.1/instances/{0}.1.1/metadata",
    Wanted.IMAGE: "/dicomweb/studies/{0}/series/{0}.1/instances/{0}.1.1/frames/1/rendered",
    Wanted.FRAME: "/dicomweb/studies/{0}/series/{0}.1/instances/{0}.1.1/frames/1",
    Wanted.BULKDATA: "/dicomweb/studies/{0}/series/{0}.1/instances/{0}.1.1/bulkdata/00420011",
}
_ACCEPTS = {
    Wanted.SEARCH: "application/dicom+json",
    Wanted.METADATA: "application/dicom+json",
    Wanted.IMAGE: "image/png",
    Wanted.FRAME: 'multipart/related; type="application/octet-stream"; transfer-syntax=*',
    Wanted.BULKDATA: "application/octet-stream",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A scenario's institution, its only study, and its archive; without one nobody listens there."""

    scenario: Scenario
    institution: str
    study: str
    archive: BareArchive | None


def institution(number: int) -> str:
    """Of the scenario with this number, from 1; no name is the beginning of another."""
    return f"institution{number}x"


def cut(status: int, began: float) -> Outcome:
    return Outcome(status, time.monotonic() - began, "The connection is cut, so that nobody takes it for whole.", True)


async def outcomes(folder: Path, scenarios: Sequence[Scenario]) -> list[Outcome]:
    """What came of each: searches one after the other, because they ask every archive, all others side by side."""
    async with _standing(folder, scenarios) as (service, places), service.client() as client:
        turns = asyncio.Semaphore(_AT_ONCE)

        async def in_turn(place: Place) -> Outcome:
            async with turns:
                return await _outcome(client, place, places)

        retrieving = [one for one in places if one.scenario.wanted is not Wanted.SEARCH]
        found = {one.study: await _outcome(client, one, places) for one in places if one not in retrieving}
        retrieved = await asyncio.gather(*map(in_turn, retrieving))
        found |= {one.study: outcome for one, outcome in zip(retrieving, retrieved, strict=True)}
        assert (await client.get("/health/ready")).status_code == 200
        return [found[one.study] for one in places]


@asynccontextmanager
async def _standing(folder: Path, scenarios: Sequence[Scenario]) -> AsyncIterator[tuple[Service, list[Place]]]:
    async with AsyncExitStack() as stack:
        places = []
        for number, scenario in enumerate(scenarios, 1):
            study = f"1.2.{number}"
            held = [ct(study, PatientName="Nobody", EncapsulatedDocument=PIXELS * 4)]
            archive = await stack.enter_async_context(bare_archive(held)) if scenario.way else None
            places.append(Place(scenario, institution(number), study, archive))
        nowhere = f"http://127.0.0.1:{free_port()}/dicom-web"
        addresses = {one.institution: one.archive.base_url if one.archive else nowhere for one in places}
        register = _register([one.institution for one in places])
        service = await stack.enter_async_context(running_service(folder, addresses, register, options=_LIMITS))
        yield service, places


def _register(institutions: Sequence[str]) -> str:
    """One patient with the same number at all of them."""
    identifiers = ", ".join(f'{{ authority = "{one.upper()}", value = "G-1001" }}' for one in institutions)
    return f"""
[[patients]]
id = "p-1"
consent = "optin"
identifiers = [{identifiers}]

[[relationships]]
subject = "exchange:clinician"
patient = "p-1"
kind = "encounter"
from = 2020-01-01T00:00:00Z
until = 2099-01-01T00:00:00Z
"""


async def _outcome(client: httpx.AsyncClient, place: Place, places: Sequence[Place]) -> Outcome:
    scenario, archive = place.scenario, place.archive
    not_yet_ill = places[places.index(place) + 1 :]  # an archive that was may be left alone for a while
    others = frozenset(one.study for one in not_yet_ill if one.archive)
    if archive is not None and scenario.way is not None:
        archive.ways |= dict.fromkeys(scenario.kinds.split(), partial(scenario.way, archive))
    outcome = await _ask(client, place, others)
    if archive is not None:
        archive.ways.clear()
        await _check_recovered(client, place, others)
    return outcome


async def _check_recovered(client: httpx.AsyncClient, place: Place, others: frozenset[str]) -> None:
    """No failure is remembered: a well archive is believed again, at once or after the time that was told.

    Metadata that was given is remembered, with the links in it.
    """
    if place.scenario.wanted is Wanted.BULKDATA and place.scenario.kinds == "metadata":
        return
    path, accept = _PATHS[place.scenario.wanted].format(place.study), _ACCEPTS[place.scenario.wanted]
    answer = await client.get(path, headers={"Accept": accept})
    assert answer.status_code == 200 or "retry-after" in answer.headers, place.scenario.fault
    seen_in(answer, place.scenario.wanted, place.institution, others)


async def _ask(client: httpx.AsyncClient, place: Place, others: frozenset[str]) -> Outcome:
    wanted = place.scenario.wanted
    path, accept = _PATHS[wanted].format(place.study), _ACCEPTS[wanted]
    began, status = time.monotonic(), 0
    try:
        async with client.stream("GET", path, headers={"Accept": accept}) as answer:
            status = answer.status_code
            await answer.aread()
    except httpx.RemoteProtocolError:
        return cut(status, began)
    return Outcome(status, time.monotonic() - began, seen_in(answer, wanted, place.institution, others))
