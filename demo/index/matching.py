"""How like a person is to what is looked for: a score from 0 to 1 and its grade, as `$match` gives them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from demo.index.people import IndexedPerson

_WEIGHTS: Final = {"family": 0.4, "birth_date": 0.35, "given": 0.15, "gender": 0.1}
_LEAST: Final = 0.4


def ranked(people: Sequence[IndexedPerson], wanted: Mapping[str, Any]) -> list[tuple[float, IndexedPerson]]:
    """Whoever is like enough to `wanted`, a Patient resource, the likeliest first."""
    traits = _traits(wanted)
    scored = [(_score(person, traits), person) for person in people]
    return sorted((one for one in scored if one[0] >= _LEAST), key=lambda one: (-one[0], one[1].id))


def grade(score: float) -> str:
    """Of the value set http://hl7.org/fhir/ValueSet/match-grade."""
    return "certain" if score >= 0.95 else "probable" if score >= 0.7 else "possible"


def _traits(wanted: Mapping[str, Any]) -> dict[str, str]:
    name: Mapping[str, Any] = next(iter(wanted.get("name", ())), {})
    given = " ".join(name.get("given", ()))
    said = {"family": name.get("family", ""), "given": given}
    said |= {"birth_date": wanted.get("birthDate", ""), "gender": wanted.get("gender", "")}
    return {trait: text.casefold() for trait, text in said.items() if text}


def _score(person: IndexedPerson, traits: Mapping[str, str]) -> float:
    whole = sum(_WEIGHTS[trait] for trait in traits)
    alike = sum(_WEIGHTS[trait] for trait, text in traits.items() if getattr(person, trait).casefold() == text)
    return round(alike / whole, 3) if whole else 0.0
