"""Rules by form: what officers may choose from, a file's rules as forms, and a form as Cedar."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from policy.bundle import Bundle
from policy.capabilities import OBLIGATIONS, Parameter
from policy.forms.facts import FACTS, Kind
from policy.forms.form import COMPARISONS, Form
from policy.forms.reading import to_form
from policy.forms.statements import split
from policy.forms.writing import to_cedar
from policy.lint import owner_of
from policy.request import Capability
from policy.rule import read_rules
from proxy.http.bodies import read_body
from proxy.http.json import json_response
from proxy.oversight.officers import Officers

_LARGEST: Final = 2**20


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    path: str
    text: str


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    path: str
    form: Form


@dataclass(frozen=True, slots=True)
class Forms:
    """`policy` gives the bundle in force, whose schema says what there is to choose from."""

    officers: Officers
    policy: Callable[[], Bundle]

    async def words(self, request: Request) -> Response:
        """What a rule may speak of."""
        await self.officers.reading(request)
        vocabulary = self.policy().vocabulary
        document = {
            "facts": [
                {
                    "name": fact.name,
                    "kind": fact.kind.value,
                    "words": fact.words,
                    "how": [how.value for how in COMPARISONS[fact.kind]],
                    "values": sorted(vocabulary.get(fact.entity, ())),
                    "unit": fact.unit,
                    "least": fact.least,
                    "most": fact.most,
                }
                for fact in FACTS.values()
            ],
            "roles": sorted(vocabulary.get("Role", ())),
            "capabilities": [
                {"name": one.value, "refused": OBLIGATIONS[one].says if one in OBLIGATIONS else ""}
                for one in Capability
            ],
            "parameters": [
                {"name": one.value, "kind": (Kind.FLAG if one.is_flag else Kind.NUMBER).value} for one in Parameter
            ],
            "institutions": [{"id": one.id, "name": one.name} for one in self.officers.institutions],
        }
        return json_response(request, document)

    async def read(self, request: Request) -> Response:
        """The rules of a file: each as it is written, and as a form where a form says all of it."""
        await self.officers.reading(request)
        file = await read_body(request, _File, _LARGEST)
        return json_response(request, read_file(file.path, file.text))

    async def write(self, request: Request) -> Response:
        await self.officers.reading(request)
        told = await read_body(request, _Written)
        return json_response(request, {"text": to_cedar(told.form, owner_of(told.path))})


def read_file(path: str, text: str) -> dict[str, Any]:
    """The rules of one file in their order, each with its line.

    `problem` says why the file cannot be read, at which line; then there are no rules.
    """
    pieces, rest = split(text)
    lines = list(_lines(pieces))
    try:
        rules = read_rules(text, path)
    except ValueError as error:
        return {
            "rules": [],
            "rest": text,
            "problem": _first_problem(pieces, rest, path) or {"line": 1, "what": str(error)},
        }
    told = [
        {"id": rule.id, "line": line, "text": piece, "form": msgspec.to_builtins(to_form(rule))}
        for piece, line, rule in zip(pieces, lines, rules, strict=True)
    ]
    return {"rules": told, "rest": rest, "problem": None}


def _lines(pieces: Iterable[str]) -> Iterator[int]:
    """At which line each rule begins, blank lines before it apart."""
    line = 1
    for piece in pieces:
        yield line + piece[: len(piece) - len(piece.lstrip())].count("\n")
        line += piece.count("\n")


def _first_problem(pieces: Sequence[str], rest: str, path: str) -> dict[str, Any] | None:
    """The first rule that cannot be read by itself, and where it begins."""
    parts = [*pieces, *([rest] if rest.strip() else [])]
    for part, line in zip(parts, _lines(parts), strict=True):
        try:
            read_rules(part, path)
        except ValueError as error:
            return {"line": line, "what": str(error)}
    return None
