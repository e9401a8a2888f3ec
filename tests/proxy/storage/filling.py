"""Fills the log until it is refused; as a process, one whose files may not grow until it is given room again."""

import asyncio
from pathlib import Path
import resource
import sys
import time

from proxy.audit.journal import Journal
from proxy.errors import AuditUnavailable
from proxy.storage.sqlite import SqliteEvents
from tests.proxy.audit.logs import view


async def main(folder: Path) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (512 * 1024, hard))
    journal = Journal(SqliteEvents(folder), time.time)
    await journal.start()
    last = await until_refused(journal)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    after = await journal.record(view())
    await journal.close()
    sys.stdout.write(f"{last} {after}\n")


async def until_refused(journal: Journal) -> int:
    """Record until the log refuses twice in a row; the last sequence number that was acknowledged.

    Once is not enough: opened anew, the store makes some room by moving its side file into the main one.
    """
    last, refusals = 0, 0
    for number in range(100_000):
        try:
            last = await journal.record(view(number))
            refusals = 0
        except AuditUnavailable:
            refusals += 1
        if refusals == 2:
            return last
    raise AssertionError("the disk was never full")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
