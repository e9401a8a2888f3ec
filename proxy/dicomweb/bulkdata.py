"""Bulk data elements, streamed through unchanged (PS3.18 §10.4.1.1.5): only links that metadata gave are followed."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from policy.request import Capability
from proxy.archives.parts import BodyStream
from proxy.dicomweb.negotiation import accepted
from proxy.dicomweb.references import bulkdata_of
from proxy.errors import NotAcceptable, NotFound
from proxy.federation.admission import Admission
from proxy.http.departure import StreamedResponse
from proxy.http.identity import caller_of
from proxy.retrieval.objects import Objects
from proxy.wire import dicomjson
from proxy.wire.media import MediaType
from proxy.wire.multipart import MultipartWriter

OCTETS = MediaType("application", "octet-stream")
PARTS = MediaType("multipart", "related", {"type": "application/octet-stream"})


@dataclass(frozen=True, slots=True)
class Bulkdata:
    admission: Admission
    objects: Objects

    async def element(self, request: Request) -> Response:
        caller = await caller_of(request)
        target = bulkdata_of(request)
        multipart = _wants_parts(request)
        permit = await self.admission.admit(caller, target, Capability.VIEW_LOSSLESS)
        element = dicomjson.element_at(await self.objects.instance(permit), dicomjson.read_path(target.path))
        if element is None:
            raise NotFound
        inline = dicomjson.inline_binary(element)
        if inline is not None:
            return _answer(_once(inline), multipart=multipart)
        uri = element.get("BulkDataURI")
        if not isinstance(uri, str):
            raise NotFound
        async with AsyncExitStack() as stack:
            body = await stack.enter_async_context(self.objects.archive_of(permit.held).bulkdata(uri))
            return _answer(_relay(body), multipart=multipart, closing=stack.pop_all())


def _wants_parts(request: Request) -> bool:
    """Multipart is the form every server must offer; the bare octets are for those who ask for them alone."""
    ranges = [one for one in accepted(request) if one.quality > 0]
    if any(one.admits(PARTS) and not one.is_wildcard for one in ranges):
        return True
    if any(one.admits(OCTETS) for one in ranges):
        return False
    raise NotAcceptable("bulk data is given as octets", [str(PARTS), str(OCTETS)])


def _answer(pieces: AsyncGenerator[bytes], *, multipart: bool, closing: AsyncExitStack | None = None) -> Response:
    if not multipart:
        return StreamedResponse(pieces, str(OCTETS), {}, closing)
    writer = MultipartWriter(str(OCTETS))
    return StreamedResponse(_parts(writer, pieces), writer.content_type, {}, closing)


async def _parts(writer: MultipartWriter, pieces: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    yield writer.begin({"Content-Type": str(OCTETS)})
    async for piece in pieces:
        yield piece
    yield writer.end()


async def _once(data: bytes) -> AsyncGenerator[bytes]:
    yield data


async def _relay(body: BodyStream) -> AsyncGenerator[bytes]:
    async for piece in body:
        yield piece
