"""What the DICOMweb routes are made of."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from proxy.access.copying import Copying
from proxy.access.views.views import Views
from proxy.dicomweb.identities import Identities
from proxy.federation.admission import Admission
from proxy.federation.search import Search
from proxy.federation.status import SearchStatuses
from proxy.resources import InstitutionId
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
    """One of each, for all routes below `base_url`.

    `roots` are the base URLs of the services of single institutions; `institution` the one that this is of, if it is.
    """

    base_url: str
    roots: Mapping[InstitutionId, str]
    identities: Identities
    admission: Admission
    search: Search
    statuses: SearchStatuses
    objects: Objects
    frames: Frames
    ahead: Ahead
    planes: Planes
    rendered: Rendered
    transcoded: Transcoded
    copying: Copying
    views: Views
    cines: Cines
    films: Films
    documents: Documents
    icons: Icons
    identifying_thumbnails: bool
    institution: InstitutionId | None = None

    def within(self, institution: InstitutionId) -> "Rooms":
        """The same below the root of `institution`, without all others."""
        admission = self.admission.within(institution)
        return replace(self, base_url=self.roots[institution], admission=admission, institution=institution)
