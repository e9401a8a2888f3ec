"""What a source of consents is asked and answers: every consent of one person that may be in force."""

from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from policy.consent.directive import Directive, Identity, Known, UnreadableConsent
from policy.consent.reading import to_directive

MAXIMUM_CONSENTS = 500
"""Nobody has more; who seems to is several people."""


class ConsentsSilent(Exception):
    """A source did not answer, or not in a way that can be used; the words are safe."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A consent that is not understood: `about` is where it is kept, `words` say what of it."""

    about: str
    words: str


@dataclass(frozen=True, slots=True)
class Found:
    """All consents of a person: those in force, and those that are not understood.

    Not `whole` while there may be more of the person, in what nobody can read.
    """

    directives: tuple[Directive, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    whole: bool = True

    def and_also(self, other: "Found") -> "Found":
        return Found(
            (*self.directives, *other.directives),
            (*self.unreadable, *other.unreadable),
            self.whole and other.whole,
        )


class ConsentSource(Protocol):
    """Where consents are kept."""

    def consents_of(self, person: frozenset[Identity]) -> Awaitable[Found]:
        """Those of whoever has these identities. Raises `ConsentsSilent`."""

    def close(self) -> Awaitable[None]: ...


def understand(
    resources: Iterable[tuple[str, Mapping[str, Any]]],
    person: frozenset[Identity],
    known: Known,
    included: Mapping[str, frozenset[Identity]],
) -> Found:
    """`resources` with where they are, each as a directive of `person` or not understood.

    A consent that a source gives but that names somebody else, or nobody known, is not understood either: whose it is
    must not be guessed.
    """
    directives: list[Directive] = []
    unreadable: list[Unreadable] = []
    for about, resource in resources:
        try:
            directive = to_directive(resource, known, included)
            if directive is not None and directive.patient.isdisjoint(person):
                raise UnreadableConsent("patient", "not one of the person's identifiers")  # noqa: TRY301 - as others
        except UnreadableConsent as refusal:
            unreadable.append(Unreadable(about, str(refusal)))
        else:
            directives += [directive] if directive is not None else []
    return Found(tuple(directives), tuple(unreadable))
