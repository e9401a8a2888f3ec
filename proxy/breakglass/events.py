"""What becomes of a declared emergency, as events of the audit log."""

from dataclasses import replace

from policy.searches import SearchDecision
from proxy.access.caller import Caller
from proxy.access.events import caller_event
from proxy.audit.event import Event, EventKind, Outcome
from proxy.breakglass.emergency import Case, Disposition, Emergency
from proxy.resources import PatientIdentifier


def declared(caller: Caller, emergency: Emergency) -> Event:
    """With what 42 CFR 2.51(c) has documented: who receives and where from, when, and the nature of the emergency."""
    event = caller_event(
        EventKind.EMERGENCY_DECLARED,
        Outcome.SUCCESS,
        caller,
        {
            "emergency": emergency.id,
            "nature": emergency.opinion,
            "attested": ", ".join(emergency.attested),
            "assurance": caller.assurance,
            "until": emergency.until.isoformat(),
        },
    )
    return replace(event, patient=_text(emergency.patient), reasons=emergency.rules, policy=emergency.policy)


def refused(caller: Caller, patient: PatientIdentifier, decision: SearchDecision, why: str) -> Event:
    """`why` is `policy`, `limit` or `sign-in`."""
    event = caller_event(EventKind.EMERGENCY_DECLARED, Outcome.REFUSED, caller, {"why": why})
    rules = tuple(reason.rule for reason in decision.because) if why == "policy" else ()
    return replace(event, patient=_text(patient), reasons=rules, policy=decision.policy)


def not_stated(caller: Caller, what: str) -> Event:
    """`what` is missing or wrong in the statement, in words that repeat nothing of it."""
    return caller_event(EventKind.EMERGENCY_DECLARED, Outcome.REFUSED, caller, {"why": "statement", "what": what})


def ended(emergency: Emergency, how: str) -> Event:
    """`how` is `by hand` or `in time`."""
    return replace(
        _about(EventKind.EMERGENCY_ENDED, Outcome.SUCCESS, emergency, {"how": how}),
        subject=emergency.by.subject,
        name=emergency.by.name,
        organization=emergency.by.organization,
    )


def reviewed(caller: Caller, emergency: Emergency, case: Case, disposition: Disposition, words: str) -> Event:
    event = caller_event(
        EventKind.EMERGENCY_REVIEWED,
        Outcome.SUCCESS,
        caller,
        {
            "emergency": emergency.id,
            "of": emergency.by.subject,
            "disposition": disposition.value,
            "words": words,
        },
    )
    return replace(event, institution=case.institution, patient=_text(emergency.patient))


def overdue(emergency: Emergency, case: Case) -> Event:
    detail: dict[str, str | int] = {"of": emergency.by.subject, "due": case.due.isoformat()}
    event = _about(EventKind.EMERGENCY_OVERDUE, Outcome.FAILED, emergency, detail)
    return replace(event, institution=case.institution)


def _about(kind: EventKind, outcome: Outcome, emergency: Emergency, detail: dict[str, str | int]) -> Event:
    told = {"emergency": emergency.id, **detail}
    return Event(kind, outcome, patient=_text(emergency.patient), detail=told)


def _text(patient: PatientIdentifier) -> str:
    return f"{patient.authority}|{patient.value}"
