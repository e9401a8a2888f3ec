"""Everything that reaches beyond the process and its memory: clocks, randomness, the network. Tests replace it."""

from collections.abc import Callable
from dataclasses import dataclass
import secrets
import time

import httpx

from proxy.archives.transport import archive_transport, index_transport, provider_transport, receiver_transport
from proxy.settings.archives import Archive
from proxy.settings.care import Receiver
from proxy.settings.patients import PatientIndex
from proxy.settings.server import Issuer


@dataclass(frozen=True, slots=True)
class Outside:
    """`clock` gives Unix seconds, `timer` seconds that only go forward, `new_id` unguessable text (128 bits)."""

    clock: Callable[[], float] = time.time
    timer: Callable[[], float] = time.monotonic
    new_id: Callable[[], str] = lambda: secrets.token_urlsafe(16)
    archive_transport: Callable[[Archive], httpx.AsyncBaseTransport] = archive_transport
    provider_transport: Callable[[Issuer], httpx.AsyncBaseTransport] = provider_transport
    index_transport: Callable[[PatientIndex], httpx.AsyncBaseTransport] = index_transport
    receiver_transport: Callable[[Receiver], httpx.AsyncBaseTransport] = receiver_transport
