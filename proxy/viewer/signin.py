"""Signing in and out: thin shells around the login of `access`, and the two cookies that they need.

The session cookie names a session and nothing else. The login cookie binds a login to the browser that began it, so
that nobody can be signed in as somebody else by a link (RFC 9700 §4.7.1).
"""

from collections.abc import Mapping
from dataclasses import dataclass
import re
from typing import Final, Protocol
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from policy.request import PurposeOfUse
from proxy.access.caller import Caller
from proxy.access.login import LOGIN_SECONDS, Arrival, Departure
from proxy.errors import AuditUnavailable, BadRequest, NotAuthenticated, Overloaded
from proxy.http.client import address_of
from proxy.http.identity import caller_of, cookie_name, require_same_origin
from proxy.http.json import json_response

OFFERED: Final = (PurposeOfUse.TREAT, PurposeOfUse.ETREAT, PurposeOfUse.PATRQT, PurposeOfUse.HOPERAT)
"""The purposes that the sign-in page offers, in its order."""

HOME: Final = "/portal"
REFUSED: Final = "/portal?problem=refused"
AWAY: Final = "/portal?problem=away"
UNRECORDED: Final = "/portal?problem=unrecorded"
_OWN_PAGE: Final = re.compile(r"/(portal|viewer\?[A-Za-z0-9._~%&=+-]{1,1000})", re.ASCII)


class Login(Protocol):
    """What signing in needs of `access`: the authorization code flow with PKCE (RFC 6749 §4.1, RFC 7636)."""

    async def begin(self, purpose: PurposeOfUse, back: str) -> Departure:
        """Begin a login for `purpose` that ends at `back`, a page of this site."""
        ...

    async def complete(self, answer: Mapping[str, str], binding: str, address: str) -> Arrival:
        """Complete the login that `answer` (the parameters of the redirect) belongs to; `address` is the client's.

        Raises `NotAuthenticated`, also when `binding` is not that of the login, and `AuditUnavailable`.
        """
        ...

    async def end(self, session: str) -> None:
        """End the session of that name, if there is one."""
        ...


@dataclass(frozen=True, slots=True)
class SignIn:
    """`exchange` is the name that people see; `public_url` decides how the cookies are protected."""

    exchange: str
    public_url: str
    login: Login

    async def begin(self, request: Request) -> Response:
        """To the identity provider, with the purpose that was chosen: on a page of this site, not by another's link."""
        if request.headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
            return RedirectResponse(f"{HOME}?{urlencode({'return': _back(request)})}", 303)
        try:
            departure = await self.login.begin(_purpose(request), _back(request))
        except Overloaded:
            return RedirectResponse(AWAY, 303)
        response = RedirectResponse(departure.address, 303)
        self._set(response, self._login_cookie, departure.binding, LOGIN_SECONDS)
        return response

    async def complete(self, request: Request) -> Response:
        """Back from the identity provider: to the page that was asked for, or to the portal, which says why not.

        A session that this browser had before, perhaps for another purpose, ends with its replacement.
        """
        response = await self._arrive(request)
        self._remove(response, self._login_cookie)
        return response

    async def _arrive(self, request: Request) -> Response:
        binding = request.cookies.get(self._login_cookie, "")
        try:
            arrival = await self.login.complete(request.query_params, binding, address_of(request))
            await self._end_session(request)
        except NotAuthenticated:
            return RedirectResponse(REFUSED, 303)
        except Overloaded:
            return RedirectResponse(AWAY, 303)
        except AuditUnavailable:
            return RedirectResponse(UNRECORDED, 303)
        response = RedirectResponse(arrival.back, 303)
        self._set(response, cookie_name(self.public_url), arrival.session)
        return response

    async def end(self, request: Request) -> Response:
        """Out, here and in this browser; only this site's own pages may ask for it."""
        require_same_origin(request)
        await self._end_session(request)
        response = RedirectResponse(HOME, 303)
        response.headers["Clear-Site-Data"] = '"cache"'  # images that the browser was let keep
        self._remove(response, cookie_name(self.public_url))
        return response

    async def session(self, request: Request) -> Response:
        """Who is signed in, for the page's own header; nobody is an answer too."""
        try:
            known = _described(await caller_of(request))
        except NotAuthenticated:
            known = {"signed_in": False}
        offered = [purpose.value for purpose in OFFERED]
        return json_response(request, {**known, "exchange": self.exchange, "purposes_offered": offered})

    async def _end_session(self, request: Request) -> None:
        session = request.cookies.get(cookie_name(self.public_url))
        if session:
            await self.login.end(session)

    @property
    def _secure(self) -> bool:
        return self.public_url.startswith("https:")

    @property
    def _login_cookie(self) -> str:
        return f"{cookie_name(self.public_url)}-login"

    def _set(self, response: Response, name: str, value: str, seconds: int | None = None) -> None:
        response.set_cookie(name, value, max_age=seconds, path="/", secure=self._secure, httponly=True, samesite="lax")

    def _remove(self, response: Response, name: str) -> None:
        response.delete_cookie(name, path="/", secure=self._secure, httponly=True, samesite="lax")


def _purpose(request: Request) -> PurposeOfUse:
    code = request.query_params.get("purpose", "")
    if code not in OFFERED:
        raise BadRequest("`purpose` is not one that can be declared here")
    return PurposeOfUse(code)


def _back(request: Request) -> str:
    """Where to return to: a page of this site, whatever the address says."""
    place = request.query_params.get("return", "")
    return place if _OWN_PAGE.fullmatch(place) else HOME


def _described(caller: Caller) -> dict[str, object]:
    return {
        "signed_in": True,
        "name": caller.name,
        "organization": caller.organization,
        "roles": sorted(caller.roles),
        "purpose": caller.purpose.value,
        "expires": caller.expires,
    }
