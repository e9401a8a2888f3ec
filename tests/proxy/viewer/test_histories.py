"""What the portal lists, for whom, and what it keeps to itself."""

import asyncio
import json
import re

import pytest

from proxy.audit.canonical import read_body
from proxy.audit.event import EventKind
from proxy.federation.sources import SourceState
from proxy.resources import PatientIdentifier
from tests.proxy.viewer.front import Front, caller

KNOWN = [{"authority": "GENERAL", "value": "G-1001"}, {"authority": "LAKESIDE", "value": "77-201"}]
ASKED = {"authority": "GENERAL", "identifier": "G-1001"}


@pytest.mark.parametrize(
    "path",
    [
        "/portal/patients",
        "/portal/authorities",
        "/portal/studies",
        "/portal/studies/events",
        "/portal/source",
        "/portal/audit",
        "/portal/policy",
    ],
)
async def test_nothing_is_listed_for_nobody(front: Front, path: str) -> None:
    assert (await front.client.get(path)).status_code == 401


async def test_a_clinician_has_the_patients_of_relationships_that_hold_now(front: Front) -> None:
    front.sign_in(caller("treating-clinician"))
    assert (await front.client.get("/portal/patients")).json() == [{"identifiers": KNOWN, "relationship": "encounter"}]
    front.sign_in(caller("unrelated-clinician"))
    assert (await front.client.get("/portal/patients")).json() == []


async def test_who_assigns_identifiers_is_told_with_the_institution(front: Front) -> None:
    front.sign_in(caller("unrelated-clinician"))
    offered = (await front.client.get("/portal/authorities")).json()
    assert {"authority": "LAKESIDE", "name": "Lakeside Imaging"} in offered


async def test_whose_account_is_suspended_has_nobody(front: Front) -> None:
    front.sign_in(caller("suspended"))
    assert (await front.client.get("/portal/patients")).json() == []


async def test_that_patients_were_listed_is_recorded(front: Front) -> None:
    front.sign_in(caller("treating-clinician"))
    await front.client.get("/portal/patients")
    (entry,) = await asyncio.to_thread(lambda: list(front.events.entries()))
    event = read_body(entry.body).event
    assert (event.kind, event.subject) == (EventKind.SEARCH, "demo:treating-clinician")
    assert event.detail == {"level": "patients", "rows": 1}


async def test_a_patient_has_oneself_under_all_identifiers(front: Front) -> None:
    front.sign_in(caller("patient", "patient", patient=PatientIdentifier("LAKESIDE", "77-201")))
    assert (await front.client.get("/portal/patients")).json() == [{"identifiers": KNOWN, "relationship": "self"}]


async def test_a_patient_is_searched_for_under_all_identifiers(front: Front) -> None:
    front.sign_in(caller("treating-clinician"))
    await front.client.get("/portal/studies", params=ASKED)
    await front.client.get("/portal/studies", params={"authority": "GENERAL", "identifier": "unknown"})
    assert front.search.asked == [
        (PatientIdentifier("GENERAL", "G-1001"), PatientIdentifier("LAKESIDE", "77-201")),
        (PatientIdentifier("GENERAL", "unknown"),),
    ]


async def test_a_history_describes_what_may_be_opened(front: Front) -> None:
    front.sign_in(caller("treating-clinician"))
    viewable, _ = (await front.client.get("/portal/studies", params=ASKED)).json()["studies"]
    assert viewable == {
        "study": "1.2.1",
        "institution": "general",
        "institution_name": "General Hospital",
        "date": "20261112",
        "time": "140512",
        "description": "Chest",
        "modalities": ["CT"],
        "series": 2,
        "body_parts": ["Thorax"],
        "instances": None,
        "patient_name": "Yamada^Tarou=山田^太郎",
        "patient_id": "G-1001",
        "authority": "GENERAL",
        "birth_date": "",
        "sex": "",
        "viewable": True,
        "deidentified": False,
        "reason": "",
        "differing": [],
        "notices": [],
    }


async def test_a_locked_study_is_known_to_exist_and_not_described(front: Front) -> None:
    front.sign_in(caller("unrelated-clinician"))
    _, locked = (await front.client.get("/portal/studies", params=ASKED)).json()["studies"]
    assert (locked["viewable"], locked["reason"]) == (False, "You have no relationship.")
    assert (locked["patient_name"], locked["description"], locked["series"]) == ("", "", None)


async def test_every_institution_is_accounted_for_whoever_knows_the_patient(front: Front) -> None:
    front.sign_in(caller("treating-clinician"))
    sources = (await front.client.get("/portal/studies", params=ASKED)).json()["sources"]
    told = [(source["name"], source["state"], source["studies"]) for source in sources]
    assert told == [("General Hospital", "timed-out", 2), ("Lakeside Imaging", "answered", 0)]


async def told_events(front: Front) -> list[tuple[str, object]]:
    answer = await front.client.get("/portal/studies/events", params=ASKED)
    return [(name, json.loads(document)) for name, document in re.findall(r"event: (\w+)\ndata: (.*)\n\n", answer.text)]


async def test_a_history_unfolds_and_ends_with_all_that_the_whole_one_says(front: Front) -> None:
    front.sign_in(caller("treating-clinician"))
    events = await told_events(front)
    whole = (await front.client.get("/portal/studies", params=ASKED)).json()
    assert [name for name, _ in events] == ["institutions", "study", "study", "source", "end"]
    assert [document for name, document in events if name == "study"] == whole.pop("studies")
    assert events[-1][1] == whole
    assert whole.keys() == {"sources", "notices", "found"}


@pytest.mark.parametrize(
    ("state", "rows", "early"),
    [
        (SourceState.ANSWERED, 1, True),
        (SourceState.FAILED, 0, True),
        (SourceState.TRUNCATED, 0, True),
        (SourceState.ANSWERED, 0, False),
    ],
)
async def test_when_an_archive_without_studies_answered_is_not_to_be_seen(
    front: Front, state: SourceState, rows: int, *, early: bool
) -> None:
    front.search.ended = [("lakeside", state, rows)]
    front.sign_in(caller("treating-clinician"))
    sources = [document for name, document in await told_events(front) if name == "source"]
    told = {"institution": "lakeside", "name": "Lakeside Imaging", "archive": "lakeside"}
    assert sources == ([{**told, "state": state.value, "studies": rows}] if early else [])


@pytest.mark.parametrize("identifier", ["", " ", "*", "G-?", "a\\b", "x" * 65, "a\x00b"])
async def test_an_identifier_is_one_patient_and_never_a_pattern(front: Front, identifier: str) -> None:
    front.sign_in(caller("treating-clinician"))
    answer = await front.client.get("/portal/studies", params={"authority": "GENERAL", "identifier": identifier})
    assert (answer.status_code, front.search.asked) == (400, [])


async def test_the_institution_behind_a_series_is_named(front: Front) -> None:
    front.sign_in(caller("treating-clinician"))
    answer = await front.client.get("/portal/source", params={"study": "1.2", "series": "1.3"})
    told = {"institution": "general", "name": "General Hospital", "notices": []}
    assert answer.json() == told | {"values": False, "keep": False, "diagnostic": False, "full_viewer": ""}
    assert (await front.client.get("/portal/source", params={"study": "1.2", "series": "1.4"})).status_code == 404
    assert (await front.client.get("/portal/source", params={"study": "1.2", "series": "1.x"})).status_code == 400
