"""Why something was refused, told to officers from its record alone: in sentences, with the rules as they were then."""

from collections.abc import Iterator, Mapping
from typing import Final

from proxy.access.refusals import Cause
from proxy.access.signin.failures import Cause as SignInCause
from proxy.audit.event import Event, EventKind, Outcome

_CAUSES: Final[Mapping[str, str]] = {
    Cause.SIGN_IN_OVER: "The person had been signed in, and the sign-in was over: by its time, unused for too long, or"
    " ended by the identity provider.",
    Cause.OTHER_SITE: "A page of another site sent the request, and such requests change nothing and are told nothing.",
    Cause.PROVE_AGAIN: "The person had to prove again who they are.",
    Cause.NOT_FOR_CALLER: "This is not for people of this role, or not in this form, whatever the rules say.",
    Cause.OTHER_EXCHANGE: "It is held by another exchange, whose own policy refused it.",
    Cause.TOO_OFTEN: "The person had done it as often as anybody may.",
    Cause.TOO_FAST: "Frames in full fidelity were asked for faster than a display shows them.",
    Cause.NOT_ANONYMOUS: "Only a de-identified view was permitted, and it is not sure that this image names nobody.",
    Cause.ARCHIVE_RESTS: "The archive was not asked: its owner limits when, or how much, it may be.",
    Cause.ARCHIVE_FAILED: "An archive was not reachable, or answered wrongly. No rule refused it.",
    Cause.PATIENT_INDEX_FAILED: "The patient index was not reachable, or answered wrongly.",
    Cause.EMERGENCIES_UNAVAILABLE: "Declared emergencies could not be read, so nothing was shown under one.",
}

_SIGN_INS: Final[Mapping[str, str]] = {
    SignInCause.UNKNOWN: "The sign-in had not begun here, or had taken too long.",
    SignInCause.OTHER_BROWSER: "Another browser had begun the sign-in.",
    SignInCause.OTHER_ISSUER: "Another identity provider answered than the one that was asked.",
    SignInCause.ANSWER: "The identity provider refused it.",
    SignInCause.TOKENS: "The identity provider's tokens were not valid.",
    SignInCause.PURPOSE: "The person is not signed in for the purpose that was chosen.",
    SignInCause.ASSURANCE: "The identity provider is not as sure who it is as was asked for.",
    SignInCause.PROVIDER: "The identity provider was not reachable, or answered wrongly.",
}

_EMERGENCIES: Final[Mapping[str, str]] = {
    "policy": "An emergency may not be declared by this person.",
    "limit": "The person had declared as many emergencies as anybody may.",
    "sign-in": "The person had to prove again who they are before declaring an emergency.",
    "statement": "The statement was not complete: every attestation is needed, and what the emergency is.",
}

_LINKS: Final[Mapping[str, str]] = {
    "waiting": "The share link was not good yet.",
    "used-up": "The share link had been opened as often as it may be.",
    "over": "The share link's time was over.",
    "revoked": "The share link was revoked.",
    "recipient": "Somebody tried the share link who is not the one that it was made for.",
    "code": "The code for the share link was wrong, or too old.",
}


_ABSENT: Final = "No archive that this person may ask has such a study."
_HIDDEN: Final = "The person was told that there is nothing."


def is_refusal(event: Event) -> bool:
    """Whether somebody was not given all of what was asked for: archives that were silent in a search count."""
    return event.outcome is not Outcome.SUCCESS or bool(event.detail.get("incomplete"))


def reasons_of(event: Event, says: Mapping[str, str]) -> list[str]:
    """What the record has about why; `says` are the sentences of rules by their names. Nothing for what was given."""
    return [*_reasons(event, says)] if is_refusal(event) else []


def _reasons(event: Event, says: Mapping[str, str]) -> Iterator[str]:
    detail = {name: str(value) for name, value in event.detail.items()}
    why = detail.get("why", "")
    match event.kind:
        case EventKind.VIEW_REFUSED:
            yield from _view(event, detail, says)
        case EventKind.SEARCH:
            yield from _search(event, detail, says)
        case EventKind.EMERGENCY_DECLARED:
            yield _of(_EMERGENCIES, why)
            yield from _rules(event, says)
        case EventKind.LINK_MADE:
            yield from _link(event, detail, says)
        case EventKind.LINK_REFUSED:
            yield _of(_LINKS, why)
        case EventKind.LAUNCHED:
            yield f"What another system wanted opened here could not be: {why}."
        case EventKind.POLICY_PROPOSED | EventKind.POLICY_APPROVED | EventKind.POLICY_WITHDRAWN:
            yield f"The policy was not changed: {why}."
        case EventKind.POLICY_ROLLED_BACK:
            yield f"The policy was not rolled back: {why}."
        case EventKind.LOGIN_FAILED:
            yield _of(_SIGN_INS, detail.get("cause", ""))
        case EventKind.COPYING_SUSPECTED:
            yield (
                f"{detail.get('studies', 'Many')} studies' worth of frames had been taken in full fidelity that day,"
                " and more had to be asked for on purpose."
            )
        case EventKind.TURNED_AWAY:
            yield _of(_CAUSES, detail.get("cause", ""))
            yield f"The person was told: {detail.get('told', '')}."
        case _:
            yield "Only officers may do this."


def _of(sentences: Mapping[str, str], word: str) -> str:
    """Also of a record that another version has written."""
    return sentences.get(word, f"The record says no more than this: {word or 'refused'}.")


def _view(event: Event, detail: Mapping[str, str], says: Mapping[str, str]) -> Iterator[str]:
    if not event.institution:
        yield _ABSENT
        return
    if detail.get("doubt"):
        yield f"Policy permits it, and it is not shown: {detail['doubt']}."
    elif detail.get("errors", "0") != "0":
        yield "Facts or rules could not be read, and what cannot be read is refused."
    else:
        yield from _rules(event, says) if event.reasons else ("No rule permits it.",)
    if detail.get("grounds"):
        yield f"Known from: {detail['grounds']}."
    if detail.get("told"):
        yield f"The person was told: {detail['told']}"
    elif detail.get("known") == "0":
        yield _HIDDEN


def _link(event: Event, detail: Mapping[str, str], says: Mapping[str, str]) -> Iterator[str]:
    if not event.institution:
        yield _ABSENT
        return
    yield "The study may not be shared by this person."
    yield from _rules(event, says)
    if detail.get("known") == "0":
        yield _HIDDEN


def _search(event: Event, detail: Mapping[str, str], says: Mapping[str, str]) -> Iterator[str]:
    if detail.get("incomplete"):
        yield f"The answer was not complete. These archives did not give theirs: {detail['incomplete']}."
    elif event.outcome is Outcome.FAILED:
        yield "The patient index was not reachable, or answered wrongly."
    elif detail.get("errors", "0") != "0":
        yield "Facts or rules could not be read, and what cannot be read is refused."
    else:
        yield from _rules(event, says) if event.reasons else ("No rule permits searching in this way.",)


def _rules(event: Event, says: Mapping[str, str]) -> Iterator[str]:
    yield from (f"{rule}: {says[rule]}" if rule in says else f"The rule {rule}." for rule in event.reasons)
