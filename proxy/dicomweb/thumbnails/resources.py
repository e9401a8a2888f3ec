"""Thumbnails at four levels (PS3.18 §10.4.1.1.4): one small image that means something and names nobody."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import Response

from policy.request import Capability
from proxy.access.caller import Caller
from proxy.access.permit import Look
from proxy.access.views.shown import frames
from proxy.access.views.views import Views
from proxy.dicomweb.delivery import delivery_of
from proxy.dicomweb.negotiation import alone, choose_rendered, within
from proxy.dicomweb.parameters import ignored_parameters, read_thumbnail
from proxy.dicomweb.references import frames_of, instance_of, named_by, series_of, study_of
from proxy.dicomweb.rendering_header import icon_header, rendering_header
from proxy.dicomweb.thumbnails.identifying import may_name_somebody
from proxy.dicomweb.thumbnails.pictograms import pictogram_of
from proxy.dicomweb.thumbnails.representatives import Representative, largest_series, representative
from proxy.dicomweb.warnings import lacking_in, source_warnings, warning_headers
from proxy.errors import NotFound, TooLarge
from proxy.federation.admission import Admission
from proxy.http.conditional import VARY, answer
from proxy.http.identity import caller_of
from proxy.resources import FramesRef, SeriesRef, StudyRef
from proxy.retrieval.films import Films, read_reel
from proxy.retrieval.icons import Icons
from proxy.retrieval.objects import Dataset, Objects
from proxy.retrieval.rendered import Rendered
from proxy.wire import dicomjson, tags
from rendering import errors
from rendering.attributes import number_of_frames
from rendering.frame import RenderedImage
from rendering.kinds.reading import found_kind
from rendering.kinds.table import Kind
from rendering.options import Encoding, RenderOptions
from rendering.reading.spacing import read_pixel_aspect

DEFAULT_SIDE = 128
LARGEST_PREVIEW = 256
_ENCODINGS = (Encoding.JPEG, Encoding.PNG)
_MANY = 100  # instances to choose from take so long that nobody else may wait for it
_LARGEST_VIDEO = 32 * 2**20  # that is fetched for the sake of a thumbnail


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Who wants a thumbnail, how it shall be, how closely it is looked at, and `headers` about what was ignored."""

    request: Request
    caller: Caller
    options: RenderOptions
    look: Look
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Thumbnails:
    """Frames that may show who the patient is are not used, unless `identifying` are wanted: then a pictogram is."""

    base_url: str
    admission: Admission
    objects: Objects
    rendered: Rendered
    films: Films
    icons: Icons
    views: Views
    identifying: bool = False

    async def of_frame(self, request: Request) -> Response:
        wanted, target = await self._wanted(request, Look.STUDY), frames_of(request)
        permit = await self.admission.admit(wanted.caller, target, Capability.VIEW)
        dataset, frame = await self.objects.instance(permit), target.frames[0]
        if frame > number_of_frames(dataset):
            raise NotFound
        chosen = Representative(dataset, frame) if self._usable(dataset) else None
        return await self._answer(wanted, chosen, [dataset])

    async def of_instance(self, request: Request) -> Response:
        wanted = await self._wanted(request, Look.STUDY)
        permit = await self.admission.admit(wanted.caller, instance_of(request), Capability.VIEW)
        return await self._one_of(wanted, [await self.objects.instance(permit)])

    async def of_series(self, request: Request) -> Response:
        return await self._of_many(request, series_of(request))

    async def of_study(self, request: Request) -> Response:
        return await self._of_many(request, study_of(request))

    async def _wanted(self, request: Request, look: Look) -> _Wanted:
        caller = await caller_of(request)
        encoding = Encoding(choose_rendered(request, alone(_ENCODINGS)).type)
        options = read_thumbnail(request.query_params, encoding, DEFAULT_SIDE)
        return _Wanted(request, caller, options, look, self._warnings(request))

    def _warnings(self, request: Request, more: Sequence[str] = ()) -> Mapping[str, str]:
        ignored = ignored_parameters(request.query_params.multi_items(), thumbnail=True)
        return warning_headers(self.base_url, [*ignored, *more])

    async def _of_many(self, request: Request, target: SeriesRef | StudyRef) -> Response:
        """The one image that stands for many is a preview, unless it is as large as a look at the image itself."""
        wanted = await self._wanted(request, Look.PREVIEW)
        viewport = wanted.options.viewport
        if viewport is not None and max(viewport.width, viewport.height) > LARGEST_PREVIEW:
            wanted = replace(wanted, look=Look.STUDY)
        permits = await self.admission.admit_parts(wanted.caller, target, Capability.VIEW, wanted.look)
        gathered = await self.objects.distinct(permits)
        lacking = source_warnings(lacking_in(gathered, self.objects))
        wanted = replace(wanted, headers=self._warnings(request, lacking))
        return await self._one_of(wanted, gathered.datasets)

    async def _one_of(self, wanted: _Wanted, datasets: Sequence[Dataset]) -> Response:
        if len(datasets) <= _MANY:
            return await self._answer(wanted, representative(datasets, self._usable), datasets)
        chosen = await asyncio.to_thread(representative, datasets, self._usable)
        return await self._answer(wanted, chosen, datasets)

    def _usable(self, dataset: Dataset) -> bool:
        return self.identifying or not may_name_somebody(dataset)

    async def _answer(self, wanted: _Wanted, chosen: Representative | None, datasets: Sequence[Dataset]) -> Response:
        """The chosen image, or the drawing for what cannot be shown or is too large to be shown so small."""
        if chosen is not None:
            try:
                return await self._image(wanted, chosen)
            except (errors.UnsupportedObject, errors.TooLarge, TooLarge):
                return await self._icon(wanted, chosen.dataset)
        if not datasets:
            raise NotFound
        return await self._icon(wanted, largest_series(datasets)[0])

    async def _image(self, wanted: _Wanted, chosen: Representative) -> Response:
        one = named_by(chosen.dataset)
        if one is None:
            raise errors.UnsupportedObject("the object does not name itself")
        target = FramesRef(one.study, one.series, one.instance, (chosen.frame,))
        permit = await self.admission.admit(wanted.caller, target, Capability.VIEW, wanted.look)
        offers = within(alone(_ENCODINGS), permit.obligations)
        encoding = Encoding(choose_rendered(wanted.request, offers).type)
        options = _not_enlarged(replace(wanted.options, encoding=encoding), chosen)
        if found_kind(chosen.dataset) is Kind.VIDEO:
            reel = read_reel(chosen.dataset)
            image = await self.films.picture(permit, chosen.frame, reel, options, _LARGEST_VIDEO)
        else:
            image = await self.rendered.image(permit, chosen.frame, options)
        delivery = await delivery_of(self.views, wanted.request)
        delivery.show(frames(permit, target.frames, chosen.dataset))
        return delivery.of(await _response(wanted, image, rendering_header(target, image)))

    async def _icon(self, wanted: _Wanted, dataset: Dataset) -> Response:
        pictogram = pictogram_of(dataset)
        image = await self.icons.icon(pictogram, wanted.options)
        return await _response(wanted, image, icon_header(pictogram, image))


def _not_enlarged(options: RenderOptions, chosen: Representative) -> RenderOptions:
    """No larger than the frame itself, in the shape that its pixels give it."""
    rows, columns = (dicomjson.number(chosen.dataset, tag) or 0 for tag in (tags.ROWS, tags.COLUMNS))
    side = max(columns, rows * read_pixel_aspect(chosen.dataset, chosen.frame))
    return replace(options, maximum_side=max(1, round(side)))


async def _response(wanted: _Wanted, image: RenderedImage, told: str) -> Response:
    headers = {**wanted.headers, "Vitrine-Rendering": told, "Vary": VARY}
    return await answer(wanted.request, image.data, headers, image.encoding.value, kept=False)
