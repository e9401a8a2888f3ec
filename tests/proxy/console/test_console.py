"""What the officers' console asks: rules by form, decisions tried, explained; each within the own part."""

from contextlib import closing
from pathlib import Path
import sqlite3
from typing import Any

import pytest

from tests.exchange import NAMES, Exchange, ct
from tests.proxy.policies.office import (
    CASES,
    FILES,
    FRAME,
    NARROW,
    OWN,
    TREATMENT,
    as_officer,
    narrowed,
    opened_office,
    propose,
)

ROOT = "/console/api"
OTHERS = "institutions/university/preliminary.cedar"
UNIVERSITY = NAMES["university"]


async def ask(
    exchange: Exchange,
    path: str,
    body: object = None,
    who: str = "ana",
    role: str = "privacy-officer",
    status: int = 200,
) -> Any:
    method = "GET" if body is None else "POST"
    headers = as_officer(exchange, who, role)
    response = await exchange.client.request(method, ROOT + path, json=body, headers=headers)
    assert response.status_code == status, response.text
    return response.json()


def permitted(answer: Any) -> set[str]:
    return {one["capability"] for one in answer["capabilities"] if one["permitted"]}


async def test_the_page_is_there_and_officers_alone_are_told_anything(tmp_path: Path) -> None:
    async with opened_office(tmp_path) as exchange:
        assert (await exchange.client.get("/console")).status_code == 200
        for path in ("/officer", "/words", "/decisions", "/people", "/anomalies"):
            assert (await exchange.client.get(ROOT + path)).status_code == 401
            assert (await exchange.client.get(ROOT + path, headers=exchange.bearer())).status_code == 403
        for path in ("/rules/read", "/rules/write", "/try"):
            refused = await exchange.client.post(ROOT + path, json={}, headers=exchange.bearer())
            assert refused.status_code == 403


async def test_an_officer_is_told_what_the_own_part_is(tmp_path: Path) -> None:
    async with opened_office(tmp_path) as exchange:
        ana, cam, guest = [await ask(exchange, "/officer", who=who) for who in ("ana", "cam", "somebody")]
    assert (ana["institution"], ana["may_change"]) == (None, True)
    assert (cam["institution"], cam["may_change"]) == ("general", True)
    assert [one["id"] for one in cam["institutions"]] == ["general"]
    assert guest["may_change"] is False


async def test_a_rule_is_read_as_a_form_and_written_again(tmp_path: Path) -> None:
    async with opened_office(tmp_path) as exchange:
        words = await ask(exchange, "/words")
        assert "clinician" in words["roles"]
        assert {"optin", "optout", "unknown"} == set(
            next(one for one in words["facts"] if one["name"] == "consent")["values"]
        )
        file = await ask(exchange, "/rules/read", {"path": TREATMENT, "text": FILES[TREATMENT]})
        assert (file["problem"], file["rules"][0]["line"]) == (None, 1)
        assert "".join(one["text"] for one in file["rules"]) + file["rest"] == FILES[TREATMENT]
        form = file["rules"][0]["form"]
        form["when"][1] = {"fact": "relationship", "how": "is", "values": ["referral"]}
        text = (await ask(exchange, "/rules/write", {"path": TREATMENT, "form": form}))["text"]
        assert 'context.relationship == HIE::Relationship::"referral"' in text
        strange = {**form, "when": [{"fact": "weather", "how": "is", "values": ["rain"]}]}
        await ask(exchange, "/rules/write", {"path": TREATMENT, "form": strange}, status=400)


async def test_what_cannot_be_read_is_said_with_its_line(tmp_path: Path) -> None:
    text = FILES[TREATMENT] + "\n\nforbid (principal, action, resource) when { resource.patient.vip == };\n"
    async with opened_office(tmp_path) as exchange:
        file = await ask(exchange, "/rules/read", {"path": TREATMENT, "text": text})
    assert file["problem"]["line"] == text[: text.index("forbid (principal, action, resource) when")].count("\n") + 1


async def test_a_decision_is_tried_by_what_is_in_force_a_draft_and_a_proposal(tmp_path: Path) -> None:
    asked = {"facts": {"asks": {"relationship": "encounter"}}}
    async with opened_office(tmp_path) as exchange:
        (now,) = (await ask(exchange, "/try", asked))["answers"]
        assert "view" in permitted(now)
        assert now["capabilities"][1]["because"][0]["rule"] == "hie-001-treating-clinician"
        (draft,) = (await ask(exchange, "/try", {**asked, "changes": narrowed()}))["answers"]
        assert permitted(draft) == {"knowExists", "keep"}, "a rule about keeping is one of its own"
        assert "no treating relationship" in draft["user_says"]
        number = await propose(exchange, narrowed())
        (proposed,) = (await ask(exchange, "/try", {**asked, "proposal": number}))["answers"]
        assert permitted(proposed) == permitted(draft)
        hidden = {"facts": {"patient": {"consent": "optout"}}}
        assert (await ask(exchange, "/try", hidden))["answers"][0]["user_says"] == "No such study."


@pytest.mark.parametrize(
    ("question", "status"),
    [
        ({"facts": {"asks": {"weather": "rain"}}}, 400),
        ({"facts": {"asks": {"purpose": "FUN"}}}, 400),
        ({}, 400),
        ({"event": 999}, 404),
        ({"facts": {}, "proposal": 7}, 404),
        ({"facts": {}, "changes": {TREATMENT: "permit"}}, 400),
        ({"person": {"subject": "exchange:x"}, "study": "not a uid"}, 400),
    ],
)
async def test_what_cannot_be_asked_is_refused_in_words(tmp_path: Path, question: object, status: int) -> None:
    async with opened_office(tmp_path) as exchange:
        assert (await ask(exchange, "/try", question, status=status))["detail"] or status == 404


async def test_a_real_person_and_a_real_study_are_asked_about_on_record(tmp_path: Path) -> None:
    person = {"subject": "exchange:clinician", "roles": ["clinician"], "organization": "General Hospital"}
    async with opened_office(tmp_path) as exchange:
        (treating,) = (await ask(exchange, "/try", {"person": person, "study": "1.2.1"}))["answers"]
        assert "view" in permitted(treating)
        other = {**person, "subject": "exchange:somebody"}
        (stranger,) = (await ask(exchange, "/try", {"person": other, "study": "1.2.1"}))["answers"]
        assert "view" not in permitted(stranger)
        told = [event.detail for event in exchange.events() if event.kind == "evaluated"]
        assert [(one["about"], one["permitted"]) for one in told] == [
            ("exchange:clinician", 1),
            ("exchange:somebody", 0),
        ]
        assert "view-opened" not in exchange.kinds()
        await ask(exchange, "/try", {"person": person, "study": "1.2.99"}, status=404)
        assert exchange.kinds().count("evaluated") == 3


async def test_why_is_answered_for_every_decision_on_record(tmp_path: Path) -> None:
    async with opened_office(tmp_path) as exchange:
        assert (await exchange.get(FRAME, "image/jpeg")).status_code == 200
        stranger = exchange.bearer(sub="stranger")
        refused = await exchange.client.get(FRAME, headers={**stranger, "Accept": "image/jpeg"})
        assert refused.status_code in {403, 404}
        told = await ask(exchange, "/decisions")
        assert [(one["subject"], one["permitted"]) for one in told] == [
            ("exchange:stranger", False),
            ("exchange:clinician", True),
        ]
        (why,) = (await ask(exchange, "/try", {"event": told[0]["event"]}))["answers"]
        assert "view" not in permitted(why)
        assert why["facts"]["who"]["id"] == "exchange:stranger"
        assert exchange.kinds()[-1] == "audit-read"


async def test_facts_that_were_changed_since_explain_nothing(tmp_path: Path) -> None:
    """The log names them by their hash, and nobody can change the log unseen."""
    async with opened_office(tmp_path) as exchange:
        assert (await exchange.get(FRAME, "image/jpeg")).status_code == 200
        (told,) = await ask(exchange, "/decisions")
        assert (await ask(exchange, "/try", {"event": told["event"]}))["answers"]
        with closing(sqlite3.connect(tmp_path / "audit" / "decisions.sqlite", isolation_level=None)) as kept:
            ((facts,),) = kept.execute("SELECT facts FROM decision").fetchall()
            kept.execute("UPDATE decision SET facts = ?", (facts.replace(b"exchange:clinician", b"exchange:somebody"),))
        refused = await ask(exchange, "/try", {"event": told["event"]}, status=400)
        assert "not those" in refused["detail"]


async def test_an_officer_of_an_institution_sees_what_is_about_the_own(tmp_path: Path) -> None:
    """Cam answers for General Hospital; Uni for University Hospital, where nothing was decided."""
    holdings = {"general": [ct("1.2.1")], "university": []}
    async with opened_office(tmp_path, holdings=holdings) as exchange:
        await exchange.get(FRAME, "image/jpeg")
        own = await ask(exchange, "/decisions", who="cam")
        assert [one["institution"] for one in own] == ["general"]
        abroad = exchange.bearer(sub="uni", role="institution-officer", purpose="HOPERAT", organization=UNIVERSITY)
        assert (await exchange.client.get(f"{ROOT}/decisions", headers=abroad)).json() == []
        for question in ({"event": own[0]["event"]}, {"person": {"subject": "exchange:clinician"}, "study": "1.2.1"}):
            assert (await exchange.client.post(f"{ROOT}/try", json=question, headers=abroad)).status_code == 404


async def test_an_officer_of_an_institution_is_shown_no_rules_of_another(tmp_path: Path) -> None:
    async with opened_office(tmp_path) as exchange:
        version = (await ask(exchange, "/policies"))["in_force"]["version"]
        for role in ("privacy-officer", "institution-officer"):
            told = await ask(exchange, f"/policies/versions/{version}", who="cam", role=role)
            assert OWN in told["files"]
            assert TREATMENT in told["files"]
            assert OTHERS not in told["files"]
            assert "university-001-preliminary" not in {rule["id"] for rule in told["rules"]}
        await ask(exchange, "/policies", who="ana", role="institution-officer", status=403)
        number = await propose(exchange, {OTHERS: None, "cases/institutions.toml": None})
        shown = await ask(exchange, f"/policies/proposals/{number}", who="cam")
        assert OTHERS not in {one["path"] for one in shown["changes"]}


async def test_a_case_that_a_draft_contradicts_is_made_to_expect_it(tmp_path: Path) -> None:
    changes = {TREATMENT: NARROW}
    async with opened_office(tmp_path) as exchange:
        failing = await ask(exchange, "/policies/check", {"changes": changes})
        named = [{"file": one["file"], "name": one["name"]} for one in failing["cases"] if one["differences"]]
        accepted = await ask(exchange, "/cases/accept", {"changes": changes, "cases": named})
        sound = await ask(exchange, "/policies/check", {"changes": changes | accepted["files"]})
        assert (sound["valid"], len(sound["cases"])) == (True, len(failing["cases"]))
        nobody = {"changes": changes, "cases": [{"file": CASES, "name": "nobody"}]}
        assert "no case" in (await ask(exchange, "/cases/accept", nobody, status=400))["detail"]
        broken = {"changes": {TREATMENT: "permit"}, "cases": named}
        await ask(exchange, "/cases/accept", broken, status=400)


async def test_the_institution_of_the_configuration_outranks_the_organization_of_a_token(tmp_path: Path) -> None:
    """Cam is named for General Hospital, and signs in as somebody of University Hospital."""
    holdings = {"general": [ct("1.2.1")], "university": []}
    async with opened_office(tmp_path, holdings=holdings) as exchange:
        abroad = exchange.bearer(sub="cam", role="institution-officer", purpose="HOPERAT", organization=UNIVERSITY)
        told = (await exchange.client.get(f"{ROOT}/officer", headers=abroad)).json()
        assert told["institution"] == "general"
        version = (await exchange.client.get(f"{ROOT}/policies", headers=abroad)).json()["in_force"]["version"]
        files = (await exchange.client.get(f"{ROOT}/policies/versions/{version}", headers=abroad)).json()["files"]
        assert (OWN in files, OTHERS in files) == (True, False)


OTHERS_CASES = "institutions/university/cases/own.toml"
"""Decision cases that University Hospital keeps to itself."""

WRITTEN = """
[[case]]
name = "a preliminary study"
study = { institution = "university", state = "prelim" }
answer = "hidden"
"""


async def test_an_officer_of_an_institution_is_given_no_case_of_another(tmp_path: Path) -> None:
    named = {"file": OTHERS_CASES, "name": "a preliminary study"}
    wanted = {"changes": {OTHERS_CASES: WRITTEN}, "cases": [named]}
    async with opened_office(tmp_path) as exchange:
        told = await ask(exchange, "/cases/accept", wanted)
        assert OTHERS_CASES in told["files"]
        refused = await ask(exchange, "/cases/accept", wanted, who="cam", status=400)
        assert refused["detail"] == f"There is no case `a preliminary study` in `{OTHERS_CASES}`"
        gone = {**wanted, "changes": {}}
        assert (await ask(exchange, "/cases/accept", gone, who="cam", status=400))["detail"] == refused["detail"]


async def test_an_officer_of_an_institution_tries_what_is_about_the_own(tmp_path: Path) -> None:
    holdings = {"general": [ct("1.2.1")], "university": []}
    there = {"facts": {"study": {"institution": "university", "state": "prelim"}}}
    async with opened_office(tmp_path, holdings=holdings) as exchange:
        assert "university-001" in str(await ask(exchange, "/try", there))
        refused = await ask(exchange, "/try", there, who="cam", status=400)
        assert "university-001" not in str(refused)
        (own,) = (await ask(exchange, "/try", {"facts": {}}, who="cam"))["answers"]
        assert own["institution"] == "general"
        abroad = exchange.bearer(sub="uni", role="institution-officer", purpose="HOPERAT", organization=UNIVERSITY)
        usual = (await exchange.client.post(f"{ROOT}/try", json={"facts": {}}, headers=abroad)).json()
        assert [one["institution"] for one in usual["answers"]] == ["university"]


async def test_an_officer_of_an_institution_tries_no_change_of_another_s_rules(tmp_path: Path) -> None:
    async with opened_office(tmp_path) as exchange:
        number = await propose(exchange, {OTHERS: FILES[OTHERS] + "\n// nothing else\n"})
        asked = {"facts": {}, "proposal": number}
        assert (await ask(exchange, "/try", asked))["answers"]
        await ask(exchange, "/try", asked, who="cam", status=404)
        shared = await propose(exchange, {OTHERS: None, "cases/institutions.toml": None})
        assert (await ask(exchange, "/try", {**asked, "proposal": shared}, who="cam"))["answers"]


async def test_what_is_wrong_with_a_draft_is_told_of_the_own_part(tmp_path: Path) -> None:
    broken = {OWN: "permit", OTHERS: "secret"}
    async with opened_office(tmp_path) as exchange:
        wanted = {"changes": broken, "cases": [{"file": CASES, "name": "x"}]}
        every = await ask(exchange, "/cases/accept", wanted, status=400)
        assert (OWN in every["detail"], OTHERS in every["detail"]) == (True, True)
        own = await ask(exchange, "/cases/accept", wanted, who="cam", status=400)
        assert (OWN in own["detail"], OTHERS in own["detail"]) == (True, False)
        assert "another institution's part" in own["detail"]
