"""A table of cross-references: CSV and SQLite say the same; what is wrong is refused by its row, without a person."""

from pathlib import Path
import sqlite3

import pytest

from proxy.errors import ConfigurationError
from proxy.patients.crossreference import CrossReferenceFailed, Demographics
from proxy.patients.table import CsvTable, read_csv_table
from proxy.storage.crossreferences import SqliteTable
from tests.proxy.patients.sources import one, some

ROWS = [
    ("1", "GENERAL", "G-1001", "19610312", "M"),
    ("1", "LAKESIDE", "77-201", "19610312", "M"),
    ("2", "GENERAL", "G-1002", "", ""),
]


def csv_table(folder: Path) -> CsvTable:
    file = folder / "table.csv"
    lines = ["person,authority,value,birth_date,sex", *(",".join(row) for row in ROWS)]
    file.write_text("\r\n".join(lines), "utf-8-sig")
    return read_csv_table(file)


def sqlite_table(folder: Path, rows: list[tuple[str, ...]] = ROWS) -> SqliteTable:
    file = folder / "table.sqlite"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE cross_reference (person, authority, value, birth_date, sex)")
        connection.executemany("INSERT INTO cross_reference VALUES (?, ?, ?, ?, ?)", rows)
    connection.close()
    return SqliteTable(file)


@pytest.fixture(params=[csv_table, sqlite_table])
def table(request: pytest.FixtureRequest, tmp_path: Path) -> CsvTable | SqliteTable:
    opened: CsvTable | SqliteTable = request.param(tmp_path)
    return opened


async def test_a_table_names_the_others(table: CsvTable | SqliteTable) -> None:
    assert await table.known_as(one("LAKESIDE|77-201")) == some("GENERAL|G-1001", "LAKESIDE|77-201")
    assert await table.known_as(one("GENERAL|77-201")) == frozenset(), "the value alone names nobody"
    assert await table.demographics_of(one("LAKESIDE|77-201")) == Demographics("19610312", "M")
    assert await table.demographics_of(one("GENERAL|G-1002")) == Demographics()
    assert await table.demographics_of(one("GENERAL|nobody")) == Demographics()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("person,authority\n1,A\n", "heading"),
        ("person,authority,value\n1,A,1\n2,A,1\n", "row 3 gives one identifier to two persons"),
        ("person,authority,value\n1,A,SECRET*\n", "row 2"),
        ("person,authority,value\n1,,SECRET\n", "row 2"),
        ("person,authority,value\n,A,SECRET\n", "row 2"),
        ("person,authority,value,birth_date\n1,A,SECRET,1961\n", "row 2"),
        ("person,authority,value,sex\n1,A,SECRET,male\n", "row 2"),
        ("person,authority,value,sex\n1,A,SECRET,M\n1,B,2,F\n", "row 3 says something else"),
        ("\xff", "UTF-8"),
    ],
)
def test_a_table_that_is_wrong_is_refused(tmp_path: Path, content: str, words: str) -> None:
    file = tmp_path / "table.csv"
    file.write_text(content, "latin-1")
    with pytest.raises(ConfigurationError, match=words) as refusal:
        read_csv_table(file)
    assert "SECRET" not in str(refusal.value)


async def test_a_change_of_the_sqlite_table_is_seen(tmp_path: Path) -> None:
    table = sqlite_table(tmp_path)
    with sqlite3.connect(tmp_path / "table.sqlite") as connection:
        connection.execute("INSERT INTO cross_reference VALUES ('2', 'LAKESIDE', '77-202', '', '')")
    connection.close()
    assert one("LAKESIDE|77-202") in await table.known_as(one("GENERAL|G-1002"))


async def test_an_identifier_of_two_persons_names_neither(tmp_path: Path) -> None:
    table = sqlite_table(tmp_path, [*ROWS, ("2", "LAKESIDE", "77-201", "", "")])
    with pytest.raises(CrossReferenceFailed):
        await table.known_as(one("LAKESIDE|77-201"))


async def test_a_table_that_is_gone_does_not_answer(tmp_path: Path) -> None:
    table = sqlite_table(tmp_path)
    (tmp_path / "table.sqlite").unlink()
    with pytest.raises(CrossReferenceFailed):
        await table.known_as(one("LAKESIDE|77-201"))


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "table.sqlite"
    file.write_bytes(b"no database")
    with pytest.raises(ConfigurationError, match="cross_reference"):
        SqliteTable(file)
    with pytest.raises(ConfigurationError):
        SqliteTable(tmp_path / "missing.sqlite")
    assert not (tmp_path / "missing.sqlite").exists()
