"""The log in SQLite: append-only, for one writer, readable beside it, and honest about what was done to its file."""

from contextlib import closing
import os
from pathlib import Path
import shutil
import sqlite3
import stat
import subprocess
import sys

import pytest

from proxy.audit.store import EventQuery, LogDamaged, LogUnreadable
from proxy.audit.verification import Finding, verify_log
from proxy.errors import ConfigurationError
from proxy.storage.files import open_for_reading
from proxy.storage.queries import to_sql
from proxy.storage.sqlite import FILE_NAME, SqliteEvents
from tests.proxy.audit.logs import chained, view

LOG = chained(*(view(number) for number in range(1, 201)))
DROP = "DROP TRIGGER event_is_not_changed; DROP TRIGGER event_is_not_deleted; DROP TRIGGER event_follows_the_last;"


@pytest.fixture
def folder(tmp_path) -> Path:
    """A closed log of 200 records."""
    store = SqliteEvents(tmp_path / "audit")
    store.open()
    store.append(LOG)
    store.close()
    return tmp_path / "audit"


def tamper(folder: Path, script: str) -> None:
    with closing(sqlite3.connect(folder / FILE_NAME, isolation_level=None)) as connection:
        connection.executescript(script)


def restored_triggers(folder: Path) -> str:
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        rows = connection.execute("SELECT sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY rowid")
        return ";".join(sql for (sql,) in rows) + ";"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET body = x'7b7d' WHERE sequence = 100",
        "UPDATE event SET sequence = 1000 WHERE sequence = 200",
        "DELETE FROM event WHERE sequence = 200",
        "DELETE FROM event",
        "INSERT OR REPLACE INTO event (sequence, body, digest) VALUES (100, x'7b7d', zeroblob(32))",
        "REPLACE INTO event (sequence, body, digest) VALUES (200, x'7b7d', zeroblob(32))",
        "INSERT INTO event (sequence, body, digest) VALUES (202, x'7b7d', zeroblob(32))",
        "INSERT INTO event (sequence, body, digest) VALUES (0, x'7b7d', zeroblob(32))",
        "INSERT INTO event (sequence, body, digest) VALUES (201, '{}', zeroblob(32))",
        "INSERT INTO event (sequence, body, digest) VALUES (201, x'7b7d', zeroblob(31))",
        "INSERT INTO event (sequence, body, digest) VALUES (201, CAST('no json' AS BLOB), zeroblob(32))",
    ],
)
def test_records_can_neither_be_changed_nor_removed_nor_put_between(folder, statement):
    with pytest.raises(sqlite3.Error):
        tamper(folder, statement)
    assert list(SqliteEvents(folder).entries()) == LOG


def test_folder_and_files_are_for_this_account_alone(tmp_path):
    store = SqliteEvents(tmp_path / "new" / "audit")
    store.open()
    store.append(LOG[:1])
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "new" / "audit").iterdir()}
    assert stat.S_IMODE((tmp_path / "new" / "audit").stat().st_mode) == 0o700
    assert modes == dict.fromkeys((FILE_NAME, f"{FILE_NAME}-wal", f"{FILE_NAME}-shm", "audit.lock"), 0o600)
    store.close()


def test_every_commit_is_flushed_to_the_disk(folder):
    store = SqliteEvents(folder)
    store.open()
    assert store._connection is not None
    assert store._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert store._connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert store._connection.execute("PRAGMA temp_store").fetchone() == (2,)
    store.close()


def test_there_is_one_writer(folder):
    first, second = SqliteEvents(folder), SqliteEvents(folder)
    first.open()
    with pytest.raises(ConfigurationError, match=r"another process is writing the audit log in `.*/audit`"):
        second.open()
    first.close()
    assert second.open() == LOG[-1]
    second.close()


def test_another_process_reads_while_this_one_writes(folder):
    store = SqliteEvents(folder)
    store.open()
    store.append(chained(*(view(number) for number in range(1, 203)))[200:])
    program = (
        "import sys; from pathlib import Path; from proxy.storage.sqlite import SqliteEvents;"
        "from proxy.audit.verification import verify_log;"
        "print(verify_log(SqliteEvents(Path(sys.argv[1]))).head.sequence)"
    )
    done = subprocess.run([sys.executable, "-c", program, folder], capture_output=True, text=True, check=True)
    assert done.stdout == "202\n"
    store.close()


@pytest.mark.parametrize(
    "query",
    [
        EventQuery(patient="GENERAL|G-1001"),
        EventQuery(subject="demo:patient", newest=True),
        EventQuery(study="1.2.5"),
    ],
)
def test_questions_about_one_patient_subject_or_study_use_an_index(folder, query):
    statement, values = to_sql(query)
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        plan = " ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values))
    assert "SEARCH event USING INDEX event_" in plan


def test_a_changed_record_is_found(folder):
    edit = "UPDATE event SET body = CAST(replace(CAST(body AS TEXT), 'treating', 'unrelated') AS BLOB)"
    tamper(folder, f"{DROP} {edit} WHERE sequence >= 100;")
    problem = verify_log(SqliteEvents(folder)).problem
    assert problem is not None
    assert (problem.finding, problem.sequence) == (Finding.EDITED, 100)


def test_a_deleted_record_is_found_also_with_the_triggers_put_back(folder):
    triggers = restored_triggers(folder)
    tamper(folder, f"{DROP} DELETE FROM event WHERE sequence IN (7, 150); {triggers}")
    problem = verify_log(SqliteEvents(folder)).problem
    assert problem is not None
    assert (problem.finding, problem.sequence) == (Finding.MISSING, 7)


def test_dropped_triggers_are_found_and_such_a_log_is_not_continued(folder):
    tamper(folder, "DROP TRIGGER event_is_not_changed")
    problem = verify_log(SqliteEvents(folder)).problem
    assert problem is not None
    assert problem.says == "its `event_is_not_changed` is not as it was made"
    with pytest.raises(ConfigurationError, match="event_is_not_changed"):
        SqliteEvents(folder).open()


def test_an_index_that_hides_a_record_is_found(folder):
    with closing(sqlite3.connect(folder / FILE_NAME, isolation_level=None)) as connection:
        schema = "SELECT sql FROM sqlite_schema WHERE name = 'event_patient'"
        (whole,) = connection.execute(schema).fetchone()
        connection.executescript(
            "DROP INDEX event_patient; CREATE INDEX event_patient ON event (patient) WHERE sequence <> 5;"
            "PRAGMA writable_schema = ON;"
        )
        connection.execute("UPDATE sqlite_schema SET sql = ? WHERE name = 'event_patient'", (whole,))
    hidden = SqliteEvents(folder).find(EventQuery(patient="GENERAL|G-1001", limit=300))
    assert len(hidden) == 199
    problem = verify_log(SqliteEvents(folder)).problem
    assert problem is not None
    assert problem.finding is Finding.ALTERED


def test_a_torn_file_is_found(folder):
    with (folder / FILE_NAME).open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(size // 3 // 4096 * 4096)
        file.write(b"\xff" * 4096 * 8)
    verdict = verify_log(SqliteEvents(folder))
    assert verdict.problem is not None
    assert verdict.head.sequence < 200


@pytest.mark.parametrize("content", [b"", b"not a database, by any means" * 100])
def test_another_file_is_not_a_log(tmp_path, content):
    (tmp_path / FILE_NAME).write_bytes(content)
    store = SqliteEvents(tmp_path)
    with pytest.raises(LogUnreadable) as raised:
        store.find(EventQuery())
    assert str(tmp_path) not in str(raised.value)
    if content:
        with pytest.raises(ConfigurationError, match="is not an audit log"):
            store.open()


def test_another_database_is_not_a_log(tmp_path):
    tamper(tmp_path, "CREATE TABLE other (a)")
    with pytest.raises(ConfigurationError, match="it is not an audit log"):
        SqliteEvents(tmp_path).open()
    with pytest.raises(LogUnreadable, match="is not an audit log"):
        verify_log(SqliteEvents(tmp_path))


def test_a_log_of_a_later_version_is_not_touched(folder):
    tamper(folder, "PRAGMA user_version = 2")
    with pytest.raises(ConfigurationError, match="it has version 2, and this is for version 1"):
        SqliteEvents(folder).open()
    with pytest.raises(LogUnreadable):
        SqliteEvents(folder).damage()


def test_a_folder_that_cannot_be_made_is_the_operators_to_mend(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        SqliteEvents(tmp_path / "file" / "audit").open()


def test_reading_does_not_write(folder):
    store = SqliteEvents(folder)
    with (
        closing(open_for_reading(store._path)) as connection,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        connection.execute("INSERT INTO event (body, digest) VALUES (x'7b7d', zeroblob(32))")


def test_a_log_on_read_only_media_is_read(folder, tmp_path):
    mounted = tmp_path / "media"
    mounted.mkdir()
    shutil.copy(folder / FILE_NAME, mounted)
    if subprocess.run(["mount", "--bind", mounted, mounted], check=False, capture_output=True).returncode:
        pytest.skip("needs leave to mount")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", mounted], check=True, capture_output=True)
        assert verify_log(SqliteEvents(mounted)).head == LOG[-1].head
    finally:
        subprocess.run(["umount", mounted], check=True)


def test_side_files_torn_at_any_place_leave_a_whole_commit(tmp_path):
    store = SqliteEvents(tmp_path / "live")
    store.open()
    ends = {0}
    for start in range(0, 200, 10):
        store.append(LOG[start : start + 10])
        ends.add(start + 10)
    wal = (tmp_path / "live" / f"{FILE_NAME}-wal").read_bytes()
    database = (tmp_path / "live" / FILE_NAME).read_bytes()
    store.close()
    for number in range(25):
        copy = tmp_path / str(number)
        copy.mkdir()
        (copy / FILE_NAME).write_bytes(database)
        (copy / f"{FILE_NAME}-wal").write_bytes(wal[: len(wal) * number // 25])
        assert _sound_up_to(copy) in ends


def _sound_up_to(folder: Path) -> int:
    try:
        verdict = verify_log(SqliteEvents(folder))
    except LogUnreadable:  # cut before the first commit, which made the schema
        return 0
    assert verdict.valid
    return verdict.head.sequence


def test_rows_that_cannot_be_read_are_damage(folder):
    tamper(
        folder, f"{DROP} PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = 9999 WHERE name = 'event';"
    )
    with pytest.raises(LogDamaged):
        list(SqliteEvents(folder).entries())
