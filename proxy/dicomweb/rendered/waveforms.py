"""Recordings of waveforms as images of the paper that they would be printed on (PS3.3 A.34)."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace

from policy.request import Capability
from proxy.access.views.shown import whole
from proxy.dicomweb.negotiation import Offer, alone, as_parts
from proxy.dicomweb.parameters import Rendition
from proxy.dicomweb.rendered.presenting import Asking, Part
from proxy.dicomweb.rendered.sheets import ENCODINGS, read_sheet_rendition
from proxy.dicomweb.rendering_header import rendering_warnings, sheet_header
from proxy.errors import BadRequest
from proxy.federation.admission import Admission
from proxy.retrieval.objects import Objects
from proxy.retrieval.rendered import Rendered
from rendering.options import Encoding
from rendering.waveforms.reading import read_recording
from rendering.waveforms.recording import Recording

_NOT_WHOLE = "The recording is longer than one image shows. Its beginning is shown, and the image says how much."
_POLICIES = {Encoding.SVG: "default-src 'none'; frame-ancestors 'none'; sandbox"}
"""What a browser may do with a drawing that is a document too: show it."""

_LARGEST_GROUP = 256 * 2**20


@dataclass(frozen=True, slots=True)
class Waveforms:
    """The points of an SVG are the samples: it is for those who may have what is stored, large and plain as it is."""

    admission: Admission
    objects: Objects
    rendered: Rendered

    def offers(self, asking: Asking) -> Sequence[Offer]:
        read_recording(asking.dataset)
        types = ENCODINGS if asking.permit.obligations.rendered_only else (*ENCODINGS, Encoding.SVG)
        return (*alone(types), *as_parts(types))

    def rendition(self, asking: Asking, offer: Offer) -> Rendition:
        if asking.frames is not None:
            raise BadRequest("a recording of waveforms has no frames")
        return read_sheet_rendition(asking.parameters, Encoding(offer.type), asking.dataset)

    async def count(self, asking: Asking) -> int:
        return 1

    async def parts(self, asking: Asking, offer: Offer, rendition: Rendition) -> AsyncGenerator[Part]:
        permit = await self.admission.admit(asking.caller, asking.instance, Capability.VIEW)
        recording = read_recording(await self.objects.instance(permit))

        async def gather() -> Recording:
            groups = [
                replace(group, data=(await self.objects.bulk(permit, group.path, _LARGEST_GROUP))[: group.bytes])
                for group in recording.groups
            ]
            return replace(recording, groups=tuple(groups))

        image = await self.rendered.made(permit, "waveforms", rendition.options, gather)
        warnings = (*rendering_warnings(image), *(() if recording.is_whole else (_NOT_WHOLE,)))
        policy = _POLICIES.get(image.encoding, "")
        shown = whole(permit, asking.dataset)
        yield Part(asking.instance, shown, offer.type, image.data, sheet_header(image), warnings, policy=policy)
