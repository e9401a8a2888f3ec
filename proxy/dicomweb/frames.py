"""Frames in full fidelity, streamed through as the archive encodes them (PS3.18 §10.4.1.1.6)."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from policy.request import Capability
from proxy.access.permit import Permit
from proxy.archives.client import PartStream
from proxy.dicomweb.negotiation import accepted
from proxy.dicomweb.references import frames_of, path_of
from proxy.errors import NotAcceptable
from proxy.federation.admission import Admission
from proxy.http.departure import StreamedResponse
from proxy.http.identity import caller_of
from proxy.resources import FramesRef
from proxy.retrieval.objects import Objects
from proxy.wire.media import MediaRange, MediaType, frame_media_types
from proxy.wire.multipart import MultipartWriter

ANY_SYNTAX = 'multipart/related; type="application/octet-stream"; transfer-syntax=*'
EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"


@dataclass(frozen=True, slots=True)
class FrameResources:
    base_url: str
    admission: Admission
    objects: Objects

    async def of_instance(self, request: Request) -> Response:
        caller = await caller_of(request)
        target = frames_of(request)
        wanted = Wanted.of(accepted(request), several=len(target.frames) > 1)
        permit = await self.admission.admit(caller, target, Capability.VIEW_LOSSLESS)
        async with AsyncExitStack() as stack:
            archive = self.objects.archive_of(permit.held)
            parts = await stack.enter_async_context(archive.frames(permit.target, wanted.ask))
            return await self._answer(permit, parts, wanted, stack.pop_all())

    async def _answer(
        self, permit: Permit[FramesRef], parts: PartStream, wanted: "Wanted", closing: AsyncExitStack
    ) -> Response:
        ...
