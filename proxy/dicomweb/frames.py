"""Frames in full fidelity, streamed through as the archive encodes them (PS3.18 §10.4.1.1.6)."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from policy.request import Capability
from proxy.access.permit import Permit
from proxy.archives.dialect import ANY_SYNTAX
from proxy.archives.parts import Part, PartStream
from proxy.dicomweb.negotiation import accepted
from proxy.dicomweb.references import frames_of, path_of
from proxy.errors import ArchiveFailed, ArchiveTimedOut, NotAcceptable
from proxy.federation.admission import Admission
from proxy.http.departure import StreamedResponse
from proxy.http.identity import caller_of
from proxy.resources import FramesRef
from proxy.retrieval.objects import Objects
from proxy.wire import dicomjson, tags
from proxy.wire.media import TRANSFER_SYNTAXES, MediaRange, MediaType, media_type_of
from proxy.wire.multipart import MultipartWriter

FRAME_TYPES = TRANSFER_SYNTAXES.keys() - {"application/dicom"}
_MOST_TRIES = 4


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a client takes: the ranges of its Accept header that can be met by frames, best first."""

    ranges: tuple[MediaRange, ...]
    several: bool

    @property
    def asks(self) -> tuple[str, ...]:
        """How to ask the archive: as stored where the client takes any transfer syntax, else for what it names."""
        if any(_is_open(one.media_type.root) for one in self.ranges):
            return (ANY_SYNTAX,)
        roots = dict.fromkeys(str(_multipart(one.media_type.root)) for one in self.ranges)
        return tuple(roots)[:_MOST_TRIES]

    def label(self, part: MediaType) -> MediaType | None:
        """How to label a frame of type `part` for this client and in which form, or `None` when it takes none of it.

        The label is a multipart type when frames are to be parts. Octets asked for in any transfer syntax stay octets:
        their parameter says what they are.
        """
        octets = MediaType("application", "octet-stream", part.parameters)
        forms = (
            (_multipart(part), _multipart(octets))
            if self.several
            else (_multipart(part), _multipart(octets), part, octets)
        )
        for one in self.ranges:
            for form in forms:
                if one.quality > 0 and one.admits(form):
                    return form
        return None


def read_wanted(ranges: Sequence[MediaRange], *, several: bool) -> Wanted:
    """The useful part of an Accept header; one frame may be asked for alone, several only as parts (Table 10.4.4-1)."""
    forms = [one for one in ranges if one.is_wildcard or one.media_type.is_multipart or not several]
    useful = [one for one in forms if _is_open(one.media_type.root) or one.media_type.root.canonical in FRAME_TYPES]
    if not any(one.quality > 0 for one in useful):
        raise NotAcceptable("frames are given as parts of multipart/related", [ANY_SYNTAX])
    return Wanted(tuple(useful), several)


def _is_open(root: MediaType) -> bool:
    """Whether `root` leaves it to the archive how a frame is encoded."""
    return "*" in {root.type, root.subtype, root.transfer_syntax}


def _available(part: MediaType | None) -> list[str]:
    """What a client may ask for instead, `part` being how the archive encodes the frames where that is known."""
    return [ANY_SYNTAX] if part is None else [ANY_SYNTAX, str(_multipart(part))]


def _multipart(root: MediaType) -> MediaType:
    syntax = {"transfer-syntax": root.transfer_syntax} if root.transfer_syntax else {}
    return MediaType("multipart", "related", {"type": root.canonical, **syntax})


@dataclass(frozen=True, slots=True)
class FrameResources:
    base_url: str
    admission: Admission
    objects: Objects

    async def of_instance(self, request: Request) -> Response:
        await caller_of(request)
        return await self.answer(request, frames_of(request))

    async def answer(self, request: Request, target: FramesRef) -> Response:
        """The frames of `target` in the first way that the client takes and the archive has."""
        caller = await caller_of(request)
        wanted = read_wanted(accepted(request), several=len(target.frames) > 1)
        permit = await self.admission.admit(caller, target, Capability.VIEW_LOSSLESS)
        available = dicomjson.text(await self.objects.instance(permit), tags.AVAILABLE_TRANSFER_SYNTAX_UID)
        async with AsyncExitStack() as stack:
            parts = await self._open(stack, permit, wanted, available)
            first = await anext(aiter(parts))
            form = wanted.label(first.media_type)
            if form is None:
                available_forms = _available(first.media_type)
                raise NotAcceptable(
                    "the archive stores these frames in another way than was asked for", available_forms
                )
            return self._answer(permit.target, first, parts, form, wanted, stack.pop_all())

    async def _open(
        self, stack: AsyncExitStack, permit: Permit[FramesRef], wanted: Wanted, available: str
    ) -> PartStream:
        """The archive's answer to the first way of asking that it can meet, at last as stored: to say what there is.

        Archives that cannot decode what they store fail at it, as often as they refuse.
        """
        archive = self.objects.archive_of(permit.held)
        refusal = NotAcceptable(
            "the archive cannot give the frames in the way that was asked for", _available(media_type_of(available))
        )
        failure: NotAcceptable | ArchiveFailed = refusal
        for ask in dict.fromkeys((*wanted.asks, ANY_SYNTAX)):
            try:
                return await stack.enter_async_context(archive.frames(permit.target, ask, available))
            except ArchiveTimedOut:
                raise
            except NotAcceptable:
                failure = refusal
            except ArchiveFailed as error:
                failure = error
        raise failure

    def _answer(
        self,
        target: FramesRef,
        first: Part,
        rest: PartStream,
        form: MediaType,
        wanted: Wanted,
        closing: AsyncExitStack,
    ) -> Response:
        headers = {"Vary": "Accept"}
        if not form.is_multipart:
            return StreamedResponse(_alone(first), str(form), headers, closing)
        writer = MultipartWriter(str(form.root))
        pieces = self._parts(writer, target, first, rest, wanted)
        return StreamedResponse(pieces, writer.content_type, headers, closing)

    async def _parts(
        self,
        writer: MultipartWriter,
        target: FramesRef,
        first: Part,
        rest: PartStream,
        wanted: Wanted,
    ) -> AsyncGenerator[bytes]:
        async for piece in self._part(writer, target, first, wanted):
            yield piece
        async for part in rest:
            async for piece in self._part(writer, target, part, wanted):
                yield piece
        yield writer.end()

    async def _part(
        self, writer: MultipartWriter, target: FramesRef, part: Part, wanted: Wanted
    ) -> AsyncGenerator[bytes]:
        form = wanted.label(part.media_type)
        if form is None:
            raise ArchiveFailed("the archive encodes the frames of one object in different ways", "the archive")
        one = FramesRef(target.study, target.series, target.instance, (part.frame,))
        location = f"{self.base_url}{path_of(one)}"
        yield writer.begin({"Content-Type": str(form.root), "Content-Location": location})
        async for piece in part:
            yield piece


async def _alone(part: Part) -> AsyncGenerator[bytes]:
    async for piece in part:
        yield piece
