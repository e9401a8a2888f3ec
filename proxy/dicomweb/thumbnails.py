"""Thumbnails at four levels (PS3.18 §10.4.1.1.4): one small image that means something and names nobody."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from policy.request import Capability
from proxy.access.caller import Caller
from proxy.access.permit import Look
from proxy.dicomweb.negotiation import alone, choose_rendered
from proxy.dicomweb.parameters import read_thumbnail
from proxy.dicomweb.references import frames_of, instance_of, named_by, series_of, study_of
from proxy.dicomweb.rendering_header import rendering_header
from proxy.federation.admission import Admission
from proxy.http.identity import caller_of
from proxy.resources import FramesRef, SeriesRef, StudyRef
from proxy.retrieval.objects import Dataset, Objects
from proxy.retrieval.rendered import Rendered
from proxy.wire import dicomjson, tags
from rendering.attributes import is_image, number_of_frames
from rendering.errors import UnsupportedObject
from rendering.options import Encoding, RenderOptions

DEFAULT_SIDE = 128
LARGEST_PREVIEW = 256
_MODALITIES_THAT_BURN_IN = frozenset({"US", "SC", "OT", "ES", "XC", "DOC", "IVUS", "OPT", "GM"})
_OFFERS = alone((Encoding.JPEG,))


@dataclass(frozen=True, slots=True)
class Thumbnails:
    """Frames that may show identifying text are not used; when nothing else is left there is no thumbnail."""

    admission: Admission
    objects: Objects
    rendered: Rendered

    async def of_frame(self, request: Request) -> Response:
        caller = await caller_of(request)
        target = frames_of(request)
        permit = await self.admission.admit(caller, target, Capability.VIEW)
        dataset = await self.objects.instance(permit)
        return await self._answer(request, caller, [dataset], Look.STUDY, target.frames[0])

    async def of_instance(self, request: Request) -> Response:
        caller = await caller_of(request)
        permit = await self.admission.admit(caller, instance_of(request), Capability.VIEW)
        return await self._answer(request, caller, [await self.objects.instance(permit)], Look.STUDY)

    async def of_series(self, request: Request) -> Response:
        return await self._of_many(request, series_of(request))

    async def of_study(self, request: Request) -> Response:
        return await self._of_many(request, study_of(request))

    async def _of_many(self, request: Request, target: SeriesRef | StudyRef) -> Response:
        """The one image that stands for many is a preview, unless it is as large as a look at the image itself."""
        caller = await caller_of(request)
        viewport = read_thumbnail(request.query_params, DEFAULT_SIDE).viewport
        small = viewport is None or max(viewport.width, viewport.height) <= LARGEST_PREVIEW
        look = Look.PREVIEW if small else Look.STUDY
        datasets: list[Dataset] = []
        for permit in await self.admission.admit_parts(caller, target, Capability.VIEW, look):
            datasets += await self.objects.instances(permit)
        return await self._answer(request, caller, datasets, look)

    async def _answer(
        self, request: Request, caller: Caller, datasets: Sequence[Dataset], look: Look, frame: int | None = None
    ) -> Response:
        choose_rendered(request, _OFFERS)
        options = read_thumbnail(request.query_params, DEFAULT_SIDE)
        chosen = representative(datasets)
        if chosen is None:
            raise UnsupportedObject("there is no image here that may serve as a thumbnail")
        return await self._image(caller, chosen, frame or representative_frame(chosen), options, look)

    async def _image(
        self, caller: Caller, dataset: Dataset, frame: int, options: RenderOptions, look: Look
    ) -> Response:
        one = named_by(dataset)
        if one is None:
            raise UnsupportedObject("the object does not name itself")
        target = FramesRef(one.study, one.series, one.instance, (frame,))
        permit = await self.admission.admit(caller, target, Capability.VIEW, look)
        image = await self.rendered.image(permit, frame, options)
        headers = {"Vitrine-Rendering": rendering_header(target, image)}
        return Response(image.data, headers=headers, media_type=Encoding.JPEG.value)


def representative(datasets: Sequence[Dataset]) -> Dataset | None:
    """The middle instance, by number, of the series with most images; `None` when no image may be shown."""
    by_series: dict[str, list[Dataset]] = {}
    for dataset in datasets:
        if is_image(dataset) and not may_name_somebody(dataset):
            by_series.setdefault(dicomjson.text(dataset, tags.SERIES_INSTANCE_UID), []).append(dataset)
    if not by_series:
        return None
    largest = max(by_series.values(), key=len)
    largest.sort(key=lambda dataset: dicomjson.integer(dataset, tags.INSTANCE_NUMBER) or 0)
    return largest[len(largest) // 2]


def representative_frame(dataset: Dataset) -> int:
    """Representative Frame Number (0028,6010) when it is one of the frames, otherwise the middle one."""
    count = number_of_frames(dataset)
    named = dicomjson.integer(dataset, tags.REPRESENTATIVE_FRAME_NUMBER) or 0
    return named if 1 <= named <= count else (count + 1) // 2


def may_name_somebody(dataset: Dataset) -> bool:
    """Whether identifying text may be part of the pixels (0028,0301), presumed for modalities that burn it in."""
    declared = dicomjson.text(dataset, tags.BURNED_IN_ANNOTATION)
    if declared:
        return declared != "NO"
    return dicomjson.text(dataset, tags.MODALITY) in _MODALITIES_THAT_BURN_IN
