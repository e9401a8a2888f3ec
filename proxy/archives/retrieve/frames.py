"""Frames of one archive (WADO-RS, PS3.18 §10.4.1.1.6), by the first way to them that it has.

An archive that gives no single frames is asked for its pixels as bulk data, and then, where its institution allows it,
for the object; what is not wanted of them is passed over.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass

import httpx

from proxy.archives.asking import RENEWING_BYTES, Asking
from proxy.archives.channel import Answer
from proxy.archives.dialect import ANY_SYNTAX, EXPLICIT_SYNTAX
from proxy.archives.gate import Patience
from proxy.archives.labels import frame_transfer_syntax
from proxy.archives.parts import Part, PartStream, Refuse, read_frames
from proxy.archives.retrieve.instances import cut_instance
from proxy.archives.retrieve.pixels import StoredPixels
from proxy.archives.retrieve.routes import Route
from proxy.archives.retrieve.stored import cut_bulkdata
from proxy.archives.retrieve.whole import Wanted
from proxy.errors import (
    ArchiveBrokeOff,
    ArchiveFailed,
    ArchiveRefused,
    ArchiveResting,
    ArchiveTimedOut,
    NotAcceptable,
    NotFound,
    TooLarge,
)
from proxy.resources import FramesRef, InstanceRef
from proxy.wire.codestreams import without_items

_FILES = (
    *('multipart/related; type="application/dicom"; transfer-syntax=*', 'multipart/related; type="application/dicom"'),
    *("application/dicom; transfer-syntax=*", "application/dicom"),
)
"""An object as a file, in the spellings that archives understand (PS3.18 Table 8.7.3-2)."""

_OCTETS = (ANY_SYNTAX, EXPLICIT_SYNTAX, "*/*")


@dataclass(frozen=True, slots=True)
class _Wish:
    """Frames, how they are asked for, and how many bytes of them are believed, in all and of each.

    `pixels` is what metadata tell of them, without which there is one way to them only. Without `lists` several frames
    that the archive does not give at once are asked for one by one, before there is another way to them.
    """

    ref: FramesRef
    accepts: Sequence[str]
    available: str
    pixels: StoredPixels | None
    patience: Patience
    maximum_bytes: int
    maximum_part: int
    lists: bool = True


class FrameAsking(Asking):
    """Frames, streamed or whole."""

    @asynccontextmanager
    async def frames(
        self, ref: FramesRef, accept: str = ANY_SYNTAX, available: str = "", pixels: StoredPixels | None = None
    ) -> AsyncGenerator[PartStream, None]:
        """The frames of `ref`, streamed. `accept` is one media type, as archives exist that understand no list.

        `available` is the instance's AvailableTransferSyntaxUID (0008,3002), for archives that do not label frames;
        `pixels` what its metadata tell, for those that give no single frames.
        """
        patience = Patience(self._limits.retrieve_seconds, renewed_by=RENEWING_BYTES)
        maximum = self._limits.frame_bytes
        wish = _Wish(ref, (accept,), available, pixels, patience, maximum * len(ref.frames), maximum)
        with self.failing_at(ref.of):
            async with self.turnstile.stream(patience), AsyncExitStack() as stack:
                yield await self._open(stack, wish)

    async def whole_frames(
        self, ref: FramesRef, available: str = "", pixels: StoredPixels | None = None
    ) -> dict[int, tuple[bytes, str]]:
        """The frames of `ref`, by number, asked for at once and all together no larger than one may be: each as it is
        stored, and its transfer syntax.

        An archive that cannot give frames as stored is asked for native pixels instead.
        """
        patience = Patience(self._limits.retrieve_seconds)
        maximum = self._limits.frame_bytes
        wish = _Wish(ref, (ANY_SYNTAX, EXPLICIT_SYNTAX), available, pixels, patience, maximum, maximum, lists=False)
        with self.failing_at(ref.of):
            async with AsyncExitStack() as stack:
                stream = await self._open(stack, wish)
                return await _read_all(stream, available, maximum)

    @asynccontextmanager
    async def video(self, ref: InstanceRef, available: str = "") -> AsyncGenerator[Part, None]:
        """The one stream that all frames of a video are (PS3.18 §8.7.3.3), as large as bulk data may be."""
        patience = Patience(self._limits.retrieve_seconds, renewed_by=RENEWING_BYTES)
        first = FramesRef(ref.study, ref.series, ref.instance, (1,))
        maximum = self._limits.bulkdata_bytes
        wish = _Wish(first, (ANY_SYNTAX,), available, None, patience, maximum, maximum)
        with self.failing_at(ref):
            async with self.turnstile.stream(patience), AsyncExitStack() as stack:
                yield await anext(aiter(await self._open(stack, wish)))

    def lacks_frames(self, ref: InstanceRef) -> bool:
        """Whether frames of `ref` are cut out of what holds all of them, as far as it is known."""
        return self._routes.known(ref) not in {None, Route.FRAMES}

    async def _open(self, stack: AsyncExitStack, wish: _Wish) -> PartStream:
        """By the first way that leads to the frames."""
        failures: list[Exception] = []
        for route in self._ways(wish):
            try:
                return await self._open_by(route, stack, wish)
            except (ArchiveTimedOut, ArchiveBrokeOff, ArchiveResting):
                raise
            except (ArchiveRefused, NotAcceptable, NotFound) as refused:
                failures.append(refused)
            except ArchiveFailed as failed:
                if route is Route.FRAMES:
                    raise
                failures.append(failed)
        raise self._last(failures, wish)

    def _ways(self, wish: _Wish) -> Sequence[Route]:
        """Other ways than by frames give them as they are stored only."""
        lacking = self.lacks_frames(wish.ref.of)
        if wish.pixels is None:
            return (Route.FRAMES,)
        if ANY_SYNTAX not in wish.accepts:
            return () if lacking else (Route.FRAMES,)
        if len(wish.ref.frames) > 1 and not wish.lists and not lacking:
            return (Route.FRAMES,)
        closed = {Route.LINK} if not wish.pixels.link else set()
        closed |= set() if self.archive.retrieves_instances else {Route.INSTANCE}
        return [route for route in self._routes.order(wish.ref.of) if route not in closed]

    def _last(self, failures: Sequence[Exception], wish: _Wish) -> Exception:
        """What to say when no way led to the frames."""
        wrong = next((one for one in failures if type(one) is ArchiveFailed), None)
        if wrong is not None:
            return wrong
        other_ways = wish.pixels is not None and ANY_SYNTAX not in wish.accepts
        if not failures or (other_ways and isinstance(failures[-1], NotFound)):
            return NotAcceptable("the archive gives frames only as they are stored")
        if len(failures) == 1 or self.archive.retrieves_instances:
            return failures[-1]
        return ArchiveRefused(
            "the archive gives no single frames, and this service is not to ask it for whole objects",
            self.institution.name,
        )

    async def _open_by(self, route: Route, stack: AsyncExitStack, wish: _Wish) -> PartStream:
        async with AsyncExitStack() as attempt:
            if route is Route.FRAMES or wish.pixels is None:
                stream = await self._open_frames(attempt, wish)
            else:
                stream = await self._open_whole(route, attempt, wish, wish.pixels)
            if wish.pixels is not None and (route is Route.FRAMES or len(wish.ref.frames) == 1):
                self._routes.worked(route, wish.ref.of)
            await stack.enter_async_context(attempt.pop_all())
        return stream

    async def _open_frames(self, stack: AsyncExitStack, wish: _Wish) -> PartStream:
        url = self._addresses.frames(wish.ref)
        asking = self._ask(url, wish.accepts, wish.patience, wish.maximum_bytes, Route.FRAMES)
        answer = await stack.enter_async_context(asking)
        self._expect_success(answer)
        frames = read_frames(
            answer, wish.ref, wish.available, wish.maximum_part, self.institution.name, self._refusing(wish)
        )
        return await stack.enter_async_context(aclosing(PartStream(frames)))

    async def _open_whole(self, route: Route, stack: AsyncExitStack, wish: _Wish, pixels: StoredPixels) -> PartStream:
        """The frames cut out of what `route` leads to; the first of them has come."""
        limits, refuse = self._limits, self._refusing(wish)
        wanted = Wanted(wish.ref, pixels, wish.maximum_part, limits.bulkdata_bytes, self.institution.name, refuse)
        patience = Patience(limits.retrieve_seconds, renewed_by=RENEWING_BYTES)
        accepts, headers = (_FILES, None) if route is Route.INSTANCE else self._octets(wanted)
        url = await self._whole(route, wish.ref.of, pixels)
        asking = self._ask(url, accepts, patience, limits.bulkdata_bytes, route, headers)
        answer = await stack.enter_async_context(asking)
        self._expect_part(answer, route, headers)
        cutting = cut_instance(answer, wanted) if route is Route.INSTANCE else cut_bulkdata(answer, wanted)
        parts = await stack.enter_async_context(aclosing(cutting))
        return await stack.enter_async_context(aclosing(PartStream(_checked(await anext(parts, None), parts, wanted))))

    async def _whole(self, route: Route, ref: InstanceRef, pixels: StoredPixels) -> httpx.URL:
        match route:
            case Route.LINK:
                return await self._link(pixels.link)
            case Route.PIXELDATA:
                return self._addresses.pixeldata(ref)
            case Route.BULKDATA:
                return self._addresses.bulkdata_pixels(ref)
            case Route.BULK:
                return self._addresses.stored_pixels(ref)
            case Route.INSTANCE | Route.FRAMES:
                return self._addresses.instance(ref)

    def _octets(self, wanted: Wanted) -> tuple[Sequence[str], Mapping[str, str] | None]:
        """How to ask for pixels: only for the bytes of the frames where that is possible (RFC 9110 §14.2)."""
        if not (self._routes.offers_ranges and wanted.pixels.is_native):
            return _OCTETS, None
        cutter = wanted.native()
        return ("application/octet-stream",), {"Range": f"bytes={cutter.first_byte}-{cutter.last_byte}"}

    def _expect_part(self, answer: Answer, route: Route, headers: Mapping[str, str] | None) -> None:
        """Success: all of the pixels, or exactly the bytes that were asked for, and no part of a multipart of them."""
        multipart = answer.media_type is not None and answer.media_type.is_multipart
        if answer.status == 206 and headers is not None:
            asked = headers["Range"].replace("=", " ")
            if multipart or not answer.headers.get("content-range", "").startswith(f"{asked}/"):
                self._routes.offers_ranges = False
                raise ArchiveFailed("the archive answered with other bytes than were asked for", self.institution.name)
            return
        self._expect_success(answer)
        if route is not Route.INSTANCE:
            self._routes.offers_ranges = not multipart and answer.headers.get("accept-ranges", "").lower() == "bytes"

    def _refusing(self, wish: _Wish) -> Refuse:
        async def refuse(what: str) -> ArchiveFailed:
            return await self._mismatch(what, wish.ref.study)

        return refuse


async def _read_all(stream: PartStream, available: str, maximum: int) -> dict[int, tuple[bytes, str]]:
    """Bytes and transfer syntax of each frame. Raises `TooLarge` as soon as there are more than `maximum` bytes."""
    frames: dict[int, tuple[bytes, str]] = {}
    async for part in stream:
        bare = without_items(await part.read())
        maximum -= len(bare)
        if maximum < 0:
            raise TooLarge("the archive's answer exceeds the limits of this service")
        frames[part.frame] = bare, frame_transfer_syntax(part.media_type, None, available, bare)
    return frames


async def _checked(first: Part | None, rest: AsyncGenerator[Part, None], wanted: Wanted) -> AsyncGenerator[Part, None]:
    """All frames wanted, or a refusal."""
    missing = set(wanted.ref.frames)
    part = first
    while part is not None:
        missing.discard(part.frame)
        yield part
        part = await anext(rest, None)
    if missing:
        raise await wanted.refuse("frame")
