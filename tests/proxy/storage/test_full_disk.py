"""No room left: nothing is acknowledged that is not kept, reading goes on, and with room the log goes on too."""

from collections.abc import Iterator
from pathlib import Path
import subprocess
import sys
import time

import pytest

from proxy.audit.event import EventKind
from proxy.audit.journal import Journal
from proxy.audit.reading import read_record
from proxy.audit.verification import verify_log
from proxy.storage.sqlite import SqliteEvents
from tests.proxy.audit.logs import view
from tests.proxy.storage.filling import until_refused


@pytest.fixture
def small_disk(tmp_path) -> Iterator[Path]:
    """A file system of 2 MiB, three quarters of them taken by a file `ballast`."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("needs leave to mount")
    try:
        (disk / "ballast").write_bytes(bytes(1536 * 1024))
        yield disk
    finally:
        subprocess.run(["umount", disk], check=True)


async def test_a_full_file_system_refuses_and_then_goes_on(small_disk):
    store = SqliteEvents(small_disk / "audit")
    journal = Journal(store, time.time)
    await journal.start()
    last = await until_refused(journal)
    assert not journal.available
    assert verify_log(store).head.sequence == last
    (small_disk / "ballast").unlink()
    assert await journal.record(view()) == last + 2
    assert journal.available
    await journal.close()
    assert verify_log(store).valid
    assert [read_record(entry).event.kind for entry in store.entries()][last] is EventKind.AUDIT_RECOVERED


def test_a_limit_on_file_size_refuses_and_then_goes_on(tmp_path):
    command = [sys.executable, "-m", "tests.proxy.storage.filling", str(tmp_path / "audit")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    last, after = map(int, done.stdout.split())
    verdict = verify_log(SqliteEvents(tmp_path / "audit"))
    assert verdict.valid
    assert verdict.head.sequence == after == last + 2
