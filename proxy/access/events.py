"""What access writes into the audit log, always with who, why and from where."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from policy.decision import Decision
from policy.explain import to_user_sentence
from policy.replay.past import digest_of
from policy.request import Capability
from policy.searches import SearchDecision
from proxy.access.caller import Caller
from proxy.access.namesakes import is_namesake
from proxy.access.permit import Look, Obligations, Permit
from proxy.access.refusals import Cause
from proxy.audit.event import Event, EventKind, Outcome
from proxy.resources import FramesRef, HeldStudy, Uid


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


_MOST_GROUNDS: Final = 1000

_LOOKS: Final = {Look.PREVIEW: EventKind.PREVIEWED, Look.STUDY: EventKind.VIEW_OPENED}


def looked(
    look: Look,
    caller: Caller,
    held: HeldStudy,
    decision: Decision,
    obligations: Obligations,
    view_session: str,
    emergency: str | None = None,
) -> Event:
    """Committed before the first image of that kind leaves in a view session; `emergency` is under which it is."""
    detail = _owed(obligations)
    if emergency is not None:
        detail["emergency"] = emergency
    if caller.shared is None and is_namesake(caller.name, held.attributes):
        detail["same-surname"] = 1
    event = caller_event(_LOOKS[look], Outcome.SUCCESS, caller, detail)
    return _decided(event, held, decision, Capability.VIEW, view_session)


def of_view(
    kind: EventKind, caller: Caller, permit: Permit[Any], obligations: Obligations, detail: Mapping[str, str | int]
) -> Event:
    """What was shown in a view session under `obligations`, or that it is over; `detail` says which."""
    event = caller_event(kind, Outcome.SUCCESS, caller, {**_owed(obligations), **detail})
    about = _about(event, permit.held, permit.view_session)
    return replace(about, reasons=permit.rules, policy=permit.policy)


def picture_kept(caller: Caller, permit: Permit[FramesRef], way: str) -> Event:
    """A picture of a frame was given leave to be printed or saved; `way` says which."""
    target = permit.target
    frame: dict[str, str | int] = {"series": target.series, "instance": target.instance, "frame": target.frames[0]}
    return of_view(EventKind.PICTURE_KEPT, caller, permit, permit.obligations, {"way": way, **frame})


def view_refused(
    caller: Caller, held: HeldStudy, decision: Decision, capability: Capability, view_session: str, doubt: str = ""
) -> Event:
    """`capability` is the one that was needed and is refused, or permitted and not shown because of a `doubt`."""
    known = decision.permits(Capability.KNOW_EXISTS)
    detail: dict[str, str | int] = {"capability": capability.value, "known": int(known), "errors": decision.errors}
    if doubt:
        detail["doubt"] = doubt
    elif known:
        detail["told"] = to_user_sentence(decision, capability)
    event = caller_event(EventKind.VIEW_REFUSED, Outcome.REFUSED, caller, detail)
    return _decided(event, held, decision, capability, view_session)


def based_on(event: Event, facts: bytes) -> Event:
    """The decision of `event` with what names its facts, which are kept elsewhere and not as long."""
    return replace(event, detail={**event.detail, "facts": digest_of(facts)})


def study_absent(caller: Caller, study: Uid, capability: Capability) -> Event:
    """No archive has the study that was asked for."""
    detail: dict[str, str | int] = {"capability": capability.value, "known": 0}
    return replace(caller_event(EventKind.VIEW_REFUSED, Outcome.REFUSED, caller, detail), study=study)


def search_refused(caller: Caller, decision: SearchDecision, patient: str, detail: Mapping[str, str | int]) -> Event:
    """Nobody was asked; `patient` is the identifier that was searched for, if it was by one."""
    event = caller_event(EventKind.SEARCH, Outcome.REFUSED, caller, {**detail, "errors": decision.errors})
    rules = tuple(reason.rule for reason in decision.because)
    return replace(event, patient=patient, reasons=rules, policy=decision.policy)


def turned_away(caller: Caller, cause: Cause, detail: Mapping[str, str | int], study: str, institution: str) -> Event:
    """Something was not given to `caller`, and not because of any rule; the rest is empty where it is not known."""
    outcome = Outcome.REFUSED if cause.is_meant else Outcome.FAILED
    event = caller_event(EventKind.TURNED_AWAY, outcome, caller, {"cause": cause.value, **detail})
    return replace(event, study=study, institution=institution)


def evaluated(caller: Caller, subject: str, studies: Iterable[Uid], asked: int, permitted: int) -> Event:
    """`caller` asked what `subject` could do with `studies`: one event, however many questions it was."""
    detail: dict[str, str | int] = {
        "about": subject,
        "asked": asked,
        "permitted": permitted,
        "studies": " ".join(studies),
    }
    return caller_event(EventKind.EVALUATED, Outcome.SUCCESS, caller, detail)


def copying_suspected(
    outcome: Outcome, caller: Caller, held: HeldStudy, view_session: str, detail: Mapping[str, str | int]
) -> Event:
    """`outcome` is refused while the caller is asked to confirm, else success."""
    return _about(caller_event(EventKind.COPYING_SUSPECTED, outcome, caller, detail), held, view_session)


def _owed(obligations: Obligations) -> dict[str, str | int]:
    detail: dict[str, str | int] = {"rendered-only": int(obligations.rendered_only)}
    if obligations.lossy_only:
        detail["lossy-only"] = 1
    if obligations.maximum_side is not None:
        detail["maximum-side"] = obligations.maximum_side
    if obligations.watermark is not None:
        detail["watermark"] = obligations.watermark
    if obligations.masked:
        detail["masked"] = 1
    if obligations.notices:
        detail["notices"] = " ".join(obligations.notices)
    return detail


def rules_of(decision: Decision, capability: Capability) -> tuple[str, ...]:
    """The ids of the rules that decided about `capability`."""
    return tuple(reason.rule for reason in decision.decided_by.get(capability, ()))


def _decided(event: Event, held: HeldStudy, decision: Decision, capability: Capability, view_session: str) -> Event:
    about = _about(event, held, view_session)
    return replace(
        about,
        reasons=rules_of(decision, capability),
        policy=decision.policy,
        detail={**about.detail, **_grounds(decision)},
    )


def _about(event: Event, held: HeldStudy, view_session: str) -> Event:
    """Which study it was, as a person would ask after it: of when, and of what kind (PS3.3 C.7.2.1, C.7.3.1)."""
    known = {"study-date": held.date, "modalities": " ".join(held.modalities)}
    return replace(
        event,
        institution=held.institution,
        archive=held.archive,
        patient=f"{held.patient.authority}|{held.patient.value}",
        study=held.study,
        view_session=view_session,
        detail={**event.detail, **{name: value for name, value in known.items() if value}},
    )


def _grounds(decision: Decision) -> dict[str, str]:
    """Where facts come from, in so many words as help an officer."""
    return {"grounds": "; ".join(decision.grounds)[:_MOST_GROUNDS]} if decision.grounds else {}
