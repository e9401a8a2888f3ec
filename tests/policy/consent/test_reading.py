"""A consent is understood in full or refused: whatever bytes come, a directive, nothing, or `UnreadableConsent`."""

from collections.abc import Callable
from contextlib import suppress
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from policy.consent import codes
from policy.consent.directive import Identity, UnreadableConsent
from policy.consent.provisions import MAXIMUM_DEPTH, MAXIMUM_PROVISIONS
from policy.consent.reading import MAXIMUM_BYTES, read_consent
from tests.policy.consent.consents import KNOWN, PEOPLE, actor, consent, provision, read, reference

PERMIT = {"provision": {"type": "permit", "purposes": ["TREAT"]}}
Change = Callable[[dict[str, Any]], Any]


def encoded(resource: object) -> bytes:
    return json.dumps(resource).encode()


def root(**more: Any) -> Change:
    return lambda found: found["provision"].update(more)


def refusal_of(change: Change) -> UnreadableConsent:
    """Why a consent that is otherwise understood is not after `change`."""
    resource = consent(**PERMIT)
    change(resource)
    with pytest.raises(UnreadableConsent) as refusal:
        read_consent(encoded(resource), KNOWN)
    return refusal.value


def top(**more: Any) -> Change:
    return lambda found: found.update(more)


@pytest.mark.parametrize(
    ("where", "change"),
    [
        ("Consent", top(modifierExtension=[{"url": "http://example.org/not"}])),
        ("Consent", top(implicitRules="http://example.org/rules")),
        ("Consent", top(decision="permit")),
        ("Consent", top(dateTime="yesterday")),
        ("Consent", top(dateTime="2026-02-30")),
        ("Consent", top(provision=[{"type": "permit"}])),
        ("status", top(status="hopeful")),
        ("status", lambda found: found.pop("status")),
        ("scope", lambda found: found.pop("scope")),
        ("scope", top(scope={"coding": [{"system": codes.CONSENT_SCOPE, "code": "cookies"}]})),
        ("scope", top(scope={"text": "privacy"})),
        ("patient", lambda found: found.pop("patient")),
        ("provision", lambda found: found.pop("provision")),
        ("organization", top(organization=[{"reference": "Organization/nobody"}])),
        ("policyRule", top(policyRule={"coding": [{"system": codes.ACT_CODE, "code": "EMRGONLY"}]})),
        ("provision", root(modifierExtension=[{"url": "http://example.org/not"}])),
        ("provision", root(unless="Tuesday")),
        ("provision", root(type="perhaps")),
        ("provision", lambda found: found["provision"].pop("type")),
        ("provision", root(period={"start": "2026-13"})),
        ("provision.period", root(period={"beginning": "2026"})),
        ("purpose", root(purpose=[{"system": codes.ACT_REASON, "code": "TREATS"}])),
        ("purpose", root(purpose=[{"system": "http://example.org", "code": "TREAT"}])),
        ("provision.purpose", root(purpose=[{"code": "TREAT"}])),
        ("provision.securityLabel", root(securityLabel=[{"system": codes.ACT_CODE, "code": "N"}])),
        ("provision.securityLabel", root(securityLabel=[{"system": codes.CONFIDENTIALITY, "code": "UL"}])),
        ("provision.actor", root(actor=[actor(PEOPLE["dr-a"], role="CALLBACK")])),
        ("provision.actor", root(actor=[actor(Identity("", "Practitioner/unknown"))])),
        ("provision.actor", root(actor=[actor(Identity("urn:oid:9.9", "D-1"))])),
        ("provision.actor", root(actor=[{"reference": reference(PEOPLE["dr-a"])}])),
        ("provision.action", root(action=[{"text": "look"}])),
        ("provision.action", root(action=[{"coding": [{"system": codes.CONSENT_ACTION, "code": "burn"}]}])),
        ("provision.class", root(**{"class": [{"system": "urn:ietf:rfc:3986", "code": "x"}]})),
        ("provision.code", root(code=[{"coding": [{"system": "http://local.example", "code": "1"}]}])),
        ("provision.data", root(data=[{"meaning": "instance", "reference": {"reference": "ImagingStudy/1"}}])),
        ("provision.data", root(data=[{"meaning": "related", "reference": {"reference": "Encounter/1"}}])),
        ("provision.data", root(data=[{"meaning": "near", "reference": {"reference": "Observation/1"}}])),
    ],
)
def test_what_is_not_understood_is_named_by_its_place(where: str, change: Change) -> None:
    assert refusal_of(change).where == where


OPT_IN = {"coding": [{"system": codes.ACT_CODE, "code": "OPTIN"}]}
REPEATING = ("actor", "purpose", "securityLabel", "action", "class", "code", "data", "provision")


@pytest.mark.parametrize("change", [root(**{name: []}) for name in REPEATING], ids=REPEATING)
def test_an_empty_list_in_a_rule_is_not_everybody_and_everything(change: Change) -> None:
    """FHIR R4 §2.6.2: what a list would have named cannot be told from there being none."""
    assert "is empty" in str(refusal_of(change))


@pytest.mark.parametrize(
    ("where", "change"),
    [
        ("Consent", top(organization=[])),
        ("Consent", top(policyRule=None)),
        ("Consent", top(policyRule=OPT_IN, provision=None)),
        ("provision", top(policyRule=OPT_IN, provision={"type": ""})),
        ("contained", top(contained=[])),
        ("patient", top(patient={"reference": "", "identifier": {"system": "urn:oid:2.25.1", "value": "G-1001"}})),
        ("provision", root(period={})),
        ("provision", root(dataPeriod=None)),
        ("provision", root(dataPeriod={})),
        ("provision", root(period={"start": "2026", "end": ""})),
        ("provision", root(period={"start": "2026", "end": None})),
    ],
)
def test_what_is_there_and_empty_is_not_as_if_it_were_absent(where: str, change: Change) -> None:
    assert refusal_of(change).where == where


@pytest.mark.parametrize("status", ["draft", "proposed", "rejected", "inactive", "entered-in-error"])
def test_what_is_not_in_force_says_nothing_whatever_else_it_holds(status: str) -> None:
    assert read_consent(encoded(consent(**PERMIT) | {"status": status, "decision": 1}), KNOWN) is None


def test_a_consent_to_research_participation_says_nothing_about_viewing() -> None:
    scope = {"scope": {"coding": [{"system": codes.CONSENT_SCOPE, "code": "research"}]}}
    assert read_consent(encoded(consent(**PERMIT) | scope), KNOWN) is None


def test_what_decides_nothing_is_passed_over() -> None:
    resource = consent(**PERMIT)
    resource |= {"text": {"status": "generated", "div": "<div/>"}, "verification": [{"verified": True}]}
    resource |= {"_status": {"extension": [{"url": "http://example.org/note"}]}, "extension": [{"url": "x"}]}
    assert read(resource) == read(consent(**PERMIT))


def test_somebody_who_is_contained_is_known_by_an_identifier() -> None:
    resource = consent(provision={"type": "permit"})
    resource["contained"] = [
        {"resourceType": "Practitioner", "id": "a", "identifier": [{"system": "urn:oid:2.25.100", "value": "D-1"}]}
    ]
    resource["provision"]["actor"] = [actor(Identity("", "#a"))]
    (named,) = read(resource).provision.criteria.actors or ()
    assert named.identities == {PEOPLE["dr-a"]}


def test_nesting_and_number_of_provisions_are_bounded() -> None:
    nested: dict[str, Any] = {"type": "deny"}
    for _ in range(MAXIMUM_DEPTH - 1):
        nested = {"type": "permit", "provision": [nested]}
    wide = {"type": "permit", "provision": [{"type": "deny"}] * (MAXIMUM_PROVISIONS - 1)}
    for most in (nested, wide):
        read(consent(**PERMIT) | {"provision": most})
    deeper = {"type": "permit", "provision": [nested]}
    wider = {"type": "permit", "provision": [{"type": "deny"}] * MAXIMUM_PROVISIONS}
    for beyond in (deeper, wider):
        with pytest.raises(UnreadableConsent, match="more provisions"):
            read_consent(encoded(consent(**PERMIT) | {"provision": beyond}), KNOWN)


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"[" * 100_000, b'{"a":' * 100_000, b"\xff\xfe", b" " * (MAXIMUM_BYTES + 1), b"1e999"],
)
def test_what_is_no_resource(body: bytes) -> None:
    with pytest.raises(UnreadableConsent):
        read_consent(body, KNOWN)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
NAMES = st.sampled_from(
    ["status", "scope", "patient", "dateTime", "organization", "policy", "policyRule", "contained", "provision", "id"]
)
INNER = st.sampled_from(
    [
        "type",
        "period",
        "actor",
        "action",
        "securityLabel",
        "purpose",
        "class",
        "code",
        "dataPeriod",
        "data",
        "provision",
    ]
)


def attempt(resource: object) -> None:
    with suppress(UnreadableConsent):
        read_consent(encoded(resource), KNOWN)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_whatever_bytes_come(body: bytes) -> None:
    with suppress(UnreadableConsent):
        assert read_consent(body, KNOWN) is None


@settings(deadline=None)
@given(st.dictionaries(NAMES, VALUES, max_size=4), st.dictionaries(INNER, VALUES, max_size=4))
def test_whatever_stands_in_the_elements_of_a_consent(outer: dict[str, Any], inner: dict[str, Any]) -> None:
    resource = consent(**PERMIT)
    resource["provision"] = {**provision(type="permit"), **inner}
    attempt({**resource, **outer})
