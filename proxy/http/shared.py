"""Who sends this request by a share link: the cookie of what was opened, and nothing else, turned into a caller."""

from typing import Final

from starlette.requests import Request

from proxy.access.caller import Caller
from proxy.errors import LinkOver
from proxy.http.client import address_of
from proxy.http.identity import cookie_name, from_here, read_cookie
from proxy.http.passage import begin_passage
from proxy.sharing.links import Links
from proxy.urgency import mark_person

SHARED: Final = "/shared"
"""Below it everything is for whoever opened a share link, and nobody's sign-in counts."""


def link_cookie_name(public_url: str) -> str:
    return f"{cookie_name(public_url)}-link"


async def link_caller_of(request: Request) -> Caller:
    """Whoever opened a share link, from now on the caller of `request`. Raises `LinkOver`."""
    links: Links = request.app.state.links
    name = read_cookie(request, link_cookie_name(request.app.state.settings.server.public_url))
    if name is None or not from_here(request):
        raise LinkOver
    known = links.caller(name, address_of(request))
    begin_passage(request, known)
    request.state.caller = known
    request.app.state.ongoing.enter(request.scope, known)
    mark_person(known.subject)
    return known
