"""What becomes of share links, as events of the audit log: never a token, a code or the recipient's address."""

from dataclasses import replace

from policy.request import Capability
from proxy.access.caller import Caller
from proxy.access.events import caller_event
from proxy.audit.event import Event, EventKind, Outcome
from proxy.resources import HeldStudy, Uid
from proxy.sharing.link import Link


def made(caller: Caller, link: Link) -> Event:
    detail: dict[str, str | int] = {
        "channel": link.channel.value,
        "since": link.since.isoformat(),
        "until": link.until.isoformat(),
        "opens": link.most,
    }
    event = _about(caller_event(EventKind.LINK_MADE, Outcome.SUCCESS, caller), link)
    return replace(event, reasons=link.rules, policy=link.policy, detail={**event.detail, **detail})


def not_made(caller: Caller, held: HeldStudy, rules: tuple[str, ...], policy: str, *, known: bool) -> Event:
    """Policy does not let `caller` share what an archive holds, nor know of it unless it is `known`."""
    return replace(
        _refused(caller, known=known),
        institution=held.institution,
        patient=f"{held.patient.authority}|{held.patient.value}",
        study=held.study,
        reasons=rules,
        policy=policy,
    )


def absent(caller: Caller, study: Uid) -> Event:
    """No archive has the study that `caller` wanted to share."""
    return replace(_refused(caller, known=False), study=study)


def opened(caller: Caller, link: Link) -> Event:
    """`caller` is whoever opened it, and `link` counts the use."""
    return _about(caller_event(EventKind.LINK_OPENED, Outcome.SUCCESS, caller, {"use": len(link.uses)}), link)


def refused(link: Link, address: str, why: str) -> Event:
    """`why` is the link's state, or `recipient` or `code` where that was wrong."""
    event = Event(EventKind.LINK_REFUSED, Outcome.REFUSED, address=address, detail={"why": why})
    return _about(event, link)


def revoked(caller: Caller, link: Link) -> Event:
    return _about(caller_event(EventKind.LINK_REVOKED, Outcome.SUCCESS, caller), link)


def _refused(caller: Caller, *, known: bool) -> Event:
    detail: dict[str, str | int] = {"capability": Capability.SHARE.value, "known": int(known)}
    return caller_event(EventKind.LINK_MADE, Outcome.REFUSED, caller, detail)


def _about(event: Event, link: Link) -> Event:
    return replace(
        event,
        institution=link.institution,
        patient=f"{link.patient.authority}|{link.patient.value}",
        study=link.study,
        detail={"link": link.id, "by": link.by.subject, **event.detail},
    )
