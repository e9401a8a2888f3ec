"""Rendered resources at four levels (PS3.18 §10.4.1.1.3, §8.3.5): what was asked for, as far as it can be shown."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from policy.request import Capability
from proxy.access.permit import Permit
from proxy.access.views.views import Views
from proxy.dicomweb.ahead import read_ahead
from proxy.dicomweb.delivery import Delivery, delivery_of
from proxy.dicomweb.negotiation import Offer, choose_rendered, within
from proxy.dicomweb.parameters import Rendition, ignored_parameters
from proxy.dicomweb.references import frames_of, instance_of, named_by, path_of, series_of, study_of
from proxy.dicomweb.rendered.bodies import body_of, closing_of, in_part, length_of
from proxy.dicomweb.rendered.presenting import Asking, Part, Presenter
from proxy.dicomweb.warnings import lacking_in, source_warnings, warning_headers
from proxy.errors import TooLarge
from proxy.federation.admission import Admission
from proxy.http.conditional import VARY
from proxy.http.departure import StreamedResponse
from proxy.http.identity import caller_of
from proxy.resources import FramesRef, InstanceRef, SeriesRef, StudyRef
from proxy.retrieval.ahead import Ahead
from proxy.retrieval.objects import Objects
from proxy.wire.multipart import MultipartWriter
from rendering.errors import NotAnonymous, UnsupportedObject
from rendering.kinds.reading import found_kind, kind_of
from rendering.kinds.table import Kind

MAXIMUM_PARTS = 1000


@dataclass(frozen=True, slots=True)
class RenderedResources:
    """`base_url` is the service's base URI; Content-Location names the source of every part (§10.4.3.3.3)."""

    base_url: str
    admission: Admission
    objects: Objects
    ahead: Ahead
    presenters: Mapping[Kind, Presenter]
    views: Views

    async def of_frames(self, request: Request) -> Response:
        frames = frames_of(request)
        return await self._of_one(request, frames.of, frames.frames)

    async def of_instance(self, request: Request) -> Response:
        return await self._of_one(request, instance_of(request), None)

    async def of_series(self, request: Request) -> Response:
        return await self._of_many(request, series_of(request))

    async def of_study(self, request: Request) -> Response:
        return await self._of_many(request, study_of(request))

    async def _of_one(self, request: Request, target: InstanceRef, frames: tuple[int, ...] | None) -> Response:
        caller = await caller_of(request)
        ignored = ignored_parameters(request.query_params.multi_items())
        permit = await self.admission.admit(caller, target, Capability.VIEW)
        asking = Asking(caller, permit, await self.objects.instance(permit), frames, request.query_params)
        await self.objects.areas(permit)
        presenter = self._presenter(asking)
        offer = choose_rendered(request, within(presenter.offers(asking), permit.obligations))
        rendition = presenter.rendition(asking, offer)
        if await presenter.count(asking) > MAXIMUM_PARTS and offer.multipart:
            raise TooLarge("there are more images here than one answer holds; ask for frames")
        texts = (*rendition.warnings, *ignored)
        answer = await self._answer(request, presenter.parts(asking, offer, rendition), offer, texts)
        self._look_ahead(request, asking)
        return answer

    def _look_ahead(self, request: Request, asking: Asking) -> None:
        """Fetch what the viewer says it will want next, now that it has what it wants."""
        targets = read_ahead(request, asking.instance)

        async def admit(target: FramesRef) -> Permit[FramesRef]:
            return await self.admission.admit(asking.caller, target, Capability.VIEW)

        if targets and asking.frames is not None:
            self.ahead.head_for((asking.permit.view_session, asking.instance.series), targets, admit)

    async def _of_many(self, request: Request, target: SeriesRef | StudyRef) -> Response:
        """All below `target` that can be had in one media type, the first that the client takes (§10.4.3.3.3)."""
        caller = await caller_of(request)
        ignored = ignored_parameters(request.query_params.multi_items())
        askings: list[Asking] = []
        named = 0
        gathered = await self.objects.distinct(await self.admission.admit_parts(caller, target, Capability.VIEW))
        for dataset in gathered.datasets:
            one = named_by(dataset)
            if one is not None and found_kind(dataset) in self.presenters:
                permit_of_one = await self.admission.admit(caller, one, Capability.VIEW)
                if await self._may_be_shown(permit_of_one):
                    askings.append(Asking(caller, permit_of_one, dataset, None, request.query_params, among=True))
                else:
                    named += 1
        offered = {number: self._in_parts(asking) for number, asking in enumerate(askings)}
        offers = tuple(dict.fromkeys(offer for some in offered.values() for offer in some))
        if not offers and named:
            raise NotAnonymous("nothing here can be shown without saying whose it is")
        if not offers:
            raise UnsupportedObject("there is nothing here that can be shown")
        offer = choose_rendered(request, offers)
        chosen = [asking for number, asking in enumerate(askings) if offer in offered[number]]
        location = await self.admission.location(caller, target.study)
        missing = source_warnings((*location.missing, *lacking_in(gathered, self.objects)))
        return await self._answer_many(request, chosen, offer, (*ignored, *missing, *_without(named)))

    async def _may_be_shown(self, permit: Permit[InstanceRef]) -> bool:
        """Whether anything of the instance may be, where nothing may say whose it is."""
        try:
            await self.objects.areas(permit)
        except NotAnonymous:
            return False
        return True

    def _in_parts(self, asking: Asking) -> tuple[Offer, ...]:
        """What this one can be given as beside others; an image without pixels is none."""
        try:
            offers = within(self._presenter(asking).offers(asking), asking.permit.obligations)
            return tuple(offer for offer in offers if offer.multipart)
        except UnsupportedObject:
            return ()

    async def _answer_many(
        self, request: Request, askings: Sequence[Asking], offer: Offer, texts: Sequence[str]
    ) -> Response:
        counts = [await self._presenter(asking).count(asking) for asking in askings]
        if sum(counts) > MAXIMUM_PARTS:
            raise TooLarge("there are more images here than one answer holds; ask for series, instances or frames")
        askings = [asking for asking, count in zip(askings, counts, strict=True) if count]
        if not askings:
            raise UnsupportedObject("there is nothing here that can be shown")
        renditions = [self._presenter(asking).rendition(asking, offer) for asking in askings]
        warnings = dict.fromkeys(warning for one in renditions for warning in one.warnings)
        parts = self._all_parts(list(zip(askings, renditions, strict=True)), offer)
        return await self._answer(request, parts, offer, (*warnings, *texts))

    async def _all_parts(self, askings: Sequence[tuple[Asking, Rendition]], offer: Offer) -> AsyncGenerator[Part]:
        for asking, rendition in askings:
            async with aclosing(self._presenter(asking).parts(asking, offer, rendition)) as parts:
                async for part in parts:
                    yield part

    def _presenter(self, asking: Asking) -> Presenter:
        presenter = self.presenters.get(kind_of(asking.dataset))
        if presenter is None:
            raise UnsupportedObject("this kind of object is not one that is shown")
        return presenter

    async def _answer(
        self, request: Request, parts: AsyncGenerator[Part], offer: Offer, texts: Sequence[str]
    ) -> Response:
        """The first part is made before the answer begins, so that its failure is one with a status of its own."""
        first = await anext(parts)
        texts = (*texts, *first.of_all)
        delivery = await delivery_of(self.views, request)
        delivery.show(first.shown)
        if not offer.multipart:
            await parts.aclose()
            warnings = warning_headers(self.base_url, (*texts, *first.warnings))
            policy = {"Content-Security-Policy": first.policy} if first.policy else {}
            headers = {**warnings, **policy, **_rendering(first), "Vary": VARY}
            return delivery.of(await in_part(request, first, headers))
        writer = MultipartWriter(offer.type)
        pieces = self._pieces(writer, first, parts, delivery)
        headers = {**warning_headers(self.base_url, texts), "Vary": VARY}
        return delivery.of(StreamedResponse(pieces, writer.content_type, headers, closing_of(first)))

    async def _pieces(
        self, writer: MultipartWriter, first: Part, rest: AsyncGenerator[Part], delivery: Delivery
    ) -> AsyncGenerator[bytes]:
        async with aclosing(rest):
            yield self._head(writer, first)
            async for piece in body_of(first):
                yield piece
            async for part in rest:
                delivery.show(part.shown)
                yield self._head(writer, part)
                async for piece in body_of(part):
                    yield piece
            yield writer.end()

    def _head(self, writer: MultipartWriter, part: Part) -> bytes:
        length = length_of(part)
        headers = {
            "Content-Type": part.media_type,
            **({} if length is None else {"Content-Length": str(length)}),
            "Content-Location": f"{self.base_url}{path_of(part.source)}",
            **_rendering(part),
            **warning_headers(self.base_url, part.warnings),
        }
        return writer.begin(headers)


def _without(named: int) -> tuple[str, ...]:
    return (f"{named} objects are left out because they may say whose they are",) if named else ()


def _rendering(part: Part) -> dict[str, str]:
    return {"Vitrine-Rendering": part.rendering} if part.rendering else {}
