"""Records without end for twenty callers at once, and prints what was acknowledged, until it is killed.

Meanwhile the log is signed again and again, and each tenth of a second is a month, so that segments are closed too.
"""

import asyncio
import itertools
import os
from pathlib import Path
import sys
import time

from proxy.audit.checkpoints.keys import read_signer
from proxy.audit.checkpoints.signing import Checkpoints
from proxy.audit.journal import Journal
from proxy.settings.audit import Audit
from proxy.storage.sqlite import SqliteEvents
from tests.proxy.audit.logs import view

_MONTH = 31 * 86_400


async def main(folder: Path, first: int) -> None:
    began = time.monotonic()

    def clock() -> float:
        return time.time() + first + (time.monotonic() - began) * 10 * _MONTH

    store = SqliteEvents(folder)
    journal = Journal(store, clock)
    await journal.start()
    settings = Audit(folder=folder, checkpoint_records=50)
    signer = read_signer(None, folder, "vitrine.test/audit")
    checkpoints = Checkpoints(store, journal, signer, settings, [], store, clock, time.monotonic)
    numbers = itertools.count(first)

    async def record_for_ever() -> None:
        while True:
            number = next(numbers)
            sequence = await journal.record(view(number))
            os.write(sys.stdout.fileno(), b"%d %d\n" % (sequence, number))

    async def look_for_ever() -> None:
        while True:
            await checkpoints.look()
            await asyncio.sleep(0.01)

    await asyncio.gather(look_for_ever(), *(record_for_ever() for _ in range(20)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
