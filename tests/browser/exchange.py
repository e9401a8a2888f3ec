"""A whole exchange beside a browser, over objects that a test makes."""

import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

from pydicom import Dataset

from tests.service import Service, running_exchange


@contextmanager
def exchange_in_a_thread(folder: Path, holdings: Sequence[Dataset], options: str = "") -> Iterator[Service]:
    """An exchange on an event loop of its own, configured with `options` too: this thread's belongs to Playwright."""
    ready: SimpleQueue[tuple[Service, asyncio.AbstractEventLoop, asyncio.Event]] = SimpleQueue()

    async def run() -> None:
        async with running_exchange(folder, {"general": holdings}, options=options) as (service, _):
            over = asyncio.Event()
            ready.put((service, asyncio.get_running_loop(), over))
            await over.wait()

    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(asyncio.run, run())
        service, loop, over = ready.get(timeout=60)
        try:
            yield service
        finally:
            loop.call_soon_threadsafe(over.set)
            running.result(30)
