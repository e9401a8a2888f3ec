"""All that reaches beyond the process and its memory: clocks, randomness, network, processes. Tests replace it."""

from collections.abc import Callable
from dataclasses import dataclass
import secrets
import time

import httpx

from proxy.archives.authorization.endpoint import TransportOpener
from proxy.archives.transport import (
    archive_transport,
    consents_transport,
    index_transport,
    provider_transport,
    receiver_transport,
    repository_transport,
    smart_transport,
    token_way,
    witness_transport,
)
from proxy.retrieval.workers import WorkerStart
from proxy.settings.archives import Archive
from proxy.settings.audit import Witness
from proxy.settings.consents import ConsentServer
from proxy.settings.launch import SmartServer
from proxy.settings.patients import PatientIndex
from proxy.settings.receivers import SignedReceiver
from proxy.settings.repositories import RestfulRepository
from proxy.settings.server import Issuer
from rendering.sandbox.process import WorkerProcess


@dataclass(frozen=True, slots=True)
class Outside:
    """`clock` gives Unix seconds, `timer` seconds that only go forward, `new_id` unguessable text (128 bits)."""

    clock: Callable[[], float] = time.time
    timer: Callable[[], float] = time.monotonic
    new_id: Callable[[], str] = lambda: secrets.token_urlsafe(16)
    archive_transport: Callable[[Archive], httpx.AsyncBaseTransport] = archive_transport
    token_way: Callable[[Archive], TransportOpener] = token_way
    provider_transport: Callable[[Issuer], httpx.AsyncBaseTransport] = provider_transport
    index_transport: Callable[[PatientIndex], httpx.AsyncBaseTransport] = index_transport
    consents_transport: Callable[[ConsentServer], httpx.AsyncBaseTransport] = consents_transport
    witness_transport: Callable[[Witness], httpx.AsyncBaseTransport] = witness_transport
    receiver_transport: Callable[[SignedReceiver], httpx.AsyncBaseTransport] = receiver_transport
    repository_transport: Callable[[RestfulRepository], httpx.AsyncBaseTransport] = repository_transport
    smart_transport: Callable[[SmartServer], httpx.AsyncBaseTransport] = smart_transport
    start_worker: WorkerStart = WorkerProcess.start
