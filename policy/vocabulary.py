"""The words that rules may use: the enumerated entity types of a schema and their values."""

from collections.abc import Mapping
from enum import StrEnum
import json
import re
from typing import Final

from policy.request import Consent, DirectiveVerdict, Network, PurposeOfUse, RelationshipKind, StudyState
from policy.searches import SearchKey

Vocabulary = Mapping[str, frozenset[str]]

STATED: Final[Mapping[str, type[StrEnum]]] = {
    "Consent": Consent,
    "Directive": DirectiveVerdict,
    "Network": Network,
    "Purpose": PurposeOfUse,
    "Relationship": RelationshipKind,
    "SearchKey": SearchKey,
    "State": StudyState,
}
"""The enumerated types whose values this program states; those of the others (labels, roles) the exchange chooses."""

_ENUMERATION = re.compile(r"entity (\w+) enum (\[[^\]]*\]);")


def read_vocabulary(schema: str) -> Vocabulary:
    """The values of every enumerated entity type in `schema`, given as Cedar itself prints a parsed schema."""
    return {name: frozenset(json.loads(values)) for name, values in _ENUMERATION.findall(schema)}
