"""Who shows which kind of thing: the proxy's side of the table of SOP classes."""

from collections.abc import Mapping

from proxy.dicomweb.rendered.cine import MovingImages
from proxy.dicomweb.rendered.doses import Doses
from proxy.dicomweb.rendered.grounds import Grounds
from proxy.dicomweb.rendered.key_objects import KeyObjects
from proxy.dicomweb.rendered.layering import Layering
from proxy.dicomweb.rendered.presented import PresentationStates
from proxy.dicomweb.rendered.presenting import Presenter
from proxy.dicomweb.rendered.referenced import Referenced
from proxy.dicomweb.rendered.segmentations import Segmentations
from proxy.dicomweb.rendered.stills import Stills
from proxy.dicomweb.rendered.structures import Structures
from proxy.dicomweb.rendered.videos import StoredVideos
from proxy.federation.admission import Admission
from proxy.federation.location import Locations
from proxy.retrieval.cines import Cines
from proxy.retrieval.films import Films
from proxy.retrieval.frames import Frames
from proxy.retrieval.objects import Objects
from proxy.retrieval.planes import Planes
from proxy.retrieval.rendered import Rendered
from rendering.kinds.table import Kind


def presenters(
    admission: Admission,
    locations: Locations,
    objects: Objects,
    frames: Frames,
    planes: Planes,
    rendered: Rendered,
    cines: Cines,
    films: Films,
) -> Mapping[Kind, Presenter]:
    """One presenter for each kind that can be shown."""
    stills = Stills(admission, rendered)
    grounds = Grounds(admission, locations, planes)
    layering = Layering(rendered, frames, grounds)
    referenced = Referenced(admission, locations, objects)
    states = PresentationStates(admission, objects, frames, rendered, referenced)
    shown: dict[Kind, Presenter] = {
        Kind.IMAGE: MovingImages(admission, stills, cines),
        Kind.VIDEO: StoredVideos(admission, films),
        Kind.SEGMENTATION: Segmentations(admission, grounds, layering),
        Kind.DOSE: Doses(admission, grounds, layering),
        Kind.STRUCTURES: Structures(admission, grounds, layering),
        Kind.PRESENTATION: states,
    }
    return {**shown, Kind.KEY_OBJECTS: KeyObjects(referenced, states, shown)}
