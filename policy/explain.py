"""A decision as sentences: for the person who asked, and for the officer who has to answer for it."""

from collections.abc import Iterator, Sequence

from policy.capabilities import OBLIGATIONS
from policy.decision import Decision, Reason
from policy.request import Capability
from policy.searches import SearchDecision

BY_DEFAULT = "No rule of the exchange lets you see this study."
ONLY_DEIDENTIFIED = "Only de-identified images of this study may be shown to you."
NO_EMERGENCY = "No rule of the exchange lets you declare an emergency."
NO_SEARCH = "No rule of the exchange lets you search in this way."
ONLY_RENDERED = "Only rendered images of this study may be shown to you."
ONLY_LOOKED_AT = "No rule of the exchange lets you print or save pictures of this study."


def to_user_sentence(decision: Decision, capability: Capability = Capability.VIEW) -> str:
    """Why `capability` is refused, in the words that the rules give to the person asking.

    When no rule forbids it but none permits it either, the rule that lets the person know of the study explains.
    """
    forbidden = decision.decided_by.get(capability, ())
    if forbidden:
        return _in_their_words(forbidden)
    if capability is Capability.VIEW_LOSSLESS:
        return ONLY_RENDERED
    if capability is Capability.VIEW_IDENTIFIED:
        return ONLY_DEIDENTIFIED
    if capability is Capability.KEEP:
        return ONLY_LOOKED_AT
    known = decision.decided_by.get(Capability.KNOW_EXISTS, ()) if decision.permits(Capability.KNOW_EXISTS) else ()
    return _in_their_words(known) or BY_DEFAULT


def to_search_sentence(decision: SearchDecision) -> str:
    """Why a search may not be made, in the words that the rules give to the person asking."""
    return _in_their_words(decision.because) or NO_SEARCH


def to_declaration_sentence(decision: SearchDecision) -> str:
    """Why an emergency may not be declared, in the words that the rules give to the person asking."""
    return _in_their_words(decision.because) or NO_EMERGENCY


def explain_search(decision: SearchDecision) -> list[str]:
    """The decision about a search for officers: the verdict, the rules behind it, and under which policy."""
    if decision.errors:
        verdict = [f"Refused: {decision.errors} of the facts or rules could not be read."]
    elif decision.permitted:
        verdict = ["The search may be made."]
    else:
        verdict = ["The search may not be made.", *([] if decision.because else ["No rule permits it."])]
    reasons = [f"{reason.rule}: {reason.says}" for reason in decision.because]
    return [*verdict, *reasons, f"Decided under policy {decision.policy[:12]}."]


def explain(decision: Decision) -> list[str]:
    """The decision for officers: the verdict, the rules behind it, what is owed, and under which policy."""
    grounds = [f"Known from: {'; '.join(decision.grounds)}."] if decision.grounds else []
    return [*_verdict(decision), *_owed(decision), *grounds, f"Decided under policy {decision.policy[:12]}."]


def _verdict(decision: Decision) -> Iterator[str]:
    if decision.errors:
        yield f"Refused: {decision.errors} of the facts or rules could not be read, and what cannot be read is refused."
        return
    if decision.permits(Capability.VIEW):
        yield "The study may be viewed."
    elif decision.permits(Capability.KNOW_EXISTS):
        yield "The study may be known of, not viewed."
    else:
        yield "The study may not be known of."
    if not decision.because:
        yield "No rule permits viewing it."
    for reason in decision.because:
        yield f"{reason.rule}: {reason.says}"


def _owed(decision: Decision) -> Iterator[str]:
    if not decision.permits(Capability.VIEW):
        return
    for capability, obligation in OBLIGATIONS.items():
        if not decision.permits(capability):
            rules = ", ".join(reason.rule for reason in decision.decided_by.get(capability, ()))
            yield f"{obligation.says} ({rules or 'no rule permits otherwise'})"


def _in_their_words(reasons: Sequence[Reason]) -> str:
    return " ".join(dict.fromkeys(reason.user_says for reason in reasons))
