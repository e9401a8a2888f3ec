"""What a share link shows, under a root of its own: one study or series, and no other question about anything."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from proxy.access.caller import Shared
from proxy.dicomweb.elsewhere import Endpoint
from proxy.errors import LinkOver, NotFound
from proxy.http.shared import SHARED, link_caller_of
from proxy.resources import Uid

SHARED_ROOT = f"{SHARED}/dicomweb"


def shared(endpoint: Endpoint, *, listing: bool) -> Endpoint:
    """`endpoint` for whoever opened a share link, about what that is for.

    With `listing` the answer is a list of series, of which the link's one is all when it is for one.
    """

    async def answer(request: Request) -> Response:
        what = (await link_caller_of(request)).shared
        if what is None:
            raise LinkOver
        series = request.path_params.get("series")
        if request.path_params["study"] != what.study or series not in {None, what.series or series}:
            raise NotFound
        if listing:
            _restrict(request, what)
        return await endpoint(request)

    return answer


def _restrict(request: Request, what: Shared) -> None:
    keys: dict[str, Uid] = {} if what.series is None else {"SeriesInstanceUID": what.series}
    request.scope["query_string"] = urlencode(keys).encode("ascii")
