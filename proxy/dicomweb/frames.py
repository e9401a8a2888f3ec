"""Frames in full fidelity: streamed through as the archive encodes them, else put into what is asked (§10.4.1.1.6).

The archive is asked first, in every way that would do. What it does not store and cannot give is made here, by decoding
the frames and encoding them again, which changes no stored value unless the client names a lossy transfer syntax. So is
what it stores without compression, for clients that name HTJ2K beside octets, if that is smaller.
"""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from policy.request import Capability
from proxy.access.copying import Copying
from proxy.access.views.views import Views
from proxy.archives.dialect import ANY_SYNTAX, EXPLICIT_SYNTAX
from proxy.archives.parts import Part, PartStream
from proxy.archives.retrieve.pixels import read_pixels
from proxy.dicomweb.delivery import delivery_of
from proxy.dicomweb.full_fidelity import admit_taking, some_frames
from proxy.dicomweb.making import Asking, MadeFrames, begin_part, in_ranges
from proxy.dicomweb.negotiation import accepted
from proxy.dicomweb.references import frames_of
from proxy.dicomweb.wanted import available, read_wanted
from proxy.errors import ArchiveFailed, ArchiveTimedOut, NotAcceptable, NotFound
from proxy.federation.admission import Admission
from proxy.http.departure import StreamedResponse
from proxy.http.identity import caller_of
from proxy.resources import FramesRef
from proxy.retrieval.objects import Objects
from proxy.retrieval.transcoded import Transcoded
from proxy.wire.media import MediaType, media_type_of
from proxy.wire.multipart import MultipartWriter
from rendering.attributes import number_of_frames

_COPIED_BYTES = 16 * 2**10  # sending what is small together with what precedes it costs less than sending it alone


@dataclass(frozen=True, slots=True)
class FrameResources:
    base_url: str
    admission: Admission
    objects: Objects
    transcoded: Transcoded
    copying: Copying
    views: Views

    @property
    def made(self) -> MadeFrames:
        return MadeFrames(self.base_url, self.transcoded)

    async def of_instance(self, request: Request) -> Response:
        await caller_of(request)
        return await self.answer(request, frames_of(request))

    async def answer(self, request: Request, target: FramesRef) -> Response:
        """The frames of `target` in the first way that the client takes, as the archive has them or made here."""
        caller = await caller_of(request)
        wanted = read_wanted(accepted(request), several=len(target.frames) > 1)
        permit = await self.admission.admit(caller, target, Capability.VIEW_LOSSLESS)
        delivery = await delivery_of(self.views, request)
        asking = Asking(request, permit, wanted, await self.objects.instance(permit), delivery)
        if target.frames[-1] > number_of_frames(asking.dataset):
            raise NotFound  # an archive would look for it in all that it holds of the instance
        await admit_taking(self.copying, request, caller, permit, some_frames(permit, asking.dataset, target.frames))
        with self.objects.archive_of(permit.held).failing_at(target.of):
            return delivery.of(await self._begun(asking))

    async def _begun(self, asking: Asking) -> Response:
        """The answer, of which the first frame is there."""
        async with AsyncExitStack() as stack:
            first, rest = await self._open(stack, asking)
            await self._count(asking)
            form = asking.wanted.label(first.media_type)
            if form is None:
                return await self.made.answer(asking, first, rest, stack)
            smaller = await self.made.smaller(asking, first, rest, stack)
            return smaller or await self._passed_on(asking, first, rest, form, stack)

    async def _count(self, asking: Asking) -> None:
        if asking.request.method != "HEAD":
            frames = some_frames(asking.permit, asking.dataset, asking.permit.target.frames)
            await self.copying.take(await caller_of(asking.request), asking.permit, frames)

    async def _open(self, stack: AsyncExitStack, asking: Asking) -> tuple[Part, PartStream]:
        """The first frame and those behind it, asked for in the first way that the archive can meet.

        At last they are asked for as stored, or native, to make something else of them. Archives that cannot decode
        what they store fail at it, as often as they refuse, and not always before they begin to answer.
        """
        archive, pixels = self.objects.archive_of(asking.permit.held), read_pixels(asking.dataset)
        refusal = NotAcceptable(
            "the archive cannot give the frames in the way that was asked for",
            available(media_type_of(asking.available)),
        )
        failure: NotAcceptable | ArchiveFailed = refusal
        to_make_more = (EXPLICIT_SYNTAX,) if asking.wanted.makeable() else ()
        as_stored = (ANY_SYNTAX,) if asking.compressing else ()
        for ask in dict.fromkeys((*as_stored, *asking.wanted.asks, ANY_SYNTAX, *to_make_more)):
            async with AsyncExitStack() as attempt:
                try:
                    frames = archive.frames(asking.permit.target, ask, asking.available, pixels)
                    parts = await attempt.enter_async_context(frames)
                    first = await anext(aiter(parts))
                except ArchiveTimedOut:
                    raise
                except NotAcceptable:
                    pass
                except ArchiveFailed as error:
                    failure = error
                else:
                    await stack.enter_async_context(attempt.pop_all())
                    return first, parts
        raise failure

    async def _passed_on(
        self, asking: Asking, first: Part, rest: PartStream, form: MediaType, stack: AsyncExitStack
    ) -> Response:
        """As the archive sends them; one that only a range is asked of is held to be measured."""
        asking.show(first.frame)
        headers = {"Vary": "Accept"}
        if not form.is_multipart and "range" in asking.request.headers:
            return await in_ranges(asking.request, await first.read(), form, headers)
        closing = stack.pop_all()
        if not form.is_multipart:
            return StreamedResponse(_alone(first), str(form), {**headers, "Accept-Ranges": "bytes"}, closing)
        writer = MultipartWriter(str(form.root))
        pieces = self._parts(writer, asking, first, rest)
        return StreamedResponse(pieces, writer.content_type, headers, closing, ending=writer.end)

    async def _parts(
        self, writer: MultipartWriter, asking: Asking, first: Part, rest: PartStream
    ) -> AsyncGenerator[bytes]:
        async for piece in self._part(writer, asking, first):
            yield piece
        async for part in rest:
            asking.show(part.frame)
            async for piece in self._part(writer, asking, part):
                yield piece

    async def _part(self, writer: MultipartWriter, asking: Asking, part: Part) -> AsyncGenerator[bytes]:
        form = asking.wanted.label(part.media_type)
        if form is None:
            raise ArchiveFailed("the archive encodes the frames of one object in different ways", "the archive")
        head = begin_part(writer, self.base_url, asking, part.frame, form)
        async for piece in part:
            if head and len(piece) > _COPIED_BYTES:
                yield head
                head = b""
            yield head + piece
            head = b""
        if head:
            yield head


async def _alone(part: Part) -> AsyncGenerator[bytes]:
    async for piece in part:
        yield piece
