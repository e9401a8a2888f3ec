"""Who took part in an event: person, organization, client and this service (FHIR R4 AuditEvent.agent)."""

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import quote

from proxy.audit.event import Event
from proxy.repositories.balp.codes import (
    ACT_REASON,
    DCM,
    PARTICIPATION,
    ROLE_CLASS,
    SECURITY_ROLE,
    SNOMED,
    USER_AGENT,
    coding,
    concept,
)
from proxy.repositories.naming import Naming

Agent = dict[str, Any]

DESTINATION: Final = coding(DCM, "110152", "Destination Role ID")
SOURCE: Final = coding(DCM, "110153", "Source Role ID")
APPLICATION: Final = coding(DCM, "110150", "Application")
_AUTHORIZER: Final = coding(SECURITY_ROLE, "authserver", "authorization server")
_RECIPIENT: Final = coding(PARTICIPATION, "IRCP", "information recipient")
_TOKEN_BEARER: Final = coding(USER_AGENT, "UserOauthAgent", "User OAuth Agent participant")
_PROVIDER: Final = coding(ROLE_CLASS, "PROV", "healthcare provider")
_CUSTODIAN: Final = coding(SNOMED, "159541003", "Record keeping/library clerk")

_TOKEN: Final = "urn:ietf:params:oauth:jti:"  # noqa: S105 - the name of a namespace
_MACHINE_NAME, _ADDRESS = "1", "2"
_NOT_KNOWN: Final = "unknown"


def observer(naming: Naming) -> dict[str, Any]:
    """This service, who records the event and is itself an agent of it."""
    return {"identifier": {"system": naming.system("service"), "value": naming.host}, "display": naming.name}


def service(naming: Naming, role: dict[str, str]) -> Agent:
    network = {"address": naming.host, "type": _MACHINE_NAME}
    return {"type": concept(role), "who": observer(naming), "requestor": False, "network": network}


def authorizer(naming: Naming) -> Agent:
    return {"type": concept(_AUTHORIZER), "who": observer(naming), "requestor": False}


def client(event: Event, naming: Naming, role: dict[str, str]) -> Agent:
    """What the person used; the service itself where it acted by itself."""
    if not event.subject and not event.address:
        return service(naming, role)
    return {
        "type": concept(role),
        "who": {"display": f"the client at {event.address or 'an unknown address'}"},
        "requestor": False,
        "network": network_of(event.address),
    }


def people(event: Event, naming: Naming) -> Iterator[Agent]:
    """The person and the organization that they act for, as far as they are known."""
    if event.subject:
        yield user(event, naming)
    if event.organization:
        yield {"type": concept(_PROVIDER), "who": {"display": event.organization}, "requestor": False}


def user(event: Event, naming: Naming) -> Agent:
    """Whoever asked, with the token's id where there was a token (BALP OAUTHaccessTokenUse.Minimal)."""
    known = naming.person(event.subject)
    kinds = [_RECIPIENT, *([_TOKEN_BEARER] if event.token_id else [])]
    found: Agent = {
        "type": concept(*kinds),
        "who": {"identifier": {"system": known.system, "value": known.value}},
        "requestor": True,
    }
    if event.name:
        found["name"] = event.name
    if event.roles:
        found["role"] = [concept(coding(naming.system("role"), quote(role), role)) for role in event.roles]
    if event.token_id:
        found["policy"] = [token_of(event)]
    if event.purpose:
        found["purposeOfUse"] = [concept(coding(ACT_REASON, event.purpose))]
    return found


def custodian(event: Event, naming: Naming) -> Agent:
    """The institution that released the images."""
    who = {
        "identifier": {"system": naming.system("institution"), "value": event.institution},
        "display": naming.institution(event.institution),
    }
    return {"type": concept(_CUSTODIAN), "who": who, "requestor": False}


def recipient(event: Event) -> Agent:
    """Where the images went: the organization for which the person asked."""
    return {
        "type": concept(DESTINATION),
        "who": {"display": event.organization},
        "requestor": False,
        "network": network_of(event.address),
    }


def token_of(event: Event) -> str:
    """The token's id as a URN (IHE IUA)."""
    return _TOKEN + quote(event.token_id, safe="")


def network_of(address: str) -> dict[str, str]:
    """An address by the kind that it is of (FHIR R4 network-type)."""
    try:
        ip_address(address)
    except ValueError:
        return {"address": address or _NOT_KNOWN, "type": _MACHINE_NAME}
    return {"address": address, "type": _ADDRESS}
