"""The table of cross-references that the configuration names, by the kind of its file."""

from typing import Final

from proxy.patients.crossreference import CrossReference
from proxy.patients.table import read_csv_table
from proxy.settings.patients import Patients
from proxy.storage.crossreferences import SqliteTable

_SQLITE: Final = frozenset({".db", ".sqlite"})


def read_tables(patients: Patients) -> list[CrossReference]:
    """The table, or nothing when there is none. Raises `ConfigurationError` when it cannot be used."""
    if patients.table is None:
        return []
    return [SqliteTable(patients.table) if patients.table.suffix in _SQLITE else read_csv_table(patients.table)]
