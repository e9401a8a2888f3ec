"""What a patient's consents say to one question: the exceptions before their rules, and a deny before a permit.

An exception takes from its rule whatever it does not say itself, so that one for research is about the same people
and the same data. Where it cannot be told whether a study is meant, a deny counts and a permit does not. Several
consents: `Precedence` says which of them wins, which IHE PCF leaves to the exchange.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from policy.consent import codes
from policy.consent.directive import Criteria, Directive, Party, Provision, Type
from policy.consent.matching import Match, Question, match

_NEVER = datetime(1, 1, 1, tzinfo=UTC)


class Precedence(StrEnum):
    """Of several consents in force that disagree: any deny, or the one that was recorded last."""

    DENY = "deny"
    LATEST = "latest"


class Verdict(StrEnum):
    """`ALWAYS_DENIES` is a deny of which the patient said that it holds in emergencies too."""

    NONE = "none"
    PERMITS = "permits"
    DENIES = "denies"
    ALWAYS_DENIES = "always-denies"


@dataclass(frozen=True, slots=True)
class Ruling:
    """`because` names the provisions that decided; `names_recipient` for a permit under 42 CFR 2.31."""

    verdict: Verdict
    because: tuple[str, ...] = ()
    names_recipient: bool = False


NO_RULING = Ruling(Verdict.NONE)


@dataclass(frozen=True, slots=True)
class _Opinion:
    directive: Directive
    type: Type
    path: str
    criteria: Criteria


def rule(directives: Sequence[Directive], question: Question, precedence: Precedence = Precedence.DENY) -> Ruling:
    """What `directives` say together."""
    opinions = [opinion for one in directives if (opinion := _opinion_of(one, question)) is not None]
    match precedence:
        case Precedence.DENY:
            decisive = opinions
        case Precedence.LATEST:
            newest = max((_recorded(one) for one in opinions), default=_NEVER)
            decisive = [one for one in opinions if _recorded(one) == newest]
    denying = [one for one in decisive if one.type is Type.DENY]
    if denying:
        always = any(_is_absolute(one) for one in denying)
        return Ruling(Verdict.ALWAYS_DENIES if always else Verdict.DENIES, _reasons(denying))
    if decisive:
        return Ruling(Verdict.PERMITS, _reasons(decisive), any(map(_names_recipient, decisive)))
    return NO_RULING


def _opinion_of(directive: Directive, question: Question) -> _Opinion | None:
    """A permit reaches no further than the institutions that it was given to; a deny reaches everywhere."""
    opinion = _judge(directive, directive.provision, question)
    if opinion is None or opinion.type is Type.DENY:
        return opinion
    within = [organization & question.institutions for organization in directive.organizations]
    narrowed = bool(within) and all(within)
    return None if narrowed and not any(one & question.custodians for one in within) else opinion


def _judge(directive: Directive, provision: Provision, question: Question) -> _Opinion | None:
    """What `provision` and its exceptions say; None where it is not about this question."""
    if not provision.period.holds(question.moment):
        return None
    exceptions = [opinion for one in provision.exceptions if (opinion := _judge(directive, one, question)) is not None]
    if exceptions:
        return next((one for one in exceptions if one.type is Type.DENY), exceptions[0])
    needed = {Type.PERMIT: Match.YES, Type.DENY: Match.PERHAPS}[provision.type]
    if match(provision.criteria, question, provision.type) < needed:
        return None
    return _Opinion(directive, provision.type, provision.path, provision.criteria)


def _recorded(opinion: _Opinion) -> datetime:
    return opinion.directive.recorded or _NEVER


def _is_absolute(opinion: _Opinion) -> bool:
    """Whether the patient has spoken of emergencies, and against them."""
    return opinion.directive.absolute or bool((opinion.criteria.purposes or frozenset()) & codes.EMERGENCY)


def _names_recipient(opinion: _Opinion) -> bool:
    """Whether it is about substance use and names who receives (42 CFR 2.31(a)(4))."""
    named = any(one.party is Party.RECIPIENT for one in opinion.criteria.actors or ())
    return named and bool((opinion.criteria.labels or frozenset()) & codes.SUBSTANCE_USE)


def _reasons(opinions: Iterable[_Opinion]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"Consent/{one.directive.id} {one.path}" for one in opinions))
