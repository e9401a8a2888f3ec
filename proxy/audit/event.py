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
    VIEW_REFUSED = "view-refused"
    ARCHIVE_MISMATCH = "archive-mismatch"
    EGRESS_REFUSED = "egress-refused"
    CARE_EVENT = "care-event"
    NOTIFIED = "notified"
    COPYING_SUSPECTED = "copying-suspected"
    ARCHIVE_CHANGED = "archive-changed"
    IDENTITY_MISMATCH = "identity-mismatch"
    IDENTITY_CONTRADICTED = "identity-contradicted"
    POLICY_LOADED = "policy-loaded"
    AUDIT_READ = "audit-read"
    AUDIT_RECOVERED = "audit-recovered"
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
