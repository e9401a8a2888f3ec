"""Looking people up by name: who may, who is told of, and what is left of it."""

import asyncio
from typing import Any

import pytest

from policy.request import PurposeOfUse
from proxy.audit.canonical import read_body
from proxy.audit.event import Event, Outcome
from tests.proxy.viewer.front import Front, caller

WANTED = {"family": "Yamada", "given": "Tarou", "birth_date": "19740820"}
PATH = "/portal/patients/match"


async def events(front: Front) -> list[Event]:
    return [read_body(entry.body).event for entry in await asyncio.to_thread(lambda: list(front.events.entries()))]


async def test_candidates_are_shown_with_what_tells_them_apart(front: Front) -> None:
    front.sign_in(caller("treating-clinician"))
    first, *_ = (await front.client.get(PATH, params=WANTED)).json()["candidates"]
    assert first == {
        "identifiers": [{"authority": "GENERAL", "value": "G-1001"}],
        "family": "Yamada",
        "given": "Tarou",
        "birth_date": "19740820",
        "sex": "M",
        "score": 0.9,
        "grade": "probable",
    }


async def test_who_opted_out_or_shut_the_caller_out_is_not_among_them(front: Front) -> None:
    front.sign_in(caller("treating-clinician"))
    candidates = (await front.client.get(PATH, params=WANTED)).json()["candidates"]
    assert [one["identifiers"][0]["value"] for one in candidates] == ["G-1001", "G-9999"]


async def test_it_is_recorded_how_many_were_shown_and_not_who_was_looked_for(front: Front) -> None:
    front.sign_in(caller("treating-clinician"))
    await front.client.get(PATH, params=WANTED)
    (event,) = await events(front)
    assert event.detail == {"level": "match", "rows": 2}
    assert "Yamada" not in str(event)


@pytest.mark.parametrize(
    ("who", "role", "more"),
    [
        ("patient", "patient", {"purpose": PurposeOfUse.PATRQT}),
        ("privacy-officer", "privacy-officer", {"purpose": PurposeOfUse.HOPERAT}),
        ("treating-clinician", "clinician", {"purpose": PurposeOfUse.HRESCH}),
        ("suspended", "clinician", {}),
    ],
)
async def test_others_are_refused_and_that_is_recorded(front: Front, who: str, role: str, more: dict[str, Any]) -> None:
    front.sign_in(caller(who, role, **more))
    assert (await front.client.get(PATH, params=WANTED)).status_code == 403
    assert (await front.client.get(f"{PATH}/offered")).json() == {"match": False}
    (event,) = await events(front)
    assert (event.outcome, event.detail["level"]) == (Outcome.REFUSED, "match")


async def test_who_may_look_people_up_is_offered_it(front: Front) -> None:
    front.sign_in(caller("treating-clinician"))
    assert (await front.client.get(f"{PATH}/offered")).json() == {"match": True}


@pytest.mark.parametrize(
    "change",
    [
        {"family": ""},
        {"family": "Y"},
        {"birth_date": ""},
        {"birth_date": "1974"},
        {"birth_date": "1974-08-20"},
        {"sex": "male"},
        {"given": "x" * 65},
        {"given": "a\x00b"},
    ],
)
async def test_somebody_in_particular_has_to_be_looked_for(front: Front, change: dict[str, str]) -> None:
    front.sign_in(caller("treating-clinician"))
    assert (await front.client.get(PATH, params={**WANTED, **change})).status_code == 400


async def test_an_index_that_fails_is_a_failure_and_not_nobody(front: Front) -> None:
    front.sign_in(caller("treating-clinician"))
    answer = await front.client.get(PATH, params={**WANTED, "family": "Down"})
    assert (answer.status_code, answer.json()["type"]) == (502, "urn:vitrine:problem:patient-index-failed")
    assert (await events(front))[0].outcome is Outcome.FAILED


async def test_nobody_is_found_by_nobody(front: Front) -> None:
    assert (await front.client.get(PATH, params=WANTED)).status_code == 401
