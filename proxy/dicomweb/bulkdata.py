"""Bulk data elements, streamed through unchanged (PS3.18 §10.4.1.1.5): only links that metadata gave are followed.

Pixels that are stored encoded are given frame by frame, as §8.7.3.3 has it, and by their name.
"""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from policy.request import Capability
from proxy.access.permit import Permit
from proxy.access.views.shown import natively
from proxy.archives.parts import BodyStream
from proxy.archives.retrieve.pixels import read_pixels
from proxy.audit.views.runs import WHOLE
from proxy.dicomweb.delivery import delivery_of
from proxy.dicomweb.frames import FrameResources
from proxy.dicomweb.full_fidelity import admit_taking, all_frames
from proxy.dicomweb.negotiation import accepted
from proxy.dicomweb.partial import passed_part
from proxy.dicomweb.references import bulkdata_of, path_of
from proxy.errors import NotAcceptable, NotFound, TooLarge
from proxy.federation.admission import Admission
from proxy.http.conditional import is_current, not_modified, validator_of
from proxy.http.departure import StreamedResponse
from proxy.http.identity import caller_of
from proxy.http.ranges import read_extent
from proxy.resources import MAXIMUM_FRAMES_PER_REQUEST, BulkdataRef, FramesRef
from proxy.retrieval.objects import Dataset, Objects
from proxy.wire import dicomjson, tags
from proxy.wire.codestreams import sniff
from proxy.wire.media import MediaType
from proxy.wire.multipart import MultipartWriter
from rendering.attributes import number_of_frames

OCTETS = MediaType("application", "octet-stream")
_PIXELS = frozenset({tags.FLOAT_PIXEL_DATA, tags.DOUBLE_FLOAT_PIXEL_DATA, tags.PIXEL_DATA})
PARTS = MediaType("multipart", "related", {"type": "application/octet-stream"})


@dataclass(frozen=True, slots=True)
class Bulkdata:
    base_url: str
    admission: Admission
    objects: Objects
    frames: FrameResources

    async def element(self, request: Request) -> Response:
        caller = await caller_of(request)
        target = bulkdata_of(request)
        form = _form(request)
        if form is None and target.path != tags.PIXEL_DATA:
            raise NotAcceptable("bulk data is given as octets", [str(PARTS), str(OCTETS)])
        permit = await self.admission.admit(caller, target, Capability.VIEW_LOSSLESS)
        dataset = await self.objects.instance(permit)
        if form is not None and target.path in _PIXELS and request.method != "HEAD":
            taken = all_frames(permit, dataset)
            await admit_taking(self.frames.copying, request, caller, permit, taken)
            await self.frames.copying.take(caller, permit, taken)
        octets = await self._octets(request, permit, dataset, form) if form is not None else None
        if octets is not None:
            runs = ((1, number_of_frames(dataset)),) if target.path in _PIXELS else (WHOLE,)
            delivery = await delivery_of(self.frames.views, request)
            delivery.show(natively(permit, dataset, runs))
            return delivery.of(octets)
        return await self.frames.answer(request, _all_frames(target, dataset))

    async def _octets(
        self, request: Request, permit: Permit[BulkdataRef], dataset: Dataset, form: MediaType
    ) -> Response | None:
        """The element's octets; `None` for pixels that are encoded, which octets without a name would not tell."""
        target = permit.target
        element = dicomjson.element_at(dataset, dicomjson.read_path(target.path))
        if element is None:
            raise NotFound
        inline = dicomjson.inline_binary(element)
        if inline is not None:
            if target.path == tags.PIXEL_DATA and sniff(inline) is not None:
                return None
            return self._answer(target, form, _once(inline)) if form.is_multipart else await _held(request, inline)
        uri = element.get("BulkDataURI")
        if not isinstance(uri, str):
            raise NotFound
        archive = self.objects.archive_of(permit.held)
        if not form.is_multipart and _is_octets(target, dataset):
            part = await passed_part(request, archive, target, uri)
            if part is not None:
                return part
        async with AsyncExitStack() as stack:
            with archive.failing_at(target.of):
                body = await stack.enter_async_context(archive.bulkdata(uri))
            if target.path == tags.PIXEL_DATA and await _is_encoded(body):
                return None
            return self._answer(target, form, _relay(body), stack.pop_all())

    def _answer(
        self,
        target: BulkdataRef,
        form: MediaType,
        pieces: AsyncGenerator[bytes],
        closing: AsyncExitStack | None = None,
    ) -> Response:
        headers = {"Vary": "Accept"}
        if not form.is_multipart:
            return StreamedResponse(pieces, str(OCTETS), headers, closing)
        writer = MultipartWriter(str(OCTETS))
        location = f"{self.base_url}{path_of(target)}"
        return StreamedResponse(_parts(writer, location, pieces), writer.content_type, headers, closing)


def _is_octets(target: BulkdataRef, dataset: Dataset) -> bool:
    """Whether the element is no code stream, as far as metadata say."""
    pixels = read_pixels(dataset) if target.path == tags.PIXEL_DATA else None
    return target.path != tags.PIXEL_DATA or (pixels is not None and pixels.is_native)


def _form(request: Request) -> MediaType | None:
    """Parts are the form every server must offer; the bare octets are for those who ask for them alone."""
    ranges = [one for one in accepted(request) if one.quality > 0]
    if any(one.admits(PARTS) and not one.is_wildcard for one in ranges):
        return PARTS
    return OCTETS if any(one.admits(OCTETS) for one in ranges) else None


async def _is_encoded(body: BodyStream) -> bool:
    """Whether what the archive sends are code streams: an archive that cannot decode them sends what it has."""
    return body.media_type.canonical != OCTETS.essence or sniff(await body.peek()) is not None


def _all_frames(target: BulkdataRef, dataset: Dataset) -> FramesRef:
    count = number_of_frames(dataset)
    if count > MAXIMUM_FRAMES_PER_REQUEST:
        raise TooLarge("there are more frames here than one answer holds; ask for frames")
    return FramesRef(target.study, target.series, target.instance, tuple(range(1, count + 1)))


async def _parts(writer: MultipartWriter, location: str, pieces: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    yield writer.begin({"Content-Type": str(OCTETS), "Content-Location": location})
    async for piece in pieces:
        yield piece
    yield writer.end()


async def _held(request: Request, data: bytes) -> Response:
    """Octets that came with the metadata, or the part of them that is asked for, unless the client has them."""
    validator = await validator_of(data)
    if is_current(request, validator):
        return not_modified(validator, {"Vary": "Accept"})
    extent = read_extent(request, len(data), validator)
    headers = {"Vary": "Accept", **extent.headers(validator)}
    return Response(data[extent.start : extent.stop], extent.status, headers, str(OCTETS))


async def _once(data: bytes) -> AsyncGenerator[bytes]:
    yield data


async def _relay(body: BodyStream) -> AsyncGenerator[bytes]:
    async for piece in body:
        yield piece
