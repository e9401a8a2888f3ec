"""Who may search what: asked before any archive is, of nothing but who asks and how: no answer tells of data."""

from dataclasses import dataclass
from enum import StrEnum

from policy.decision import Reason
from policy.request import Network, PurposeOfUse, RelationshipKind, Subject


class SearchAction(StrEnum):
    """Cedar actions that come before all showing: to ask archives or the patient index, to declare an emergency."""

    SEARCH = "search"
    MATCH = "match"
    BREAK_GLASS = "breakGlass"


class SearchKey(StrEnum):
    """By what a search says whom or what it is for, the most telling first."""

    IDENTIFIER = "identifier"
    STUDY = "study"
    ACCESSION = "accession"
    DEMOGRAPHICS = "demographics"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Searching:
    """The context of a search: why, from where, when (`now` in Unix seconds), and how it says whom it is for.

    `own_identifier` when the identifier is one of the subject's own; `relationship` is the one to a patient who has it;
    `knows_caller` when the institution has, or may have, an identifier for the subject; `break_glass` when the subject
    has declared an emergency for the patient.
    """

    purpose: PurposeOfUse
    network: Network
    now: int
    key: SearchKey
    own_identifier: bool = False
    relationship: RelationshipKind = RelationshipKind.NONE
    knows_caller: bool = False
    break_glass: bool = False


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """May `subject` search at `institution`? Where that is empty the exchange as a whole is meant."""

    subject: Subject
    action: SearchAction
    searching: Searching
    institution: str = ""
    allows_sharing: bool = False


@dataclass(frozen=True, slots=True)
class SearchDecision:
    """`because` are the rules that permit the search or forbid it, none where nothing permits it.

    `policy` is the content hash of the bundle that decided; `errors` counts rules that failed (any error refuses).
    """

    permitted: bool
    because: tuple[Reason, ...]
    policy: str
    errors: int = 0
