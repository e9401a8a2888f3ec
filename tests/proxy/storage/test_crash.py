"""A process that is killed in the middle of writing: what it acknowledged is in the log, and all of it is sound."""

import os
import random
import subprocess
import sys
import time

from proxy.audit.checkpoints.checkpoint import open_checkpoint
from proxy.audit.checkpoints.keys import read_signer
from proxy.audit.event import EventKind
from proxy.audit.reading import read_record
from proxy.audit.verification import verify_log
from proxy.storage.sqlite import SqliteEvents

ROUNDS = int(os.environ.get("VITRINE_CRASHES", "8"))
"""`make faults` has forty."""

_YEARS = 10 * 366 * 86_400  # so that no round goes back before the months that the last one came to


def acknowledged_until_killed(folder, first, seconds):
    """Records for `seconds` after the first acknowledgement, then kills; returns {sequence: number of the study}."""
    command = [sys.executable, "-m", "tests.proxy.storage.crashing", str(folder), str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline()]
        time.sleep(seconds)
        process.kill()
        lines += process.stdout.readlines()
    return dict(map(int, line.split()) for line in lines if line.endswith(b"\n"))


def test_nothing_acknowledged_is_lost_when_the_process_is_killed(tmp_path):
    """Neither in the middle of a commit nor of a checkpoint, nor while a segment is closed."""
    store = SqliteEvents(tmp_path / "audit")
    randomness = random.Random(7)
    acknowledged: dict[int, int] = {}
    for round_number in range(ROUNDS):
        acknowledged |= acknowledged_until_killed(tmp_path / "audit", _YEARS * round_number, randomness.uniform(0, 0.4))
    store.open()  # as the service does at its next start, which completes what was interrupted
    store.close()
    verifier = read_signer(None, tmp_path / "audit", "vitrine.test/audit").verifier
    records = [read_record(entry) for entry in store.entries()]
    notes = [str(one.event.detail["note"]) for one in records if one.event.kind is EventKind.CHECKPOINT]
    assert verify_log(store, checkpoints=[open_checkpoint(note, verifier) for note in notes]).valid
    assert notes
    assert store.segments()
    studies = {one.sequence: one.event.study for one in records}
    assert {sequence: f"1.2.{number}" for sequence, number in acknowledged.items()}.items() <= studies.items()
    assert len(acknowledged) >= ROUNDS
