"""Opening a patient or a study from another system: links of EHRs and portals, each used once, without a trace of it.

| method, path | what | answer |
|---|---|---|
| GET /launch/iid, …/IHEInvokeImageDisplay | IHE Invoke Image Display (RAD-106) | 303 to `/launch` and a cookie |
| GET, POST /launch/signed | `launch`: a token that a portal has signed | the same |
| GET /launch/smart | `iss` and `launch` of an EHR (SMART App Launch 2.2) | 303 to the EHR, and a cookie |
| GET /launch/smart/callback | back from the EHR | as for the others |
| GET /launch | the page, which signs people in and goes on | the page |
| GET /strip | small images of a study, for pages of `embedders` to frame | the page |
| POST /launch/take | what is to be opened, once | `{patient, studies, accessions, …}` |

Nothing in these requests is a right: whoever signs in sees what that person may see.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from proxy.access.caller import Caller
from proxy.access.events import caller_event
from proxy.audit.canonical import to_time
from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.log import AuditLog
from proxy.errors import BadRequest
from proxy.http.bodies import body_of
from proxy.http.client import address_of
from proxy.http.headers import content_security_policy
from proxy.http.identity import caller_of, cookie_name, read_cookie, require_same_origin
from proxy.http.json import json_response
from proxy.launch.authorities import Namespaces
from proxy.launch.iid import read_iid
from proxy.launch.launch import LAUNCH_SECONDS, Launch, Launches, Way
from proxy.launch.signed import SignedLaunches
from proxy.launch.smart import CALLBACK, LaunchFailed, SmartLaunches
from proxy.viewer.files import WebFile, page, read_files

PAGE: Final = "/launch"
_FORM: Final = frozenset({"application/x-www-form-urlencoded"})
_LONGEST: Final = 16 * 1024


@dataclass(frozen=True, slots=True)
class Launching:
    """`public_url` decides how the cookie is protected; `embedders` are origins whose pages may frame the strip."""

    launches: Launches
    namespaces: Namespaces
    signed: SignedLaunches
    smart: SmartLaunches
    audit: AuditLog
    public_url: str
    embedders: tuple[str, ...]

    async def iid(self, request: Request) -> Response:
        return self.begin(read_iid(request.query_params.multi_items(), self.namespaces))

    async def signed_link(self, request: Request) -> Response:
        """By POST the token stands in no address; it is used up either way."""
        if request.method == "POST":
            form = parse_qs((await body_of(request, _FORM, _LONGEST)).decode("ascii", "replace"))
            tokens: Sequence[str] = form.get("launch", [])
        else:
            tokens = request.query_params.getlist("launch")
        if len(tokens) != 1:
            raise BadRequest("`launch` is one token")
        return self.begin(await self.signed.read(tokens[0]))

    async def smart_launch(self, request: Request) -> Response:
        query = request.query_params
        try:
            departure = await self.smart.begin(query.get("iss", ""), query.get("launch", ""))
        except LaunchFailed as failed:
            return await self._fail(request, failed)
        response = RedirectResponse(departure.address, 303)
        self._set(response, departure.binding, LAUNCH_SECONDS)
        return response

    async def smart_callback(self, request: Request) -> Response:
        """A launch that came to nothing ends at the page too, which finds nothing to open and says so."""
        try:
            launch = await self.smart.complete(request.query_params, read_cookie(request, self._cookie) or "")
        except LaunchFailed as failed:
            return await self._fail(request, failed)
        return self.begin(launch)

    async def _fail(self, request: Request, failed: LaunchFailed) -> Response:
        """On record where an EHR has to do with it: anybody can make up the rest."""
        if failed.server:
            detail = {"by": Way.SMART.value, "server": failed.server, "why": failed.why}
            await self.audit.record(
                Event(EventKind.LAUNCHED, Outcome.REFUSED, address=address_of(request), detail=detail)
            )
        return RedirectResponse(PAGE, 303)

    def begin(self, launch: Launch) -> Response:
        """To the page, with the launch's name in a cookie of this browser."""
        response = RedirectResponse(PAGE, 303)
        self._set(response, self.launches.keep(launch), LAUNCH_SECONDS)
        return response

    async def take(self, request: Request) -> Response:
        """The launch of this browser, for whoever is signed in, on record before it is told."""
        caller = await caller_of(request)
        require_same_origin(request)
        launch = self.launches.take(read_cookie(request, self._cookie) or "", caller.subject)
        for event in _events(caller, launch):
            await self.audit.record(event)
        response = json_response(request, _described(launch))
        self._set(response, "", 0)
        return response

    @property
    def _cookie(self) -> str:
        return f"{cookie_name(self.public_url)}-launch"

    def _set(self, response: Response, value: str, seconds: int) -> None:
        secure = self.public_url.startswith("https:")
        response.set_cookie(
            self._cookie, value, max_age=seconds, path="/", secure=secure, httponly=True, samesite="lax"
        )


def routes(launching: Launching) -> list[BaseRoute]:
    files = read_files()
    return [
        Route(PAGE, page(files["launch/index.html"])),
        Route("/strip", _framed(files["strip/index.html"], launching.embedders)),
        Route(f"{PAGE}/take", launching.take, methods=["POST"]),
        Route(f"{PAGE}/iid", launching.iid),
        Route(f"{PAGE}/iid/IHEInvokeImageDisplay", launching.iid),
        Route(f"{PAGE}/smart", launching.smart_launch),
        Route(CALLBACK, launching.smart_callback),
        Route(f"{PAGE}/signed", launching.signed_link, methods=["GET", "POST"]),
    ]


def _framed(file: WebFile, embedders: Sequence[str]) -> Callable[[Request], Awaitable[Response]]:
    """A page that stands in pages of `embedders`, and of nobody else."""
    policy = content_security_policy(ancestors=embedders)

    async def answer(request: Request) -> Response:
        response = file.answer(request)
        response.headers["Content-Security-Policy"] = policy
        return response

    return answer


def _events(caller: Caller, launch: Launch) -> list[Event]:
    """One for each study, so that whoever asks about one finds it."""
    patient = f"{launch.patient.authority}|{launch.patient.value}" if launch.patient else ""
    event = caller_event(EventKind.LAUNCHED, Outcome.SUCCESS, caller, {"by": launch.way.value})
    return [replace(event, patient=patient, study=study) for study in launch.studies or ("",)]


def _described(launch: Launch) -> dict[str, Any]:
    patient, narrowing = launch.patient, launch.narrowing
    return {
        "patient": patient and {"authority": patient.authority, "value": patient.value},
        "studies": launch.studies,
        "accessions": launch.accessions,
        "since": narrowing.since and to_time(narrowing.since),
        "until": narrowing.until and to_time(narrowing.until),
        "modalities": narrowing.modalities,
        "most": narrowing.most,
    }
