"""The archives of all institutions, in the order of the configuration."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
import time

import httpx

from proxy.archives.checks import Mismatch
from proxy.archives.client import ArchiveClient
from proxy.archives.diversions import Diversion
from proxy.archives.gentleness.turnstile import Turnstile
from proxy.resources import ArchiveId
from proxy.settings.archives import Archive, Institution


class Archives(Collection[ArchiveClient]):
    """A client for every archive: iterated in configured order, looked up by the archive's id."""

    def __init__(self, clients: Iterable[ArchiveClient]) -> None:
        self._clients = {ArchiveId(client.archive.id): client for client in clients}

    def __getitem__(self, archive: ArchiveId) -> ArchiveClient:
        return self._clients[archive]

    def __iter__(self) -> Iterator[ArchiveClient]:
        return iter(self._clients.values())

    def __len__(self) -> int:
        return len(self._clients)

    def __contains__(self, client: object) -> bool:
        return client in self._clients.values()


@asynccontextmanager
async def open_archives(
    institutions: Iterable[Institution],
    transport_of: Callable[[Archive], httpx.AsyncBaseTransport],
    on_mismatch: Callable[[Mismatch | Diversion], Awaitable[None]],
    clock: Callable[[], float] = time.time,
    timer: Callable[[], float] = time.monotonic,
) -> AsyncGenerator[Archives]:
    """The archives of `institutions`, whose connections end with the context.

    `clock` gives Unix seconds, `timer` seconds that only grow.

    Raises `ConfigurationError` when the credentials or TLS files of one cannot be used.
    """
    async with AsyncExitStack() as stack:
        clients = []
        for institution in institutions:
            for archive in institution.archives:
                transport = transport_of(archive)
                stack.push_async_callback(transport.aclose)
                turnstile = Turnstile(archive, institution.name, clock, timer)
                clients.append(ArchiveClient(archive, institution, transport, on_mismatch, turnstile))
        yield Archives(clients)
