"""The exchange's rules against the decision cases in tests/cases, which an officer can read and extend."""

from collections.abc import Mapping
from pathlib import Path
import tomllib
from typing import Any

import msgspec
import pytest

from policy.decision import Decision
from policy.request import Capability
from policy.rule import Rule
from tests.policy.worlds import bundle, engine, request_of

FILES = sorted((Path(__file__).parents[1] / "cases").glob("*.toml"))


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One request and its answer; a misspelt word is refused."""

    name: str
    answer: str
    because: tuple[str, ...] = ()
    refused: frozenset[Capability] | None = None
    parameters: dict[str, str] | None = None
    who: dict[str, Any] = {}
    patient: dict[str, Any] = {}
    study: dict[str, Any] = {}
    asks: dict[str, Any] = {}


def _read(path: Path) -> list[Case]:
    return msgspec.convert(tomllib.loads(path.read_text("utf-8"))["case"], list[Case])


CASES = {f"{path.stem}: {case.name}": case for path in FILES for case in _read(path)}


def decide(case: Case) -> Decision:
    return engine().decide(
        request_of(who=case.who, patient=case.patient, study=_without_absent(case.study), asks=case.asks)
    )


@pytest.mark.parametrize("name", CASES)
def test_the_answer_and_the_rules_behind_it(name: str) -> None:
    case = CASES[name]
    decision = decide(case)
    assert decision.errors == 0
    assert _answer(decision) == case.answer
    assert tuple(reason.rule for reason in decision.because) == case.because
    if case.refused is not None:
        assert set(Capability) - decision.permitted == case.refused
    if case.parameters is not None:
        assert decision.parameters == case.parameters


def test_every_rule_decides_some_case() -> None:
    reasons = [reason for case in CASES.values() for by in decide(case).decided_by.values() for reason in by]
    assert {reason.rule for reason in reasons} == {rule.id for rule in bundle().rules}


def test_every_rule_cites_what_it_rests_on() -> None:
    lacking: list[Rule] = [rule for rule in bundle().rules if not rule.basis]
    assert lacking == []


def test_cases_have_names_of_their_own() -> None:
    assert len(CASES) == sum(len(_read(path)) for path in FILES)


def _answer(decision: Decision) -> str:
    if decision.permits(Capability.VIEW):
        return "view"
    return "known" if decision.permits(Capability.KNOW_EXISTS) else "hidden"


def _without_absent(study: Mapping[str, Any]) -> dict[str, Any]:
    return {name: None if value == "absent" else value for name, value in study.items()}
