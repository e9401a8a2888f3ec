"""What officers of one institution learn of another's part of the policy: nothing."""

from pathlib import Path
import sys

import pytest

from policy import proofs
from proxy.errors import ConfigurationError
from proxy.policies.keys import read_officers
from proxy.settings.officers import Officer
from tests.proxy.policies.office import FILES, FRAME, TREATMENT, get, narrowed, opened_office, post, propose

OTHERS = "institutions/university/preliminary.cedar"
OTHERS_CASES = "institutions/university/cases/own.toml"
FAILING = """
[[case]]
name = "something that dora keeps to herself"
study = { institution = "university", state = "prelim" }
answer = "view"
"""
REWORDED = FILES[OTHERS].replace("@says(", "@says( ")


async def test_proofs_are_about_the_part_that_is_shown(tmp_path: Path) -> None:
    async with opened_office(tmp_path) as exchange:
        number = await propose(exchange, narrowed())
        every, own = [(await get(exchange, f"/proposals/{number}/proofs", who))["findings"] for who in ("ana", "cam")]
    asked = [{one["question"] for one in findings} for findings in (every, own)]
    assert asked[0] - asked[1] == {"widened by institution:university"}
    about = [{one["about"] for one in findings if one["question"] == "applies"} for findings in (every, own)]
    assert about[0] - about[1] == {"university-001-preliminary"}


async def test_what_another_institution_s_officers_noted_is_not_told(tmp_path: Path) -> None:
    async with opened_office(tmp_path) as exchange:
        number = await propose(exchange, {OTHERS: REWORDED}, "dora", note="for our eyes")
        await propose(exchange, {TREATMENT: FILES[TREATMENT] + "\n"}, "ana", note="for all")
        for who, notes in (
            ("ana", {"for our eyes", "for all"}),
            ("dora", {"for our eyes", "for all"}),
            ("cam", {"", "for all"}),
        ):
            status, history = await get(exchange, who=who), await get(exchange, "/history", who)
            assert {one["note"] for one in status["proposals"]} == notes
            assert {one["note"] for one in history["steps"]} == notes
            assert (await get(exchange, f"/proposals/{number}", who))["note"] in notes


async def test_rules_of_another_that_no_case_tries_are_not_told(tmp_path: Path) -> None:
    changes = {"changes": {"cases/institutions.toml": None, OTHERS_CASES: None}}
    async with opened_office(tmp_path) as exchange:
        every, own = [(await post(exchange, "/check", changes, who)).json()["untried"] for who in ("ana", "cam")]
    assert "university-001-preliminary" in every
    assert set(every) - set(own) == {"university-001-preliminary"}
    assert "general-001-behavioural-health" in own


async def test_whoever_may_not_change_something_does_not_learn_what_is_wrong_with_it(tmp_path: Path) -> None:
    async with opened_office(tmp_path) as exchange:
        refused = await post(exchange, "/proposals", {"changes": {OTHERS_CASES: FAILING}}, "cam")
        assert refused.status_code == 409
        assert refused.json()["detail"].endswith("the rules of that institution only")
        assert "keeps to herself" not in refused.text
        told = await post(exchange, "/proposals", {"changes": {OTHERS_CASES: FAILING}}, "dora")
        assert "keeps to herself" in told.json()["detail"]


async def test_decisions_whose_facts_are_not_kept_are_counted(tmp_path: Path) -> None:
    async with opened_office(tmp_path, policy_more={"replay_days": 0}) as exchange:
        assert (await exchange.get(FRAME, "image/jpeg")).status_code == 200
        number = await propose(exchange, narrowed())
        holes = [(await get(exchange, f"/proposals/{number}/replay", who))["holes"] for who in ("ana", "cam", "dora")]
    assert holes == [1, 1, 0]


async def test_without_the_solver_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is not installed: as if, since it is here."""
    monkeypatch.setitem(sys.modules, "z3", None)
    monkeypatch.delitem(sys.modules, "policy.proofs.questions", raising=False)
    monkeypatch.delattr(proofs, "questions", raising=False)
    async with opened_office(tmp_path) as exchange:
        number = await propose(exchange, narrowed())
        assert await get(exchange, f"/proposals/{number}/proofs") == {"solver": False, "findings": []}


def test_nobody_is_an_officer_twice() -> None:
    twice = [Officer(subject="exchange:cam", institution="general"), Officer(subject="exchange:cam")]
    with pytest.raises(ConfigurationError, match=r"`policy\.officers` names `exchange:cam` twice"):
        read_officers(twice)
