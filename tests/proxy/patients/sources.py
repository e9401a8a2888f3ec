"""Sources of cross-references made of paper, and shorthands for identifiers."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from proxy.patients.crossreference import CrossReferenceFailed, Demographics
from proxy.resources import PatientIdentifier


def one(text: str) -> PatientIdentifier:
    """`A|1` as an identifier."""
    authority, _, value = text.partition("|")
    return PatientIdentifier(authority, value)


def some(*texts: str) -> frozenset[PatientIdentifier]:
    return frozenset(map(one, texts))


@dataclass
class PaperSource:
    """`says` which others are named with an identifier; `silent` about these; `asked` in order."""

    says: dict[str, tuple[str, ...]]
    silent: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    demographics: Mapping[str, Demographics] = field(default_factory=dict)

    async def known_as(self, identifier: PatientIdentifier) -> frozenset[PatientIdentifier]:
        text = f"{identifier.authority}|{identifier.value}"
        self.asked.append(text)
        if text in self.silent:
            raise CrossReferenceFailed("it does not answer")
        return some(*self.says.get(text, ()))

    async def demographics_of(self, identifier: PatientIdentifier) -> Demographics:
        return self.demographics.get(f"{identifier.authority}|{identifier.value}", Demographics())

    def __hash__(self) -> int:
        return id(self)


def everybody_alike(*groups: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """What a truthful source says of people known by `groups`."""
    return {text: tuple(other for other in group if other != text) for group in groups for text in group}
