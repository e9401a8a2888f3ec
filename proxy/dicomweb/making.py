"""Frames made here, in a transfer syntax that their client takes and their archive does not give (PS3.18 §8.7.3)."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from proxy.access.permit import Permit
from proxy.access.views.shown import natively
from proxy.archives.parts import Part, PartStream
from proxy.dicomweb.delivery import Delivery
from proxy.dicomweb.frame_header import FRAME_HEADER, color_warnings, frame_header
from proxy.dicomweb.references import path_of
from proxy.dicomweb.wanted import NATIVE, Wanted, available
from proxy.dicomweb.warnings import warning_headers
from proxy.errors import NotAcceptable
from proxy.http.conditional import validator_of
from proxy.http.departure import StreamedResponse
from proxy.http.ranges import read_extent
from proxy.resources import FramesRef
from proxy.retrieval.objects import Dataset
from proxy.retrieval.transcoded import Transcoded
from proxy.wire import dicomjson, tags
from proxy.wire.media import MediaType
from proxy.wire.multipart import MultipartWriter
from rendering.errors import MalformedAttributes, UnsupportedObject
from rendering.frame import EncodedFrame, TranscodedFrame


@dataclass(frozen=True, slots=True)
class Asking:
    """One client's wish for frames, and what is known of the instance that holds them."""

    request: Request
    permit: Permit[FramesRef]
    wanted: Wanted
    dataset: Dataset
    delivery: Delivery

    def show(self, frame: int, *, near: bool = False) -> None:
        """Note that this frame is about to be handed on, exact or `near`."""
        self.delivery.show(natively(self.permit, self.dataset, ((frame, frame),), near=near))

    @property
    def available(self) -> str:
        return dicomjson.text(self.dataset, tags.AVAILABLE_TRANSFER_SYNTAX_UID)

    @property
    def compressing(self) -> bool:
        """Whether the frames are stored without compression and may be given in fewer bytes."""
        return self.available in NATIVE and self.wanted.compressed is not None


@dataclass(frozen=True, slots=True)
class _Made:
    """A frame as its client gets it, in `form`, and the frame that it was made of."""

    stored: EncodedFrame
    frame: TranscodedFrame
    form: MediaType

    @property
    def header(self) -> dict[str, str]:
        return {FRAME_HEADER: frame_header(self.stored, self.frame)}

    @property
    def near(self) -> bool:
        return self.frame.maximum_error > 0


@dataclass(frozen=True, slots=True)
class MadeFrames:
    base_url: str
    transcoded: Transcoded

    async def answer(self, asking: Asking, first: Part, rest: PartStream, stack: AsyncExitStack) -> Response:
        """The frames in what the client takes, none of which the archive gives; the first before the answer begins."""
        made = await self._first(asking, first)
        return await self._answer(asking, first.frame, made, rest, stack)

    async def smaller(self, asking: Asking, first: Part, rest: PartStream, stack: AsyncExitStack) -> Response | None:
        """Native frames compressed without loss; `None`, and `first` unread, unless that makes the first one smaller.

        One frame decides for all of an instance, which are parts of one media type.
        """
        form = asking.wanted.compressed
        if form is None or first.media_type.transfer_syntax not in NATIVE:
            return None
        data = await first.read()
        first.put_back(data)
        try:
            made = await self._made(await self.transcoded.stored(asking.permit, first, asking.available), form)
        except (UnsupportedObject, MalformedAttributes):
            made = None
        if made is None or len(made.frame.data) >= len(data):
            first.put_back(data)
            return None
        return await self._answer(asking, first.frame, made, rest, stack)

    async def _first(self, asking: Asking, first: Part) -> _Made:
        """The frame in the best form that can hold it."""
        try:
            stored = await self.transcoded.stored(asking.permit, first, asking.available)
            for form in asking.wanted.makeable():
                try:
                    return await self._made(stored, form)
                except UnsupportedObject:
                    continue
        except UnsupportedObject:
            pass
        raise NotAcceptable(
            "the archive stores these frames in another way than was asked for", available(first.media_type)
        )

    async def _made(self, stored: EncodedFrame, form: MediaType) -> _Made:
        return _Made(stored, await self.transcoded.frame(stored, form.root.transfer_syntax or ""), form)

    async def _answer(
        self, asking: Asking, number: int, first: _Made, rest: PartStream, stack: AsyncExitStack
    ) -> Response:
        asking.show(number, near=first.near)
        headers = {"Vary": "Accept", **warning_headers(self.base_url, color_warnings(asking.dataset, first.frame))}
        if not first.form.is_multipart:
            return await in_ranges(asking.request, first.frame.data, first.form, {**headers, **first.header})
        writer = MultipartWriter(str(first.form.root))
        pieces = self._parts(writer, asking, number, first, rest)
        return StreamedResponse(pieces, writer.content_type, headers, stack.pop_all())

    async def _parts(
        self, writer: MultipartWriter, asking: Asking, number: int, first: _Made, rest: PartStream
    ) -> AsyncGenerator[bytes]:
        yield self._part(writer, asking, number, first)
        async for part in rest:
            stored = await self.transcoded.stored(asking.permit, part, asking.available)
            made = await self._made(stored, first.form)
            asking.show(part.frame, near=made.near)
            yield self._part(writer, asking, part.frame, made)
        yield writer.end()

    def _part(self, writer: MultipartWriter, asking: Asking, number: int, made: _Made) -> bytes:
        return begin_part(writer, self.base_url, asking, number, made.form, made.header) + made.frame.data


def begin_part(
    writer: MultipartWriter,
    base_url: str,
    asking: Asking,
    number: int,
    form: MediaType,
    told: dict[str, str] | None = None,
) -> bytes:
    """The head of the part that holds frame `number`, with what else is `told` of it."""
    target = asking.permit.target
    one = FramesRef(target.study, target.series, target.instance, (number,))
    return writer.begin(
        {"Content-Type": str(form.root), "Content-Location": f"{base_url}{path_of(one)}", **(told or {})}
    )


async def in_ranges(request: Request, data: bytes, form: MediaType, headers: dict[str, str]) -> Response:
    """One frame alone, or the range of its bytes that is asked for: the first resolutions of a progressive stream."""
    validator = await validator_of(data)
    extent = read_extent(request, len(data), validator)
    told = {**headers, **extent.headers(validator)}
    return Response(data[extent.start : extent.stop], extent.status, told, str(form))
