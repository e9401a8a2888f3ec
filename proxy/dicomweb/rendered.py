"""Rendered resources at four levels (PS3.18 §10.4.1.1.3, §8.3.5): images of exactly the frames asked for."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import Response

from policy.request import Capability
from proxy.access.caller import Caller
from proxy.dicomweb.negotiation import MULTIPART, SINGLE, Offer, choose_rendered
from proxy.dicomweb.parameters import Rendition, read_rendition
from proxy.dicomweb.references import frames_of, instance_of, named_by, path_of, series_of, study_of
from proxy.dicomweb.rendering_header import rendering_header
from proxy.dicomweb.warnings import source_warnings, warning_headers
from proxy.errors import NotFound, TooLarge
from proxy.federation.admission import Admission
from proxy.federation.location import Locations
from proxy.http.departure import StreamedResponse
from proxy.http.identity import caller_of
from proxy.resources import FramesRef, InstanceRef, SeriesRef, StudyRef
from proxy.retrieval.frames import Frames
from proxy.retrieval.objects import Dataset, Objects
from proxy.retrieval.rendered import Rendered
from proxy.wire.multipart import MultipartWriter
from rendering.attributes import is_image, number_of_frames
from rendering.errors import UnsupportedObject
from rendering.frame import RenderedImage

MAXIMUM_PARTS = 1000


@dataclass(frozen=True, slots=True)
class RenderedResources:
    """`base_url` is the service's base URI; Content-Location names the source of every part (§10.4.3.3.3)."""

    base_url: str
    admission: Admission
    locations: Locations
    objects: Objects
    frames: Frames
    rendered: Rendered

    async def of_frames(self, request: Request) -> Response:
        caller = await caller_of(request)
        target = frames_of(request)
        offer = choose_rendered(request, SINGLE + MULTIPART if len(target.frames) == 1 else MULTIPART)
        rendition = read_rendition(request.query_params, offer.encoding)
        permit = await self.admission.admit(caller, target, Capability.VIEW)
        if target.frames[-1] > await self.frames.count(permit):
            raise NotFound
        return await self._answer(caller, [permit.target], offer, rendition)

    async def of_instance(self, request: Request) -> Response:
        caller = await caller_of(request)
        permit = await self.admission.admit(caller, instance_of(request), Capability.VIEW)
        count = await self.frames.count(permit)
        offer = choose_rendered(request, SINGLE + MULTIPART if count == 1 else MULTIPART)
        rendition = read_rendition(request.query_params, offer.encoding)
        return await self._answer(caller, self._targets([(permit.target, count)]), offer, rendition)

    async def of_series(self, request: Request) -> Response:
        return await self._of_many(request, series_of(request))

    async def of_study(self, request: Request) -> Response:
        return await self._of_many(request, study_of(request))

    async def _of_many(self, request: Request, target: SeriesRef | StudyRef) -> Response:
        """Every image below `target`, one part for each frame (PS3.18 §10.4.3.3.3)."""
        caller = await caller_of(request)
        offer = choose_rendered(request, MULTIPART)
        rendition = read_rendition(request.query_params, offer.encoding)
        instances: list[tuple[InstanceRef, int]] = []
        for permit in await self.admission.admit_parts(caller, target, Capability.VIEW):
            instances += images_below(await self.objects.instances(permit))
        if not instances:
            raise UnsupportedObject("there is no image to show here")
        missing = source_warnings((await self.locations.locate(target.study)).missing)
        rendition = replace(rendition, warnings=(*rendition.warnings, *missing))
        return await self._answer(caller, self._targets(instances), offer, rendition)

    def _targets(self, instances: Sequence[tuple[InstanceRef, int]]) -> list[FramesRef]:
        if sum(count for _, count in instances) > MAXIMUM_PARTS:
            raise TooLarge("there are more frames here than one answer holds; ask for series, instances or frames")
        return [FramesRef(one.study, one.series, one.instance, tuple(range(1, count + 1))) for one, count in instances]

    async def _answer(
        self, caller: Caller, targets: Sequence[FramesRef], offer: Offer, rendition: Rendition
    ) -> Response:
        images = self._images(caller, targets, rendition)
        first = await anext(images)
        warnings = warning_headers(self.base_url, rendition.warnings)
        if not offer.multipart:
            await images.aclose()
            headers = {**warnings, "Vitrine-Rendering": rendering_header(*first), "Vary": "Accept"}
            return Response(first[1].data, headers=headers, media_type=offer.encoding.value)
        writer = MultipartWriter(offer.encoding.value)
        pieces = self._parts(writer, first, images)
        return StreamedResponse(pieces, writer.content_type, {**warnings, "Vary": "Accept"})

    async def _images(
        self, caller: Caller, targets: Sequence[FramesRef], rendition: Rendition
    ) -> AsyncGenerator[tuple[FramesRef, RenderedImage]]:
        """Each under a permit of its own: a long answer ends when access does."""
        for target in targets:
            for number in target.frames:
                permit = await self.admission.admit(caller, target, Capability.VIEW)
                image = await self.rendered.image(permit, number, rendition.options)
                yield FramesRef(target.study, target.series, target.instance, (number,)), image

    async def _parts(
        self,
        writer: MultipartWriter,
        first: tuple[FramesRef, RenderedImage],
        rest: AsyncIterator[tuple[FramesRef, RenderedImage]],
    ) -> AsyncGenerator[bytes]:
        yield self._part(writer, *first)
        async for one in rest:
            yield self._part(writer, *one)
        yield writer.end()

    def _part(self, writer: MultipartWriter, source: FramesRef, image: RenderedImage) -> bytes:
        headers = {
            "Content-Type": image.encoding.value,
            "Content-Length": str(len(image.data)),
            "Content-Location": f"{self.base_url}{path_of(source)}",
            "Vitrine-Rendering": rendering_header(source, image),
        }
        return writer.begin(headers) + image.data


def images_below(datasets: Sequence[Dataset]) -> list[tuple[InstanceRef, int]]:
    """The instances among `datasets` that are images, with the number of their frames."""
    images: list[tuple[InstanceRef, int]] = []
    for dataset in datasets:
        instance = named_by(dataset)
        if instance is not None and is_image(dataset):
            images.append((instance, number_of_frames(dataset)))
    return images
