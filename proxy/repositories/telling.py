"""What kind of audit event each of ours is to others: a mapping of all of them."""

from collections.abc import Mapping
from enum import Enum, StrEnum, auto
from typing import Final

from proxy.audit.event import EventKind, Outcome


class Form(Enum):
    """What ours are told as: the events of PS3.15 A.5.3, of which a decision is an alert with more to say."""

    READ = auto()
    QUERY = auto()
    DECISION = auto()
    AUTHENTICATION = auto()
    ACTIVITY = auto()
    LOG_USE = auto()
    PATIENT_RECORD = auto()
    ALERT = auto()


EVENT_IDS: Final[Mapping[Form, tuple[str, str]]] = {
    Form.READ: ("110103", "DICOM Instances Accessed"),
    Form.QUERY: ("110112", "Query"),
    Form.DECISION: ("110113", "Security Alert"),
    Form.AUTHENTICATION: ("110114", "User Authentication"),
    Form.ACTIVITY: ("110100", "Application Activity"),
    Form.LOG_USE: ("110101", "Audit Log Used"),
    Form.PATIENT_RECORD: ("110110", "Patient Record"),
    Form.ALERT: ("110113", "Security Alert"),
}
"""Code and meaning in the terminology DCM (PS3.16 CID 400)."""


class EventType(StrEnum):
    """Types of events in the terminology DCM (PS3.16 CID 401, 403)."""

    APPLICATION_START = "110120"
    APPLICATION_STOP = "110121"
    LOGIN = "110122"
    LOGOUT = "110123"
    EMERGENCY_OVERRIDE_STARTED = "110127"
    NETWORK_CONFIGURATION = "110128"
    SECURITY_CONFIGURATION = "110129"
    SOFTWARE_CONFIGURATION = "110131"
    USE_OF_RESTRICTED_FUNCTION = "110132"
    AUDIT_RECORDING_STARTED = "110134"
    OBJECT_SECURITY_ATTRIBUTES_CHANGED = "110135"
    EMERGENCY_OVERRIDE_STOPPED = "110138"
    ACCESS_CONTROL_DECISION = "110147"

    @property
    def meaning(self) -> str:
        return self.name.replace("_", " ").title().replace(" Of ", " of ")


TYPES: Final[Mapping[EventKind, EventType]] = {
    EventKind.STARTED: EventType.APPLICATION_START,
    EventKind.STOPPED: EventType.APPLICATION_STOP,
    EventKind.LOGIN: EventType.LOGIN,
    EventKind.LOGIN_FAILED: EventType.LOGIN,
    EventKind.LOGOUT: EventType.LOGOUT,
    EventKind.EMERGENCY_DECLARED: EventType.EMERGENCY_OVERRIDE_STARTED,
    EventKind.EMERGENCY_ENDED: EventType.EMERGENCY_OVERRIDE_STOPPED,
    EventKind.EGRESS_REFUSED: EventType.NETWORK_CONFIGURATION,
    EventKind.ARCHIVE_CHANGED: EventType.SOFTWARE_CONFIGURATION,
    EventKind.POLICY_LOADED: EventType.SECURITY_CONFIGURATION,
    EventKind.POLICY_PROPOSED: EventType.SECURITY_CONFIGURATION,
    EventKind.POLICY_APPROVED: EventType.SECURITY_CONFIGURATION,
    EventKind.POLICY_WITHDRAWN: EventType.SECURITY_CONFIGURATION,
    EventKind.POLICY_ROLLED_BACK: EventType.SECURITY_CONFIGURATION,
    EventKind.COPYING_SUSPECTED: EventType.USE_OF_RESTRICTED_FUNCTION,
    EventKind.AUDIT_RECOVERED: EventType.AUDIT_RECORDING_STARTED,
    EventKind.CONSENTS_CHANGED: EventType.OBJECT_SECURITY_ATTRIBUTES_CHANGED,
    EventKind.LABELS_DECIDED: EventType.OBJECT_SECURITY_ATTRIBUTES_CHANGED,
    EventKind.VIEW_REFUSED: EventType.ACCESS_CONTROL_DECISION,
    EventKind.TURNED_AWAY: EventType.USE_OF_RESTRICTED_FUNCTION,
}
"""The nearest type that DICOM has, where one is near; our own kind goes beside it in any case."""


_FORMS: Final[Mapping[EventKind, Form]] = {
    EventKind.PREVIEWED: Form.READ,
    EventKind.VIEW_OPENED: Form.READ,
    EventKind.VIEW_PROGRESS: Form.READ,
    EventKind.VIEW_CLOSED: Form.READ,
    EventKind.PICTURE_KEPT: Form.READ,
    EventKind.VIEW_REFUSED: Form.DECISION,
    EventKind.SEARCH: Form.QUERY,
    EventKind.EVALUATED: Form.QUERY,
    EventKind.LOGIN: Form.AUTHENTICATION,
    EventKind.LOGIN_FAILED: Form.AUTHENTICATION,
    EventKind.LOGOUT: Form.AUTHENTICATION,
    EventKind.STARTED: Form.ACTIVITY,
    EventKind.STOPPED: Form.ACTIVITY,
    EventKind.AUDIT_READ: Form.LOG_USE,
    EventKind.CARE_EVENT: Form.PATIENT_RECORD,
}


def form_of(kind: EventKind) -> Form:
    """What an event of `kind` is told as: what is nothing else is for whoever looks after security."""
    return _FORMS.get(kind, Form.ALERT)


_OUTCOMES: Final = {Outcome.SUCCESS: "0", Outcome.FAILED: "4", Outcome.REFUSED: "8"}


def outcome_of(outcome: Outcome) -> str:
    """Success, minor failure, serious failure (PS3.15 A.5.1); FHIR's codes are the same."""
    return _OUTCOMES[outcome]
