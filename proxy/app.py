"""The ASGI application: the routes of every room behind the same few layers of middleware."""

import ipaddress
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from proxy.accounting import routes as accounting
from proxy.console import routes as console
from proxy.dicomweb import routes as dicomweb
from proxy.errors import VitrineError
from proxy.evaluations import routes as evaluations
from proxy.fhir import routes as fhir
from proxy.http.context import RequestContext
from proxy.http.guard import RequestGuard, hosts_of
from proxy.http.headers import SecurityHeaders, content_security_policy
from proxy.http.passage import RequestPassage
from proxy.http.priority import RequestPriority
from proxy.http.problems import framework_problem, to_response
from proxy.http.refusals import Refusals
from proxy.hubs import routes as hubs
from proxy.ohif import routes as ohif
from proxy.operations import health, witness
from proxy.operations.metrics import ServiceMetrics
from proxy.oversight import reviews
from proxy.oversight import routes as oversight
from proxy.passage import pseudonym_of
from proxy.policies import routes as policies
from proxy.senders import consents
from proxy.senders import routes as senders
from proxy.services.readings import readings_of
from proxy.services.services import Services
from proxy.viewer import emergencies, launching, links, shared
from proxy.viewer import routes as viewer
from rendering.errors import RenderingError


def build_app(services: Services) -> Starlette:
    """The application over running `services`, which the caller opens and closes."""
    settings = services.settings
    public_url = settings.server.public_url
    metrics = ServiceMetrics(readings_of(services), services.archives)
    app = Starlette(
        routes=[
            *dicomweb.routes(services.rooms),
            *viewer.routes(services.portal),
            *emergencies.routes(services.declaring),
            *links.routes(services.sharing),
            *launching.routes(services.launching),
            *shared.routes(services.receiving),
            *senders.routes(services.station.doors),
            *evaluations.routes(services.evaluations),
            *policies.routes(services.policies),
            *oversight.routes(services.oversight),
            *console.routes(services.console),
            *reviews.routes(services.reviews),
            *consents.routes(services.consent_door),
            *fhir.routes(services.audit_events),
            *accounting.routes(services.accounts),
            *health.routes(ready=services.failing),
            *metrics.routes(),
            *witness.routes(services.attesting.desk, services.journal),
            *(ohif.routes(services.full_viewer) if services.full_viewer else []),
            *_hub_routes(services),
        ],
        middleware=[
            Middleware(RequestContext, new_id=services.outside.new_id, observe=metrics.observe),
            Middleware(
                SecurityHeaders,
                policy=content_security_policy(
                    [_origin(one.issuer) for one in settings.issuers if one.exchange is None]
                ),
                secure=public_url.startswith("https:"),
            ),
            Middleware(RequestGuard, hosts=hosts_of(public_url)),
            Middleware(RequestPriority),
            Middleware(RequestPassage),
        ],
        exception_handlers={VitrineError: _problem, RenderingError: _problem, HTTPException: _framework},
    )
    app.router.redirect_slashes = False  # what it would send is built from the request, behind TLS proxies as http:
    app.state.settings = settings
    app.state.authentication = services.authentication
    app.state.ongoing = services.ongoing
    app.state.refusals = Refusals(services.journal, services.outside.clock, settings.institutions)
    app.state.links = services.links
    app.state.clock = services.outside.clock
    app.state.origin = _origin(public_url)
    app.state.pseudonym = pseudonym_of(public_url)
    app.state.trusted_proxies = tuple(map(ipaddress.ip_network, settings.server.trusted_proxies))
    return app


def _hub_routes(services: Services) -> list[BaseRoute]:
    """Only where assertions are signed that others have to verify."""
    signer = services.signer
    return (
        [] if signer is None else hubs.routes(_origin(services.settings.server.public_url), lambda: signer.public_keys)
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


async def _problem(request: Request, error: Exception) -> Response:
    refusals: Refusals = request.app.state.refusals
    await refusals.record(request, error)
    return to_response(request, error)


async def _framework(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return framework_problem(request, error)
