"""A process that is killed in the middle of writing: what it acknowledged is in the log, and the chain is sound."""

import random
import subprocess
import sys
import time

from proxy.audit.reading import read_record
from proxy.audit.verification import verify_log
from proxy.storage.sqlite import SqliteEvents

ROUNDS = 8


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
    store = SqliteEvents(tmp_path / "audit")
    randomness = random.Random(7)
    acknowledged: dict[int, int] = {}
    for round_number in range(ROUNDS):
        acknowledged |= acknowledged_until_killed(
            tmp_path / "audit", 1_000_000 * round_number, randomness.uniform(0, 0.2)
        )
        verdict = verify_log(store)
        assert verdict.valid
        studies = {entry.sequence: read_record(entry).event.study for entry in store.entries()}
        assert {sequence: f"1.2.{number}" for sequence, number in acknowledged.items()}.items() <= studies.items()
    assert len(acknowledged) >= ROUNDS
