"""Provisions of a FHIR R4 Consent: rules with their exceptions, nested to a bound."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from policy.consent import codes
from policy.consent.directive import (
    Actor,
    Coding,
    Criteria,
    Data,
    Interval,
    Meaning,
    Party,
    Provision,
    Type,
    UnreadableConsent,
)
from policy.consent.elements import Resource, an_object, coding, concept, objects, period, require_only, text
from policy.consent.references import References, kind_of

MAXIMUM_DEPTH: Final = 8
MAXIMUM_PROVISIONS: Final = 500

_ELEMENTS: Final = (
    *("type", "period", "actor", "action", "securityLabel", "purpose", "class", "code", "dataPeriod", "data"),
    "provision",
)
_PARTIES: Final[Mapping[str, Party]] = {"IRCP": Party.RECIPIENT, "PRCP": Party.RECIPIENT, "CST": Party.CUSTODIAN}
_ITSELF: Final = frozenset({"instance", "related", "dependents"})


@dataclass(slots=True)
class Budget:
    """How many more provisions there may be."""

    left: int = MAXIMUM_PROVISIONS

    def spend(self, where: str, depth: int) -> None:
        """For one at `where`, which has `depth` above it."""
        self.left -= 1
        if self.left < 0 or depth >= MAXIMUM_DEPTH:
            raise UnreadableConsent(where, "more provisions than a consent may have")


def read_provision(
    found: Resource,
    path: str,
    references: References,
    budget: Budget,
    default: Type | None = None,
    rule: Criteria | None = None,
) -> Provision:
    """The provision at `path`, of type `default` where it does not say one, an exception to what is about `rule`.

    Raises `UnreadableConsent`.
    """
    budget.spend(path, path.count("."))
    require_only(found, _ELEMENTS, path)
    criteria = (rule or Criteria()).refined(_criteria(found, path, references))
    exceptions = tuple(
        read_provision(one, f"{path}.provision[{number}]", references, budget, rule=criteria)
        for number, one in enumerate(objects(found, "provision", path))
    )
    holds = period(found, "period", path) or Interval()
    return Provision(_type(found, path, default), path, criteria, holds, exceptions)


def _type(found: Resource, path: str, default: Type | None) -> Type:
    written = text(found, "type", path)
    if written in set(Type):
        return Type(written)
    if written or default is None:
        raise UnreadableConsent(path, "neither a permit nor a deny")
    return default


def _criteria(found: Resource, path: str, references: References) -> Criteria:
    return Criteria(
        actors=tuple(_actor(one, f"{path}.actor", references) for one in objects(found, "actor", path)) or None,
        purposes=frozenset(_purpose(coding(one, f"{path}.purpose")) for one in objects(found, "purpose", path)) or None,
        labels=frozenset(_label(coding(one, path), path) for one in objects(found, "securityLabel", path)) or None,
        actions=frozenset(_action(one, f"{path}.action") for one in objects(found, "action", path)) or None,
        classes=frozenset(_class(coding(one, path), path) for one in objects(found, "class", path)) or None,
        codes=frozenset(code for one in objects(found, "code", path) for code in _content(one, path)) or None,
        data=tuple(_data(one, f"{path}.data", references) for one in objects(found, "data", path)) or None,
        data_period=period(found, "dataPeriod", path),
    )


def _actor(found: Resource, where: str, references: References) -> Actor:
    require_only(found, ("role", "reference"), where)
    role, reference = an_object(found, "role", where), an_object(found, "reference", where)
    if role is None or reference is None:
        raise UnreadableConsent(where, "an actor without role or reference")
    roles = {_PARTIES.get(one.code) for one in concept(role, where) if one.system == codes.PARTICIPATION} - {None}
    if len(roles) != 1:
        raise UnreadableConsent(where, "a role that is not understood")
    return Actor(Party(str(roles.pop())), references.resolved(reference, where))


def _purpose(found: Coding) -> str:
    if found.system != codes.ACT_REASON or found.code not in codes.PURPOSES:
        raise UnreadableConsent("purpose", "a purpose of use that is not understood")
    return found.code


def _label(found: Coding, path: str) -> str:
    confidentiality = found.system == codes.CONFIDENTIALITY and found.code in codes.RANKS and len(found.code) == 1
    if confidentiality or (found.system == codes.ACT_CODE and found.code in codes.SENSITIVITIES):
        return found.code
    raise UnreadableConsent(f"{path}.securityLabel", "a label that is not understood")


def _action(found: Resource, where: str) -> str:
    known = {one.code for one in concept(found, where) if one.system == codes.CONSENT_ACTION} & codes.ACTIONS
    if len(known) != 1:
        raise UnreadableConsent(where, "an action that is not understood")
    return known.pop()


def _class(found: Coding, path: str) -> str:
    if found.system != codes.RESOURCE_TYPES or not found.code.isalpha():
        raise UnreadableConsent(f"{path}.class", "a class of information that is not understood")
    return found.code


def _content(found: Resource, path: str) -> tuple[Coding, ...]:
    codings = tuple(one for one in concept(found, f"{path}.code") if one.system in codes.CONTENT)
    if not codings:
        raise UnreadableConsent(f"{path}.code", "a code of a system that is not understood")
    return codings


def _data(found: Resource, where: str, references: References) -> Data:
    require_only(found, ("meaning", "reference"), where)
    meaning, reference = text(found, "meaning", where), an_object(found, "reference", where)
    if reference is None or meaning not in {*_ITSELF, "authoredby"}:
        raise UnreadableConsent(where, "data of a meaning that is not understood")
    if meaning == "authoredby":
        return Data(Meaning.AUTHORED_BY, references.resolved(reference, where))
    if meaning == "instance" and kind_of(reference, where) not in {"", *codes.IMAGING}:
        return Data(Meaning.ITSELF, frozenset())
    return Data(Meaning.ITSELF, references.resolved(reference, where))
