"""Stored videos for whoever holds a permit: passed on as they come, or whole where they are small enough."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from cachetools import TTLCache

from proxy.access.permit import Permit
from proxy.archives.client import ArchiveClient
from proxy.archives.fragments import FragmentStream
from proxy.archives.parts import Part
from proxy.coalescing import Coalesced
from proxy.errors import ArchiveFailed, ArchiveTimedOut, NotAcceptable, NotFound, TooLarge
from proxy.resources import FramesRef, InstanceRef
from proxy.retrieval.cache import ByteCache
from proxy.retrieval.masking import refuse_masked
from proxy.retrieval.memory import Memory
from proxy.retrieval.objects import Dataset, Objects
from proxy.settings.retrieval import Retrieval
from proxy.wire import dicomjson, tags
from proxy.wire.codestreams import without_items
from rendering.reading.containers import HEAD_BYTES, Container, container_of

LARGEST_HELD = 128 * 2**20
"""Of a video that is held in memory, because something is made of it or the archive does not tell its length."""

_REMEMBERED = 1000
VideoKey = tuple[str, InstanceRef]
VideoPermit = Permit[InstanceRef] | Permit[FramesRef]


@dataclass(frozen=True, slots=True)
class Passing:
    """A video on its way from the archive: what its first bytes say it is, how many there are if that is told.

    `closing` ends the asking.
    """

    container: Container | None
    length: int | None
    body: Part | FragmentStream
    closing: AsyncExitStack


class Videos:
    """Those that were held stay in memory for a while, as frames do, in half as many bytes."""

    def __init__(self, objects: Objects, settings: Retrieval, memory: Memory, timer: Callable[[], float]) -> None:
        self._objects = objects
        self._cache: ByteCache[VideoKey, bytes] = memory.cache("videos", settings.frame_cache_bytes // 2, len)
        self._containers: TTLCache[VideoKey, Container | None] = TTLCache(_REMEMBERED, settings.cache_seconds, timer)
        self._asking: Coalesced[tuple[str, InstanceRef, int], bytes] = Coalesced()

    async def passing(self, permit: VideoPermit) -> Passing:
        """The video as its archive gives it; whoever gets it closes it. Raises `NotAnonymous`, as all of these."""
        refuse_masked(permit)
        async with AsyncExitStack() as stack:
            body = await self._open(stack, permit)
            container = container_of((await body.peek(HEAD_BYTES))[:HEAD_BYTES])
            self._containers[permit.held.place, _instance(permit)] = container
            return Passing(container, body.length, body, stack.pop_all())

    async def container(self, permit: VideoPermit) -> Container | None:
        """What the video is stored in: from its first bytes, once for a while."""
        refuse_masked(permit)
        key = (permit.held.place, _instance(permit))
        if key not in self._containers:
            passing = await self.passing(permit)
            await passing.closing.aclose()
        return self._containers.get(key)

    async def whole(self, permit: VideoPermit, maximum_bytes: int = LARGEST_HELD) -> bytes:
        """All of the video, without items that archives leave in it. Raises `TooLarge` beyond `maximum_bytes`."""
        refuse_masked(permit)
        key = (permit.held.place, _instance(permit))
        known = self._cache.find(key)
        if known is None:
            asked = (*key, maximum_bytes)
            known = await self._asking.ask(asked, lambda: self._fetch(key, permit, maximum_bytes))
        return known

    async def _fetch(self, key: VideoKey, permit: VideoPermit, maximum_bytes: int) -> bytes:
        purges = self._cache.purges
        async with AsyncExitStack() as stack:
            body = await self._open(stack, permit)
            pieces, size = [], body.length or 0
            if size <= maximum_bytes:
                size = 0
                async for piece in body:
                    pieces.append(piece)
                    size += len(piece)
                    if size > maximum_bytes:
                        break
        if size > maximum_bytes:
            raise TooLarge("the video is too large for anything to be made of it here; ask for it as it is stored")
        data = without_items(b"".join(pieces))
        if self._cache.purges == purges:
            self._cache.keep(key, data, permit.held)
        return data

    async def _open(self, stack: AsyncExitStack, permit: VideoPermit) -> Part | FragmentStream:
        """As the frame that all of it is, or as bulk data from an archive that does not know it so (§8.7.3.3)."""
        archive = self._objects.archive_of(permit.held)
        dataset = await self._objects.instance(permit)
        available = dicomjson.text(dataset, tags.AVAILABLE_TRANSFER_SYNTAX_UID)
        target = _instance(permit)
        try:
            return await stack.enter_async_context(archive.video(target, available))
        except ArchiveTimedOut:
            raise
        except (ArchiveFailed, NotAcceptable, NotFound) as failure:
            return await self._open_fragments(stack, archive, target, dataset, failure)

    async def _open_fragments(
        self, stack: AsyncExitStack, archive: ArchiveClient, target: InstanceRef, dataset: Dataset, failure: Exception
    ) -> FragmentStream:
        """Raises `failure` where the archive does not give them so either."""
        uri = dataset.get(tags.PIXEL_DATA, {}).get("BulkDataURI")
        try:
            return await stack.enter_async_context(archive.fragments(target, uri if isinstance(uri, str) else None))
        except (ArchiveFailed, NotAcceptable, NotFound):
            raise failure from None


def _instance(permit: VideoPermit) -> InstanceRef:
    return permit.target if isinstance(permit.target, InstanceRef) else permit.target.of
