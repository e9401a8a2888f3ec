"""Frames in full fidelity: streamed through as the archive encodes them, else put into what is asked (§10.4.1.1.6).

The archive is asked first, in every way that would do. What it does not store and cannot give is made here, by decoding
the frames and encoding them again, which changes no stored value unless the client names a lossy transfer syntax.
"""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from policy.request import Capability
from proxy.access.permit import Permit
from proxy.archives.dialect import ANY_SYNTAX, EXPLICIT_SYNTAX
from proxy.archives.parts import Part, PartStream
from proxy.dicomweb.negotiation import accepted
from proxy.dicomweb.references import frames_of, path_of
from proxy.dicomweb.wanted import Wanted, available, read_wanted
from proxy.dicomweb.warnings import warning_headers
from proxy.errors import ArchiveFailed, ArchiveTimedOut, NotAcceptable
from proxy.federation.admission import Admission
from proxy.http.departure import StreamedResponse
from proxy.http.identity import caller_of
from proxy.resources import FramesRef
from proxy.retrieval.objects import Dataset, Objects
from proxy.retrieval.transcoded import Transcoded
from proxy.wire import dicomjson, tags
from proxy.wire.media import MediaType, media_type_of
from proxy.wire.multipart import MultipartWriter
from rendering.errors import UnsupportedObject
from rendering.frame import TranscodedFrame

_DECODED_AS_RGB = frozenset({"YBR_RCT", "YBR_ICT", "XYB"})


@dataclass(frozen=True, slots=True)
class _Asking:
    """One client's wish for frames, and what is known of the instance that holds them."""

    permit: Permit[FramesRef]
    wanted: Wanted
    dataset: Dataset

    @property
    def available(self) -> str:
        return dicomjson.text(self.dataset, tags.AVAILABLE_TRANSFER_SYNTAX_UID)


@dataclass(frozen=True, slots=True)
class FrameResources:
    base_url: str
    admission: Admission
    objects: Objects
    transcoded: Transcoded

    async def of_instance(self, request: Request) -> Response:
        await caller_of(request)
        return await self.answer(request, frames_of(request))

    async def answer(self, request: Request, target: FramesRef) -> Response:
        """The frames of `target` in the first way that the client takes, as the archive has them or made here."""
        caller = await caller_of(request)
        wanted = read_wanted(accepted(request), several=len(target.frames) > 1)
        permit = await self.admission.admit(caller, target, Capability.VIEW_LOSSLESS)
        asking = _Asking(permit, wanted, await self.objects.instance(permit))
        async with AsyncExitStack() as stack:
            first, rest = await self._open(stack, asking)
            form = wanted.label(first.media_type)
            if form is not None:
                return self._passed_on(asking, first, rest, form, stack.pop_all())
            return await self._made(asking, first, rest, stack)

    async def _open(self, stack: AsyncExitStack, asking: _Asking) -> tuple[Part, PartStream]:
        """The first frame and those behind it, asked for in the first way that the archive can meet.

        At last they are asked for as stored, or native, to make something else of them. Archives that cannot decode
        what they store fail at it, as often as they refuse, and not always before they begin to answer.
        """
        archive = self.objects.archive_of(asking.permit.held)
        refusal = NotAcceptable(
            "the archive cannot give the frames in the way that was asked for",
            available(media_type_of(asking.available)),
        )
        failure: NotAcceptable | ArchiveFailed = refusal
        to_make_more = (EXPLICIT_SYNTAX,) if asking.wanted.makeable() else ()
        for ask in dict.fromkeys((*asking.wanted.asks, ANY_SYNTAX, *to_make_more)):
            async with AsyncExitStack() as attempt:
                try:
                    frames = archive.frames(asking.permit.target, ask, asking.available)
                    parts = await attempt.enter_async_context(frames)
                    first = await anext(aiter(parts))
                except ArchiveTimedOut:
                    raise
                except NotAcceptable:
                    failure = refusal
                except ArchiveFailed as error:
                    failure = error
                else:
                    await stack.enter_async_context(attempt.pop_all())
                    return first, parts
        raise failure

    def _passed_on(
        self, asking: _Asking, first: Part, rest: PartStream, form: MediaType, closing: AsyncExitStack
    ) -> Response:
        headers = {"Vary": "Accept"}
        if not form.is_multipart:
            return StreamedResponse(_alone(first), str(form), headers, closing)
        writer = MultipartWriter(str(form.root))
        return StreamedResponse(self._parts(writer, asking, first, rest), writer.content_type, headers, closing)

    async def _parts(
        self, writer: MultipartWriter, asking: _Asking, first: Part, rest: PartStream
    ) -> AsyncGenerator[bytes]:
        async for piece in self._part(writer, asking, first):
            yield piece
        async for part in rest:
            async for piece in self._part(writer, asking, part):
                yield piece
        yield writer.end()

    async def _part(self, writer: MultipartWriter, asking: _Asking, part: Part) -> AsyncGenerator[bytes]:
        form = asking.wanted.label(part.media_type)
        if form is None:
            raise ArchiveFailed("the archive encodes the frames of one object in different ways", "the archive")
        yield self._head(writer, asking, part.frame, form)
        async for piece in part:
            yield piece

    async def _made(self, asking: _Asking, first: Part, rest: PartStream, stack: AsyncExitStack) -> Response:
        """The frames in what the client takes, none of which the archive gives; the first before the answer begins."""
        form, frame = await self._first_made(asking, first)
        headers = {"Vary": "Accept", **warning_headers(self.base_url, _color_warnings(asking.dataset, frame))}
        if not form.is_multipart:
            return Response(frame.data, headers=headers, media_type=str(form))
        writer = MultipartWriter(str(form.root))
        pieces = self._made_parts(writer, asking, form, (first.frame, frame), rest)
        return StreamedResponse(pieces, writer.content_type, headers, stack.pop_all())

    async def _first_made(self, asking: _Asking, first: Part) -> tuple[MediaType, TranscodedFrame]:
        """The best form that can hold the frame, and the frame in it."""
        try:
            stored = await self.transcoded.stored(asking.permit, first, asking.available)
            for form in asking.wanted.makeable():
                try:
                    return form, await self.transcoded.frame(stored, form.root.transfer_syntax or "")
                except UnsupportedObject:
                    continue
        except UnsupportedObject:
            pass
        raise NotAcceptable(
            "the archive stores these frames in another way than was asked for", available(first.media_type)
        )

    async def _made_parts(
        self,
        writer: MultipartWriter,
        asking: _Asking,
        form: MediaType,
        first: tuple[int, TranscodedFrame],
        rest: PartStream,
    ) -> AsyncGenerator[bytes]:
        number, frame = first
        yield self._head(writer, asking, number, form) + frame.data
        async for part in rest:
            stored = await self.transcoded.stored(asking.permit, part, asking.available)
            frame = await self.transcoded.frame(stored, frame.transfer_syntax)
            yield self._head(writer, asking, part.frame, form) + frame.data
        yield writer.end()

    def _head(self, writer: MultipartWriter, asking: _Asking, number: int, form: MediaType) -> bytes:
        target = asking.permit.target
        one = FramesRef(target.study, target.series, target.instance, (number,))
        return writer.begin({"Content-Type": str(form.root), "Content-Location": f"{self.base_url}{path_of(one)}"})


def _color_warnings(dataset: Dataset, frame: TranscodedFrame) -> tuple[str, ...]:
    """Decoding lossy JPEG gives RGB, which metadata cannot say, as they describe what is stored (PS3.5 §8.2.1)."""
    described = dicomjson.text(dataset, tags.PHOTOMETRIC_INTERPRETATION)
    expected = "RGB" if described in _DECODED_AS_RGB else described
    if frame.color_space == expected:
        return ()
    return (f"The photometric interpretation of these frames is {frame.color_space}, not that of the metadata.",)


async def _alone(part: Part) -> AsyncGenerator[bytes]:
    async for piece in part:
        yield piece
