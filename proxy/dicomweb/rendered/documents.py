"""Encapsulated documents: PDF page by page or as it is stored, clinical documents as text (PS3.3 A.45)."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace

from policy.request import Capability
from proxy.access.permit import Permit
from proxy.access.views.shown import frames, whole
from proxy.dicomweb.negotiation import Offer, alone, as_parts
from proxy.dicomweb.parameters import Rendition
from proxy.dicomweb.rendered.presenting import Asking, Part
from proxy.dicomweb.rendered.sheets import ENCODINGS, read_sheet_rendition
from proxy.dicomweb.rendered.texts import HTML, PLAIN, text_offers, text_part, text_rendition
from proxy.dicomweb.rendering_header import document_header, rendering_header, rendering_warnings
from proxy.errors import NotFound, NotPermitted
from proxy.federation.admission import Admission
from proxy.resources import FramesRef, InstanceRef
from proxy.retrieval.documents import Documents
from proxy.retrieval.rendered import Rendered
from rendering.content import Page
from rendering.documents.cda import to_document
from rendering.errors import MalformedFrame
from rendering.frame import RenderedImage
from rendering.options import Encoding, RenderOptions, Viewport

PDF = "application/pdf"
_BEGINNING = b"%PDF-"
_BEGINNING_WITHIN = 1024  # bytes, as readers have it (ISO 32000-1 Annex H.3)
_COUNTING = RenderOptions(Encoding.JPEG, viewport=Viewport(1, 1))


@dataclass(frozen=True, slots=True)
class PdfDocuments:
    """Pages are the frames of a document. As it is stored it is for those who owe nothing: a PDF cannot be marked."""

    admission: Admission
    documents: Documents
    rendered: Rendered

    def offers(self, asking: Asking) -> Sequence[Offer]:
        if asking.frames is not None:
            return (*alone(ENCODINGS), *as_parts(ENCODINGS)) if len(asking.frames) == 1 else as_parts(ENCODINGS)
        stored = () if _owes(asking.permit) else (*alone((PDF,)), *as_parts((PDF,)))
        return (*stored, *as_parts(ENCODINGS))

    def rendition(self, asking: Asking, offer: Offer) -> Rendition:
        if offer.type == PDF:
            return text_rendition(asking)
        return read_sheet_rendition(asking.parameters, Encoding(offer.type), asking.dataset)

    async def count(self, asking: Asking) -> int:
        if asking.among:
            return 1  # or more: what is not asked for by itself is fetched when its turn comes
        pages = await self._pages(asking)
        if asking.frames is not None and asking.frames[-1] > pages:
            raise NotFound
        return pages if asking.frames is None else len(asking.frames)

    async def parts(self, asking: Asking, offer: Offer, rendition: Rendition) -> AsyncGenerator[Part]:
        if offer.type == PDF:
            yield await self._stored(asking)
            return
        one = asking.instance
        for number in asking.frames or range(1, await self._pages(asking) + 1):
            image = await self._page(asking, number, rendition.options)
            source = FramesRef(one.study, one.series, one.instance, (number,))
            header = f"pages={image.frames}, {rendering_header(source, replace(image, frames=1))}"
            shown = frames(asking.permit, (number,), asking.dataset)
            yield Part(source, shown, offer.type, image.data, header, rendering_warnings(image))

    async def _stored(self, asking: Asking) -> Part:
        permit = await self._admit(asking)
        if _owes(permit):
            raise NotPermitted("this document may be seen page by page only, not as it is stored")
        document = await self.documents.whole(permit)
        if _BEGINNING not in document[:_BEGINNING_WITHIN]:
            raise MalformedFrame("the document is not the PDF that it is said to be")
        return Part(asking.instance, whole(permit, asking.dataset, native=True), PDF, document, document_header())

    async def _pages(self, asking: Asking) -> int:
        return (await self._page(asking, 1, _COUNTING)).frames

    async def _page(self, asking: Asking, number: int, options: RenderOptions) -> RenderedImage:
        permit = await self._admit(asking)

        async def gather() -> Page:
            return Page(await self.documents.whole(permit), number)

        return await self.rendered.made(permit, ("page", number), options, gather)

    async def _admit(self, asking: Asking) -> Permit[InstanceRef]:
        return await self.admission.admit(asking.caller, asking.instance, Capability.VIEW)


@dataclass(frozen=True, slots=True)
class ClinicalDocuments:
    """The narrative of a CDA document, which is what its authors stand for; its markup goes to no browser."""

    admission: Admission
    documents: Documents

    def offers(self, asking: Asking) -> Sequence[Offer]:
        return text_offers((HTML, PLAIN))

    def rendition(self, asking: Asking, offer: Offer) -> Rendition:
        return text_rendition(asking)

    async def count(self, asking: Asking) -> int:
        return 1

    async def parts(self, asking: Asking, offer: Offer, rendition: Rendition) -> AsyncGenerator[Part]:
        permit = await self.admission.admit(asking.caller, asking.instance, Capability.VIEW)
        document = await self.documents.whole(permit)
        yield await text_part(asking, permit, offer, lambda: to_document(document))


def _owes(permit: Permit[InstanceRef]) -> bool:
    """Whether something must be done to the pages before they are shown, or nothing may leave as it is stored."""
    return permit.obligations.rendered_only
