"""What every question to an archive has in common: its limits, its dialect, and what is not believed of an answer."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager

import httpx

from proxy.archives.addresses import Addresses
from proxy.archives.channel import Answer, Channel
from proxy.archives.checks import Mismatch
from proxy.archives.dialect import Ask, Dialect, remaining
from proxy.archives.diversions import Diversion, Watched, host_of
from proxy.archives.gate import Patience
from proxy.archives.gentleness.turnstile import Turnstile
from proxy.archives.hubs.link import Link
from proxy.archives.issuers import Issuers
from proxy.archives.probe.history import History
from proxy.archives.refusals import in_own_words, refusal
from proxy.archives.retrieve.routes import Route, Routes
from proxy.errors import ArchiveFailed, NotFound, Overloaded, RefusedElsewhere, Source
from proxy.resources import ArchiveId, InstanceRef, InstitutionId, SeriesRef, StudyRef, Uid
from proxy.settings.archives import Archive, Institution
from proxy.wire.dicomjson import Dataset, JsonLimits, read_datasets

DICOM_JSON = "application/dicom+json"
RENEWING_BYTES = 2**20
_READ_AT_ONCE = 2**18  # more takes so long to read, up to seconds, that nobody else may wait for it


async def _report_to_nobody(_: Mismatch | Diversion) -> None:
    """Without an audit log a mismatch is only refused."""


class Asking:
    """Asks one archive.

    Failures raise `ArchiveFailed` or `ArchiveTimedOut` with the institution's public name, `Overloaded` when the
    archive or the line to it is busy, `TooLarge` beyond its limits, `NotFound` for absent objects.
    """

    def __init__(
        self,
        archive: Archive,
        institution: Institution,
        transport: httpx.AsyncBaseTransport,
        on_mismatch: Callable[[Mismatch | Diversion], Awaitable[None]] = _report_to_nobody,
        turnstile: Turnstile | None = None,
        issuers: Issuers | None = None,
        link: Link | None = None,
        origin: str = "",
    ) -> None:
        """`on_mismatch` hears of every answer about something else than was asked for, and of whatever would lead out
        of the archive, before the error is raised.

        Set `also_asked` to have more elements of each study asked for. Who opened `transport` closes it.
        """
        self.archive = archive
        self.institution = institution
        self.turnstile = turnstile or Turnstile(archive, institution.name)
        self._issuers = issuers or Issuers()
        self._limits = archive.limits
        self._addresses = Addresses(
            archive.base_url, archive.search_url, archive.retrieve_url, [one.url for one in archive.bulkdata_urls]
        )
        self._transport = Watched(transport, self._diverted)
        self.link = link
        self.origin = origin or archive.id
        self._channel = Channel(self._transport, self.turnstile, institution.name, link)
        self._dialects: defaultdict[Route, Dialect] = defaultdict(lambda: Dialect(archive.dialect))
        self._routes = Routes(known=archive.dialect)
        self.history = History()
        self.also_asked: tuple[str, ...] = ()
        self._on_mismatch = on_mismatch

    @property
    def is_well(self) -> bool:
        """Whether it may be asked now, as far as its owner allows and its answers tell."""
        return self.turnstile.admits

    def apart(self) -> Channel:
        """The same way to the archive, for questions that it may well refuse: none counts as its failure."""
        return Channel(self._transport, self.turnstile.apart(), self.institution.name, self.link)

    @property
    def circle(self) -> str:
        """For whom its answers are: empty when for everybody, else equal for those whom it answers alike."""
        return self.link.circle if self.link else ""

    @asynccontextmanager
    async def _ask(
        self,
        url: httpx.URL,
        accepts: Sequence[str],
        patience: Patience,
        maximum_bytes: int,
        route: Route = Route.LINK,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncGenerator[Answer, None]:
        """The answer to the first way of asking that the archive understands by `route`, else its last refusal."""
        dialect = self._dialects[route]
        asks: Sequence[Ask] = dialect.asks(accepts)
        refused: list[tuple[Ask, int]] = []
        while asks:
            async with self._channel.ask(url, asks[0].header, patience, maximum_bytes, headers) as answer:
                rest = remaining(asks, answer.status)
                if answer.status in {200, 206}:
                    dialect.learn(asks[0], refused)
                if not rest:
                    yield answer
                    return
            refused.append((asks[0], answer.status))
            asks = rest

    async def _datasets(self, body: bytes, maximum_bytes: int) -> list[Dataset]:
        limits = JsonLimits(bytes=maximum_bytes)
        with in_own_words(self.institution.name):
            if len(body) < _READ_AT_ONCE:
                return read_datasets(body, limits)
            return await asyncio.to_thread(read_datasets, body, limits)

    async def _link(self, uri: str) -> httpx.URL:
        url = self._addresses.link(uri)
        if url is None:
            await self._diverted("link", host_of(uri))
            raise ArchiveFailed("the archive's metadata links to another place than the archive", self.institution.name)
        return url

    def _expect_success(self, answer: Answer) -> None:
        if answer.status != 200:
            raise refusal(answer.status, self.institution.name)

    async def _mismatch(self, what: str, study: Uid | None) -> ArchiveFailed:
        await self._on_mismatch(Mismatch(ArchiveId(self.archive.id), InstitutionId(self.institution.id), study, what))
        return ArchiveFailed(f"the archive answered with another {what} than was asked for", self.institution.name)

    async def _diverted(self, what: str, host: str) -> None:
        """Report what would lead out of the archive."""
        await self._on_mismatch(Diversion(ArchiveId(self.archive.id), InstitutionId(self.institution.id), what, host))

    @contextmanager
    def failing_at(self, ref: StudyRef | SeriesRef | InstanceRef) -> Generator[None]:
        """Failures tell whose they are, so that another archive can be asked."""
        try:
            yield
        except (ArchiveFailed, Overloaded, NotFound, RefusedElsewhere) as failure:
            series = "" if isinstance(ref, StudyRef) else ref.series
            instance = ref.instance if isinstance(ref, InstanceRef) else ""
            failure.source = failure.source or Source(self.archive.id, series, instance)
            raise
