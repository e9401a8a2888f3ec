"""A patient's consent directive as it was understood (FHIR R4 Consent, IHE PCF 3:5.8), free of the resource's form."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from policy.errors import PolicyError


class UnreadableConsent(PolicyError):
    """A consent that is not understood in full, and therefore refuses; `where` is a FHIR path, never a value."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}" if where else what)
        self.where = where
        self.what = what


@dataclass(frozen=True, slots=True)
class Identity:
    """Who or what something is: a FHIR Identifier; for a literal reference, `Organization/1`, without a system."""

    system: str
    value: str


@dataclass(frozen=True, slots=True)
class Coding:
    system: str
    code: str


@dataclass(frozen=True, slots=True)
class Known:
    """Who can be recognised: single `identities`, and everybody and everything that `systems` name."""

    identities: frozenset[Identity] = frozenset()
    systems: frozenset[str] = frozenset()

    def knows(self, identity: Identity) -> bool:
        return identity in self.identities or identity.system in self.systems


@dataclass(frozen=True, slots=True)
class Interval:
    """From `start` until just before `end`; without end or beginning where that is None."""

    start: datetime | None = None
    end: datetime | None = None

    def holds(self, moment: datetime) -> bool:
        return (self.start is None or self.start <= moment) and (self.end is None or moment < self.end)

    def spans(self, day: date) -> bool:
        """Whether some of `day` lies within, by its calendar date."""
        last = None if self.end is None else (self.end - timedelta.resolution).date()
        return (self.start is None or self.start.date() <= day) and (last is None or day <= last)


class Type(StrEnum):
    PERMIT = "permit"
    DENY = "deny"


class Party(StrEnum):
    """As what somebody is named: who receives information, or who keeps it (HL7 v3 ParticipationType)."""

    RECIPIENT = "recipient"
    CUSTODIAN = "custodian"


@dataclass(frozen=True, slots=True)
class Actor:
    party: Party
    identities: frozenset[Identity]


class Meaning(StrEnum):
    """How data is meant: the thing itself and what hangs on it, or whatever somebody authored."""

    ITSELF = "itself"
    AUTHORED_BY = "authored-by"


@dataclass(frozen=True, slots=True)
class Data:
    """What data; without identities something that no imaging study is."""

    meaning: Meaning
    identities: frozenset[Identity]


@dataclass(frozen=True, slots=True)
class Criteria:
    """What a provision is about. None: it does not say; of several entries of one kind one is enough."""

    actors: tuple[Actor, ...] | None = None
    purposes: frozenset[str] | None = None
    labels: frozenset[str] | None = None
    actions: frozenset[str] | None = None
    classes: frozenset[str] | None = None
    codes: frozenset[Coding] | None = None
    data: tuple[Data, ...] | None = None
    data_period: Interval | None = None

    def refined(self, own: "Criteria") -> "Criteria":
        """What an exception is about: what it says itself, and for the rest what its rule says."""
        said = {one.name: value for one in fields(own) if (value := getattr(own, one.name)) is not None}
        return replace(self, **said)


@dataclass(frozen=True, slots=True)
class Provision:
    """A rule and its exceptions; `path` is where it stands in the resource.

    An exception's `criteria` have what it says itself, and for the rest what its rule says.
    """

    type: Type
    path: str
    criteria: Criteria = Criteria()
    period: Interval = Interval()
    exceptions: tuple["Provision", ...] = ()


@dataclass(frozen=True, slots=True)
class Directive:
    """One consent in force or to come. `patient` and `organizations` are who they are known as.

    `absolute` when the patient chose that nobody sees anything, not even in an emergency (PCF `Policy-deny`).
    """

    id: str
    patient: frozenset[Identity]
    recorded: datetime | None
    organizations: Sequence[frozenset[Identity]]
    provision: Provision
    absolute: bool = False
