"""One request that the exchange's policy permits, told in the words of the decision cases and changed one by one."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import policy
from policy.bundle import Bundle, BundleFile, read_bundle, to_bundle
from policy.engine import CedarEngine
from policy.request import (
    AccessRequest,
    Circumstances,
    Consent,
    Network,
    PatientFacts,
    PurposeOfUse,
    RelationshipKind,
    StudyFacts,
    StudyState,
    Subject,
)

NOON: Final = int(datetime(2026, 11, 24, 12, tzinfo=UTC).timestamp())
BUNDLE: Final = Path(policy.__path__[0]) / "bundle"

PERMITTED: Final[Mapping[str, Mapping[str, Any]]] = {
    "who": {"id": "exchange:4711", "roles": ["clinician"], "organization": "Lakeside Imaging"},
    "patient": {"id": "p-adult", "consent": "optin"},
    "study": {"id": "1.2@lakeside", "institution": "lakeside", "modality": "CT", "age_days": 30},
    "asks": {"purpose": "TREAT", "relationship": "encounter", "network": "clinical", "now": NOON},
}
"""A clinician whom the patient visits asks from the clinical network."""

_SETS: Final = frozenset({"roles", "blocked", "care_team", "labels"})
_ENUMS: Final = {
    "consent": Consent,
    "network": Network,
    "purpose": PurposeOfUse,
    "relationship": RelationshipKind,
    "state": StudyState,
}


def request_of(**changes: Mapping[str, Any]) -> AccessRequest:
    """The permitted request with `changes` to `who`, `patient`, `study` and `asks`; what is misspelt is refused."""
    if not changes.keys() <= PERMITTED.keys():
        raise ValueError(f"nothing is called {sorted(changes.keys() - PERMITTED.keys())}")
    told = {part: _facts({**usual, **changes.get(part, {})}) for part, usual in PERMITTED.items()}
    return AccessRequest(
        Subject(**told["who"]),
        StudyFacts(patient=PatientFacts(**_enums(told["patient"])), **_enums(told["study"])),
        Circumstances(**_enums(told["asks"])),
    )


@cache
def bundle() -> Bundle:
    """The exchange's own rules."""
    return read_bundle(BUNDLE)


@cache
def engine() -> CedarEngine:
    return CedarEngine(bundle())


def files(**rules: str) -> list[BundleFile]:
    """The exchange's schema with `rules`, each under its path; `__` stands for `/`."""
    schema = BundleFile("schema.cedarschema", bundle().schema)
    return [schema, *(BundleFile(f"{name.replace('__', '/')}.cedar", text) for name, text in rules.items())]


def bundle_with(*more: BundleFile) -> Bundle:
    """The exchange's own rules and some more."""
    return to_bundle([*bundle().files, *more])


def rule(head: str, condition: str = "true", **annotations: str) -> str:
    """A rule of the exchange that passes every check, unless `head`, `condition` or `annotations` spoil it."""
    told = {
        "id": "test-001",
        "owner": "hie",
        "says": "A test.",
        "user_says": "No such study.",
        "basis": "a test",
    } | annotations
    lines = [f'@{name}("{value}")' for name, value in told.items() if value is not None]
    return "\n".join([*lines, f"{head} when {{ {condition} }};"])


def _facts(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: frozenset(value) if name in _SETS else value for name, value in told.items()}


def _enums(told: dict[str, Any]) -> dict[str, Any]:
    return {name: _ENUMS[name](value) if name in _ENUMS else value for name, value in told.items()}
