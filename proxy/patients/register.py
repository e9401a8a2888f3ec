"""The exchange's register: one patient under many identifiers, who treats whom, and what institutions said of studies.

The cross-reference answers as IHE PIXm does (ITI-83): by identifier *and* assigning authority, never by a name.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
import hashlib
from pathlib import Path
import re
import tomllib
from typing import Annotated, Literal

import msgspec

from proxy.errors import ConfigurationError
from proxy.patients.files import read_file
from proxy.resources import PatientIdentifier

PatientKey = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
Subject = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]{0,62}:[\x21-\x7e]{1,255}$")]
Label = Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9]{1,16}$")]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


_ENTRY = re.compile(r"^Invalid enum value .*(?= - at `)", re.DOTALL)
"""What the parser says of a value in the wrong place, which may be a person's."""


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the register; unknown entries are refused because a misspelt restriction restricts nothing."""


class Identifier(_Entry, frozen=True, forbid_unknown_fields=True, kw_only=True):
    authority: Text
    value: Text

    @property
    def of(self) -> PatientIdentifier:
        return PatientIdentifier(self.authority, self.value)


class Patient(_Entry, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A patient of the exchange; `id` is the exchange's own key, which is not a name and is shown to nobody.

    `employers` are the organizations that the patient works for, by name or by what registers know them by.
    """

    id: PatientKey
    consent: Literal["optin", "optout", "unknown"]
    identifiers: tuple[Identifier, ...]
    vip: bool = False
    employee: bool = False
    minor: bool = False
    employers: frozenset[Text] = frozenset()
    care_team: frozenset[Subject] = frozenset()
    blocked: frozenset[Subject] = frozenset()


class Relationship(_Entry, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"since": "from"}):
    """Why `subject` has to do with `patient`, from `since` and until just before `until`."""

    subject: Subject
    patient: PatientKey
    kind: Literal["encounter", "referral", "appointment", "registered"]
    since: Annotated[datetime, msgspec.Meta(tz=True)]
    until: Annotated[datetime, msgspec.Meta(tz=True)]

    def holds_at(self, moment: datetime) -> bool:
        return self.since <= moment < self.until


class User(_Entry, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`identifiers` are those under which institutions know this person as one of their staff."""

    subject: Subject
    suspended: bool = False
    identifiers: tuple[Identifier, ...] = ()


class Study(_Entry, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an institution said about one of its studies; `study` is a Study Instance UID."""

    study: Annotated[str, msgspec.Meta(pattern=r"^[0-9.]{1,64}$")]
    institution: PatientKey
    labels: frozenset[Label] = frozenset()
    confidentiality: Literal["U", "L", "M", "N", "R", "V"] = "N"
    state: Literal["final", "prelim", "quarantined"] = "final"


class RegisterFile(_Entry, frozen=True, forbid_unknown_fields=True, kw_only=True):
    patients: tuple[Patient, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    users: tuple[User, ...] = ()
    studies: tuple[Study, ...] = ()


class Register:
    """The register as it was read; another reading is another register, told apart by `version`."""

    def __init__(self, entries: RegisterFile, version: str = "") -> None:
        self.version = version
        self._patients = {patient.id: patient for patient in entries.patients}
        self._identifiers = {one.id: tuple(known.of for known in one.identifiers) for one in entries.patients}
        self._keys = {known.of: patient.id for patient in entries.patients for known in patient.identifiers}
        self._users = {user.subject: user for user in entries.users}
        self._staff = {known.of: user.subject for user in entries.users for known in user.identifiers}
        self._studies = {(study.study, study.institution): study for study in entries.studies}
        self._relationships: defaultdict[str, list[Relationship]] = defaultdict(list)
        for relationship in entries.relationships:
            self._relationships[relationship.subject].append(relationship)

    def patient_of(self, identifier: PatientIdentifier) -> str | None:
        """The exchange's key of the patient known under `identifier`; None when the exchange knows nobody by it."""
        return self._keys.get(identifier)

    def patient(self, key: str) -> Patient | None:
        return self._patients.get(key)

    def patient_known_as(self, identifier: PatientIdentifier) -> Patient | None:
        """The patient known under `identifier`; None when the exchange knows nobody by it."""
        key = self.patient_of(identifier)
        return self.patient(key) if key is not None else None

    def identifiers_of(self, key: str) -> tuple[PatientIdentifier, ...]:
        """All identifiers of a patient, in the order of the register; empty for a key that it does not hold."""
        return self._identifiers.get(key, ())

    def relationships_of(self, subject: str, moment: datetime) -> tuple[Relationship, ...]:
        """The relationships of `subject` that hold at `moment`, in the order of the register."""
        return tuple(one for one in self._relationships.get(subject, ()) if one.holds_at(moment))

    def user_of(self, identifier: PatientIdentifier) -> str | None:
        """The subject of the member of staff whom an institution knows under `identifier`; None for nobody known."""
        return self._staff.get(identifier)

    def staff_identifiers_of(self, subject: str) -> tuple[PatientIdentifier, ...]:
        """Under which identifiers institutions know a member of their staff."""
        user = self._users.get(subject)
        return tuple(known.of for known in user.identifiers) if user else ()

    def is_suspended(self, subject: str) -> bool:
        user = self._users.get(subject)
        return user is not None and user.suspended

    def study(self, study: str, institution: str) -> Study | None:
        """What the institution said about one of its studies; None when it said nothing."""
        return self._studies.get((study, institution))

    def labels(self) -> frozenset[str]:
        """Every security label that is used, for checking them against the policy's own words."""
        return frozenset(label for study in self._studies.values() for label in study.labels)


def read_register(path: Path) -> Register:
    """Read the register file at `path`. Raises `ConfigurationError` naming what is wrong, never a person."""
    return read_file(path, to_register)


def to_register(content: bytes) -> Register:
    """Parse a register file's bytes. Raises `ConfigurationError`."""
    try:
        entries = msgspec.convert(tomllib.loads(content.decode("utf-8")), RegisterFile)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"not valid TOML: {error}") from None
    except msgspec.ValidationError as error:
        raise ConfigurationError(_ENTRY.sub("Not one of the known values", str(error))) from None
    for problem in _contradictions(entries):
        raise ConfigurationError(problem)
    return Register(entries, hashlib.sha256(content).hexdigest())


def _contradictions(entries: RegisterFile) -> Iterator[str]:
    keys = {patient.id for patient in entries.patients}
    identifiers = (known.of for patient in entries.patients for known in patient.identifiers)
    if _repeated(patient.id for patient in entries.patients):
        yield "two patients share one id"
    if _repeated(identifiers):
        yield "one identifier stands twice among the patients"
    if _repeated(user.subject for user in entries.users):
        yield "two users share one subject"
    if _repeated(known.of for user in entries.users for known in user.identifiers):
        yield "one identifier stands twice among the users"
    if _repeated((study.study, study.institution) for study in entries.studies):
        yield "one study of an institution stands twice"
    for number, relationship in enumerate(entries.relationships, start=1):
        if relationship.patient not in keys:
            yield f"relationship {number} names a patient who is not in the register"
        if relationship.since >= relationship.until:
            yield f"relationship {number} ends before it begins"


def _repeated(values: Iterable[object]) -> bool:
    return any(count > 1 for count in Counter(values).values())
