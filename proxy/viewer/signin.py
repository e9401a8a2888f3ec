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
from proxy.access.signin.login import LOGIN_SECONDS, Arrival, Departure
from proxy.errors import AuditUnavailable, BadRequest, NotAuthenticated, Overloaded
from proxy.http.client import address_of
from proxy.http.demands import demand_proof
from proxy.http.identity import caller_of, cookie_name, read_cookie, require_same_origin
from proxy.http.json import json_response

OFFERED: Final = (PurposeOfUse.TREAT, PurposeOfUse.ETREAT, PurposeOfUse.PATRQT, PurposeOfUse.HOPERAT)
"""The purposes that the sign-in page offers, in its order."""

HOME: Final = "/portal"
_SHARING: Final = frozenset({PurposeOfUse.TREAT, PurposeOfUse.PATRQT})
REFUSED: Final = "/portal?problem=refused"
AWAY: Final = "/portal?problem=away"
UNRECORDED: Final = "/portal?problem=unrecorded"
_ASSURANCES: Final = ("0", "1", "2", "3")
_OWN_PAGE: Final = re.compile(
    r"/(portal|console|launch|(viewer|ohif/(viewer|microscopy))\?[A-Za-z0-9._~%&=+@/,-]{1,1000})", re.ASCII
)


class Login(Protocol):
    """What signing in needs of `access`: the authorization code flow with PKCE (RFC 6749 §4.1, RFC 7636)."""

    async def begin(self, purpose: PurposeOfUse, back: str, assurance: int = 0) -> Departure:
        """Begin a login for `purpose` that ends at `back`, a page of this site; from 1 on, with a new proof."""
        ...

    def wanted(self, answer: Mapping[str, str], binding: str) -> str:
        """The page that the login of `answer` was begun for, in the browser of that `binding`; else empty."""
        ...

    async def open(self, caller: Caller) -> str:
        """Begin a session for a caller who is known already, and return its name."""
        ...

    async def complete(self, answer: Mapping[str, str], binding: str, address: str) -> Arrival:
        """Complete the login that `answer` (the parameters of the redirect) belongs to; `address` is the client's.

        Raises `NotAuthenticated`, also when `binding` is not that of the login, and `AuditUnavailable`.
        """
        ...

    async def end(self, session: str) -> None:
        """End the session of that name, if there is one."""
        ...

    async def farewell(self) -> str:
        """Where the provider ends its own session too; empty when nowhere."""
        ...


@dataclass(frozen=True, slots=True)
class SignIn:
    """`exchange` is the name that people see; `public_url` decides how the cookies are protected.

    Where links can be made (`shares`), pages offer it to whoever is here for treatment or for the own record.
    """

    exchange: str
    public_url: str
    login: Login
    shares: bool = False

    async def begin(self, request: Request) -> Response:
        """To the identity provider, with the purpose that was chosen: on a page of this site, not by another's link."""
        if request.headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
            return RedirectResponse(f"{HOME}?{urlencode({'return': _back(request)})}", 303)
        try:
            departure = await self.login.begin(_purpose(request), _back(request), _assurance(request))
        except Overloaded:
            return RedirectResponse(_again(AWAY, _back(request)), 303)
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
        binding = read_cookie(request, self._login_cookie) or ""
        wanted = self.login.wanted(request.query_params, binding)
        try:
            arrival = await self.login.complete(request.query_params, binding, address_of(request))
            await self._end_session(request)
        except NotAuthenticated:
            return RedirectResponse(_again(REFUSED, wanted), 303)
        except Overloaded:
            return RedirectResponse(_again(AWAY, wanted), 303)
        except AuditUnavailable:
            return RedirectResponse(_again(UNRECORDED, wanted), 303)
        response = RedirectResponse(arrival.back, 303)
        self._set(response, cookie_name(self.public_url), arrival.session)
        return response

    async def exchange_token(self, request: Request) -> Response:
        """A session for whoever shows a token bound to a key: images in pages cannot show it for each of them.

        The session is over when the token is, or when its provider says so. What another exchange says of a person is
        for one question and makes none.
        """
        caller = await demand_proof(request)
        if caller.hops is not None:
            raise BadRequest("a session is not made from another exchange's assertion")
        if "authorization" not in request.headers:
            raise BadRequest("a session is made from an access token")
        await self._end_session(request)
        response = Response(status_code=204)
        self._set(response, cookie_name(self.public_url), await self.login.open(caller))
        return response

    async def end(self, request: Request) -> Response:
        """Out, here and in this browser, and at the provider if it is to end there too.

        Only this site's own pages may ask for it.
        """
        require_same_origin(request)
        await self._end_session(request)
        response = RedirectResponse(await self.login.farewell() or HOME, 303)
        response.headers["Clear-Site-Data"] = '"cache"'  # images that the browser was let keep
        self._remove(response, cookie_name(self.public_url))
        return response

    async def session(self, request: Request) -> Response:
        """Who is signed in, for the page's own header; nobody is an answer too."""
        try:
            caller = await caller_of(request)
            known = _described(caller) | {"shares": self.shares and caller.purpose in _SHARING}
        except NotAuthenticated:
            known = {"signed_in": False}
        offered = [purpose.value for purpose in OFFERED]
        return json_response(request, {**known, "exchange": self.exchange, "purposes_offered": offered})

    async def _end_session(self, request: Request) -> None:
        session = read_cookie(request, cookie_name(self.public_url))
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


def _assurance(request: Request) -> int:
    """How surely the person has to prove now who it is, where a page says that more is needed; 0 for as ever."""
    asked = request.query_params.get("assurance", "0")
    if asked not in _ASSURANCES:
        raise BadRequest("`assurance` is a level from 0 to 3")
    return int(asked)


def _again(problem: str, place: str) -> str:
    """The sign-in page with what went wrong, still knowing where the person wanted to go."""
    return f"{problem}&{urlencode({'return': place})}" if place not in {"", HOME} else problem


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
