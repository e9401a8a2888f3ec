"""The task that looks for what has come into force, as long as the service runs."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from proxy.policies.versions import LOOK_SECONDS, Versions


@asynccontextmanager
async def watched(
    versions: Versions, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> AsyncGenerator[None]:
    """Look every `LOOK_SECONDS` until the context ends."""
    task = asyncio.create_task(_watch(versions, sleep), name="policy versions")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _watch(versions: Versions, sleep: Callable[[float], Awaitable[None]]) -> None:
    while True:
        await sleep(LOOK_SECONDS)
        await versions.look()
