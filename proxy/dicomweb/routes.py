"""The DICOMweb resources of this service, each under the clause it implements; read-only, like a showcase."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from proxy.dicomweb.bulkdata import Bulkdata
from proxy.dicomweb.capabilities import capabilities
from proxy.dicomweb.elsewhere import Endpoint, answer_once_more
from proxy.dicomweb.frames import FrameResources
from proxy.dicomweb.institutions import INSTITUTION_ROOT, Roots
from proxy.dicomweb.links import Links
from proxy.dicomweb.metadata import Metadata
from proxy.dicomweb.rendered.presenters import presenters
from proxy.dicomweb.rendered.resources import RenderedResources
from proxy.dicomweb.rooms import Rooms
from proxy.dicomweb.searching import Searching
from proxy.dicomweb.shared import SHARED_ROOT, shared
from proxy.dicomweb.thumbnails.resources import Thumbnails
from proxy.dicomweb.whole_objects import refuse_copying
from proxy.federation.admission import Admission
from proxy.http.departure import ClientDeparted, while_connected
from proxy.urgency import MOST_URGENT, THUMBNAIL, defer

ROOT = "/dicomweb"
METHODS = ("GET", "HEAD", "OPTIONS")

STUDY = "/studies/{study}"
SERIES = STUDY + "/series/{series}"
_LIST = STUDY + "/series"
INSTANCE = SERIES + "/instances/{instance}"
FRAMES = INSTANCE + "/frames/{frames}"


@dataclass(frozen=True, slots=True)
class Resource:
    """One line of the table: the clause of PS3.18, the path below the root, and what answers it.

    Nobody waits for it more than `urgency` says (RFC 9218 §4.1).
    """

    clause: str
    path: str
    endpoint: Endpoint
    urgency: int = MOST_URGENT


def resources(rooms: Rooms) -> tuple[Resource, ...]:
    """The table. Order matters only where a literal segment stands beside a parameter, which PS3.18 avoids."""
    links, search = Links(rooms.base_url), _searching(rooms)
    metadata = Metadata(rooms.base_url, rooms.admission, rooms.objects, links, rooms.identities)
    shown = presenters(rooms)
    rendered = RenderedResources(rooms.base_url, rooms.admission, rooms.objects, rooms.ahead, shown, rooms.views)
    thumbnails = Thumbnails(
        *(rooms.base_url, rooms.admission, rooms.objects, rooms.rendered),
        *(rooms.films, rooms.icons, rooms.views, rooms.identifying_thumbnails),
    )
    frames = FrameResources(
        *(rooms.base_url, rooms.admission, rooms.objects, rooms.transcoded, rooms.copying, rooms.views)
    )
    bulkdata = Bulkdata(rooms.base_url, rooms.admission, rooms.objects, frames)
    return (
        Resource("§10.6.1 search: studies", "/studies", search.studies),
        Resource("§10.6.1 search: a study's series", _LIST, search.series_of_study),
        Resource("§10.6.1 search: a study's instances", STUDY + "/instances", search.instances_of_study),
        Resource("§10.6.1 search: all series", "/series", search.series),
        Resource("§10.6.1 search: a series' instances", SERIES + "/instances", search.instances_of_series),
        Resource("§10.6.1 search: all instances", "/instances", search.instances),
        Resource("§10.4.1.1.1 study, as objects", STUDY, refuse_copying),
        Resource("§10.4.1.1.1 series, as objects", SERIES, refuse_copying),
        Resource("§10.4.1.1.1 instance, as object", INSTANCE, refuse_copying),
        Resource("§10.4.1.1.2 study metadata", STUDY + "/metadata", metadata.of_study),
        Resource("§10.4.1.1.2 series metadata", SERIES + "/metadata", metadata.of_series),
        Resource("§10.4.1.1.2 instance metadata", INSTANCE + "/metadata", metadata.of_instance),
        Resource("§10.4.1.1.3 rendered study", STUDY + "/rendered", rendered.of_study),
        Resource("§10.4.1.1.3 rendered series", SERIES + "/rendered", rendered.of_series),
        Resource("§10.4.1.1.3 rendered instance", INSTANCE + "/rendered", rendered.of_instance),
        Resource("§10.4.1.1.3 rendered frames", FRAMES + "/rendered", rendered.of_frames),
        Resource("§10.4.1.1.4 study thumbnail", STUDY + "/thumbnail", thumbnails.of_study, THUMBNAIL),
        Resource("§10.4.1.1.4 series thumbnail", SERIES + "/thumbnail", thumbnails.of_series, THUMBNAIL),
        Resource("§10.4.1.1.4 instance thumbnail", INSTANCE + "/thumbnail", thumbnails.of_instance, THUMBNAIL),
        Resource("§10.4.1.1.4 frame thumbnail", FRAMES + "/thumbnail", thumbnails.of_frame, THUMBNAIL),
        Resource("§10.4.1.1.5 bulk data", INSTANCE + "/bulkdata/{path:path}", bulkdata.element),
        Resource("§10.4.1.1.6 frames", FRAMES, frames.of_instance),
    )


def routes(rooms: Rooms) -> list[BaseRoute]:
    """The table as routes below the root of all institutions and that of each, with its capabilities (§8.9) there."""
    table = _deepest(resources(rooms))
    answers, roots = _endpoints(rooms), Roots(rooms, _endpoints)
    return [
        *_rooted(ROOT, table, answers),
        *_rooted(INSTITUTION_ROOT, table, [roots.endpoint(place) for place in range(len(answers))]),
        *_shared(rooms),
        Route("/federation/status/{search}", _searching(rooms).status),
    ]


def _shared(rooms: Rooms) -> list[BaseRoute]:
    """What is below one study, except copies, for share links; of searches the list of its series alone."""
    base_url = rooms.base_url.removesuffix(ROOT) + SHARED_ROOT
    table = [
        one
        for one in _deepest(resources(replace(rooms, base_url=base_url)))
        if one.path.startswith(STUDY) and one.endpoint is not refuse_copying
        if one.path == _LIST or "search" not in one.clause
    ]
    answers = [shared(_answered(one, rooms.admission), listing=one.path == _LIST) for one in table]
    return [
        Route(SHARED_ROOT + one.path, answer, methods=["GET", "HEAD"])
        for one, answer in zip(table, answers, strict=True)
    ]


def _rooted(root: str, table: Sequence[Resource], answers: Sequence[Endpoint]) -> list[BaseRoute]:
    describe, *others = answers
    return [
        Route(root, describe, methods=["OPTIONS"]),
        Route(f"{root}/", describe, methods=["OPTIONS"]),
        *(Route(root + one.path, answer, methods=METHODS) for one, answer in zip(table, others, strict=True)),
    ]


def _endpoints(rooms: Rooms) -> list[Endpoint]:
    """The capabilities, and what answers each line of the table below `rooms.base_url`."""
    table = resources(rooms)
    describe = capabilities(rooms.base_url, [(one.clause, one.path) for one in table])
    return [describe, *(_answered(one, rooms.admission) for one in _deepest(table))]


def _searching(rooms: Rooms) -> Searching:
    links = Links(rooms.base_url)
    return Searching(rooms.base_url, rooms.search, rooms.statuses, links, rooms.identities, rooms.institution)


def _deepest(table: Iterable[Resource]) -> list[Resource]:
    """Frames, which are asked for most often, first: routes are tried in their order."""
    return sorted(table, key=lambda one: one.path.count("/"), reverse=True)


def _answered(resource: Resource, admission: Admission) -> Endpoint:
    """As long as its client is connected, and by another archive when the first one fails."""

    async def answer(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": ", ".join(METHODS)})
        defer(resource.urgency)
        try:
            return await while_connected(request, answer_once_more(resource.endpoint, request, admission))
        except ClientDeparted:
            return Response(status_code=499)

    return answer
