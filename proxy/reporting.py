"""What the parts of the service notice, as events of the audit log."""

from collections.abc import Awaitable, Callable

from proxy.archives.checks import Mismatch
from proxy.archives.diversions import Diversion
from proxy.archives.probe.rounds import Changed
from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.journal import Journal
from proxy.patients.mismatch import IdentityMismatch
from proxy.patients.recognition import IdentityContradicted
from proxy.tasks import Task


def reporting_to(journal: Journal) -> Callable[[Mismatch | Diversion | Changed], Awaitable[None]]:
    """Records what archives answer wrongly, where they lead astray, and what has changed about them."""

    async def report(found: Mismatch | Diversion | Changed) -> None:
        await journal.record(_to_event(found))

    return report


def reporting_people(journal: Journal) -> Callable[[IdentityMismatch | IdentityContradicted], Awaitable[None]]:
    """Records that an archive and the patient index, or two sources of identifiers, contradict each other."""

    async def report(found: IdentityMismatch | IdentityContradicted) -> None:
        await journal.record(_to_identity_event(found))

    return report


def reporting_tasks(journal: Journal) -> Callable[[Task], Awaitable[None]]:
    """Records that a consent is not understood, which refuses whatever it may be about."""

    async def report(task: Task) -> None:
        detail = {"about": task.about, "what": task.words}
        await journal.record(Event(EventKind.CONSENT_UNREADABLE, Outcome.FAILED, patient=task.patient, detail=detail))

    return report


def _to_identity_event(found: IdentityMismatch | IdentityContradicted) -> Event:
    """Which traits differ is recorded, not what they are."""
    match found:
        case IdentityMismatch(held, traits):
            patient, detail = f"{held.patient.authority}|{held.patient.value}", {"what": ", ".join(traits)}
            return Event(
                *(EventKind.IDENTITY_MISMATCH, Outcome.FAILED),
                institution=held.institution,
                archive=held.archive,
                patient=patient,
                study=held.study,
                detail=detail,
            )
        case IdentityContradicted(one):
            return Event(EventKind.IDENTITY_CONTRADICTED, Outcome.FAILED, patient=f"{one.authority}|{one.value}")


def _to_event(found: Mismatch | Diversion | Changed) -> Event:
    match found:
        case Mismatch(archive, institution, study, what):
            kind, outcome, detail = EventKind.ARCHIVE_MISMATCH, Outcome.FAILED, {"what": what}
            return Event(kind, outcome, institution=institution, archive=archive, study=study or "", detail=detail)
        case Diversion(archive, institution, what, host):
            kind, outcome, detail = EventKind.EGRESS_REFUSED, Outcome.REFUSED, {"what": what, "host": host}
            return Event(kind, outcome, institution=institution, archive=archive, detail=detail)
        case Changed(archive, institution, change):
            detail = {"what": change.what, "before": change.before, "now": change.now}
            kind, outcome = EventKind.ARCHIVE_CHANGED, Outcome.SUCCESS
            return Event(kind, outcome, institution=institution, archive=archive, detail=detail)
