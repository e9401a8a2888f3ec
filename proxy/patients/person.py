"""One person under several identifiers, and how surely that is known."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from proxy.patients.crossreference import Demographics
from proxy.resources import PatientIdentifier


class Certainty(StrEnum):
    """Whether all sources that have to be asked have answered, and alike."""

    KNOWN = "known"
    UNANSWERED = "unanswered"
    CONTRADICTED = "contradicted"


NOTHING_SAID = Demographics()


@dataclass(frozen=True, slots=True)
class Person:
    """`identifiers` are those known to be of one person, in a stable order; `record` is the key in the register.

    Whatever is not certain is left out: under it nobody is merged.
    """

    identifiers: tuple[PatientIdentifier, ...]
    record: str | None = None
    demographics: Demographics = NOTHING_SAID
    certainty: Certainty = Certainty.KNOWN


@dataclass(frozen=True, slots=True)
class Said:
    """What all sources together said of one identifier: itself and the others; not `complete` when one was silent."""

    identifiers: frozenset[PatientIdentifier]
    complete: bool = True


def confirmed(
    identifier: PatientIdentifier, said: Mapping[PatientIdentifier, Said]
) -> tuple[frozenset[PatientIdentifier], Certainty]:
    """The identifiers that are of the same person as `identifier`, each joined by an answer in either direction.

    An identifier that does not answer for the person that another one claims for it is left out: a link that holds in
    one direction only is a mistake of somebody's, or a lie.
    """
    group, waiting, certainty = {identifier}, [identifier], Certainty.KNOWN
    while waiting:
        one = waiting.pop()
        if not said[one].complete:
            certainty = _worse(certainty, Certainty.UNANSWERED)
        for other in said[one].identifiers - group:
            answer = said.get(other)
            if answer is not None and one in answer.identifiers:
                group.add(other)
                waiting.append(other)
            else:
                silent = answer is not None and not answer.complete
                certainty = _worse(certainty, Certainty.UNANSWERED if silent else Certainty.CONTRADICTED)
    return frozenset(group), certainty


def _worse(one: Certainty, other: Certainty) -> Certainty:
    return max(one, other, key=list(Certainty).index)
