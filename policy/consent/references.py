"""Whom a FHIR Reference names: by its identifier, by what is contained, or by its literal text (FHIR R4 §2.3.0)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
import re

from policy.consent.directive import Identity, Known, UnreadableConsent
from policy.consent.elements import Resource, an_object, identifier, objects, require_only, text

_LITERAL = re.compile(r"(?:https?://\S{1,400}/)?(?P<kind>[A-Z][A-Za-z]{1,60})/[A-Za-z0-9\-.]{1,64}", re.ASCII)

Identities = frozenset[Identity]


@dataclass(frozen=True, slots=True)
class References:
    """`contained` are the identities of resources inside the consent, by `#id`; `included` of those sent beside it."""

    known: Known
    included: Mapping[str, Identities] = field(default_factory=dict)
    contained: Mapping[str, Identities] = field(default_factory=dict)

    def named(self, reference: Resource, where: str) -> Identities:
        """Everything that `reference` says of whom it means."""
        require_only(reference, ("reference", "type", "identifier", "display"), where)
        literal, by = text(reference, "reference", where), an_object(reference, "identifier", where)
        named = {Identity("", literal)} if literal else set()
        named |= self.contained.get(literal, frozenset()) | self.included.get(literal, frozenset())
        return frozenset(named | ({identifier(by, where)} if by else set()))

    def resolved(self, reference: Resource, where: str) -> Identities:
        """Those by which somebody is known. Raises `UnreadableConsent` when there is none of them."""
        named = frozenset(one for one in self.named(reference, where) if self.known.knows(one))
        if not named:
            raise UnreadableConsent(where, "a reference that cannot be resolved")
        return named


def kind_of(reference: Resource, where: str) -> str:
    """The type of resource that a reference leads to; empty where it does not say."""
    literal = _LITERAL.fullmatch(text(reference, "reference", where))
    return literal["kind"] if literal else text(reference, "type", where)


def contained_in(resource: Resource) -> dict[str, Identities]:
    """The identities of resources inside `resource`, by the reference that leads to each."""
    found = objects(resource, "contained", "contained")
    return {f"#{text(one, 'id', 'contained')}": identities_of(one, "contained") for one in found}


def identities_of(resource: Resource, where: str) -> Identities:
    """The identifiers of a resource that are still in use and say who assigned them."""
    found = objects(resource, "identifier", where)
    used = (one for one in found if one.get("use") != "old" and one.get("system") and one.get("value"))
    return frozenset(identifier(one, where) for one in used)
