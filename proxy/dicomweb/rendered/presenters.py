"""Who shows which kind of thing: the proxy's side of the table of SOP classes."""

from collections.abc import Mapping

from proxy.dicomweb.rendered.cine import MovingImages
from proxy.dicomweb.rendered.documents import ClinicalDocuments, PdfDocuments
from proxy.dicomweb.rendered.doses import Doses
from proxy.dicomweb.rendered.grounds import Grounds
from proxy.dicomweb.rendered.key_objects import KeyObjects
from proxy.dicomweb.rendered.layering import Layering
from proxy.dicomweb.rendered.presented import PresentationStates
from proxy.dicomweb.rendered.presenting import Presenter
from proxy.dicomweb.rendered.referenced import Referenced
from proxy.dicomweb.rendered.reports import Reports
from proxy.dicomweb.rendered.segmentations import Segmentations
from proxy.dicomweb.rendered.stills import Stills
from proxy.dicomweb.rendered.structures import Structures
from proxy.dicomweb.rendered.videos import StoredVideos
from proxy.dicomweb.rendered.waveforms import Waveforms
from proxy.dicomweb.rooms import Rooms
from rendering.kinds.table import Kind


def presenters(rooms: Rooms) -> Mapping[Kind, Presenter]:
    """One presenter for each kind that can be shown."""
    admission, objects, rendered = rooms.admission, rooms.objects, rooms.rendered
    stills = Stills(admission, rendered)
    grounds = Grounds(admission, rooms.planes)
    layering = Layering(rendered, rooms.frames, grounds)
    referenced = Referenced(admission, objects)
    states = PresentationStates(admission, objects, rooms.frames, rendered, referenced)
    reports = Reports(rooms.base_url, admission, objects)
    shown: dict[Kind, Presenter] = {
        Kind.IMAGE: MovingImages(admission, stills, rooms.cines),
        Kind.VIDEO: StoredVideos(admission, rooms.films, rooms.copying),
        Kind.SEGMENTATION: Segmentations(admission, grounds, layering),
        Kind.DOSE: Doses(admission, grounds, layering),
        Kind.STRUCTURES: Structures(admission, grounds, layering),
        Kind.PRESENTATION: states,
        Kind.WAVEFORM: Waveforms(admission, objects, rendered),
        Kind.REPORT: reports,
        Kind.PDF: PdfDocuments(admission, rooms.documents, rendered),
        Kind.CDA: ClinicalDocuments(admission, rooms.documents),
    }
    return {**shown, Kind.KEY_OBJECTS: KeyObjects(referenced, states, reports, shown)}
