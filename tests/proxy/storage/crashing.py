"""Records without end for twenty callers at once, and prints what was acknowledged, until it is killed."""

import asyncio
import itertools
import os
from pathlib import Path
import sys
import time

from proxy.audit.journal import Journal
from proxy.storage.sqlite import SqliteEvents
from tests.proxy.audit.logs import view


async def main(folder: Path, first: int) -> None:
    journal = Journal(SqliteEvents(folder), time.time)
    await journal.start()
    numbers = itertools.count(first)

    async def record_for_ever() -> None:
        while True:
            number = next(numbers)
            sequence = await journal.record(view(number))
            os.write(sys.stdout.fileno(), b"%d %d\n" % (sequence, number))

    await asyncio.gather(*(record_for_ever() for _ in range(20)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
