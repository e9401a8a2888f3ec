"""A FHIR R4 Consent as a directive, or not understood: there is nothing between (IHE PCF 3:5.8).

Consents that are not in force, or not about privacy, are no directives. What says who signed, on what paper and who
verified it decides nothing here.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from policy.consent import codes
from policy.consent.directive import Directive, Interval, Known, Provision, Type, UnreadableConsent
from policy.consent.elements import Resource, an_object, concept, objects, require_only, span, text
from policy.consent.provisions import Budget, read_provision
from policy.consent.references import Identities, References, contained_in

MAXIMUM_BYTES: Final = 2**20
_ELEMENTS: Final = (
    *("resourceType", "meta", "language", "text", "contained", "identifier", "status", "scope", "category", "patient"),
    *("dateTime", "performer", "organization", "sourceAttachment", "sourceReference", "policy", "policyRule"),
    *("verification", "provision"),
)
_ENDED: Final = frozenset({"draft", "proposed", "rejected", "inactive", "entered-in-error"})
_OTHER_SCOPES: Final = frozenset({"adr", "research", "treatment"})
_NOT_TAKEN: Final = frozenset({"modifierExtension", "implicitRules"})


def read_consent(body: bytes, known: Known) -> Directive | None:
    """The directive in `body`, JSON. Raises `UnreadableConsent` and nothing else, whatever the bytes are."""
    if len(body) > MAXIMUM_BYTES:
        raise UnreadableConsent("", "larger than a consent may be")
    try:
        document = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        raise UnreadableConsent("", "not JSON") from None
    if not isinstance(document, dict):
        raise UnreadableConsent("", "not a resource")
    return to_directive(document, known)


def to_directive(
    resource: Mapping[str, Any], known: Known, included: Mapping[str, Identities] | None = None
) -> Directive | None:
    """The directive in a resource; None where it says nothing now about who may see what.

    `known` is who can be recognised; `included` the identities of resources that were sent with it, by reference.
    Raises `UnreadableConsent`.
    """
    if resource.get("resourceType") != "Consent":
        raise UnreadableConsent("", "not a Consent")
    if _NOT_TAKEN & resource.keys():
        raise UnreadableConsent("Consent", "a modifier that is not understood")
    if not _is_in_force(resource) or not _is_about_privacy(resource):
        return None
    require_only(resource, _ELEMENTS, "Consent")
    references = References(known, included or {}, contained_in(resource))
    recorded = span(resource, "dateTime", "Consent")
    return Directive(
        id=text(resource, "id", "Consent"),
        patient=_patient(resource, references),
        recorded=recorded[0] if recorded else None,
        organizations=tuple(
            references.resolved(one, "organization") for one in objects(resource, "organization", "Consent")
        ),
        provision=_rule(resource, references),
        absolute=codes.POLICY_DENY in {text(one, "uri", "policy") for one in objects(resource, "policy", "Consent")},
    )


def _is_in_force(resource: Resource) -> bool:
    status = text(resource, "status", "Consent")
    if status not in _ENDED | {"active"}:
        raise UnreadableConsent("status", "a status that is not understood")
    return status == "active"


def _is_about_privacy(resource: Resource) -> bool:
    scope = an_object(resource, "scope", "Consent")
    found = {one.code for one in concept(scope or {}, "scope") if one.system == codes.CONSENT_SCOPE}
    if not found <= _OTHER_SCOPES | {"patient-privacy"} or not found:
        raise UnreadableConsent("scope", "a scope that is not understood")
    return "patient-privacy" in found


def _patient(resource: Resource, references: References) -> Identities:
    reference = an_object(resource, "patient", "Consent")
    if reference is None:
        raise UnreadableConsent("patient", "is missing")
    return references.named(reference, "patient")


def _rule(resource: Resource, references: References) -> Provision:
    """The base rule. A `policyRule` is one by itself, to which the provision is the exception (FHIR R4 §6.2.5)."""
    base = _base(resource)
    found = an_object(resource, "provision", "Consent")
    if found is None:
        if base is None:
            raise UnreadableConsent("provision", "is missing")
        return Provision(base, "policyRule")
    default = base if "type" not in found else None
    root = read_provision(found, "provision", references, Budget(), default)
    if base is None or default is not None:
        return root
    return Provision(base, "policyRule", period=Interval(), exceptions=(root,))


def _base(resource: Resource) -> Type | None:
    rule = an_object(resource, "policyRule", "Consent")
    if rule is None:
        return None
    bases = {codes.BASES.get(one.code) for one in concept(rule, "policyRule") if one.system == codes.ACT_CODE} - {None}
    if len(bases) != 1:
        raise UnreadableConsent("policyRule", "a rule that is not understood")
    return Type(str(bases.pop()))
