"""What happened: one event of the audit log, free of patient names, tokens and pixel data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class EventKind(StrEnum):
    LOGIN = "login"
    LOGIN_FAILED = "login-failed"
    LOGOUT = "logout"
    SEARCH = "search"
    PREVIEWED = "previewed"
    VIEW_OPENED = "view-opened"
    VIEW_PROGRESS = "view-progress"
    VIEW_CLOSED = "view-closed"
    VIEW_REFUSED = "view-refused"
    PICTURE_KEPT = "picture-kept"
    TURNED_AWAY = "turned-away"
    EVALUATED = "evaluated"
    ARCHIVE_MISMATCH = "archive-mismatch"
    EGRESS_REFUSED = "egress-refused"
    CARE_EVENT = "care-event"
    NOTIFIED = "notified"
    COPYING_SUSPECTED = "copying-suspected"
    ARCHIVE_CHANGED = "archive-changed"
    IDENTITY_MISMATCH = "identity-mismatch"
    IDENTITY_CONTRADICTED = "identity-contradicted"
    CONSENT_UNREADABLE = "consent-unreadable"
    CONSENTS_CHANGED = "consents-changed"
    LABELS_DECIDED = "labels-decided"
    EMERGENCY_DECLARED = "emergency-declared"
    EMERGENCY_ENDED = "emergency-ended"
    EMERGENCY_REVIEWED = "emergency-reviewed"
    EMERGENCY_OVERDUE = "emergency-overdue"
    LAUNCHED = "launched"
    LINK_MADE = "link-made"
    LINK_OPENED = "link-opened"
    LINK_REFUSED = "link-refused"
    LINK_REVOKED = "link-revoked"
    ANOMALY_REVIEWED = "anomaly-reviewed"
    POLICY_LOADED = "policy-loaded"
    POLICY_PROPOSED = "policy-proposed"
    POLICY_APPROVED = "policy-approved"
    POLICY_WITHDRAWN = "policy-withdrawn"
    POLICY_ROLLED_BACK = "policy-rolled-back"
    AUDIT_READ = "audit-read"
    AUDIT_RECOVERED = "audit-recovered"
    REPOSITORY_BEHIND = "repository-behind"
    REPOSITORY_REFUSED = "repository-refused"
    AUDIT_FILLING = "audit-filling"
    CHECKPOINT = "checkpoint"
    CHECKPOINT_REFUSED = "checkpoint-refused"
    SEGMENT_CLOSED = "segment-closed"
    SEGMENT_RETIRED = "segment-retired"
    CLOCK_JUMPED = "clock-jumped"
    STARTED = "started"
    STOPPED = "stopped"


class Outcome(StrEnum):
    SUCCESS = "success"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Event:
    """One event. Empty strings mean "does not apply". `patient` is `authority|value`; `study` a Study Instance UID.

    `reasons` are rule ids; `policy` the bundle's content hash; `detail` further facts as plain strings and numbers.
    """

    kind: EventKind
    outcome: Outcome
    subject: str = ""
    name: str = ""
    organization: str = ""
    roles: tuple[str, ...] = ()
    purpose: str = ""
    address: str = ""
    token_id: str = ""
    institution: str = ""
    archive: str = ""
    patient: str = ""
    study: str = ""
    view_session: str = ""
    reasons: tuple[str, ...] = ()
    policy: str = ""
    detail: Mapping[str, str | int] = field(default_factory=dict)
