"""Where studies are, and which of them somebody may know of."""

from dataclasses import dataclass

from proxy.archives.search.paging import Paging
from proxy.federation.admission import Admission
from proxy.federation.assessment import Assessments
from proxy.federation.counting import Counting
from proxy.federation.gathering import Gathering
from proxy.federation.listings import Listings
from proxy.federation.location import Locations
from proxy.federation.search import Search
from proxy.outside import Outside
from proxy.patients.register import Register
from proxy.services.deciding import Deciding
from proxy.services.opened import Opened
from proxy.settings.file import Settings


@dataclass(frozen=True, slots=True)
class Finding:
    """Search over all archives, the places that it has learnt, and admission to what was found."""

    paging: Paging
    locations: Locations
    admission: Admission
    assessments: Assessments
    search: Search


def finding_of(settings: Settings, outside: Outside, opened: Opened, register: Register, deciding: Deciding) -> Finding:
    """All of it over the archives that are open, and bounded in memory."""
    archives, federation, enforcement = opened.archives, settings.federation, deciding.enforcement
    paging = Paging(federation)
    locations = Locations(
        *(archives, register, federation, outside.timer, opened.memory.located, deciding.recognition, paging)
    )
    admission = Admission(archives, locations, enforcement, federation.absent_seconds)
    search = Search(
        *(archives, locations, admission, Gathering(enforcement, paging, federation)),
        Counting(archives, paging, federation, outside.timer),
        Listings(federation, outside.new_id, outside.timer),
        *(opened.journal, deciding.people),
    )
    return Finding(paging, locations, admission, Assessments(admission, enforcement), search)
