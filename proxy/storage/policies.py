"""The versions of the policy in SQLite, one file beside the audit log; the command line writes it too."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
import sqlite3
from typing import Final

import msgspec

from policy.bundle import BundleFile, hash_of
from policy.life.step import SignedStep
from proxy.policies.store import SealedStep, StoreDamaged, StoreFailed, Submission
from proxy.storage.database import Database, Form

FILE_NAME: Final = "policies.sqlite"
_FORM: Final = Form("policies.sql", 0x56545250, 1, "versions of the policy")  # "VTRP"
_DAMAGE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_FILES: Final = msgspec.json.Decoder(tuple[BundleFile, ...])


class SqliteVersions:
    """Implements `VersionStore` (proxy/policies/store.py)."""

    def __init__(self, folder: Path) -> None:
        self._database = Database(folder / FILE_NAME, _FORM)

    def steps(self, after: int = 0) -> list[SealedStep]:
        statement = "SELECT body, key, signature, seal FROM step WHERE number > ? ORDER BY number"
        with _failing(), self._database.connected() as connection:
            rows = connection.execute(statement, (after,)).fetchall()
        return [SealedStep(SignedStep(body, key, signature), seal) for body, key, signature, seal in rows]

    def add_step(self, number: int, step: SealedStep) -> bool:
        signed = step.signed
        row = (number, signed.body, signed.key, signed.signature, step.seal)
        with _failing(), self._database.changed() as connection:
            last = connection.execute("SELECT coalesce(max(number), 0) FROM step").fetchone()
            if last != (number - 1,):
                return False
            connection.execute("INSERT INTO step (number, body, key, signature, seal) VALUES (?, ?, ?, ?, ?)", row)
        return True

    def keep(self, version: str, files: Sequence[BundleFile]) -> None:
        text = msgspec.json.encode(files).decode()
        with _failing(), self._database.changed() as connection:
            connection.execute("INSERT OR IGNORE INTO version (hash, files) VALUES (?, ?)", (version, text))

    def files_of(self, version: str) -> tuple[BundleFile, ...]:
        with _failing(), self._database.connected() as connection:
            row = connection.execute("SELECT files FROM version WHERE hash = ?", (version,)).fetchone()
        if row is None:
            raise StoreDamaged("a version of the policy is missing")
        files = _read_files(row[0])
        if files is None or hash_of(files) != version:
            raise StoreDamaged("a version of the policy is not what it was when it was kept")
        return files

    def submit(self, signed: SignedStep, files: Sequence[BundleFile] | None) -> int:
        text = None if files is None else msgspec.json.encode(files).decode()
        row = (signed.body, signed.key, signed.signature, text)
        with _failing(), self._database.changed() as connection:
            statement = "INSERT INTO submission (body, key, signature, files) VALUES (?, ?, ?, ?) RETURNING id"
            (number,) = connection.execute(statement, row).fetchone()
        return int(number)

    def submissions(self) -> list[Submission]:
        statement = "SELECT id, body, key, signature, files FROM submission WHERE outcome IS NULL ORDER BY id"
        with _failing(), self._database.connected() as connection:
            rows = connection.execute(statement).fetchall()
        return [
            Submission(number, SignedStep(body, key, signature), None if files is None else _read_files(files))
            for number, body, key, signature, files in rows
        ]

    def answer(self, submission: int, outcome: str) -> None:
        with _failing(), self._database.changed() as connection:
            connection.execute(
                "UPDATE submission SET outcome = ?, files = NULL WHERE id = ? AND outcome IS NULL",
                (outcome, submission),
            )

    def outcome_of(self, submission: int) -> str | None:
        with _failing(), self._database.connected() as connection:
            row = connection.execute("SELECT outcome FROM submission WHERE id = ?", (submission,)).fetchone()
        return None if row is None or row[0] is None else str(row[0])


def _read_files(text: str) -> tuple[BundleFile, ...] | None:
    try:
        return _FILES.decode(text)
    except msgspec.DecodeError:
        return None


@contextmanager
def _failing() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        if getattr(error, "sqlite_errorcode", None) in _DAMAGE:
            raise StoreDamaged("the versions of the policy cannot be read") from None
        raise StoreFailed("the versions of the policy cannot be read or written now") from error
