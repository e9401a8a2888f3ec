"""Rendered resources at four levels (PS3.18 §10.4.1.1.3, §8.3.5): images of exactly the frames asked for."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from policy.request import Capability
from proxy.access.caller import Caller
from proxy.access.permit import Permit
from proxy.dicomweb.negotiation import MULTIPART, SINGLE, Offer, choose_rendered
from proxy.dicomweb.parameters import Rendition, read_rendition
from proxy.dicomweb.references import frames_of, instance_of, path_of, series_of, study_of
from proxy.dicomweb.rendering_header import rendering_header
from proxy.dicomweb.warnings import warning_headers
from proxy.errors import TooLarge
from proxy.federation.admission import Admission
from proxy.http.departure import StreamedResponse
from proxy.http.identity import caller_of
from proxy.resources import FramesRef, InstanceRef, SeriesRef, StudyRef
from proxy.retrieval.frames import Frames
from proxy.retrieval.objects import Dataset, Objects
from proxy.retrieval.rendered import Rendered
from proxy.wire import dicomjson, tags
from proxy.wire.multipart import MultipartWriter
from rendering.attributes import is_image, number_of_frames
from rendering.errors import UnsupportedObject
from rendering.frame import RenderedImage

MAXIMUM_PARTS = 1000


@dataclass(frozen=True, slots=True)
class RenderedResources:
    """`base_url` is the service's base URI, which names the source of every part (Content-Location)."""

    base_url: str
    admission: Admission
    objects: Objects
    frames: Frames
    rendered: Rendered

    async def of_frames(self, request: Request) -> Response:
        caller = await caller_of(request)
        target = frames_of(request)
        offer = choose_rendered(request, SINGLE + MULTIPART if len(target.frames) == 1 else MULTIPART)
        rendition = read_rendition(request.query_params, offer.encoding)
        permit = await self.admission.admit(caller, target, Capability.VIEW)
        return await self._answer([permit], offer, rendition)

    async def of_instance(self, request: Request) -> Response:
        caller = await caller_of(request)
        permit = await self.admission.admit(caller, instance_of(request), Capability.VIEW)
        count = await self.frames.count(permit)
        offer = choose_rendered(request, SINGLE + MULTIPART if count == 1 else MULTIPART)
        rendition = read_rendition(request.query_params, offer.encoding)
        return await self._answer(await self._permits(caller, [(permit.target, count)]), offer, rendition)

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
        return await self._answer(await self._permits(caller, instances), offer, rendition)

    async def _permits(self, caller: Caller, instances: Sequence[tuple[InstanceRef, int]]) -> list[Permit[FramesRef]]:
        if sum(count for _, count in instances) > MAXIMUM_PARTS:
            raise TooLarge("there are more frames here than one answer holds; ask for series, instances or frames")
        targets = [
            FramesRef(one.study, one.series, one.instance, tuple(range(1, count + 1))) for one, count in instances
        ]
        return [await self.admission.admit(caller, target, Capability.VIEW) for target in targets]

    async def _answer(self, permits: Sequence[Permit[FramesRef]], offer: Offer, rendition: Rendition) -> Response:
        images = self._images(permits, rendition)
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
        self, permits: Sequence[Permit[FramesRef]], rendition: Rendition
    ) -> AsyncGenerator[tuple[FramesRef, RenderedImage]]:
        for permit in permits:
            target = permit.target
            for number in target.frames:
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
            "Content-Location": f"{self.base_url}{path_of(source)}/rendered",
            "Vitrine-Rendering": rendering_header(source, image),
        }
        return writer.begin(headers) + image.data


def images_below(datasets: Sequence[Dataset]) -> list[tuple[InstanceRef, int]]:
    """The instances among `datasets` that are images, with the number of their frames."""
    images: list[tuple[InstanceRef, int]] = []
    for dataset in datasets:
        study, series, instance = (
            dicomjson.uid(dataset, tag)
            for tag in (tags.STUDY_INSTANCE_UID, tags.SERIES_INSTANCE_UID, tags.SOP_INSTANCE_UID)
        )
        if study and series and instance and is_image(dataset):
            images.append((InstanceRef(study, series, instance), number_of_frames(dataset)))
    return images
