"""What is fetched and made for those who look, and the rooms of DICOMweb over it."""

from proxy.access.copying import Copying
from proxy.access.views.views import Views
from proxy.dicomweb.identities import Identities
from proxy.dicomweb.institutions import root_of
from proxy.dicomweb.rooms import Rooms
from proxy.dicomweb.routes import ROOT
from proxy.federation.status import SearchStatuses
from proxy.outside import Outside
from proxy.patients.presenting import Presenting
from proxy.resources import InstitutionId
from proxy.retrieval.ahead import Ahead
from proxy.retrieval.cines import Cines
from proxy.retrieval.documents import Documents
from proxy.retrieval.films import Films
from proxy.retrieval.frames import Frames
from proxy.retrieval.icons import Icons
from proxy.retrieval.objects import Objects
from proxy.retrieval.planes import Planes
from proxy.retrieval.prepared import Prepared
from proxy.retrieval.rendered import Rendered
from proxy.retrieval.transcoded import Transcoded
from proxy.retrieval.turns import MOVING_AT_ONCE, MOVING_IN_LINE, Turns
from proxy.retrieval.videos import Videos
from proxy.services.deciding import Deciding
from proxy.services.finding import Finding
from proxy.services.opened import Opened
from proxy.settings.file import Settings


def rooms_of(
    settings: Settings, outside: Outside, opened: Opened, deciding: Deciding, finding: Finding, views: Views
) -> Rooms:
    """Frames and what is made of them share one memory, and all moving images one line."""
    memory, workers, retrieval = opened.memory, opened.workers, settings.retrieval
    public_url = settings.server.public_url.rstrip("/")
    presenting = Presenting(deciding.people, settings.patients, outside.timer)
    authorities = tuple(archive.archive.assigning_authority for archive in opened.archives)
    objects = Objects(opened.archives, opened.journal, retrieval, memory)
    frames = Frames(objects, retrieval, memory)
    rendered = Rendered(Prepared(frames, workers, retrieval, memory), workers, retrieval, memory)
    turns = Turns(MOVING_AT_ONCE, MOVING_IN_LINE)
    return Rooms(
        base_url=public_url + ROOT,
        roots={InstitutionId(one.id): public_url + root_of(one.id) for one in settings.institutions},
        identities=Identities(deciding.recognition, presenting, authorities),
        admission=finding.admission,
        search=finding.search,
        statuses=SearchStatuses(outside.new_id, outside.timer),
        objects=objects,
        frames=frames,
        ahead=Ahead(frames, outside.timer),
        planes=Planes(objects, finding.paging, retrieval, memory, outside.timer),
        rendered=rendered,
        transcoded=Transcoded(objects, workers, retrieval.lossy_error),
        copying=Copying(settings.copying, opened.journal, outside.timer),
        views=views,
        cines=Cines(frames, rendered, turns),
        films=Films(Videos(objects, retrieval, memory, outside.timer), rendered, turns),
        documents=Documents(objects, memory),
        icons=Icons(workers, outside.timer),
        identifying_thumbnails=retrieval.thumbnails == "images",
    )
