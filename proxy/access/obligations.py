"""From a decision to what must be done with whatever is shown: each refused capability is carried out here."""

from datetime import UTC, datetime
from typing import Final

from policy.capabilities import Parameter
from policy.decision import Decision
from policy.request import Capability
from proxy.access.caller import Caller
from proxy.access.permit import Obligations

REDUCED_SIDE: Final = 1024
"""The longer side of a reduced image in pixels, when no rule sets one."""


_ALWAYS: Final = (Capability.KNOW_EXISTS, Capability.VIEW)

_STORED_VALUES: Final = (
    *(Capability.VIEW_LOSSLESS, Capability.VIEW_FULL_SIZE, Capability.VIEW_UNMARKED),
    Capability.VIEW_IDENTIFIED,
)
"""Nothing can be burnt into stored values, nor can they be reduced, nor anything be taken off them."""


_GIVEN: Final = (Capability.SHARE, Capability.KEEP)


def missing(decision: Decision, capability: Capability, *, elsewhere: bool = False) -> Capability | None:
    """The first capability that showing something under `capability` needs and `decision` refuses.

    Whoever asks from `elsewhere`, another exchange, joins what it is told by the patient, and is told whose it is or
    nothing; so is whoever is given a study to share, or a picture to keep.
    """
    if capability is Capability.VIEW_LOSSLESS and decision.permits(capability) and _lossy_only(decision):
        return capability
    identified = (Capability.VIEW_IDENTIFIED,) if elsewhere or capability in _GIVEN else ()
    asked = _STORED_VALUES if capability is Capability.VIEW_LOSSLESS else (capability,)
    needed = (*_ALWAYS, *identified, *asked)
    return next((one for one in needed if not decision.permits(one)), None)


def to_obligations(decision: Decision, caller: Caller, opened: datetime) -> Obligations:
    """What `caller` is owed images under, in a view session opened at `opened`."""
    return Obligations(
        rendered_only=_lossy_only(decision) or not all(map(decision.permits, _STORED_VALUES)),
        lossy_only=_lossy_only(decision),
        maximum_side=None if decision.permits(Capability.VIEW_FULL_SIZE) else _reduced_side(decision),
        watermark=None if decision.permits(Capability.VIEW_UNMARKED) else to_watermark(caller, opened),
        masked=not decision.permits(Capability.VIEW_IDENTIFIED),
        notices=notices_of(decision),
        transient=missing(decision, Capability.KEEP) is not None,
    )


def notices_of(decision: Decision) -> tuple[str, ...]:
    """The sentences of the rules that forbid showing without them; where none does, there is nothing to say."""
    if decision.permits(Capability.VIEW_WITHOUT_NOTICE):
        return ()
    rules = decision.decided_by.get(Capability.VIEW_WITHOUT_NOTICE, ())
    return tuple(dict.fromkeys(rule.user_says for rule in rules))


def to_watermark(caller: Caller, opened: datetime) -> str:
    """Who looks and since when: to the minute of the session's opening, so that its images can be cached."""
    return f"{caller.name or caller.subject} · {opened.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _lossy_only(decision: Decision) -> bool:
    return Parameter.LOSSY_ONLY.value in decision.parameters


def _reduced_side(decision: Decision) -> int:
    return int(decision.parameters.get(Parameter.MAXIMUM_SIDE.value, REDUCED_SIDE))
