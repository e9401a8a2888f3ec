"""Who shows which kind of thing: the proxy's side of the table of SOP classes."""

from collections.abc import Mapping

from proxy.dicomweb.rendered.presenting import Presenter
from proxy.dicomweb.rendered.stills import Stills
from proxy.federation.admission import Admission
from proxy.retrieval.rendered import Rendered
from rendering.kinds.table import Kind


def presenters(admission: Admission, rendered: Rendered) -> Mapping[Kind, Presenter]:
    """One presenter for each kind that can be shown."""
    stills = Stills(admission, rendered)
    return {Kind.IMAGE: stills}
