"""Whether a question is what a provision is about: yes, no, or not to be told from what is known."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum

from policy.consent import codes
from policy.consent.directive import Actor, Coding, Criteria, Data, Identity, Meaning, Party, Type


class Match(IntEnum):
    NO = 0
    PERHAPS = 1
    YES = 2


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks why about which study. `recipients` are all identities of the caller, `purposes` HL7 v3 ActReason.

    `custodians` are the identities of the study's institution, `institutions` those of all; `study` the study's own.
    `taken` is the day of the study, `codes` are its own, None and empty where its archive does not say.
    """

    recipients: frozenset[Identity]
    purposes: frozenset[str]
    custodians: frozenset[Identity]
    institutions: frozenset[Identity]
    study: frozenset[Identity]
    moment: datetime
    taken: date | None = None
    codes: frozenset[Coding] = frozenset()
    confidentiality: str = "N"
    labels: frozenset[str] = frozenset()


def match(criteria: Criteria, question: Question, effect: Type) -> Match:
    """The least of what each criterion says. Labels are read so that a permit reaches less and a deny more."""
    return min(_matches(criteria, question, effect), default=Match.YES)


def _matches(criteria: Criteria, question: Question, effect: Type) -> Iterator[Match]:
    if criteria.actors is not None:
        yield _certain(any(_is_named(one, question) for one in criteria.actors))
    if criteria.purposes is not None:
        asked = {wider for one in question.purposes for wider in codes.PURPOSES.get(one, frozenset())}
        yield _certain(bool(asked & criteria.purposes))
    if criteria.actions is not None:
        yield _certain(bool(criteria.actions & codes.VIEWING))
    if criteria.classes is not None:
        yield _certain(bool(criteria.classes & codes.IMAGING))
    if criteria.labels is not None:
        yield _certain(_bears(criteria.labels, question, effect))
    if criteria.codes is not None:
        yield Match.YES if criteria.codes & question.codes else Match.PERHAPS
    if criteria.data is not None:
        yield max(_is_meant(one, question) for one in criteria.data)
    if criteria.data_period is not None:
        taken = question.taken
        yield Match.PERHAPS if taken is None else _certain(criteria.data_period.spans(taken))


def _certain(answer: bool) -> Match:
    return Match.YES if answer else Match.NO


def _is_named(actor: Actor, question: Question) -> bool:
    match actor.party:
        case Party.RECIPIENT:
            return bool(actor.identities & question.recipients)
        case Party.CUSTODIAN:
            return bool(actor.identities & question.custodians)


def _is_meant(data: Data, question: Question) -> Match:
    match data.meaning:
        case Meaning.ITSELF:
            return _certain(bool(data.identities & question.study))
        case Meaning.AUTHORED_BY if data.identities & question.custodians:
            return Match.YES
        case Meaning.AUTHORED_BY:
            return Match.NO if data.identities <= question.institutions else Match.PERHAPS


def _bears(labels: frozenset[str], question: Question, effect: Type) -> bool:
    """A permit up to a confidentiality reaches what is no more confidential; a deny from it on what is no less.

    A permit by sensitivity needs all labels of the study among those named, a deny one of them.
    """
    rank = codes.RANKS.index(question.confidentiality)
    ranks = [codes.RANKS.index(one) for one in labels if one in codes.RANKS]
    named = {one for label in labels if label not in codes.RANKS for one in (label, *codes.SENSITIVITIES[label])}
    match effect:
        case Type.PERMIT:
            return any(rank <= one for one in ranks) or bool(question.labels and question.labels <= named)
        case Type.DENY:
            return any(rank >= one for one in ranks) or bool(question.labels & named)
