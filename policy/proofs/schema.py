"""What a schema says there is: kinds of entity with their attributes, and which actions are about which.

Cedar gives no other form of a parsed schema than its own text, which is regular: one line for each attribute.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
import json
import re

import cedarpy


@dataclass(frozen=True, slots=True)
class Attribute:
    """`kind` is `Bool`, `Long`, `String`, `datetime`, a kind of entity, or `Set<…>` of one of these."""

    name: str
    kind: str
    optional: bool


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of entity; `values` are those of an enumerated one, empty for others. `parents` are kinds it may be in."""

    name: str
    values: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    attributes: Mapping[str, Attribute] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Action:
    name: str
    principals: tuple[str, ...]
    resources: tuple[str, ...]
    context: Mapping[str, Attribute]


@dataclass(frozen=True, slots=True)
class Schema:
    """Names are without their namespace, which is `HIE` for all."""

    kinds: Mapping[str, Kind]
    actions: Mapping[str, Action]


_ENUMERATED = re.compile(r"  entity (\w+) enum (\[[^\]]*\]);")
_ENTITY = re.compile(r"  entity (\w+)(?: in \[([^\]]*)\])?(?: = \{\n(.*?)\n  \})?;", re.DOTALL)
_TYPE = re.compile(r"  type (\w+) = \{\n(.*?)\n  \};", re.DOTALL)
_ATTRIBUTE = re.compile(r'    "?(\w+)"?(\??): (.+?),?')
_ACTION = re.compile(
    r'  action ("\w+"|\w+)(?: in \[[^\]]*\])? appliesTo \{\n    principal: \[(.*?)\],\n    resource: \[(.*?)\],\n'
    r"    context: (\w+|\{\}|\{\n.*?\n    \})\n  \};",
    re.DOTALL,
)


class UnreadableSchema(ValueError):
    """The schema says something that this reader does not know."""


def read_schema(text: str) -> Schema:
    """Read a schema in Cedar's text form. Raises `UnreadableSchema`."""
    plain = str(cedarpy.Schema.from_str(text))
    kinds = {name: Kind(name, tuple(json.loads(values))) for name, values in _ENUMERATED.findall(plain)}
    for name, parents, attributes in _ENTITY.findall(plain):
        kinds[name] = Kind(name, (), _names(parents), _attributes(attributes))
    records = {name: _attributes(attributes) for name, attributes in _TYPE.findall(plain)}
    actions = {action.name: action for action in _actions(plain, records)}
    if len(kinds) != plain.count("  entity ") or len(actions) != len(re.findall(r"^  action ", plain, re.MULTILINE)):
        raise UnreadableSchema("the schema says something that proofs do not know")
    return Schema(kinds, actions)


def _actions(plain: str, records: Mapping[str, Mapping[str, Attribute]]) -> Iterator[Action]:
    for name, principals, resources, context in _ACTION.findall(plain):
        if context.startswith("{"):
            known: Mapping[str, Attribute] = _attributes(
                "\n".join(line.removeprefix("  ") for line in context.split("\n")[1:-1])
            )
        else:
            known = records[context]
        yield Action(name.strip('"'), _names(principals), _names(resources), known)


def _attributes(text: str) -> dict[str, Attribute]:
    found = [_ATTRIBUTE.fullmatch(line) for line in text.split("\n") if line]
    if not all(found):
        raise UnreadableSchema("an attribute of the schema is of a kind that proofs do not know")
    return {one[1]: Attribute(one[1], one[3], bool(one[2])) for one in found if one}


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in text.split(", ") if name)
