"""A policy changes while the service runs: proposed, tried, approved by another, in force in open view sessions."""

from pathlib import Path
import time

import httpx
import pytest

from policy.bundle import SCHEMA
from proxy.errors import ConfigurationError
from proxy.settings.server import Policy
from tests.exchange import EXCHANGE_ISSUER, Exchange
from tests.proxy.policies.office import (
    ANA,
    BEN,
    CASES,
    FILES,
    FRAME,
    NARROW,
    OWN,
    OWN_RULE,
    ROOT,
    TREATMENT,
    as_officer,
    get,
    narrowed,
    opened_office,
    post,
    propose,
)


async def looks(exchange: Exchange) -> int:
    return (await exchange.get(FRAME, "image/jpeg")).status_code


def refusal(response: httpx.Response) -> str:
    assert response.status_code == 409
    assert response.json()["type"] == "urn:vitrine:problem:policy-step-refused"
    return str(response.json()["detail"])


async def test_an_open_viewer_loses_the_image_at_the_next_frame_after_a_second_officer_approved(
    tmp_path: Path,
) -> None:
    async with opened_office(tmp_path) as exchange:
        before = (await get(exchange))["in_force"]["version"]
        assert await looks(exchange) == 200
        number = await propose(exchange, narrowed(), note="referrals only")
        assert await looks(exchange) == 200
        approved = await post(exchange, f"/proposals/{number}/approve", {}, "ben")
        assert approved.status_code == 200
        assert await looks(exchange) == 403
        status = await get(exchange)
        assert status["in_force"]["version"] != before
        assert status["proposals"] == []
    kinds = exchange.kinds()
    assert kinds.index("policy-proposed") < kinds.index("policy-approved")
    loaded = [event for event in exchange.events() if event.kind == "policy-loaded"]
    assert [event.policy for event in loaded] == [before, status["in_force"]["version"]]
    assert exchange.events()[kinds.index("policy-approved") + 1].kind == "policy-loaded"
    (proposed,) = [event for event in exchange.events() if event.kind == "policy-proposed"]
    assert (proposed.subject, proposed.detail["note"]) == (ANA, "referrals only")


async def test_what_is_in_force_is_so_after_a_restart(tmp_path: Path) -> None:
    async with opened_office(tmp_path) as exchange:
        number = await propose(exchange, narrowed())
        await post(exchange, f"/proposals/{number}/approve", {}, "ben")
    async with opened_office(tmp_path) as exchange:
        assert await looks(exchange) == 403
        history = (await get(exchange, "/history"))["steps"]
    assert [(step["kind"], step["officer"]) for step in history] == [("approved", BEN), ("proposed", ANA)]


async def test_it_takes_two(tmp_path: Path) -> None:
    async with opened_office(tmp_path) as exchange:
        number = await propose(exchange, narrowed())
        words = refusal(await post(exchange, f"/proposals/{number}/approve", {}, "ana"))
        assert "two people" in words
        assert await looks(exchange) == 200
    refused = [event for event in exchange.events() if event.kind == "policy-approved"]
    assert [(event.outcome, event.subject) for event in refused] == [("refused", ANA)]


async def test_rolling_back_takes_one_and_a_reason(tmp_path: Path) -> None:
    async with opened_office(tmp_path) as exchange:
        first = (await get(exchange))["in_force"]["version"]
        number = await propose(exchange, narrowed())
        await post(exchange, f"/proposals/{number}/approve", {}, "ben")
        assert "reason" in refusal(await post(exchange, "/rollback", {"version": first, "note": " "}, "ben"))
        back = await post(exchange, "/rollback", {"version": first, "note": "clinicians are locked out"}, "ben")
        assert back.status_code == 200
        assert await looks(exchange) == 200
        enforced = (await get(exchange))["in_force"]
        assert (enforced["version"], enforced["by_one_person"]) == (first, True)
        assert "never" not in refusal(await post(exchange, "/rollback", {"version": first, "note": "again"}, "ben"))
        unheard = await post(exchange, "/rollback", {"version": "0" * 64, "note": "x"}, "ben")
        assert "no such version" in refusal(unheard)


async def test_a_change_comes_into_force_at_its_time_and_not_before(tmp_path: Path) -> None:
    moved = 0.0
    outside = {"clock": lambda: time.time() + moved}
    async with opened_office(tmp_path, outside=outside) as exchange:
        start = int(time.time()) + 300
        number = await propose(exchange, narrowed(), effective=start)
        early = await post(exchange, f"/proposals/{number}/approve", {"effective": start - 100}, "ben")
        assert early.json()["effective"] == start
        await exchange.services.policies.versions.look()
        assert await looks(exchange) == 200
        assert (await get(exchange))["scheduled"]["proposal"] == number
        other = await propose(exchange, {OWN: FILES[OWN].replace("on referral only", "on referral alone")})
        assert "nother change is approved" in refusal(await post(exchange, f"/proposals/{other}/approve", {}, "ben"))
        moved = 301.0
        await exchange.services.policies.versions.look()
        assert await looks(exchange) == 403
        assert "no longer in force" in refusal(await post(exchange, f"/proposals/{other}/approve", {}, "ben"))
        moved = 0.0
        await exchange.services.policies.versions.look()
        assert await looks(exchange) == 403  # a clock that steps back takes nothing back


async def test_what_is_scheduled_can_be_withdrawn(tmp_path: Path) -> None:
    async with opened_office(tmp_path) as exchange:
        number = await propose(exchange, narrowed(), effective=int(time.time()) + 300)
        await post(exchange, f"/proposals/{number}/approve", {}, "ben")
        assert (await post(exchange, f"/proposals/{number}/withdraw", {"note": "not yet"}, "ben")).status_code == 200
        assert (await get(exchange))["scheduled"] is None
        assert (await get(exchange, f"/proposals/{number}"))["state"] == "withdrawn"
        assert "not yet in force" in refusal(await post(exchange, f"/proposals/{number}/withdraw", {}))


async def test_an_institutions_officer_changes_the_own_rules_and_no_others(tmp_path: Path) -> None:
    async with opened_office(tmp_path) as exchange:
        for changes in ({TREATMENT: NARROW, CASES: None}, {"institutions/university/preliminary.cedar": None}):
            refused = await post(exchange, "/proposals", {"changes": changes}, "cam")
            assert refused.status_code == 409
        number = await propose(exchange, {OWN: FILES[OWN] + OWN_RULE, "cases/institutions.toml": None}, "ana")
        assert "that institution only" in refusal(await post(exchange, f"/proposals/{number}/approve", {}, "cam"))
        number = await propose(exchange, {OWN: FILES[OWN].replace("on referral only", "on referral alone")}, "cam")
        assert await looks(exchange) == 200
        assert (await post(exchange, f"/proposals/{number}/approve", {}, "ben")).status_code == 200
        assert (await get(exchange))["in_force"]["step"] == number + 1


LABELS = """[[rule]]
id = "psychiatry"
says = "What is made in psychiatry is about mental health."
department = ["psychiatry"]
labels = ["MH"]
"""
UNSOUND: tuple[tuple[dict[str, str | None], str], ...] = (
    ({OWN: FILES[OWN] + OWN_RULE.replace("forbid", "permit")}, "may only narrow"),
    ({TREATMENT: FILES[TREATMENT].replace("consent", "consnt")}, "consnt"),
    ({TREATMENT: NARROW}, "expected view, got"),
    ({"hie/notes.txt": "x"}, "is not part of a bundle"),
    ({"schema.cedarschema": None}, "is missing"),
    ({}, "in force already"),
)


async def test_what_is_not_sound_is_not_even_proposed_and_an_institution_cannot_widen(tmp_path: Path) -> None:
    async with opened_office(tmp_path) as exchange:
        for changes, words in UNSOUND:
            assert words in refusal(await post(exchange, "/proposals", {"changes": changes}))
        assert (await get(exchange))["proposals"] == []


async def test_a_folder_of_no_institution_is_not_proposed_but_one_that_was_there_may_stay(tmp_path: Path) -> None:
    misspelt = {"institutions/genral/behavioural-health.cedar": FILES[OWN].replace("general", "genral")}
    labels = {"institutions/genral/labels.toml": LABELS}
    async with opened_office(tmp_path) as exchange:
        for changes in (misspelt, labels):
            words = refusal(await post(exchange, "/proposals", {"changes": changes}))
            assert "institutions/genral: is for an institution that the configuration does not have" in words
            checked = (await post(exchange, "/check", {"changes": changes})).json()
            assert [one["where"] for one in checked["problems"]] == ["institutions/genral"]
        await propose(exchange, {"institutions/general/labels.toml": LABELS})
        await propose(exchange, {"institutions/university/labels.toml": LABELS})


async def test_a_label_that_officers_gave_does_not_leave_the_policy(tmp_path: Path) -> None:
    changes = {SCHEMA: FILES[SCHEMA].replace('"SCA",', "")}
    given = "/console/api/labels/overrides/general/1.2.1"
    async with opened_office(tmp_path) as exchange:
        number = await propose(exchange, changes)
        decided = {"add": ["SCA"], "remove": ["SDV"], "reason": "the referral says so"}
        headers = as_officer(exchange, "ana")
        assert (await exchange.client.put(given, json=decided, headers=headers)).status_code == 200
        lacking = "lacks the label `SCA`, which officers have given to studies"
        assert lacking in refusal(await post(exchange, f"/proposals/{number}/approve", {}, "ben"))
        assert lacking in refusal(await post(exchange, "/proposals", {"changes": changes}))
        assert lacking in (await get(exchange, f"/proposals/{number}"))["problems"][0]["what"]
        assert (await exchange.client.delete(given, headers=headers)).status_code == 204
        assert (await post(exchange, f"/proposals/{number}/approve", {}, "ben")).status_code == 200


async def test_a_change_is_checked_without_being_proposed(tmp_path: Path) -> None:
    async with opened_office(tmp_path) as exchange:
        failing = (await post(exchange, "/check", {"changes": {TREATMENT: NARROW}})).json()
        assert not failing["valid"]
        failed = {(case["file"], case["name"]) for case in failing["cases"] if case["differences"]}
        assert (CASES, "the treating clinician") in failed
        broken = (await post(exchange, "/check", {"changes": {TREATMENT: "permit"}})).json()
        assert (broken["valid"], broken["problems"][0]["where"]) == (False, TREATMENT)
        assert (await post(exchange, "/check", {"files": dict(FILES)})).json()["valid"]
        version = (await get(exchange))["in_force"]["version"]
        told = await get(exchange, f"/versions/{version}")
        assert told["files"] == FILES
        assert "hie-002-opt-out" in {rule["id"] for rule in told["rules"]}


async def test_what_is_wrong_elsewhere_is_not_told_to_an_institutions_officer(tmp_path: Path) -> None:
    elsewhere = "institutions/university/own.cedar"
    async with opened_office(tmp_path) as exchange:
        broken = {"changes": {elsewhere: "secret", TREATMENT: "permit"}}
        every = (await post(exchange, "/check", broken)).json()["problems"]
        assert {elsewhere, TREATMENT} <= {one["where"] for one in every}
        shown = (await post(exchange, "/check", broken, "cam")).json()["problems"]
        assert {one["where"] for one in shown} == {TREATMENT, "another institution's part"}


async def test_what_a_proposal_would_change_is_shown_before_it_is_approved(tmp_path: Path) -> None:
    async with opened_office(tmp_path) as exchange:
        assert await looks(exchange) == 200
        number = await propose(exchange, narrowed())
        shown = await get(exchange, f"/proposals/{number}", "ben")
        assert {"path": TREATMENT, "owner": "hie"}.items() <= shown["changes"][-1].items()
        replayed = await get(exchange, f"/proposals/{number}/replay", "ben")
        assert (replayed["decisions"], replayed["changed"]) == (1, 1)
        group = {"direction": "newly refused", "capability": "view", "role": "clinician", "institution": "general"}
        assert {**group, "count": 1} in replayed["groups"]
        (sample,) = [one for one in replayed["samples"] if one["capability"] == "view"]
        assert (sample["subject"], sample["study"], sample["after"]) == ("exchange:clinician", "1.2.1", [])
        assert [one["rule"] for one in sample["before"]] == ["hie-001-treating-clinician"]
        opened = [event for event in exchange.events() if event.kind == "view-opened"]
        assert exchange.kinds()[sample["event"] - 1] == "view-opened"
        assert len(opened) == 1
        read = exchange.events()[-1]
        assert (read.kind, read.subject, read.detail["decisions"]) == ("audit-read", BEN, 1)
        proofs = (await get(exchange, f"/proposals/{number}/proofs"))["findings"]
        verdicts = {(one["question"], one["about"]): one["verdict"] for one in proofs}
        assert verdicts["newly allowed", "view"] == "never"
        assert verdicts["newly refused", "view"] == "possible"
        assert verdicts["widened by institution:general", "view"] == "never"
        own = await get(exchange, f"/proposals/{number}/replay?days=1", "cam")
        assert own["decisions"] == 1
        kept = b"".join(path.read_bytes() for path in (tmp_path / "audit").glob("decisions.sqlite*"))
    assert b"p-adult" in kept
    assert b"Yamada" not in kept
    assert b"The clinician" not in kept


async def test_only_officers_look_and_only_named_ones_change(tmp_path: Path) -> None:
    async with opened_office(tmp_path) as exchange:
        for path in ("", "/history", "/versions/" + "0" * 64):
            response = await exchange.client.get(f"{ROOT}{path}", headers=exchange.bearer())
            assert response.status_code == 403
        assert (await exchange.client.get(ROOT)).status_code == 401
        unnamed = await post(exchange, "/proposals", {"changes": narrowed()}, "somebody")
        assert unnamed.status_code == 403
        clinician = await exchange.client.post(
            f"{ROOT}/proposals", json={"changes": narrowed()}, headers=as_officer(exchange, "ana", "clinician")
        )
        assert clinician.status_code == 403
        assert (await get(exchange, who="somebody"))["proposals"] == []
        for body in ({}, {"changes": {}, "files": {}}, {"file": {}}, {"changes": {"a": 1}}, []):
            assert (await post(exchange, "/proposals", body)).status_code == 400
        assert (await post(exchange, "/proposals", {"changes": {}, "effective": -1})).status_code == 400
        assert (await post(exchange, "/proposals/99/approve", {})).status_code == 404


async def test_without_a_bound_token_or_an_own_page_nothing_is_changed(tmp_path: Path) -> None:
    async with opened_office(tmp_path, issuer=EXCHANGE_ISSUER) as exchange:
        assert (await post(exchange, "/proposals", {"changes": narrowed()})).status_code == 401
        assert (await get(exchange))["proposals"] == []


async def test_a_service_does_not_start_with_cases_that_fail(tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    for path, text in {**FILES, TREATMENT: NARROW}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    with pytest.raises(ConfigurationError, match="expected view, got"):
        async with opened_office(tmp_path, policy=Policy(folder=folder, register=tmp_path / "register.toml")):
            pass
