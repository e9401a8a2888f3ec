"""One archive, asked in DICOMweb (PS3.18 §10.4, §10.6): bounded in time and size, and believed only when it answers
what was asked.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
import re

import httpx

from proxy.archives.addresses import Addresses, SearchScope, read_scope
from proxy.archives.channel import Answer, Channel
from proxy.archives.checks import Mismatch, foreign_dataset, foreign_row, usable_row
from proxy.archives.credentials import read_authorization
from proxy.archives.dialect import ANY_SYNTAX, EXPLICIT_SYNTAX, Ask, Dialect, remaining
from proxy.archives.fragments import FragmentStream
from proxy.archives.gate import Gate, Patience
from proxy.archives.labels import frame_transfer_syntax
from proxy.archives.parts import BodyStream, Part, PartStream
from proxy.archives.refusals import in_own_words, refusal
from proxy.errors import ArchiveFailed, ArchiveRefused, NotFound
from proxy.resources import ArchiveId, FramesRef, InstanceRef, InstitutionId, SeriesRef, StudyRef, Uid
from proxy.settings import Archive, Institution
from proxy.wire.codestreams import without_items
from proxy.wire.dicomjson import Dataset, Element, JsonLimits, Path, read_datasets, rewrite

DICOM_JSON = "application/dicom+json"
_RENEWING_BYTES = 2**20
_READ_AT_ONCE = 2**18  # more takes so long to read, up to seconds, that nobody else may wait for it
_LINE_PER_STREAM = 16
_CONNECTIONS_FOR_WHOLE_ANSWERS = 2
"""Clients that take streamed answers slowly hold a connection each; searches and images never wait for all of them."""

_MAXIMUM_TABLE_BYTES = 2**18  # 65536 entries of 16 bits (PS3.3 C.11.1.1), and as much again
_ADDITIONAL_RESULTS = re.compile(r"additional results", re.IGNORECASE)


async def _report_to_nobody(_: Mismatch) -> None:
    """Without an audit log a mismatch is only refused."""


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """Rows of a search; `more` when the archive says that it has others (PS3.18 §8.3.4.4.1)."""

    rows: list[Dataset]
    more: bool = False


class ArchiveClient:
    """Asks one archive.

    Failures raise `ArchiveFailed` or `ArchiveTimedOut` with the institution's public name, `Overloaded` when the
    archive or the line to it is busy, `TooLarge` beyond its limits, `NotFound` for absent objects.
    """

    def __init__(
        self,
        archive: Archive,
        institution: Institution,
        transport: httpx.AsyncBaseTransport,
        on_mismatch: Callable[[Mismatch], Awaitable[None]] = _report_to_nobody,
    ) -> None:
        """`on_mismatch` hears of every answer about something else than was asked for, before the error is raised.

        Who opened `transport` closes it.
        """
        self.archive = archive
        self.institution = institution
        self._limits = archive.limits
        self._addresses = Addresses(archive.base_url)
        self._channel = Channel(transport, read_authorization(archive), archive.limits.connections, institution.name)
        streams = max(1, archive.limits.connections - _CONNECTIONS_FOR_WHOLE_ANSWERS)
        self._streams = Gate(streams, streams * _LINE_PER_STREAM)
        self._dialect = Dialect()
        self._on_mismatch = on_mismatch

    async def search(self, level_path: str, query: Sequence[tuple[str, str]] = ()) -> list[Dataset]:
        """Rows of a QIDO-RS search at `level_path`, e.g. `studies/1.2.3/series`; `query` holds decoded pairs."""
        return (await self.search_page(level_path, query)).rows

    async def search_page(self, level_path: str, query: Sequence[tuple[str, str]] = ()) -> SearchAnswer:
        """Like `search`, and says whether the archive has more rows than it gave."""
        scope = read_scope(level_path)
        url = self._addresses.search(scope, query)
        patience = Patience(self._limits.search_seconds)
        async with self._channel.ask(url, DICOM_JSON, patience, self._limits.search_bytes) as answer:
            if answer.status == 204:
                return SearchAnswer([])
            if answer.status != 200:
                raise self._search_refusal(answer, scope)
            body = await answer.read()
            more = any(map(_ADDITIONAL_RESULTS.search, answer.headers.get_list("warning")))
        rows = await self._datasets(body, self._limits.search_bytes) if body.strip() else []
        return SearchAnswer(await self._checked_rows(rows, scope, query), more)

    def _search_refusal(self, answer: Answer, scope: SearchScope) -> Exception:
        """No study answers 404 below it; 404 or 406 for a whole collection means a wrong base URL or no QIDO-RS.

        What this service sends is well formed, so that 400 means a match key or field the archive does not support.
        """
        if answer.status == 400:
            return ArchiveRefused("the archive does not support this search", self.institution.name)
        if answer.status in {404, 406, 410} and scope.study is None:
            return ArchiveFailed("the archive does not offer the search", self.institution.name)
        return refusal(answer.status, answer.headers, self.institution.name)

    async def _checked_rows(
        self, rows: Sequence[Dataset], scope: SearchScope, query: Sequence[tuple[str, str]]
    ) -> list[Dataset]:
        for row in rows:
            foreign = foreign_row(row, scope, query)
            if foreign is not None:
                raise await self._mismatch(foreign, scope.study)
        return [usable for row in rows if (usable := usable_row(row, scope)) is not None]

    async def metadata(self, ref: StudyRef | SeriesRef | InstanceRef) -> list[Dataset]:
        """DICOM JSON of every instance of `ref`; relative bulk data links resolved. Raises `NotFound` for none."""
        url = self._addresses.metadata(ref)
        patience = Patience(self._limits.retrieve_seconds)
        async with self._channel.ask(url, DICOM_JSON, patience, self._limits.metadata_bytes) as answer:
            self._expect_success(answer)
            body = await answer.read()
        datasets = await self._datasets(body, self._limits.metadata_bytes)
        if not datasets:
            raise NotFound
        for dataset in datasets:
            foreign = foreign_dataset(dataset, ref)
            if foreign is not None:
                raise await self._mismatch(foreign, ref.study)
        if isinstance(ref, InstanceRef) and len(datasets) > 1:
            raise await self._mismatch("instance", ref.study)
        return [self._with_absolute_links(dataset, url) for dataset in datasets] if b"BulkDataURI" in body else datasets

    async def _datasets(self, body: bytes, maximum_bytes: int) -> list[Dataset]:
        limits = JsonLimits(bytes=maximum_bytes)
        with in_own_words(self.institution.name):
            if len(body) < _READ_AT_ONCE:
                return read_datasets(body, limits)
            return await asyncio.to_thread(read_datasets, body, limits)

    def _with_absolute_links(self, dataset: Dataset, url: httpx.URL) -> Dataset:
        def resolve(_: Path, element: Element) -> Element:
            link = self._addresses.link(element["BulkDataURI"], url) if "BulkDataURI" in element else None
            return {**element, "BulkDataURI": str(link)} if link is not None else element

        return rewrite(dataset, resolve)

    @asynccontextmanager
    async def frames(
        self, ref: FramesRef, accept: str = ANY_SYNTAX, available: str = ""
    ) -> AsyncGenerator[PartStream, None]:
        """The frames of `ref`, streamed. `accept` is one media type, as archives exist that understand no list.

        `available` is the instance's AvailableTransferSyntaxUID (0008,3002), for archives that do not label frames.
        """
        patience = Patience(self._limits.retrieve_seconds, renewed_by=_RENEWING_BYTES)
        maximum = self._limits.frame_bytes * len(ref.frames)
        async with (
            self._streams.place(patience),
            self._frames(ref, (accept,), available, patience, maximum) as stream,
        ):
            yield stream

    async def frame(self, ref: FramesRef, available: str = "") -> tuple[bytes, str]:
        """The one frame of `ref` as the archive stores it, and its transfer syntax; for rendering.

        An archive that cannot give frames as stored is asked for native pixels instead.
        """
        return (await self.whole_frames(ref, available))[ref.frames[0]]

    async def whole_frames(self, ref: FramesRef, available: str = "") -> dict[int, tuple[bytes, str]]:
        """The frames of `ref`, by number, asked for at once: each as `frame` gives one, all together no larger."""
        patience = Patience(self._limits.retrieve_seconds)
        accepts = (ANY_SYNTAX, EXPLICIT_SYNTAX)
        async with self._frames(ref, accepts, available, patience, self._limits.frame_bytes) as stream:
            parts = [(part.frame, part.media_type, without_items(await part.read())) async for part in stream]
        return {
            number: (bare, frame_transfer_syntax(media_type, None, available, bare))
            for number, media_type, bare in parts
        }

    @asynccontextmanager
    async def video(self, ref: InstanceRef, available: str = "") -> AsyncGenerator[Part, None]:
        """The one stream that all frames of a video are (PS3.18 §8.7.3.3), as large as bulk data may be."""
        patience = Patience(self._limits.retrieve_seconds, renewed_by=_RENEWING_BYTES)
        first = FramesRef(ref.study, ref.series, ref.instance, (1,))
        maximum = self._limits.bulkdata_bytes
        async with (
            self._streams.place(patience),
            self._frames(first, (ANY_SYNTAX,), available, patience, maximum, maximum) as stream,
        ):
            yield await anext(aiter(stream))

    @asynccontextmanager
    async def fragments(self, ref: InstanceRef, uri: str | None) -> AsyncGenerator[FragmentStream, None]:
        """The encoded pixels of `ref` as bulk data, for an archive that cannot give them as a frame.

        `uri` is where its metadata link to, if they do.
        """
        url = self._addresses.stored_pixels(ref) if uri is None else self._link(uri)
        patience = Patience(self._limits.retrieve_seconds, renewed_by=_RENEWING_BYTES)
        maximum = self._limits.bulkdata_bytes
        async with (
            self._streams.place(patience),
            self._ask(url, (EXPLICIT_SYNTAX, "*/*"), patience, maximum) as answer,
        ):
            self._expect_success(answer)
            async with aclosing(FragmentStream(answer, maximum, self.institution.name)) as stream:
                yield stream

    @asynccontextmanager
    async def _frames(
        self,
        ref: FramesRef,
        accepts: Sequence[str],
        available: str,
        patience: Patience,
        maximum_bytes: int,
        maximum_part: int | None = None,
    ) -> AsyncGenerator[PartStream, None]:
        async with self._ask(self._addresses.frames(ref), accepts, patience, maximum_bytes) as answer:
            self._expect_success(answer)

            async def refuse(what: str) -> ArchiveFailed:
                return await self._mismatch(what, ref.study)

            part = maximum_part or self._limits.frame_bytes
            stream = PartStream(answer, ref, available, part, self.institution.name, refuse)
            async with aclosing(stream):
                yield stream

    @asynccontextmanager
    async def bulkdata(self, uri: str) -> AsyncGenerator[BodyStream, None]:
        """The bulk data that a link of this archive's metadata leads to; a link out of the archive is refused."""
        patience = Patience(self._limits.retrieve_seconds, renewed_by=_RENEWING_BYTES)
        async with (
            self._streams.place(patience),
            self._bulkdata(uri, patience, self._limits.bulkdata_bytes) as stream,
        ):
            yield stream

    async def table(self, uri: str) -> bytes:
        """A look-up table or palette that metadata only links to, whole: they are small by definition."""
        return await self.whole(uri, _MAXIMUM_TABLE_BYTES)

    async def whole(self, uri: str, maximum_bytes: int) -> bytes:
        """The bulk data that a link of this archive's metadata leads to, whole."""
        patience = Patience(self._limits.retrieve_seconds)
        async with self._bulkdata(uri, patience, 2 * maximum_bytes) as body:
            return await body.read(maximum_bytes)

    @asynccontextmanager
    async def _bulkdata(self, uri: str, patience: Patience, maximum: int) -> AsyncGenerator[BodyStream, None]:
        async with self._ask(self._link(uri), (EXPLICIT_SYNTAX, "*/*"), patience, maximum) as answer:
            self._expect_success(answer)
            async with aclosing(BodyStream(answer, maximum, self.institution.name)) as stream:
                await stream.begin()
                yield stream

    def _link(self, uri: str) -> httpx.URL:
        url = self._addresses.link(uri)
        if url is None:
            raise ArchiveFailed("the archive's metadata links to another place than the archive", self.institution.name)
        return url

    @asynccontextmanager
    async def _ask(
        self, url: httpx.URL, accepts: Sequence[str], patience: Patience, maximum_bytes: int
    ) -> AsyncGenerator[Answer, None]:
        """The answer to the first way of asking that the archive understands, else its last refusal."""
        asks: Sequence[Ask] = self._dialect.asks(accepts)
        refused: list[tuple[Ask, int]] = []
        while asks:
            async with self._channel.ask(url, asks[0].header, patience, maximum_bytes) as answer:
                rest = remaining(asks, answer.status)
                if answer.status == 200:
                    self._dialect.learn(asks[0], refused)
                if not rest:
                    yield answer
                    return
            refused.append((asks[0], answer.status))
            asks = rest

    def _expect_success(self, answer: Answer) -> None:
        if answer.status != 200:
            raise refusal(answer.status, answer.headers, self.institution.name)

    async def _mismatch(self, what: str, study: Uid | None) -> ArchiveFailed:
        await self._on_mismatch(Mismatch(ArchiveId(self.archive.id), InstitutionId(self.institution.id), study, what))
        return ArchiveFailed(f"the archive answered with another {what} than was asked for", self.institution.name)
