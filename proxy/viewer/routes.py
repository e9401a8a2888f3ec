"""The pages of the portal and the viewer, and what they ask besides DICOMweb."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from proxy.viewer.archives import ArchiveStates
from proxy.viewer.expected import ExpectedPatients
from proxy.viewer.files import page, read_files, static
from proxy.viewer.histories import Histories
from proxy.viewer.logout import LogoutDoor
from proxy.viewer.matches import Matches
from proxy.viewer.oversight import Oversight
from proxy.viewer.pictures import Pictures
from proxy.viewer.signin import SignIn

CALLBACK = "/auth/callback"
"""Where the identity provider sends browsers back to; it is registered there."""


@dataclass(frozen=True, slots=True)
class Portal:
    """What the routes are made of."""

    sign_in: SignIn
    logout: LogoutDoor
    histories: Histories
    matches: Matches
    oversight: Oversight
    archives: ArchiveStates
    pictures: Pictures


def routes(portal: Portal) -> list[BaseRoute]:
    """All of them; the files under `web/` are read here, once."""
    files = read_files()
    sign_in, histories, oversight = portal.sign_in, portal.histories, portal.oversight
    return [
        Route("/", to_portal),
        Route("/portal", page(files["portal/index.html"])),
        Route("/viewer", page(files["viewer/index.html"])),
        Route("/static/{file:path}", static(files)),
        Route("/auth/login", sign_in.begin),
        Route(CALLBACK, sign_in.complete),
        Route("/auth/logout", sign_in.end, methods=["POST"]),
        Route("/auth/session", sign_in.exchange_token, methods=["POST"]),
        Route("/auth/backchannel-logout", portal.logout.take, methods=["POST"]),
        Route("/portal/session", sign_in.session),
        Route("/portal/patients", histories.patients),
        Route("/portal/patients/match", portal.matches.match),
        Route("/portal/patients/match/offered", portal.matches.offered),
        Route("/portal/authorities", histories.authorities),
        Route("/portal/studies", histories.studies),
        Route("/portal/studies/events", histories.events),
        Route("/portal/source", histories.source),
        Route("/portal/pictures", portal.pictures.keep, methods=["POST"]),
        Route("/portal/audit", oversight.accesses),
        Route("/portal/policy", oversight.rules),
        Route("/portal/relationships", oversight.relationships),
        *(_expecting(histories.expected) if histories.expected else []),
        Route("/portal/archives", portal.archives.all),
        Route("/portal/archives/{archive}", portal.archives.one),
    ]


def _expecting(expected: ExpectedPatients) -> list[BaseRoute]:
    return [Route("/portal/expected", expected.all), Route("/portal/expected/changes", expected.changes)]


async def to_portal(request: Request) -> Response:  # noqa: ARG001 - the signature of an endpoint
    return RedirectResponse("/portal")
