"""What reaches beyond this process and has to be ended: files, processes, connections."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from proxy.access.providers.provider import Provider
from proxy.archives.hubs.linked import Linked
from proxy.archives.hubs.signer import Signer, read_signer
from proxy.archives.registry import Archives, open_archives
from proxy.attesting import Attesting, attesting_of, origin_of
from proxy.audit.journal import Journal
from proxy.audit.store import EventReader
from proxy.errors import ConfigurationError
from proxy.outside import Outside
from proxy.passage import pseudonym_of
from proxy.patients.crossreference import CrossReference
from proxy.patients.index import FhirPatientIndex
from proxy.reporting import reporting_to
from proxy.retrieval.memory import Memory
from proxy.retrieval.workers import RenderingWorkers, WorkerStart
from proxy.settings.file import Settings
from proxy.settings.patients import Patients
from proxy.settings.retrieval import Retrieval
from proxy.storage.events import events_of
from proxy.storage.tables import read_tables
from rendering.errors import WorkerFailed


@dataclass(frozen=True, slots=True)
class Opened:
    """What reaches beyond this process and has to be ended: files, processes, connections."""

    events: EventReader
    attesting: Attesting
    journal: Journal
    workers: RenderingWorkers
    archives: Archives
    memory: Memory
    providers: Sequence[Provider]
    cross_references: Sequence[CrossReference]
    index: FhirPatientIndex | None
    signer: Signer | None


async def open_all(settings: Settings, outside: Outside, stack: AsyncExitStack) -> Opened:
    """Open everything, in the order in which `stack` will end it backwards: the journal last of all."""
    events = events_of(settings.audit, origin_of(settings))
    journal = Journal(events, outside.clock)
    await journal.start()
    stack.push_async_callback(journal.close)
    attesting = attesting_of(settings, outside, journal, events)
    workers = await _start_workers(stack, settings.retrieval, outside.start_worker)
    linked = _linked(settings, outside)
    archives = await stack.enter_async_context(
        open_archives(
            *(settings.institutions, outside.archive_transport, reporting_to(journal)),
            *(outside.clock, outside.timer, settings.patients.index.authorities if settings.patients.index else ()),
            linked,
        )
    )
    providers = [Provider(one, outside.provider_transport(one), outside.clock) for one in settings.issuers]
    for provider in providers:
        stack.push_async_callback(provider.close)
    index = _open_index(settings.patients, outside, stack)
    cross_references = (*read_tables(settings.patients), *([index] if index else []))
    memory = Memory(settings.retrieval.cache_seconds, settings.institutions, outside.timer)
    await stack.enter_async_context(memory.kept())
    return Opened(
        *(events, attesting, journal, workers, archives, memory, providers, cross_references, index),
        linked.signer,
    )


def _linked(settings: Settings, outside: Outside) -> Linked:
    """What other exchanges know this one by."""
    public_url = settings.server.public_url.rstrip("/")
    own = pseudonym_of(public_url)
    signer = read_signer(settings.linking, public_url, own, outside.clock, outside.new_id)
    return Linked(own, signer, outside.token_way, outside.timer)


def _open_index(patients: Patients, outside: Outside, stack: AsyncExitStack) -> FhirPatientIndex | None:
    if patients.index is None:
        return None
    index = FhirPatientIndex(patients.index, outside.index_transport(patients.index), outside.timer)
    stack.push_async_callback(index.close)
    return index


async def _start_workers(stack: AsyncExitStack, settings: Retrieval, start: WorkerStart) -> RenderingWorkers:
    try:
        return await stack.enter_async_context(RenderingWorkers(settings, start))
    except WorkerFailed as error:
        raise ConfigurationError(f"no image could be rendered: {error}") from None
