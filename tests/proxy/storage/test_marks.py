"""What each small file beside the audit log is marked with, so that none is taken for another."""

from contextlib import closing
from pathlib import Path
import sqlite3

import pytest

from policy.bundle import BundleFile, hash_of
from proxy.audit.store import StoreFailed
from proxy.errors import ConfigurationError
from proxy.storage.decisions import SqliteDecisions
from proxy.storage.dispositions import SqliteDispositions
from proxy.storage.overrides import SqliteOverrides
from proxy.storage.policies import FILE_NAME as POLICIES
from proxy.storage.policies import SqliteVersions
from proxy.storage.positions import FILE_NAME as POSITIONS
from proxy.storage.positions import SqlitePositions
from tests.proxy.policies.office import FILES

SHARED = 0x56545250
"""What positions were marked with at first, which is the mark of versions of the policy."""


def mark_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA application_id").fetchone()[0])


def mark(path: Path, number: int) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA application_id = {number}")


def keep_a_version(folder: Path) -> str:
    files = [BundleFile(path, text) for path, text in FILES.items()]
    SqliteVersions(folder).keep(hash_of(files), files)
    return hash_of(files)


def test_no_two_kinds_of_files_are_marked_alike(tmp_path: Path) -> None:
    keep_a_version(tmp_path)
    SqlitePositions(tmp_path).keep("siem", 7)
    SqliteDispositions(tmp_path).all()
    SqliteOverrides(tmp_path).read()
    SqliteDecisions(tmp_path).since(0, 1)
    marks = [mark_of(path) for path in sorted(tmp_path.glob("*.sqlite"))]
    assert len(marks) == len(set(marks)) == 5


def test_positions_that_were_marked_as_versions_are_read_and_marked_anew(tmp_path: Path) -> None:
    SqlitePositions(tmp_path).keep("siem", 7)
    mark(tmp_path / POSITIONS, SHARED)
    assert SqlitePositions(tmp_path).read("siem") == 7
    assert mark_of(tmp_path / POSITIONS) != SHARED


def test_neither_is_taken_for_the_other(tmp_path: Path) -> None:
    version = keep_a_version(tmp_path)
    SqlitePositions(tmp_path).keep("siem", 7)
    (tmp_path / POSITIONS).rename(tmp_path / "kept")
    (tmp_path / POLICIES).rename(tmp_path / POSITIONS)
    (tmp_path / "kept").rename(tmp_path / POLICIES)
    for side in tmp_path.glob("*-*"):
        side.unlink()
    with pytest.raises((ConfigurationError, StoreFailed), match="positions"):
        SqlitePositions(tmp_path).read("siem")
    assert mark_of(tmp_path / POSITIONS) == SHARED
    with pytest.raises(ConfigurationError, match="versions"):
        SqliteVersions(tmp_path).files_of(version)
