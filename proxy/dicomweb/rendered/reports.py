"""Structured reports, and key object selections as what they are too: documents to read (PS3.3 A.35)."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from policy.request import Capability
from proxy.dicomweb.negotiation import Offer
from proxy.dicomweb.parameters import Rendition
from proxy.dicomweb.rendered.presenting import Asking, Part
from proxy.dicomweb.rendered.texts import text_offers, text_part, text_rendition
from proxy.federation.admission import Admission
from proxy.retrieval.objects import Objects
from rendering.reports.document import to_document


@dataclass(frozen=True, slots=True)
class Reports:
    """`base_url` is the service's base URI: what a report refers to is a link to where that is rendered."""

    base_url: str
    admission: Admission
    objects: Objects

    def offers(self, asking: Asking) -> Sequence[Offer]:
        return text_offers()

    def rendition(self, asking: Asking, offer: Offer) -> Rendition:
        return text_rendition(asking)

    async def count(self, asking: Asking) -> int:
        return 1

    async def parts(self, asking: Asking, offer: Offer, rendition: Rendition) -> AsyncGenerator[Part]:
        permit = await self.admission.admit(asking.caller, asking.instance, Capability.VIEW)
        dataset = await self.objects.instance(permit)
        yield await text_part(asking, permit, offer, lambda: to_document(dataset, self.base_url))
