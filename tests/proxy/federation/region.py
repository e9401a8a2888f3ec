"""A whole region on paper: hundreds of archives, each with caps, habits and faults as archives have, from a seed."""

from collections.abc import Hashable
from dataclasses import dataclass
from itertools import pairwise
import random

from proxy.resources import PatientIdentifier
from tests.proxy.federation.paper import Row, study_row
from tests.proxy.federation.simulated import SimulatedArchive

Truth = set[tuple[str, Hashable]]
"""Studies, each with whose it is."""

_PEOPLE = 40


@dataclass(frozen=True)
class Region:
    """`persons` says who is one person; identifiers that it does not know are each somebody of their own.

    Every authority counts its patients from 1, so that the same numbers are different people everywhere.
    """

    archives: tuple[SimulatedArchive, ...]
    persons: dict[PatientIdentifier, str]
    hidden: frozenset[str]

    def person(self, archive: SimulatedArchive, row: Row) -> Hashable:
        identifier = PatientIdentifier(archive.archive.assigning_authority, row["00100020"]["Value"][0])
        return self.persons.get(identifier, identifier)

    def held(self, archive: SimulatedArchive) -> Truth:
        """What may be known of what `archive` has."""
        rows = ((row["0020000D"]["Value"][0], self.person(archive, row)) for row in archive.rows if "00100020" in row)
        return {(study, person) for study, person in rows if study not in self.hidden}

    def forget_hidden(self) -> None:
        """From now on archives do not have what was hidden, and remember no question."""
        for archive in self.archives:
            archive.rows = [row for row in archive.rows if row["0020000D"]["Value"][0] not in self.hidden]
            archive.questions.clear()


def region(seed: int, honest: float = 0.8, count: int = 500) -> Region:
    """Always the same for a `seed`. Persons have studies at several archives, and some studies at two.

    `honest` is the share of archives that heed offsets and do not break down.
    """
    chance = random.Random(seed)
    names = [f"a{number}" for number in range(count)]
    persons = {
        PatientIdentifier(name.upper(), str(number)): f"person-{chance.randrange(_PEOPLE)}"
        for name in names
        for number in range(1, 4)
        if chance.random() < 0.7  # the others are known to one archive alone
    }
    rows = {name: _rows(chance, number) for number, name in enumerate(names)}
    for name, other in pairwise(names):
        rows[other] += _copies(chance, rows[name][:1], (name.upper(), other.upper()), persons)
    for own in rows.values():
        chance.shuffle(own)
    archives = tuple(_archive(chance, name, rows[name], honest) for name in names)
    studies = [row["0020000D"]["Value"][0] for own in rows.values() for row in own]
    return Region(archives, persons, frozenset(chance.sample(studies, len(studies) // 10)))


def _rows(chance: random.Random, number: int) -> list[Row]:
    """A few studies of an archive's three patients, and now and then a row that names nobody."""
    rows = []
    for study in range(chance.choice([0, 1, 2, 3, 5, 12])):
        date = f"20{chance.randrange(10, 27)}0{chance.randrange(1, 10)}1{chance.randrange(10)}"
        rows.append(study_row(f"1.2.{number}.{study}", str(chance.randrange(1, 4)), date=date))
    if chance.random() < 0.02:
        rows.append({"0020000D": {"vr": "UI", "Value": [f"1.2.{number}.999"]}})
    return rows


def _copies(
    chance: random.Random, rows: list[Row], authorities: tuple[str, str], persons: dict[PatientIdentifier, str]
) -> list[Row]:
    """What the next archive has of `rows`: under the same person's number there, or under somebody else's."""
    copies = []
    for row in rows if chance.random() < 0.3 and "00100020" in (rows[0] if rows else {}) else ():
        number, there = row["00100020"]["Value"][0], str(chance.randrange(1, 4))
        if chance.random() < 0.8:  # else it is a dispute: one UID, and two people
            person = persons.setdefault(PatientIdentifier(authorities[0], number), f"person-{chance.random()}")
            persons[PatientIdentifier(authorities[1], there)] = person
        copies.append({**row, "00100020": {"vr": "LO", "Value": [there]}})
    return copies


def _archive(chance: random.Random, name: str, rows: list[Row], share: float) -> SimulatedArchive:
    honest = chance.random() < share
    return SimulatedArchive(
        name,
        rows,
        cap=chance.choice([0, 0, 1, 2, 5]),
        says_more=chance.random() < 0.5,
        heeds_limit=chance.random() < 0.9,
        heeds_offset=honest or chance.random() < 0.5,
        fails_at=-1 if honest else chance.choice([-1, 0, 1, 2]),
        delay=chance.choice([0, 0, 0, 0.001, 0.005]),
    )
