"""The audit log by FHIR, through the service: who reads what, page by page, and that reading is on record."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.capabilitystatement import CapabilityStatement
from fhir.resources.R4B.operationoutcome import OperationOutcome
import httpx
import pytest
import pytest_asyncio

from policy.request import Network, PurposeOfUse
from proxy.access.caller import Caller
from proxy.audit.event import Event, EventKind, Outcome
from proxy.fhir.parameters import read_question
from proxy.oversight.readers import Reader
from tests.exchange import ISSUER, ORIGIN, Exchange, ct, opened_exchange
from tests.proxy.repositories.profiles import judge

pytestmark = pytest.mark.asyncio(loop_scope="module")
OFFICER = {"sub": "officer", "role": "privacy-officer", "purpose": "HOPERAT"}
OWN_OFFICER = {"sub": "lake", "role": "institution-officer", "organization": "Lakeside Imaging", "purpose": "HOPERAT"}
PATIENT = {
    "sub": "adult",
    "role": "patient",
    "purpose": "PATRQT",
    "patient": {"authority": "GENERAL", "value": "G-1001"},
}
LAKESIDE = f"{ORIGIN}/fhir/NamingSystem/LAKESIDE"


def view(number: int, institution: str = "general", patient: str = "GENERAL|G-1001", **more: Any) -> Event:
    facts = {
        "subject": "exchange:clinician",
        "name": "The clinician",
        "organization": "General Hospital",
        "address": "192.0.2.7",
        "token_id": "secret-jti",
        "purpose": "TREAT",
        "institution": institution,
        "patient": patient,
        "study": f"1.2.{number}",
        "policy": "sha256:abc",
    }
    return Event(EventKind.VIEW_OPENED, Outcome.SUCCESS, **{**facts, **more})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Exchange]:
    """Three views at General of G-1001, two at Lakeside of the same person, one there of somebody else."""
    holdings = {"general": [ct("1.2.1")], "lakeside": [ct("1.2.9", patient="77-201")]}
    async with opened_exchange(tmp_path_factory.mktemp("exchange"), holdings) as exchange:
        await record(exchange, [view(1), view(2), view(3)])
        await record(exchange, [view(number, "lakeside", "LAKESIDE|77-201") for number in (4, 5)])
        await record(exchange, [view(6, "lakeside", "LAKESIDE|77-300")])
        yield exchange


async def record(exchange: Exchange, events: Sequence[Event]) -> None:
    for event in events:
        await exchange.services.journal.record(event)


async def ask(exchange: Exchange, query: str = "", **who: Any) -> httpx.Response:
    headers = exchange.bearer(**(who or OFFICER))
    target = query if query.startswith("http") else f"/fhir/AuditEvent{query}"
    return await exchange.client.get(target, headers=headers)


async def found(exchange: Exchange, query: str = "", **who: Any) -> list[dict[str, Any]]:
    """The resources of one page, all of which are right."""
    answer = await ask(exchange, query, **who)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/fhir+json"
    Bundle.model_validate(answer.json())
    resources = [one["resource"] for one in answer.json().get("entry", [])]
    assert [judge(one) for one in resources] == [[]] * len(resources)
    return resources


def studies(resources: Sequence[dict[str, Any]]) -> list[str]:
    """Of those that were read, in the order in which they came."""
    return [
        one["what"]["identifier"]["value"].rpartition(".")[2]
        for resource in resources
        if resource["type"]["code"] == "rest"
        for one in resource["entity"]
        if one["what"].get("identifier", {}).get("system") == "urn:dicom:uid"
    ]


async def test_who_looked_at_one_patient_is_one_search(opened: Exchange) -> None:
    """By any identifier of the person, newest first."""
    read = f"patient={LAKESIDE}%7C77-201&type=rest&subtype=read"
    assert studies(await found(opened, f"?{read}")) == ["5", "4", "3", "2", "1"]
    assert studies(await found(opened, f"?patient.identifier={LAKESIDE}%7C77-300")) == ["6"]
    assert await found(opened, f"?patient={LAKESIDE}%7Cnobody") == []


async def test_reading_is_on_record_with_whom_it_was_about(opened: Exchange) -> None:
    await found(opened, f"?patient={LAKESIDE}%7C77-300")
    read = opened.events()[-1]
    assert (read.outcome, read.subject, read.patient, read.detail["by"]) == (
        *("success", "exchange:officer"),
        *("LAKESIDE|77-300", "fhir"),
    )


async def test_a_search_goes_by_person_study_and_what_happened(opened: Exchange) -> None:
    assert studies(await found(opened, f"?agent={ISSUER}%7Cclinician&entity=urn:oid:1.2.2")) == ["2"]
    assert await found(opened, f"?agent={ISSUER}%7Csomebody") == []
    assert await found(opened, "?agent=https://elsewhere.test%7Cexchange:clinician") == []
    decisions = await found(opened, "?type=110113&subtype=AuthZ-Consent&outcome=0")
    assert len(decisions) == 6
    assert await found(opened, "?subtype=read&outcome=8") == []
    started = await found(opened, "?type=http://dicom.nema.org/resources/ontology/DCM%7C110100")
    assert [one["subtype"][0]["code"] for one in started] == ["110120"]
    assert await found(opened, "?date=ge2100-01-01") == []
    assert len(await found(opened, "?date=ge2020-01-01&type=rest&_count=200")) == 6


async def test_pages_lead_through_all_and_repeat_nothing(opened: Exchange) -> None:
    seen, query = [], "?subtype=110103&_count=2"
    while query:
        bundle = (await ask(opened, query)).json()
        seen += [one["resource"]["id"] for one in bundle.get("entry", [])]
        assert len(bundle.get("entry", [])) <= 2
        query = next((one["url"] for one in bundle["link"] if one["relation"] == "next"), "")
    assert len(seen) == len(set(seen)) == 6
    assert [int(one) for one in seen] == sorted(map(int, seen), reverse=True)


@pytest.mark.parametrize("count", [1, 2, 3, 5])
async def test_pages_of_any_size_hold_the_same(opened: Exchange, count: int) -> None:
    narrow = f"?patient={LAKESIDE}%7C77-201&date=lt2100-01-01&action=R&type=rest,110106"
    everything = [one["id"] for one in await found(opened, f"{narrow}&_count=200")]
    seen, query = [], f"{narrow}&_count={count}"
    while query:
        bundle = (await ask(opened, query)).json()
        seen += [one["resource"]["id"] for one in bundle.get("entry", [])]
        query = next((one["url"] for one in bundle["link"] if one["relation"] == "next"), "")
    assert seen == everything
    assert len(seen) == 7


async def test_what_one_record_is_told_as_stays_together(opened: Exchange) -> None:
    """A page may have more than was asked for, but never a part of a view."""
    resources = await found(opened, "?entity=1.2.6&_count=1")
    assert [one["type"]["code"] for one in resources] == ["rest", "110113", "110106"]


async def test_an_officer_of_an_institution_sees_what_it_released(opened: Exchange) -> None:
    assert sorted(studies(await found(opened, "?subtype=110103", **OWN_OFFICER))) == ["4", "5", "6"]
    everything = await found(opened, "?_count=200", **OWN_OFFICER)
    assert {one["type"]["code"] for one in everything} == {"rest", "110113", "110106"}


async def test_patients_see_what_is_about_themselves_and_not_where_people_work(opened: Exchange) -> None:
    resources = await found(opened, "?_count=200", **PATIENT)
    assert sorted(set(studies(resources))) == ["1", "2", "3", "4", "5"]
    told = str(resources)
    assert "The clinician" in told
    assert "192.0.2.7" not in told
    assert "secret-jti" not in told
    assert await found(opened, f"?patient={LAKESIDE}%7C77-300", **PATIENT) == []
    assert next(one.patient for one in opened.events() if one.subject == "exchange:adult") == "GENERAL|G-1001"


async def test_one_event_is_read_by_its_id_by_whom_it_is_for(opened: Exchange) -> None:
    (resource, *_) = await found(opened, "?entity=1.2.6")
    path = f"/{resource['id']}"
    assert (await ask(opened, path)).json() == resource
    assert (await ask(opened, path, **OWN_OFFICER)).status_code == 200
    strange = await ask(opened, path, **PATIENT)
    nothing = await ask(opened, "/4711", **PATIENT)
    assert (strange.status_code, strange.json()) == (nothing.status_code, nothing.json())
    assert strange.status_code == 404
    OperationOutcome.model_validate(strange.json())


@pytest.mark.parametrize("identifier", ["0", "x", "-1", "99999999999999999999", "1-nothing", "²"])
async def test_no_other_id_finds_anything(opened: Exchange, identifier: str) -> None:
    assert (await ask(opened, f"/{identifier}")).status_code == 404


async def test_nobody_else_reads_it_and_that_they_tried_is_on_record(opened: Exchange) -> None:
    answer = await ask(opened, "", sub="clinician")
    assert (answer.status_code, answer.json()["resourceType"]) == (403, "OperationOutcome")
    assert opened.events()[-1].outcome == "refused"
    assert (await opened.client.get("/fhir/AuditEvent")).status_code == 401


async def test_a_search_that_is_not_understood_is_told_so(opened: Exchange) -> None:
    answer = await ask(opened, "?favourite=1")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/fhir+json"
    assert OperationOutcome.model_validate(answer.json()).issue[0].code == "invalid"


async def test_a_search_for_what_is_rare_ends_with_a_link(opened: Exchange) -> None:
    """However long the log is, one request looks through a part of it only."""
    search = replace(opened.services.audit_events.search, part=2, parts=1)
    caller = Caller("exchange:officer", "", frozenset(), "", PurposeOfUse.HOPERAT, Network.CLINICAL, "", 0)
    pages, question = [], read_question([("type", "110100")])
    while not pages or pages[-1].after is not None:
        pages.append(await search.page(Reader(caller), question, None))
        question = replace(question, before=pages[-1].after)
    assert sum(len(one.resources) for one in pages) == 1
    assert len(pages) > 3


async def test_what_can_be_asked_is_told_to_anybody(opened: Exchange) -> None:
    answer = await opened.client.get("/fhir/metadata")
    statement = CapabilityStatement.model_validate(answer.json())
    assert statement.fhirVersion == "4.0.1"
    names = {one["name"] for one in answer.json()["rest"][0]["resource"][0]["searchParam"]}
    assert {"date", "patient", "agent", "entity", "type", "subtype", "outcome"} <= names
