"""Why somebody was refused something, whatever it was: found by an officer, and told in sentences."""

from pathlib import Path
import time
from typing import Any

import pytest

from demo.archive.faults import Fault
from proxy.access.refusals import Cause
from proxy.access.signin.failures import Cause as SignInCause
from proxy.access.signin.sessions import IDLE_SECONDS
from proxy.audit.event import Event, EventKind, Outcome
from proxy.breakglass.statement import Attestation
from proxy.console.reasons import reasons_of
from proxy.http.refusals import CAUSES
from proxy.settings.emergencies import Emergencies
from proxy.settings.retrieval import Copying
from proxy.sharing.link import State
from tests.exchange import NAMES, Exchange, ct
from tests.proxy.access.people import caller_of
from tests.proxy.policies.office import FILES, FRAME, OWN, OWN_RULE, as_officer, narrowed, opened_office, propose

DECISIONS = "/console/api/decisions"
UNKNOWN = FRAME.replace("1.2.1", "1.2.77")
STATEMENT = {
    "authority": "GENERAL",
    "identifier": "G-1001",
    "opinion": "Unconscious after a fall",
    "attested": [one.value for one in Attestation],
}


async def told(exchange: Exchange, query: str = "?refused", who: str = "ana", **more: Any) -> list[dict[str, Any]]:
    response = await exchange.client.get(DECISIONS + query, headers=more or as_officer(exchange, who))
    assert response.status_code == 200, response.text
    return list(response.json())


async def newest(exchange: Exchange) -> tuple[str, str]:
    """The kind of the newest refusal, and why."""
    first = (await told(exchange))[0]
    assert first["permitted"] is False
    return first["kind"], " ".join(first["because"])


async def see(exchange: Exchange, path: str = FRAME, **who: Any) -> int:
    headers = {**exchange.bearer(**who), "Accept": "image/jpeg"}
    return (await exchange.client.get(path, headers=headers)).status_code


async def test_a_rule_s_refusal_is_told_by_the_rule_and_its_sentence(tmp_path: Path) -> None:
    async with opened_office(tmp_path) as exchange:
        assert await see(exchange, sub="stranger") == 403
        kind, why = await newest(exchange)
    assert kind == "view-refused"
    assert why.startswith("No rule permits it.")
    assert "The person was told: You may know that this study exists, but no treating relationship" in why


async def test_a_rule_that_forbids_is_named_with_its_sentence(tmp_path: Path) -> None:
    async with opened_office(tmp_path) as exchange:
        cases = {path: None for path in FILES if path.startswith("cases/")}
        number = await propose(exchange, {**cases, OWN: FILES[OWN] + OWN_RULE})
        approved = await exchange.client.post(
            f"/console/api/policies/proposals/{number}/approve", json={}, headers=as_officer(exchange, "ben")
        )
        assert approved.status_code == 200
        assert await see(exchange) == 403
        assert "general-002-nothing: General Hospital shows nothing." in (await newest(exchange))[1]


async def test_a_study_that_no_archive_has_is_told_as_such(tmp_path: Path) -> None:
    async with opened_office(tmp_path) as exchange:
        assert await see(exchange, UNKNOWN) == 404
        assert await newest(exchange) == ("view-refused", "No archive that this person may ask has such a study.")


async def test_a_study_that_was_not_to_be_known_of_is_told_where_it_was_to_be_shared(tmp_path: Path) -> None:
    """Whether there is such a study or not, an officer finds that somebody wanted to share it."""
    async with opened_office(tmp_path) as exchange:
        why = []
        for study in ("1.2.1", "1.2.77"):
            who = exchange.bearer(sub="er", role="emergency-clinician", purpose="ETREAT")
            wish = {"study": study, "recipient": "doctor@example.org"}
            assert (await exchange.client.post("/portal/links", json=wish, headers=who)).status_code == 404
            why.append(await newest(exchange))
    nothing = "The person was told that there is nothing."
    assert why == [
        ("link-made", f"The study may not be shared by this person. {nothing}"),
        ("link-made", "No archive that this person may ask has such a study."),
    ]


async def test_a_search_that_no_rule_permits_is_told(tmp_path: Path) -> None:
    async with opened_office(tmp_path) as exchange:
        refused = await exchange.client.get("/dicomweb/studies", headers=exchange.bearer(sub="x", role="payer"))
        assert refused.status_code == 403
        kind, why = await newest(exchange)
        assert kind == "search"
        assert why.startswith("hie-022-search-without-a-patient: ")


async def test_a_silent_archive_is_named_whether_it_is_searched_or_asked_for_an_image(tmp_path: Path) -> None:
    holdings = {"general": [ct("1.2.1")], "university": [ct("1.2.9", patient="U5")]}
    async with opened_office(tmp_path, holdings=holdings) as exchange:
        exchange.archives["university"].faults["search"] = Fault(status=500)
        assert (await exchange.get("/dicomweb/studies?PatientID=G-1001&IssuerOfPatientID=GENERAL")).status_code == 200
        kind, why = await newest(exchange)
        assert (kind, "university-main" in why) == ("search", True)
        exchange.archives["university"].faults.clear()
        exchange.archives["general"].faults["frames"] = Fault(status=500)
        exchange.archives["general"].faults["metadata"] = Fault(status=500)
        assert await see(exchange) == 502
        first = (await told(exchange))[0]
        assert (first["kind"], first["study"], first["institution"]) == ("turned-away", "1.2.1", "general")
        assert "No rule refused it" in first["because"][0]
        assert [one["event"] for one in await told(exchange, "?refused", who="cam")] == [first["event"]]


async def test_what_was_not_attested_declared_too_often_or_not_permitted_is_told(tmp_path: Path) -> None:
    async def declare(status: int, role: str = "emergency-clinician", **change: Any) -> str:
        headers = exchange.bearer(sub="er", role=role, purpose="ETREAT", assurance=2)
        response = await exchange.client.post("/portal/emergencies", json={**STATEMENT, **change}, headers=headers)
        assert response.status_code == status, response.text
        kind, why = await newest(exchange)
        assert kind == "emergency-declared"
        return why

    async with opened_office(tmp_path, emergencies=Emergencies(per_hour=1)) as exchange:
        assert "may not be declared" in await declare(403, role="payer")
        assert "every attestation is needed" in await declare(400, attested=STATEMENT["attested"][:-1])
        assert "every attestation is needed" in await declare(201)
        assert "as many emergencies" in await declare(429, identifier="G-2002")
        assert "turned-away" not in exchange.kinds()


async def test_more_in_full_fidelity_than_viewing_needs_is_told(tmp_path: Path) -> None:
    studies = [f"1.2.{number}" for number in range(20, 23)]
    budget = Copying(slow_after=0.5, ask_after=1, report_after=5)
    holdings = {"general": [ct(study) for study in studies]}
    async with opened_office(tmp_path, copying=budget, holdings=holdings) as exchange:
        paths = [f"/dicomweb/studies/{one}/series/{one}.1/instances/{one}.1.1/frames/1" for one in studies]
        assert [(await exchange.get(path)).status_code for path in paths] == [200, 403, 403]
        kind, why = await newest(exchange)
        assert (kind, "asked for on purpose" in why) == ("copying-suspected", True)
        assert "turned-away" not in exchange.kinds()


async def test_roles_that_look_where_only_officers_may_are_told(tmp_path: Path) -> None:
    async with opened_office(tmp_path) as exchange:
        assert (await exchange.client.get("/console/api/officer", headers=exchange.bearer())).status_code == 403
        first = (await told(exchange))[0]
        assert (first["kind"], first["asked"]) == ("turned-away", "GET /console/api/officer")
        assert "whatever the rules say" in first["because"][0]
        assert (await exchange.client.get("/portal/audit", headers=exchange.bearer())).status_code == 403
        assert await newest(exchange) == ("audit-read", "Only officers may do this.")


async def test_a_sign_in_that_was_over_is_told_of_whoever_had_it(tmp_path: Path) -> None:
    moved = [0.0]
    outside = {"clock": lambda: time.time() + moved[0]}
    async with opened_office(tmp_path, outside=outside) as exchange:
        cookie = f"vitrine={exchange.services.authentication._sessions.begin(caller_of(subject='exchange:somebody'))}"
        moved[0] = 2 * IDLE_SECONDS
        over = await exchange.client.get(FRAME, headers={"Cookie": cookie})
        never = await exchange.client.get(FRAME, headers={"Cookie": "vitrine=nobody"})
        assert (over.status_code, over.json()["detail"]) == (401, never.json()["detail"])
        moved[0] = 0
        (first,) = await told(exchange)
        assert (first["kind"], first["subject"]) == ("turned-away", "exchange:somebody")
        assert "the sign-in was over" in first["because"][0]


async def test_what_a_page_of_another_site_sends_is_told(tmp_path: Path) -> None:
    async with opened_office(tmp_path) as exchange:
        cookie = f"vitrine={exchange.services.authentication._sessions.begin(caller_of(expires=time.time() + 600))}"
        headers = {"Cookie": cookie, "Origin": "https://elsewhere.test"}
        assert (await exchange.client.post("/portal/emergencies", json={}, headers=headers)).status_code == 401
        assert (await newest(exchange))[1].startswith("A page of another site sent the request")


async def test_a_refusal_that_is_repeated_at_once_is_one_event(tmp_path: Path) -> None:
    async with opened_office(tmp_path) as exchange:
        for _ in range(5):
            await exchange.client.get("/console/api/officer", headers=exchange.bearer())
        assert exchange.kinds().count("turned-away") == 1


async def test_the_rules_are_told_as_they_were_when_they_decided(tmp_path: Path) -> None:
    async with opened_office(tmp_path) as exchange:
        assert await see(exchange, sub="stranger") == 403
        assert await see(exchange) == 200
        number = await propose(exchange, narrowed())
        await exchange.client.post(
            f"/console/api/policies/proposals/{number}/approve", json={}, headers=as_officer(exchange, "ben")
        )
        opened = next(one for one in await told(exchange, "") if one["kind"] == "view-opened")
        asked = {"event": opened["event"]}
        answers = {}
        for then in (True, False):
            response = await exchange.client.post(
                "/console/api/try", json={**asked, "as_decided": then}, headers=as_officer(exchange, "ana")
            )
            (answer,) = response.json()["answers"]
            answers[then] = next(one["permitted"] for one in answer["capabilities"] if one["capability"] == "view")
        assert answers == {True: True, False: False}
        read = [one for one in exchange.events() if one.kind == "audit-read" and "event" in one.detail]
        assert [(one.subject, one.detail["event"]) for one in read] == [("exchange:ana", opened["event"])] * 2


async def test_refusals_are_found_by_person_and_by_study(tmp_path: Path) -> None:
    async with opened_office(tmp_path) as exchange:
        assert await see(exchange, sub="stranger") == 403
        assert await see(exchange, UNKNOWN) == 404
        assert [one["study"] for one in await told(exchange, "?refused&subject=exchange:stranger")] == ["1.2.1"]
        assert [one["subject"] for one in await told(exchange, "?study=1.2.77")] == ["exchange:clinician"]
        assert await told(exchange, "?subject=exchange:nobody") == []
        too_long = await exchange.client.get(f"{DECISIONS}?subject={'x' * 400}", headers=as_officer(exchange, "ana"))
        assert too_long.status_code == 400


async def test_an_institution_s_officer_is_told_of_refusals_at_the_own_only(tmp_path: Path) -> None:
    holdings = {"general": [ct("1.2.1")], "university": []}
    async with opened_office(tmp_path, holdings=holdings) as exchange:
        assert await see(exchange, sub="stranger") == 403
        assert await see(exchange, UNKNOWN) == 404
        assert [one["study"] for one in await told(exchange, who="cam")] == ["1.2.1"]
        abroad = exchange.bearer(
            sub="uni", role="institution-officer", purpose="HOPERAT", organization=NAMES["university"]
        )
        assert await told(exchange, **abroad) == []


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_is_told(cause: Cause) -> None:
    event = Event(EventKind.TURNED_AWAY, Outcome.REFUSED, detail={"cause": cause.value, "told": "so"})
    because = reasons_of(event, {})
    assert because[0].endswith(".")
    assert because[1] == "The person was told: so."
    assert cause in CAUSES.values()


@pytest.mark.parametrize("state", [one for one in State if one is not State.GOOD])
def test_every_state_in_which_a_share_link_does_not_open_is_told(state: State) -> None:
    (sentence,) = reasons_of(Event(EventKind.LINK_REFUSED, Outcome.REFUSED, detail={"why": state.value}), {})
    assert "no more than this" not in sentence


@pytest.mark.parametrize("kind", EventKind)
def test_a_record_that_says_less_than_records_do_now_is_told_too(kind: EventKind) -> None:
    assert all(reasons_of(Event(kind, Outcome.REFUSED), {}))


async def test_a_step_of_the_policy_that_was_refused_is_told(tmp_path: Path) -> None:
    async with opened_office(tmp_path) as exchange:
        number = await propose(exchange, narrowed())
        own = await exchange.client.post(
            f"/console/api/policies/proposals/{number}/approve", json={}, headers=as_officer(exchange, "ana")
        )
        assert own.status_code == 409
        kind, why = await newest(exchange)
        assert (kind, "it takes two people" in why) == ("policy-approved", True)


@pytest.mark.parametrize("cause", SignInCause)
def test_every_failure_to_sign_in_is_told(cause: SignInCause) -> None:
    (sentence,) = reasons_of(Event(EventKind.LOGIN_FAILED, Outcome.REFUSED, detail={"cause": cause.value}), {})
    assert sentence.endswith(".")
