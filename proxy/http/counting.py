"""An answer whose bytes are counted as they are handed to the server."""

from collections.abc import Callable

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send


class CountedResponse(Response):
    """`response` itself; `sent` is told of each piece of its body how many bytes it has."""

    def __init__(self, response: Response, sent: Callable[[int], None]) -> None:
        self._response = response
        self._sent = sent
        self.status_code = response.status_code
        self.raw_headers = response.raw_headers
        self.background = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def counted(message: Message) -> None:
            if message["type"] == "http.response.body":
                self._sent(len(message.get("body", b"")))
            await send(message)

        await self._response(scope, receive, counted)
