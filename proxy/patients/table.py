"""A table of cross-references for exchanges without a patient index: CSV with a heading, or SQLite (`storage`).

Columns: `person` joins the rows of one person, `authority`, `value`; `birth_date` and `sex` may be left out.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
import csv
from io import StringIO
from pathlib import Path
import re

from proxy.errors import ConfigurationError
from proxy.patients.crossreference import Demographics, is_plain, plain
from proxy.patients.files import read_file
from proxy.resources import PatientIdentifier

COLUMNS = ("person", "authority", "value")
_BIRTH_DATE = re.compile(r"(\d{8})?", re.ASCII)
_SEXES = frozenset({"", "M", "F", "O"})


class CsvTable:
    """The table as it was read at start."""

    def __init__(self, rows: Iterable[Mapping[str, str]]) -> None:
        """Raises `ConfigurationError` with the number of a row that is wrong, never with a person."""
        self._people: dict[PatientIdentifier, str] = {}
        self._known: defaultdict[str, set[PatientIdentifier]] = defaultdict(set)
        self._demographics: dict[str, Demographics] = {}
        for number, row in enumerate(rows, start=2):
            self._add(number, row)

    async def known_as(self, identifier: PatientIdentifier) -> frozenset[PatientIdentifier]:
        person = self._people.get(identifier)
        return frozenset(self._known[person]) if person is not None else frozenset()

    async def demographics_of(self, identifier: PatientIdentifier) -> Demographics:
        person = self._people.get(identifier)
        return self._demographics[person] if person is not None else Demographics()

    def _add(self, number: int, row: Mapping[str, str]) -> None:
        person, identifier = row["person"].strip(), PatientIdentifier(row["authority"].strip(), row["value"].strip())
        said = to_demographics(row.get("birth_date"), row.get("sex"))
        if not is_plain(person) or not plain([identifier]) or said is None:
            raise ConfigurationError(
                f"row {number} is not a person, an authority and a value, or has a wrong date or sex"
            )
        if self._people.setdefault(identifier, person) != person:
            raise ConfigurationError(f"row {number} gives one identifier to two persons")
        before = self._demographics.setdefault(person, said)
        if before != said:
            raise ConfigurationError(f"row {number} says something else of the person than a row before it")
        self._known[person].add(identifier)


def to_demographics(birth_date: str | None, sex: str | None) -> Demographics | None:
    """What a row says of the person; `None` when it is no DICOM date (DA) or no DICOM sex."""
    date, code = (birth_date or "").strip(), (sex or "").strip()
    return Demographics(date, code) if _BIRTH_DATE.fullmatch(date) and code in _SEXES else None


def read_csv_table(path: Path) -> CsvTable:
    """Read the table at `path`. Raises `ConfigurationError`."""
    return read_file(path, to_csv_table)


def to_csv_table(content: bytes) -> CsvTable:
    """Parse a table's bytes. Raises `ConfigurationError`."""
    try:
        reader = csv.DictReader(StringIO(content.decode("utf-8-sig"), newline=""), restval="", strict=True)
        names = set(reader.fieldnames or ())
        rows = list(reader)
    except (UnicodeDecodeError, csv.Error):
        raise ConfigurationError("not a CSV file in UTF-8") from None
    if not set(COLUMNS) <= names:
        raise ConfigurationError(f"the heading must name {', '.join(COLUMNS)}")
    return CsvTable(rows)
