"""What an account lists: each look at a study as one line, and each picture that was kept. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from proxy.audit.event import EventKind, Outcome
from proxy.audit.reading import Record
from proxy.audit.views.runs import length
from proxy.audit.views.view import VIEW_KINDS, View, views_of

SHOWN: Final = frozenset({EventKind.VIEW_OPENED, EventKind.PREVIEWED})
REFUSED: Final = frozenset({EventKind.VIEW_REFUSED})
KEPT: Final = frozenset({EventKind.PICTURE_KEPT})
TOLD: Final = VIEW_KINDS | KEPT | REFUSED
"""The kinds of events that an account may rest upon."""


class AccountedView(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One person's view of one study, a picture kept of it, or a refusal: record `record` of the log.

    Of a view it is also what later records say of it.

    `until` is when the last frame was delivered and `closed` why it ended, `frames` counts the different frames that
    were delivered, `frames_native` those in full fidelity, `bytes` what was sent: None or empty as long as none of it
    is on record. `address` is empty where it is not for the reader. `emergency` is the declared emergency it was under.
    `way` is how a picture was kept: `printed`, `saved`.
    """

    record: int
    time: datetime
    until: datetime | None = None
    kind: EventKind
    way: str = ""
    outcome: Outcome
    subject: str
    name: str
    organization: str
    roles: list[str]
    purpose: str
    address: str = ""
    institution: str
    institution_name: str
    patient: str
    study: str
    study_date: str = ""
    modalities: str = ""
    policy: str
    reasons: list[str]
    emergency: str = ""
    frames: int | None = None
    frames_native: int | None = None
    bytes: int | None = None
    closed: str = ""
    obligations: list[str]


def to_views(records: Iterable[Record], institutions: Mapping[str, str], *, refused: bool) -> list[AccountedView]:
    """In the order in which they began. `institutions` are names by id; refusals are listed where `refused`."""
    return [_told(view, institutions) for view in looks_of(records, refused=refused)]


def looks_of(records: Iterable[Record], *, refused: bool) -> list[View]:
    """The views that began and the pictures that were kept among `records`, in the order of the log.

    Refusals, which show nothing, are with them where they are asked for.
    """
    known = list(records)
    views = [view for view in views_of(known) if view.first.kind in SHOWN]
    return sorted((*views, *_single(known, refused=refused)), key=lambda view: view.records)


def _single(records: Sequence[Record], *, refused: bool) -> Iterator[View]:
    """What is a line of its own: a kept picture, a refusal, and what an older version recorded without a session."""
    alone = KEPT | REFUSED if refused else KEPT
    for record in records:
        event = record.event
        if (event.kind in SHOWN and not event.view_session) or event.kind in alone:
            studied = event.kind is EventKind.VIEW_OPENED
            yield View("", event, record.at, record.at, studied=studied, records=(record.sequence,))


def _told(view: View, institutions: Mapping[str, str]) -> AccountedView:
    event = view.first
    delivered = bool(view.delivered or view.ended)
    return AccountedView(
        record=view.records[0],
        time=view.opened,
        until=view.until if delivered else None,
        kind=EventKind.VIEW_OPENED if view.studied else event.kind,
        way=str(event.detail.get("way", "")) if event.kind in KEPT else "",
        outcome=event.outcome,
        subject=event.subject,
        name=event.name,
        organization=event.organization,
        roles=list(event.roles),
        purpose=event.purpose,
        address=event.address,
        institution=event.institution,
        institution_name=institutions.get(event.institution, event.institution),
        patient=event.patient,
        study=event.study,
        study_date=view.study_date,
        modalities=" ".join(view.modalities),
        policy=event.policy,
        reasons=list(event.reasons),
        emergency=view.emergency or str(event.detail.get("emergency", "")),
        frames=view.seen if delivered else None,
        frames_native=_native(view) if delivered else None,
        bytes=view.octets if delivered else None,
        closed=view.ended.value if view.ended else "",
        obligations=[name if value == 1 else f"{name}: {value}" for name, value in view.obligations.items() if value],
    )


def _native(view: View) -> int:
    return sum(length(runs) for instances in view.native.values() for runs in instances.values())
