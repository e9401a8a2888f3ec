"""The archives of all institutions, in the order of the configuration."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import httpx

from proxy.archives.client import ArchiveClient, Mismatch
from proxy.archives.transport import archive_client, archive_transport
from proxy.resources import ArchiveId
from proxy.settings import Archive, Institution


class Archives(Mapping[str, ArchiveClient]):
    pass
