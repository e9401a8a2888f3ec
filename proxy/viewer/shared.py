"""What whoever was given a share link does with it: ask for a code, open the link, and look.

| method, path | what | answer |
|---|---|---|
| GET /share | the page; it does nothing by itself, whoever fetches it | the page |
| POST /shared/code | `{token, recipient}`: a code, if the link is for that address | 202 in every case |
| POST /shared/open | `{token, code}` | `{place, …}` and a cookie, or 403 for every reason |
| GET /shared/portal/session, /shared/portal/source | what the viewer asks | as for those who signed in |
"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from cachetools import TTLCache
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from proxy.audit.canonical import to_time
from proxy.errors import LinkOver, NotFound, TooOften
from proxy.http.bodies import body_of
from proxy.http.client import address_of
from proxy.http.identity import require_same_origin
from proxy.http.json import json_response
from proxy.http.shared import SHARED, link_caller_of, link_cookie_name
from proxy.sharing.links import Links
from proxy.sharing.recipient import read_recipient
from proxy.sharing.wish import read_code_wish, read_opening
from proxy.viewer.files import page, read_files
from proxy.viewer.histories import Histories

VIEWER: Final = f"{SHARED}/viewer"
_JSON: Final = frozenset({"application/json"})
_LONGEST: Final = 4 * 1024
_ATTEMPTS: Final = 30
_SECONDS: Final = 600


class Attempts:
    """How often one network address asked for codes and opened links lately, right or wrong."""

    def __init__(self) -> None:
        self._made: TTLCache[str, int] = TTLCache(10_000, _SECONDS)

    def count(self, address: str) -> None:
        """One more. Raises `TooOften`."""
        made = self._made.get(address, 0)
        if made >= _ATTEMPTS:
            raise TooOften("too many links and codes were tried from here; try again later", _SECONDS)
        self._made[address] = made + 1


@dataclass(frozen=True, slots=True)
class Receiving:
    """`public_url` decides how the cookie is protected."""

    links: Links
    histories: Histories
    attempts: Attempts
    exchange: str
    public_url: str

    async def code(self, request: Request) -> Response:
        """Whether there is such a link, and for that address, is not told: not in words, and not by the time."""
        require_same_origin(request)
        self.attempts.count(address_of(request))
        wish = read_code_wish(await body_of(request, _JSON, _LONGEST))
        code = await self.links.send_code(wish.token, read_recipient(wish.recipient), address_of(request))
        shown = {"code": code} if self.links.delivery.shown else {}
        response = json_response(request, {"minutes": self.links.settings.code_minutes, **shown})
        response.status_code = 202
        return response

    async def open(self, request: Request) -> Response:
        require_same_origin(request)
        self.attempts.count(address_of(request))
        opening = read_opening(await body_of(request, _JSON, _LONGEST))
        link, session = await self.links.open(opening.token, opening.code, address_of(request))
        place = urlencode({"study": link.study, **({"series": link.series} if link.series else {})})
        told = {"place": f"{VIEWER}?{place}", "by": link.by.name, "message": link.message, "until": to_time(link.until)}
        response = json_response(request, told)
        response.set_cookie(
            *(link_cookie_name(self.public_url), session),
            path="/",
            secure=self.public_url.startswith("https:"),
            httponly=True,
            samesite="strict",
        )
        return response

    async def session(self, request: Request) -> Response:
        """What the viewer says of who looks; nobody is an answer too."""
        try:
            caller = await link_caller_of(request)
        except LinkOver:
            return json_response(request, {"signed_in": False, "exchange": self.exchange})
        link = self.links.opened_by(caller)
        told = {"name": caller.name, "organization": "", "roles": [], "purpose": link.purpose}
        shared = {"by": link.by.name, "message": link.message, "until": to_time(link.until)}
        document = {"signed_in": True, "exchange": self.exchange, "expires": caller.expires, **told, **shared}
        return json_response(request, document)

    async def source(self, request: Request) -> Response:
        what = (await link_caller_of(request)).shared
        if what is None or request.query_params.get("study") != what.study:
            raise NotFound
        return await self.histories.source(request)


def routes(receiving: Receiving) -> list[BaseRoute]:
    files = read_files()
    return [
        Route("/share", page(files["share/index.html"])),
        Route(VIEWER, page(files["viewer/index.html"])),
        Route(f"{SHARED}/code", receiving.code, methods=["POST"]),
        Route(f"{SHARED}/open", receiving.open, methods=["POST"]),
        Route(f"{SHARED}/portal/session", receiving.session),
        Route(f"{SHARED}/portal/source", receiving.source),
    ]
