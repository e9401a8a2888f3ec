"""What one answer delivers, for the record: each frame as it is handed to the server, and all bytes."""

from collections.abc import Iterable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from proxy.access.caller import Caller
from proxy.access.views.shown import Shown
from proxy.access.views.views import Views
from proxy.http.counting import CountedResponse
from proxy.http.identity import caller_of


@dataclass(slots=True)
class Delivery:
    """To `caller`; nothing when it is `empty`, as the answer to HEAD is. Bytes count for what was shown last."""

    views: Views
    caller: Caller
    empty: bool
    session: str = ""

    def show(self, shown: Iterable[Shown]) -> None:
        """Note these before their bytes are handed on."""
        if not self.empty:
            told = tuple(shown)
            self.views.show(self.caller, told)
            self.session = told[0].permit.view_session if told else self.session

    def of(self, response: Response) -> Response:
        """`response`, whose bytes are counted."""
        return response if self.empty else CountedResponse(response, self._sent)

    def _sent(self, octets: int) -> None:
        self.views.sent(self.session, octets)


async def delivery_of(views: Views, request: Request) -> Delivery:
    return Delivery(views, await caller_of(request), request.method == "HEAD")
