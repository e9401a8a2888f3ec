"""What access writes into the audit log, always with who, why and from where."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from policy.decision import Decision
from policy.request import Capability
from proxy.access.caller import Caller
from proxy.access.permit import Look, Obligations
from proxy.audit.event import Event, EventKind, Outcome
from proxy.resources import HeldStudy, Uid


def caller_event(
    kind: EventKind, outcome: Outcome, caller: Caller, detail: Mapping[str, str | int] | None = None
) -> Event:
    """An event about `caller` alone."""
    return Event(
        kind,
        outcome,
        subject=caller.subject,
        name=caller.name,
        organization=caller.organization,
        roles=tuple(sorted(caller.roles)),
        purpose=caller.purpose.value,
        address=caller.address,
        token_id=caller.token_id,
        detail=detail or {},
    )


_LOOKS: Final = {Look.PREVIEW: EventKind.PREVIEWED, Look.STUDY: EventKind.VIEW_OPENED}


def looked(
    look: Look, caller: Caller, held: HeldStudy, decision: Decision, obligations: Obligations, view_session: str
) -> Event:
    """Committed before the first image of that kind leaves in a view session."""
    detail: dict[str, str | int] = {"rendered-only": int(obligations.rendered_only)}
    if obligations.maximum_side is not None:
        detail["maximum-side"] = obligations.maximum_side
    if obligations.watermark is not None:
        detail["watermark"] = obligations.watermark
    event = caller_event(_LOOKS[look], Outcome.SUCCESS, caller, detail)
    return _about(event, held, decision, Capability.VIEW, view_session)


def view_refused(
    caller: Caller, held: HeldStudy, decision: Decision, capability: Capability, view_session: str
) -> Event:
    """`capability` is the one that was needed and is refused."""
    detail: dict[str, str | int] = {
        "capability": capability.value,
        "known": int(decision.permits(Capability.KNOW_EXISTS)),
        "errors": decision.errors,
    }
    event = caller_event(EventKind.VIEW_REFUSED, Outcome.REFUSED, caller, detail)
    return _about(event, held, decision, capability, view_session)


def study_absent(caller: Caller, study: Uid, capability: Capability) -> Event:
    """No archive has the study that was asked for."""
    detail: dict[str, str | int] = {"capability": capability.value, "known": 0}
    return replace(caller_event(EventKind.VIEW_REFUSED, Outcome.REFUSED, caller, detail), study=study)


def copying_suspected(
    outcome: Outcome, caller: Caller, held: HeldStudy, view_session: str, detail: Mapping[str, str | int]
) -> Event:
    """`outcome` is refused while the caller is asked to confirm, else success."""
    event = caller_event(EventKind.COPYING_SUSPECTED, outcome, caller, detail)
    patient = f"{held.patient.authority}|{held.patient.value}"
    return replace(
        event,
        institution=held.institution,
        archive=held.archive,
        patient=patient,
        study=held.study,
        view_session=view_session,
    )


def _about(event: Event, held: HeldStudy, decision: Decision, capability: Capability, view_session: str) -> Event:
    return replace(
        event,
        institution=held.institution,
        archive=held.archive,
        patient=f"{held.patient.authority}|{held.patient.value}",
        study=held.study,
        view_session=view_session,
        reasons=tuple(reason.rule for reason in decision.decided_by.get(capability, ())),
        policy=decision.policy,
    )
