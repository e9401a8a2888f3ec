"""Who sends this request: the bearer token or the session cookie, turned into a caller by `access`."""

from typing import Final

from starlette.requests import Request

from policy.request import PurposeOfUse
from proxy.access.authentication import Authentication
from proxy.access.caller import Caller
from proxy.access.possession.proof import Shown
from proxy.errors import OtherSite
from proxy.http.client import address_of
from proxy.http.passage import begin_passage
from proxy.urgency import mark_emergency, mark_person

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def cookie_name(public_url: str) -> str:
    """`__Host-` binds the cookie to this host over TLS (RFC 6265bis §4.1.3.2); plain HTTP exists on loopback only."""
    return "__Host-vitrine" if public_url.startswith("https:") else "vitrine"


def read_cookie(request: Request, name: str) -> str | None:
    """The cookie `name`, read exactly; none when there are several (RFC 6265bis §5.8.3).

    Forgiving readers take other names for this one, and the last of several: a neighbouring host could plant it.
    """
    pairs = (pair.strip(" \t").partition("=") for line in request.headers.getlist("cookie") for pair in line.split(";"))
    found = [value for key, equals, value in pairs if equals and key == name]
    return found[0] if len(found) == 1 else None


async def caller_of(request: Request) -> Caller:
    """The verified caller of `request`, found once per request. Raises `NotAuthenticated`.

    A cookie is only believed on requests that this origin's own pages make or that open one of them: another site that
    embeds an image would otherwise learn whether it exists (Fetch Metadata). Where more than reading is asked for, it
    is this origin's own pages alone, whatever it is.
    """
    known: Caller | None = getattr(request.state, "caller", None)
    if known is None:
        authentication: Authentication = request.app.state.authentication
        name = cookie_name(request.app.state.settings.server.public_url)
        known = await authentication.identify(
            authorization=request.headers.get("authorization"),
            cookie=read_cookie(request, name) if from_here(request) else None,
            address=address_of(request),
            shown=_shown(request),
        )
        begin_passage(request, known)
        request.state.caller = known
        request.app.state.ongoing.enter(request.scope, known)
    if "authorization" not in request.headers and request.method not in _SAFE:
        require_same_origin(request)
    mark_person(known.subject)
    roles = request.app.state.settings.policy.emergency_roles
    if known.purpose is PurposeOfUse.ETREAT and not known.roles.isdisjoint(roles):
        mark_emergency()
    return known


def _shown(request: Request) -> Shown | None:
    """What the request shows of a key, for the address that clients see (RFC 9449 §4.3)."""
    proof = request.headers.get("dpop")
    if proof is None:
        return None
    path = request.scope["raw_path"].decode("latin-1").partition("?")[0]
    return Shown(proof, request.method, f"{request.app.state.origin}{path}")


def from_here(request: Request) -> bool:
    site = request.headers.get("sec-fetch-site", "none")
    return site in {"same-origin", "none"} or _opens_a_page(request)


def _opens_a_page(request: Request) -> bool:
    """Frames and objects in pages are navigations too, and tell those pages whether they were loaded."""
    destination = request.headers.get("sec-fetch-dest", "document")
    return request.method in _SAFE and request.headers.get("sec-fetch-mode") == "navigate" and destination == "document"


def require_same_origin(request: Request) -> None:
    """Refuse state-changing requests that other sites' pages send (Origin, Fetch Metadata).

    `no-referrer` makes browsers send forms of our own pages with the origin `null` (Fetch §3.1); Fetch Metadata, which
    no page can forge, then says whose they are.
    """
    site = request.headers.get("sec-fetch-site")
    own = {None, request.app.state.origin} | ({"null"} if site == "same-origin" else set())
    if site not in {None, "same-origin"} or request.headers.get("origin") not in own:
        raise OtherSite("the request did not come from this site")
