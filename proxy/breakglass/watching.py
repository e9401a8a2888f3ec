"""The task that ends emergencies and hands on reviews, as long as the service runs."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

from proxy.breakglass.emergencies import Emergencies

LOOK_SECONDS: Final = 2.0
"""So long an open viewer may outlast an emergency."""


@asynccontextmanager
async def watched(
    emergencies: Emergencies, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> AsyncGenerator[None]:
    """Look every `LOOK_SECONDS` until the context ends."""
    task = asyncio.create_task(_watch(emergencies, sleep), name="emergencies")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _watch(emergencies: Emergencies, sleep: Callable[[float], Awaitable[None]]) -> None:
    while True:
        await emergencies.look()
        await sleep(LOOK_SECONDS)
