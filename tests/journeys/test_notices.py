"""A page that waits for notices over a real socket: it hears at once, and does not keep the service from ending."""

import asyncio
from pathlib import Path
import signal

from tests.exchange import ct
from tests.service import running_exchange


async def test_a_page_that_waits_does_not_keep_the_service_from_ending(tmp_path: Path) -> None:
    async with (
        running_exchange(tmp_path, {"general": [ct("1.2.1")]}) as (service, _),
        service.client() as client,
        client.stream("GET", "/portal/expected/changes") as waiting,
    ):
        assert waiting.headers["content-type"].startswith("text/event-stream")
        assert await anext(waiting.aiter_bytes()) == b"event: expected\ndata: {}\n\n"
        service.process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(service.process.wait(), 15) == 0
