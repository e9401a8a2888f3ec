"""What the DICOMweb routes are made of."""

from dataclasses import dataclass

from proxy.access.copying import Copying
from proxy.dicomweb.identities import Identities
from proxy.federation.admission import Admission
from proxy.federation.location import Locations
from proxy.federation.search import Search
from proxy.federation.status import SearchStatuses
from proxy.retrieval.ahead import Ahead
from proxy.retrieval.cines import Cines
from proxy.retrieval.documents import Documents
from proxy.retrieval.films import Films
from proxy.retrieval.frames import Frames
from proxy.retrieval.icons import Icons
from proxy.retrieval.objects import Objects
from proxy.retrieval.planes import Planes
from proxy.retrieval.rendered import Rendered
from proxy.retrieval.transcoded import Transcoded


@dataclass(frozen=True, slots=True)
class Rooms:
    """One of each, for all routes."""

    base_url: str
    identities: Identities
    admission: Admission
    locations: Locations
    search: Search
    statuses: SearchStatuses
    objects: Objects
    frames: Frames
    ahead: Ahead
    planes: Planes
    rendered: Rendered
    transcoded: Transcoded
    copying: Copying
    cines: Cines
    films: Films
    documents: Documents
    icons: Icons
    identifying_thumbnails: bool
