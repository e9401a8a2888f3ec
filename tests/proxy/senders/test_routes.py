"""Care events over HTTP: this service's own JSON and FHIR R4 notifications, of senders with tokens."""

import asyncio
from collections.abc import AsyncIterator
import json
from pathlib import Path
from typing import Any

import httpx
from hypothesis import given
from hypothesis import strategies as st
import pytest

from proxy.care import fhir, own
from proxy.care.errors import UnreadableEvent
from proxy.care.event import CareEvent, Step
from tests.exchange import Exchange, ct, opened_exchange
from tests.proxy.care.feeds import PATIENTS, STAFF, care, stamp, until

MRN, STAFF_SYSTEM = "https://general.test/mrn", "https://general.test/staff"
FRAME = "/dicomweb/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.1/frames/1/rendered"
OWN = {
    "id": "e-1",
    "kind": "encounter",
    "visit": "V-1",
    "patient": [{"authority": "GENERAL", "value": "G-1001"}],
    "practitioners": [{"authority": "GENERAL-STAFF", "value": "D-17"}],
}
ENCOUNTER = {
    "resourceType": "Encounter",
    "id": "enc-1",
    "meta": {"versionId": "1"},
    "status": "in-progress",
    "class": {"code": "IMP"},
    "subject": {"reference": "Patient/p1"},
    "participant": [{"type": [{"coding": [{"code": "ATND"}]}], "individual": {"reference": "urn:uuid:d1"}}],
}
PATIENT = {"resourceType": "Patient", "id": "p1", "identifier": [{"system": MRN, "value": "G-1001"}]}
DOCTOR = {"resourceType": "Practitioner", "id": "d1", "identifier": [{"system": STAFF_SYSTEM, "value": "D-17"}]}
STATUS = {
    "resourceType": "Parameters",
    "parameter": [{"name": "type", "valueCode": "event-notification"}, {"name": "status", "valueCode": "active"}],
}
APPOINTMENT = {
    "resourceType": "Appointment",
    "id": "app-1",
    "status": "booked",
    "start": "2999-01-01T10:00:00Z",
    "participant": [
        {"actor": {"reference": "Patient/p1", "identifier": {"system": MRN, "value": "G-1001"}}, "status": "accepted"},
        {
            "actor": {"reference": "Practitioner/d1", "identifier": {"system": STAFF_SYSTEM, "value": "D-17"}},
            "status": "accepted",
        },
    ],
}


def bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    """The notification of a subscription (Subscriptions R5 Backport for R4)."""
    entries = [{"fullUrl": f"urn:uuid:{one.get('id', 'status')}", "resource": one} for one in (STATUS, *resources)]
    return {"resourceType": "Bundle", "type": "history", "id": "b-1", "entry": entries}


@pytest.fixture
async def exchange(tmp_path: Path) -> AsyncIterator[Exchange]:
    async with opened_exchange(tmp_path, {"general": [ct("1.2.1")]}, register=PATIENTS + STAFF, care=care()) as opened:
        yield opened


async def tell(exchange: Exchange, document: Any, path: str = "/care-events", **more: Any) -> httpx.Response:
    """As the sender, unless `more` says otherwise."""
    headers = exchange.bearer(sub="adt", role="system", purpose="TREAT") | more.pop("headers", {})
    return await exchange.client.request(more.pop("method", "POST"), path, json=document, headers=headers, **more)


async def test_an_event_is_accepted_by_a_name_of_ours_and_opens_the_patient(exchange: Exchange) -> None:
    answer = await tell(exchange, OWN)
    assert (answer.status_code, answer.json()["repeated"]) == (202, False)
    assert (await exchange.get(FRAME)).status_code == 200
    again = await tell(exchange, OWN)
    assert (again.status_code, again.json()) == (202, {"repeated": True})
    (told,) = (one for one in exchange.events() if one.kind == "care-event")
    assert (told.detail["event"], told.detail["way"]) == (answer.json()["event"], "http")
    assert (await tell(exchange, OWN | {"id": "e-2", "step": "cancelled"})).status_code == 202
    assert (await exchange.get(FRAME)).status_code == 403


async def test_nobody_but_a_sender_tells_of_events(exchange: Exchange) -> None:
    assert (await tell(exchange, OWN, headers=exchange.bearer())).status_code == 403
    assert (await exchange.client.post("/care-events", json=OWN)).status_code == 401
    cookie = {"Cookie": "vitrine=anything"}
    assert (await exchange.client.post("/care-events", json=OWN, headers=cookie)).status_code == 401
    assert (
        await exchange.client.post("/fhir/notifications", json=ENCOUNTER, headers=exchange.bearer())
    ).status_code == 403
    assert [one.outcome for one in exchange.events() if one.kind == "care-event"] == ["refused", "refused"]
    assert (await exchange.get(FRAME)).status_code == 403


@pytest.mark.parametrize(
    "document",
    [
        OWN | {"kind": "friendship"},
        OWN | {"surprise": 1},
        OWN | {"patient": []},
        OWN | {"patient": [{"authority": "GENERAL", "value": "*"}]},
        OWN | {"patient": [{"authority": "GENERAL", "value": "x" * 65}]},
        OWN | {"from": "2026-01-01T00:00:00"},
        OWN | {"id": ""},
        {},
        [],
        "text",
    ],
)
async def test_what_is_not_valid_is_refused_with_its_place(exchange: Exchange, document: Any) -> None:
    answer = await tell(exchange, document)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert "friendship" not in answer.text


async def test_a_patient_of_another_authority_is_refused(exchange: Exchange) -> None:
    other = OWN | {"patient": [{"authority": "LAKESIDE", "value": "77-201"}]}
    assert (await tell(exchange, other)).status_code == 400


async def test_a_body_is_small_plain_and_of_its_kind(exchange: Exchange) -> None:
    sender = exchange.bearer(sub="adt", role="system", purpose="TREAT")
    for headers, content in (
        ({"Content-Type": "text/plain"}, b"{}"),
        ({"Content-Type": "application/json; charset=utf-16"}, b"{}"),
        ({"Content-Type": "application/json", "Content-Encoding": "gzip"}, b"{}"),
        ({"Content-Type": "application/json"}, b" " * (2**20 + 1)),
    ):
        answer = await exchange.client.post("/care-events", content=content, headers=sender | headers)
        assert answer.status_code == 400
    assert (await exchange.client.get("/care-events", headers=sender)).status_code == 405


async def test_a_bundle_of_a_subscription_is_read_with_what_it_brings_along(exchange: Exchange) -> None:
    answer = await tell(exchange, bundle(ENCOUNTER, PATIENT, DOCTOR), "/fhir/notifications")
    assert (answer.status_code, answer.json()["resourceType"]) == (200, "OperationOutcome")
    assert (await exchange.get(FRAME)).status_code == 200
    finished = ENCOUNTER | {"status": "cancelled", "meta": {"versionId": "2"}}
    assert (await tell(exchange, bundle(finished, PATIENT, DOCTOR), "/fhir/notifications")).status_code == 200
    assert (await exchange.get(FRAME)).status_code == 403
    assert {one.detail["way"] for one in exchange.events() if one.kind == "care-event"} == {"fhir"}


async def test_a_version_is_taken_once(exchange: Exchange) -> None:
    for _ in range(2):
        assert (await tell(exchange, bundle(ENCOUNTER, PATIENT, DOCTOR), "/fhir/notifications")).status_code == 200
    assert exchange.kinds().count("care-event") == 1


async def test_a_rest_hook_puts_the_resource_itself(exchange: Exchange) -> None:
    appointment = APPOINTMENT | {"start": "2026-01-01T10:00:00Z", "end": "2999-01-01T10:00:00Z"}
    answer = await tell(exchange, appointment, "/fhir/notifications/Appointment/app-1", method="PUT")
    assert answer.status_code == 200
    assert (await exchange.get(FRAME)).status_code == 200
    assert (await tell(exchange, PATIENT, "/fhir/notifications/Patient/p1", method="PUT")).status_code == 400


@pytest.mark.parametrize("document", [bundle(), {"resourceType": "Bundle", "type": "history"}])
async def test_a_handshake_or_heartbeat_brings_nothing_and_is_welcome(exchange: Exchange, document: Any) -> None:
    assert (await tell(exchange, document, "/fhir/notifications")).status_code == 200
    assert "care-event" not in exchange.kinds()


async def test_nothing_is_fetched_from_where_a_resource_refers_to(exchange: Exchange) -> None:
    answer = await tell(exchange, bundle(ENCOUNTER), "/fhir/notifications")
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (400, "invalid")


async def test_a_patient_whom_the_sender_does_not_speak_for_is_told_apart(exchange: Exchange) -> None:
    other = PATIENT | {"identifier": [{"system": "https://other.test", "value": "1"}]}
    answer = await tell(exchange, bundle(ENCOUNTER, other, DOCTOR), "/fhir/notifications")
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (422, "not-found")


async def test_a_page_is_told_over_the_wire_that_there_is_something(exchange: Exchange) -> None:
    await tell(exchange, OWN)
    notices = exchange.services.station.notices
    asking = exchange.get("/portal/expected/changes")
    waiting = asyncio.create_task(asking)
    await until(lambda: "exchange:clinician" in notices._waiting)
    notices.tell(["exchange:clinician"])
    await asyncio.sleep(0.05)
    notices.close()
    answer = await asyncio.wait_for(waiting, 10)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.startswith("event: expected\ndata: {}\n\nevent: expected\ndata: {}\n\n")


def read(*resources: dict[str, Any]) -> tuple[CareEvent, ...]:
    return fhir.read_events(json.dumps(bundle(*resources)).encode())


@pytest.mark.parametrize(
    ("status", "step"),
    [
        ("planned", Step.BEGINS),
        ("arrived", Step.BEGINS),
        ("in-progress", Step.BEGINS),
        ("finished", Step.ENDS),
        ("cancelled", Step.CANCELLED),
        ("entered-in-error", Step.CANCELLED),
    ],
)
def test_the_status_of_an_encounter_says_what_it_is(status: str, step: Step) -> None:
    (event,) = read(ENCOUNTER | {"status": status}, PATIENT, DOCTOR)
    assert (event.step, event.visit, event.message) == (step, "Encounter/enc-1", "Encounter/enc-1/_history/1")


@pytest.mark.parametrize("status", ["unknown", "proposed", "", None, 3])
def test_a_status_that_says_nothing_makes_no_event(status: object) -> None:
    assert read(ENCOUNTER | {"status": status}, PATIENT, DOCTOR) == ()


def test_an_oid_is_known_with_and_without_its_prefix() -> None:
    patient = PATIENT | {"identifier": [{"system": "urn:oid:1.2.3.4", "value": "G-1001"}]}
    (event,) = read(ENCOUNTER, patient, DOCTOR)
    assert event.patient[0].systems == ("1.2.3.4", "urn:oid:1.2.3.4")


def test_whoever_has_declined_has_no_appointment() -> None:
    declined = [*APPOINTMENT["participant"][:1], APPOINTMENT["participant"][1] | {"status": "declined"}]
    (event,) = read(APPOINTMENT | {"participant": declined})
    assert event.practitioners == ()


def test_a_role_leads_to_its_practitioner() -> None:
    role = {"resourceType": "PractitionerRole", "id": "r1", "practitioner": {"reference": "Practitioner/d1"}}
    encounter = ENCOUNTER | {"participant": [{"individual": {"reference": "PractitionerRole/r1"}}]}
    (event,) = read(encounter, PATIENT, DOCTOR, role)
    assert [one.named.value for one in event.practitioners] == ["D-17"]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=12)
    | st.sampled_from(["Encounter", "Patient/p1", stamp()]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*ENCOUNTER, *APPOINTMENT, *PATIENT, "entry", "resource", "reference"]), inner
        )
    ),
    max_leaves=12,
)


@given(st.sampled_from([ENCOUNTER, APPOINTMENT, bundle(ENCOUNTER, PATIENT, DOCTOR)]), st.data())
def test_any_resource_is_events_or_refused(resource: dict[str, Any], data: st.DataObject) -> None:
    changed = dict(resource)
    for name in data.draw(st.lists(st.sampled_from(list(resource)), max_size=4)):
        changed[name] = data.draw(JSON)
    for body in (json.dumps(changed).encode(), data.draw(st.binary(max_size=60))):
        for reading in (fhir.read_events, own.read_event):
            _read(reading, body)


@given(st.sampled_from(list(OWN)), JSON)
def test_any_event_of_our_own_form_is_one_or_refused(name: str, value: Any) -> None:
    _read(own.read_event, json.dumps(OWN | {name: value}).encode())


def _read(reading: Any, body: bytes) -> Any:
    try:
        return reading(body)
    except UnreadableEvent:
        return None
