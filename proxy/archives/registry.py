"""The archives of all institutions, in the order of the configuration."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
import time

import httpx

from proxy.archives.authorization.transport import Authorized
from proxy.archives.checks import Mismatch
from proxy.archives.client import ArchiveClient
from proxy.archives.diversions import Diversion
from proxy.archives.gentleness.turnstile import Turnstile
from proxy.archives.hubs.linked import Linked
from proxy.archives.issuers import Issuers
from proxy.resources import ArchiveId
from proxy.settings.archives import Archive, Institution
from proxy.settings.patients import AssigningAuthority


class Archives(Collection[ArchiveClient]):
    """A client for every archive: iterated in configured order, looked up by the archive's id."""

    def __init__(self, clients: Iterable[ArchiveClient]) -> None:
        self._clients = {ArchiveId(client.archive.id): client for client in clients}
        self._linked = [client for client in self if client.link is not None]

    def __getitem__(self, archive: ArchiveId) -> ArchiveClient:
        return self._clients[archive]

    def __iter__(self) -> Iterator[ArchiveClient]:
        return iter(self._clients.values())

    def __len__(self) -> int:
        return len(self._clients)

    def __contains__(self, client: object) -> bool:
        return client in self._clients.values()

    @property
    def circle(self) -> str:
        """For whom their answers together are: empty when for everybody (`Asking.circle`)."""
        return next((circle for client in self._linked if (circle := client.circle)), "")

    @property
    def origins(self) -> frozenset[str]:
        """The names among exchanges of all that are asked from here."""
        return frozenset(client.origin for client in self)


@asynccontextmanager
async def open_archives(
    institutions: Iterable[Institution],
    transport_of: Callable[[Archive], httpx.AsyncBaseTransport],
    on_mismatch: Callable[[Mismatch | Diversion], Awaitable[None]],
    clock: Callable[[], float] = time.time,
    timer: Callable[[], float] = time.monotonic,
    authorities: Iterable[AssigningAuthority] = (),
    linked: Linked | None = None,
) -> AsyncGenerator[Archives]:
    """The archives of `institutions`, whose connections end with the context.

    `clock` gives Unix seconds, `timer` seconds that only grow; `authorities` are those with a name here. `linked` says
    how other exchanges are asked.

    Raises `ConfigurationError` when the credentials or TLS files of one cannot be used.
    """
    async with AsyncExitStack() as stack:
        clients, issuers = [], Issuers(authorities)
        for institution in institutions:
            for archive in institution.archives:
                transport = _transport(archive, transport_of, linked)
                stack.push_async_callback(transport.aclose)
                turnstile = Turnstile(archive, institution.name, clock, timer)
                link = linked.link(archive, institution.name) if linked else None
                origin = linked.origin_of(archive) if linked else ""
                clients.append(
                    ArchiveClient(
                        archive, institution, transport, on_mismatch, turnstile, issuers, link=link, origin=origin
                    )
                )
        yield Archives(clients)


def _transport(
    archive: Archive, transport_of: Callable[[Archive], httpx.AsyncBaseTransport], linked: Linked | None
) -> httpx.AsyncBaseTransport:
    """To another exchange with what tells it who asks."""
    authorization = linked.authorization(archive) if linked else None
    transport = transport_of(archive)
    return transport if authorization is None else Authorized(transport, authorization)
