"""Records of every kind, and how an exchange of the tests is called outside."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.reading import Record
from proxy.repositories.naming import Naming

NAMING = Naming(
    name="Test exchange",
    public_url="https://view.test",
    issuers={"exchange": ("https://login.test", "vitrine")},
    authorities={"GENERAL": "urn:oid:1.2.3.4"},
    institutions={"general": "General Hospital", "lakeside": "Lakeside Imaging"},
)
AT = datetime(2026, 3, 14, 15, 9, 26, 535897, tzinfo=UTC)
PERSON = {
    "subject": "exchange:clinician",
    "name": "Dr. Chen",
    "organization": "General Hospital",
    "roles": ("clinician",),
    "purpose": "TREAT",
    "address": "192.0.2.7",
    "token_id": "jti-7",
}
ABOUT = {
    "institution": "lakeside",
    "archive": "lakeside-main",
    "patient": "LAKESIDE|77-201",
    "study": "1.2.840.1",
    "view_session": "v-1",
    "reasons": ("hie-treating",),
    "policy": "sha256:abc",
}


def record(kind: EventKind = EventKind.VIEW_OPENED, outcome: Outcome = Outcome.SUCCESS, **more: Any) -> Record:
    """A view by somebody of General of a study at Lakeside, unless told otherwise."""
    facts = {**PERSON, **ABOUT, "detail": {"rendered-only": 1, "watermark": "Dr. Chen 14:09"}, **more}
    return Record(42, AT, Event(kind, outcome, **facts))


def every() -> Iterator[Record]:
    """Every kind with every outcome: with all that can be known, and with nothing."""
    nothing = {name: type(value)() for name, value in {**PERSON, **ABOUT}.items()}
    for kind in EventKind:
        for outcome in Outcome:
            yield record(kind, outcome)
            yield record(kind, outcome, **nothing, detail={})
            yield record(kind, outcome, **{**nothing, "patient": "|77-201"})
            yield record(kind, outcome, **{**nothing, "address": "192.0.2.9"})
