"""What consents say, against the officers' table in tests/cases/consent."""

import tomllib
from typing import Any

import pytest

from policy.consent.ruling import Precedence, rule
from tests.policy.consent.consents import CASES, SHORT, directives, question

DECISIONS = tomllib.loads((CASES / "decisions.toml").read_text("utf-8"))["decision"]


def name_of(case: dict[str, Any]) -> str:
    asked = ", ".join(f"{name} {value}" for name, value in case.items() if name not in {"consents", "says", "path"})
    return f"{' and '.join(case['consents']) or 'no consent'} ({asked or 'usual'})"


@pytest.mark.parametrize("case", DECISIONS, ids=name_of)
def test_the_verdict_and_the_provision_behind_it(case: dict[str, Any]) -> None:
    asked = {name: value for name, value in case.items() if name not in {"consents", "says", "path"}}
    precedence = Precedence(asked.pop("precedence", "deny"))
    named = asked.pop("names_recipient", False)
    ruling = rule(directives(case["consents"]), question(**asked), precedence)
    assert (ruling.verdict.value, ruling.names_recipient) == (case["says"], named)
    if "path" in case:
        assert ruling.because == (f"Consent/{case['consents'][0]} {case['path']}",)


def test_every_consent_decides_some_case() -> None:
    assert {name for case in DECISIONS for name in case["consents"]} == set(SHORT)
