"""Judges FHIR AuditEvents by R4 and by the profiles that they claim, written from IHE's Basic Audit Log Patterns 1.1.4.

It knows nothing of the writer: what it demands stands here as tables, profile by profile.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
import re
from typing import Any

BALP = "https://profiles.ihe.net/ITI/BALP"
DCM = "http://dicom.nema.org/resources/ontology/DCM"
THO = "http://terminology.hl7.org/CodeSystem"
RESTFUL = "http://hl7.org/fhir/restful-interaction"
PERSON = (f"{THO}/audit-entity-type", "1")
OBJECT = (f"{THO}/audit-entity-type", "2")
PATIENT_ROLE = {(f"{THO}/object-role", "1")}
Coding = tuple[str, str]


@dataclass(frozen=True)
class Slice:
    """Elements of one type: how many there may be, what each must have, must not have, and must be."""

    type: Coding
    least: int = 0
    most: int | None = 1
    has: Sequence[str] = ()
    lacks: Sequence[str] = ()
    requestor: bool | None = None
    roles: frozenset[Coding] = frozenset()
    patient: bool = False
    observer: bool = False


@dataclass(frozen=True)
class Profile:
    type: Coding | None = None
    subtypes: frozenset[Coding] = frozenset()
    only_subtypes: bool = False
    action: str | None = None
    outcomes: frozenset[str] = frozenset()
    agents: Sequence[Slice] = ()
    entities: Sequence[Slice] = ()
    least_agents: int = 1
    least_entities: int = 0
    closed: bool = False


CLIENT, SERVER, APPLICATION = (DCM, "110152"), (DCM, "110153"), (DCM, "110150")
USER = Slice((f"{THO}/v3-ParticipationType", "IRCP"), 0, 1, ["who"], ["media", "network"], requestor=True)
PATIENT = Slice(PERSON, 1, 1, ["what"], roles=frozenset(PATIENT_ROLE), patient=True)
REQUEST_ID = Slice((f"{BALP}/CodeSystem/BasicAuditEntityType", "XrequestId"), 0, 1, ["what.identifier.value"])
DATA = Slice(OBJECT, 1, 1, ["what"], roles=frozenset((f"{THO}/object-role", code) for code in ("3", "4", "20")))
QUESTION = Slice(
    OBJECT,
    *(1, 1, ["query"], ["what", "lifecycle", "detail"]),
    roles=frozenset({(f"{THO}/object-role", "24")}),
)


def _ends(client: Coding, server: Coding) -> list[Slice]:
    return [
        Slice(client, 1, 1, ["who", "network"], ["media"]),
        Slice(server, 1, 1, ["who", "network"], ["media"]),
        USER,
    ]


READ = Profile(
    (f"{THO}/audit-event-type", "rest"),
    frozenset({(RESTFUL, "read"), (RESTFUL, "vread")}),
    action="R",
    outcomes=frozenset({"0"}),
    agents=_ends(CLIENT, SERVER),
    entities=[REQUEST_ID, DATA],
    least_agents=2,
    least_entities=1,
)
QUERY = Profile(
    (f"{THO}/audit-event-type", "rest"),
    frozenset((RESTFUL, code) for code in ("search", "search-type", "search-system")),
    action="E",
    outcomes=frozenset({"0"}),
    agents=_ends(SERVER, CLIENT),
    entities=[REQUEST_ID, QUESTION],
    least_agents=2,
    least_entities=1,
)
_BARE = ("role", "altId", "name", "location", "media", "purposeOfUse")
AUTHORIZATION = Profile(
    (DCM, "110113"),
    frozenset({(f"{BALP}/CodeSystem/AuthZsubType", code) for code in ("AuthZ-Consent", "AuthZ-Role")}),
    only_subtypes=True,
    action="E",
    outcomes=frozenset({"0", "4", "8", "12"}),
    agents=[
        Slice(APPLICATION, 1, 1, ["who", "network"], _BARE),
        Slice(USER.type, 1, 1, ["who"], ["altId", "location", "media", "network"], requestor=True),
        Slice(
            (f"{THO}/v3-RoleClass", "PROV"),
            *(1, 1, ["who"], ["role", "altId", "name", "location", "policy", "media", "network"]),
            requestor=False,
        ),
        Slice(
            (f"{THO}/extra-security-role-type", "authserver"),
            *(1, 1, ["who"], [*_BARE, "policy", "network"]),
            requestor=False,
            observer=True,
        ),
    ],
    entities=[
        PATIENT,
        Slice(("http://hl7.org/fhir/resource-types", "Consent"), 1, None, ["what"]),
        Slice((f"{BALP}/CodeSystem/UserAgentTypes", "UserOauthAgent"), 0, 1, ["what.identifier.value"]),
    ],
    least_agents=2,
    least_entities=2,
    closed=True,
)
DISCLOSURE = Profile(
    (DCM, "110106"),
    frozenset({(f"{THO}/iso-21089-lifecycle", "disclose")}),
    action="R",
    outcomes=frozenset({"0", "4", "8", "12"}),
    agents=[
        Slice(SERVER, 1, 1, ["who", "network"], observer=True),
        Slice(CLIENT, 1, 1, ["who", "network"]),
        Slice(("http://snomed.info/sct", "159541003"), 0, 1, ["who"]),
        Slice(("http://snomed.info/sct", "429577009"), 0, 1, ["who"]),
    ],
    entities=[PATIENT],
    least_agents=2,
    least_entities=2,
)
TOKEN = Profile(
    agents=[
        Slice(
            (f"{BALP}/CodeSystem/UserAgentTypes", "UserOauthAgent"),
            *(1, None, ["policy"], ["media", "network"]),
            requestor=True,
        )
    ],
)
PROFILES: Mapping[str, Profile] = {
    "Read": READ,
    "PatientRead": Profile(**{**vars(READ), "entities": [*READ.entities, PATIENT], "least_entities": 2}),
    "Query": QUERY,
    "PatientQuery": Profile(**{**vars(QUERY), "entities": [*QUERY.entities, PATIENT]}),
    "AuthZconsent": AUTHORIZATION,
    "PrivacyDisclosure.Source": DISCLOSURE,
    "OAUTHaccessTokenUse.Minimal": TOKEN,
}
_PREFIX = f"{BALP}/StructureDefinition/IHE.BasicAudit."
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})", re.ASCII)


@dataclass
class Judgement:
    problems: list[str] = field(default_factory=list)

    def demand(self, holds: object, words: str) -> None:
        if not holds:
            self.problems.append(words)


def judge(resource: Mapping[str, Any]) -> list[str]:
    """What is wrong with an AuditEvent, by R4 and by each profile that it claims."""
    judgement = Judgement()
    _judge_base(resource, judgement)
    for claimed in resource.get("meta", {}).get("profile", []):
        name = claimed.removeprefix(_PREFIX)
        judgement.demand(name in PROFILES, f"{claimed} is not a profile")
        if name in PROFILES:
            _judge_profile(resource, PROFILES[name], judgement)
    return judgement.problems


def _judge_base(resource: Mapping[str, Any], judgement: Judgement) -> None:
    judgement.demand(resource.get("resourceType") == "AuditEvent", "it is no AuditEvent")
    judgement.demand(_is_coding(resource.get("type")), "type 1..1")
    judgement.demand(_is_instant(resource.get("recorded")), "recorded is an instant")
    judgement.demand(resource.get("action") in {None, "C", "R", "U", "D", "E"}, "action")
    judgement.demand(resource.get("outcome") in {None, "0", "4", "8", "12"}, "outcome")
    judgement.demand(resource.get("source", {}).get("observer"), "source.observer 1..1")
    judgement.demand(resource.get("agent"), "agent 1..*")
    for agent in resource.get("agent", []):
        judgement.demand(isinstance(agent.get("requestor"), bool), "agent.requestor 1..1")
        network = agent.get("network")
        judgement.demand(network is None or network.get("type") in {"1", "2", "3", "4", "5"}, "network.type")
    for entity in resource.get("entity", []):
        judgement.demand(not ("name" in entity and "query" in entity), "sev-1: a name or a query")
        for detail in entity.get("detail", []):
            judgement.demand(detail.get("type"), "entity.detail.type 1..1")
            judgement.demand(detail.get("valueString") or detail.get("valueBase64Binary"), "entity.detail.value 1..1")


def _judge_profile(resource: Mapping[str, Any], profile: Profile, judgement: Judgement) -> None:
    subtypes = [_coding(one) for one in resource.get("subtype", [])]
    agents, entities = resource.get("agent", []), resource.get("entity", [])
    judgement.demand(profile.type in {None, _coding(resource.get("type", {}))}, "type of the profile")
    judgement.demand(not profile.subtypes or set(subtypes) & profile.subtypes, "subtype of the profile")
    judgement.demand(len(subtypes) == len(set(subtypes)), "a subtype twice")
    judgement.demand(not profile.only_subtypes or set(subtypes) <= profile.subtypes, "no other subtype")
    judgement.demand(profile.action in {None, resource.get("action")}, "action of the profile")
    judgement.demand(not profile.outcomes or resource.get("outcome") in profile.outcomes, "outcome of the profile")
    judgement.demand("modifierExtension" not in resource, "no modifierExtension")
    judgement.demand(len(agents) >= profile.least_agents, "agents of the profile")
    judgement.demand(len(entities) >= profile.least_entities, "entities of the profile")
    for one in profile.agents:
        found = [agent for agent in agents if one.type in _codings(agent.get("type", {}))]
        _judge_slice(resource, one, found, judgement)
    for one in profile.entities:
        found = [entity for entity in entities if one.type == _coding(entity.get("type", {}))]
        _judge_slice(resource, one, found, judgement)
    if profile.closed:
        known = {one.type for one in profile.entities}
        judgement.demand(all(_coding(one.get("type", {})) in known for one in entities), "entities are closed")


def _judge_slice(
    resource: Mapping[str, Any], one: Slice, found: Sequence[Mapping[str, Any]], judgement: Judgement
) -> None:
    judgement.demand(len(found) >= one.least, f"{one.type} {one.least}..")
    judgement.demand(one.most is None or len(found) <= one.most, f"{one.type} ..{one.most}")
    for element in found:
        for path in one.has:
            judgement.demand(_at(element, path), f"{one.type} has {path}")
        for path in one.lacks:
            judgement.demand(path not in element, f"{one.type} lacks {path}")
        judgement.demand(one.requestor in {None, element.get("requestor")}, f"{one.type} requestor")
        judgement.demand(not one.roles or _coding(element.get("role", {})) in one.roles, f"{one.type} role")
        judgement.demand(not one.patient or _is_patient(element.get("what", {})), f"{one.type} is a Patient")
        observer = resource.get("source", {}).get("observer")
        judgement.demand(not one.observer or element.get("who") == observer, "val-audit-source")


def _is_patient(reference: Mapping[str, Any]) -> bool:
    named = str(reference.get("reference", "")).startswith("Patient/")
    return named or (reference.get("type") == "Patient" and bool(_at(reference, "identifier.value")))


def _at(element: Any, path: str) -> Any:
    for step in path.split("."):
        element = element.get(step) if isinstance(element, dict) else None
    return element


def _coding(one: Any) -> Coding:
    return (one.get("system", ""), one.get("code", "")) if isinstance(one, dict) else ("", "")


def _codings(concept: Mapping[str, Any]) -> Iterator[Coding]:
    return map(_coding, concept.get("coding", []))


def _is_coding(found: Any) -> bool:
    return isinstance(found, dict) and bool(found.get("code"))


def _is_instant(found: Any) -> bool:
    if not isinstance(found, str) or not _INSTANT.fullmatch(found):
        return False
    try:
        datetime.fromisoformat(found)
    except ValueError:
        return False
    return True
