"""The composition root: every part of the service made once, in order, and ended in the reverse order."""

from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
import logging
from typing import Any

from policy.bundle import Bundle, read_bundle
from policy.engine import CedarEngine
from policy.errors import InvalidBundle
from proxy.access.authentication import Authentication
from proxy.access.copying import Copying
from proxy.access.enforcement import Enforcement
from proxy.access.login import Login
from proxy.access.networks import Networks
from proxy.access.provider import Provider
from proxy.access.sessions import Sessions
from proxy.access.tokens import TokenVerifier
from proxy.archives.credentials import goes_in_the_clear, index_goes_in_the_clear
from proxy.archives.probe.rounds import Rounds
from proxy.archives.registry import Archives, open_archives
from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.journal import Journal
from proxy.audit.reading import Readings
from proxy.care.webhooks import Webhook
from proxy.dicomweb.identities import Identities
from proxy.dicomweb.rooms import Rooms
from proxy.dicomweb.routes import ROOT
from proxy.errors import ConfigurationError
from proxy.federation.admission import Admission
from proxy.federation.counting import Counting
from proxy.federation.gathering import Gathering
from proxy.federation.listings import Listings
from proxy.federation.location import Locations
from proxy.federation.paging import Paging
from proxy.federation.search import Search
from proxy.federation.status import SearchStatuses
from proxy.outside import Outside
from proxy.patients.crossreference import CrossReference
from proxy.patients.index import FhirPatientIndex
from proxy.patients.people import People
from proxy.patients.presenting import Presenting
from proxy.patients.recognition import Recognition
from proxy.patients.register import Register, read_register
from proxy.reporting import reporting_people, reporting_to
from proxy.retrieval.ahead import Ahead
from proxy.retrieval.cache import ByteCache
from proxy.retrieval.cines import Cines
from proxy.retrieval.documents import Documents
from proxy.retrieval.films import Films
from proxy.retrieval.frames import Frames
from proxy.retrieval.icons import Icons
from proxy.retrieval.memory import Memory
from proxy.retrieval.objects import Objects
from proxy.retrieval.planes import Planes
from proxy.retrieval.prepared import Prepared
from proxy.retrieval.rendered import Rendered
from proxy.retrieval.transcoded import Transcoded
from proxy.retrieval.turns import MOVING_AT_ONCE, MOVING_IN_LINE, Turns
from proxy.retrieval.videos import Videos
from proxy.retrieval.workers import RenderingWorkers
from proxy.senders.station import Station, Surroundings, memory_of, station_of
from proxy.settings.care import Care
from proxy.settings.file import Settings
from proxy.settings.patients import Patients
from proxy.settings.retrieval import Retrieval
from proxy.settings.server import Policy
from proxy.storage.relationships import SqliteRelationships
from proxy.storage.sqlite import SqliteEvents
from proxy.storage.tables import read_tables
from proxy.viewer.archives import ArchiveStates
from proxy.viewer.expected import ExpectedPatients
from proxy.viewer.histories import Histories
from proxy.viewer.matches import Matches
from proxy.viewer.oversight import Oversight
from proxy.viewer.routes import CALLBACK, Portal
from proxy.viewer.signin import SignIn
from rendering.errors import WorkerFailed

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that the application is made of."""

    settings: Settings
    outside: Outside
    journal: Journal
    archives: Archives
    workers: RenderingWorkers
    memory: Memory
    authentication: Authentication
    rooms: Rooms
    portal: Portal
    station: Station

    def failing(self) -> dict[str, str]:
        """The parts without which no image can be shown now, by name."""
        failing = {}
        if not self.journal.available:
            failing["audit"] = "the audit log cannot commit"
        if not self.workers.available:
            failing["rendering"] = "no rendering process is running"
        return failing

    def readings(self) -> Mapping[str, tuple[str, Callable[[], float]]]:
        """What there is to measure, by name, each with its description."""
        caches = (*self.memory.caches, self.rooms.icons.cache)
        return {
            **{name: reading for cache in caches for name, reading in _of_cache(cache)},
            "vitrine_audit_waiting": ("Audit events that wait for their commit", lambda: self.journal.waiting),
            "vitrine_rendering_waiting": ("Renderings that wait for a worker", lambda: self.workers.waiting),
            "vitrine_rendering_busy": ("Rendering processes at work", lambda: self.workers.busy),
            "vitrine_patient_identity_failing": (
                "Whether a source of patients' identifiers did not answer when it was last asked",
                lambda: float(self.rooms.identities.recognition.people.failing),
            ),
            "vitrine_rendering_restarts_total": ("Rendering processes replaced", lambda: self.workers.replaced),
            "vitrine_care_relationships": ("Relationships by care events", lambda: self.station.relationships),
            "vitrine_care_searches_waiting": ("Searches ahead that are planned", lambda: self.station.ahead.waiting),
        }


def _of_cache(cache: ByteCache[Any, Any]) -> Iterator[tuple[str, tuple[str, Callable[[], float]]]]:
    what = f"vitrine_{cache.name}_cache"
    yield f"{what}_bytes", (f"Bytes of {cache.name} in memory", lambda: cache.bytes)
    yield f"{what}_hits_total", (f"Times that {cache.name} were found in memory", lambda: cache.hits)
    yield f"{what}_misses_total", (f"Times that {cache.name} were not found in memory", lambda: cache.misses)


@asynccontextmanager
async def open_services(settings: Settings, outside: Outside, confinement: str = "none") -> AsyncGenerator[Services]:
    """The services of `settings`, running until the context ends.

    `confinement` says what the kernel enforces on this process, for the record. Raises `ConfigurationError` for what
    cannot be used, `AuditUnavailable` when the log does not open.
    """
    bundle, register = _read_policy(settings.policy)
    async with AsyncExitStack() as stack:
        opened = await _open(settings, outside, stack)
        services = _compose(settings, outside, opened, bundle, register)
        stack.push_async_callback(services.rooms.ahead.close)
        await _record_start(services, bundle, register, confinement)
        stack.push_async_callback(opened.journal.record, Event(EventKind.STOPPED, Outcome.SUCCESS))
        rounds = Rounds(opened.archives, reporting_to(opened.journal), outside.clock)
        await stack.enter_async_context(rounds.running())
        await stack.enter_async_context(services.station.running())
        yield services


@dataclass(frozen=True, slots=True)
class _Opened:
    """What reaches beyond this process and has to be ended: files, processes, connections."""

    events: SqliteEvents
    journal: Journal
    workers: RenderingWorkers
    archives: Archives
    memory: Memory
    providers: Sequence[Provider]
    cross_references: Sequence[CrossReference]
    index: FhirPatientIndex | None


async def _open(settings: Settings, outside: Outside, stack: AsyncExitStack) -> _Opened:
    """Open everything, in the order in which `stack` will end it backwards: the journal last of all."""
    events = SqliteEvents(settings.audit.folder)
    journal = Journal(events, outside.clock)
    await journal.start()
    stack.push_async_callback(journal.close)
    workers = await _start_workers(stack, settings.retrieval)
    archives = await stack.enter_async_context(
        open_archives(
            *(settings.institutions, outside.archive_transport, reporting_to(journal)), outside.clock, outside.timer
        )
    )
    providers = [Provider(one, outside.provider_transport(one), outside.clock) for one in settings.issuers]
    for provider in providers:
        stack.push_async_callback(provider.close)
    index = _open_index(settings.patients, outside, stack)
    cross_references = (*read_tables(settings.patients), *([index] if index else []))
    memory = Memory(settings.retrieval.cache_seconds, settings.institutions, outside.timer)
    await stack.enter_async_context(memory.kept())
    return _Opened(events, journal, workers, archives, memory, providers, cross_references, index)


def _open_index(patients: Patients, outside: Outside, stack: AsyncExitStack) -> FhirPatientIndex | None:
    if patients.index is None:
        return None
    index = FhirPatientIndex(patients.index, outside.index_transport(patients.index), outside.timer)
    stack.push_async_callback(index.close)
    return index


def _compose(settings: Settings, outside: Outside, opened: _Opened, bundle: Bundle, register: Register) -> Services:
    """The parts made of what is open, from those that need least to those that need most."""
    journal, archives, memory = opened.journal, opened.archives, opened.memory
    public_url = settings.server.public_url.rstrip("/")
    networks = Networks(settings.server.clinical_networks)
    sessions = Sessions(outside.clock)
    verifier = TokenVerifier([provider.trusted for provider in opened.providers], outside.clock)
    login = Login(opened.providers, verifier, sessions, networks, journal, public_url + CALLBACK, outside.clock)

    people = People(register, opened.cross_references, settings.patients, outside.timer)
    refuse = settings.patients.mismatch == "refuse"
    recognition = Recognition(people, reporting_people(journal), outside.timer, refuse=refuse)
    authorities = tuple(archive.archive.assigning_authority for archive in archives)
    identities = Identities(recognition, Presenting(people, settings.patients, outside.timer), authorities)
    told = memory_of(settings.care, outside.timer)
    enforcement = Enforcement(
        *(CedarEngine(bundle), register, journal, outside.clock, settings.institutions),
        *(memory.forget, recognition, told.relationships),
    )
    locations = Locations(archives, register, settings.federation, outside.timer, memory.located, recognition)
    admission = Admission(locations, enforcement)
    paging = Paging(settings.federation)
    search = Search(
        *(archives, locations, admission, Gathering(enforcement, paging, settings.federation)),
        Counting(archives, paging, settings.federation, outside.timer),
        Listings(settings.federation, outside.new_id, outside.timer),
        *(journal, people),
    )

    objects = Objects(archives, journal, settings.retrieval, memory)
    frames = Frames(objects, settings.retrieval, memory)
    planes = Planes(objects, settings.retrieval, memory, outside.timer)
    prepared = Prepared(frames, opened.workers, settings.retrieval, memory)
    rendered = Rendered(prepared, opened.workers, settings.retrieval, memory)
    transcoded = Transcoded(objects, opened.workers, settings.retrieval.lossy_error)
    turns = Turns(MOVING_AT_ONCE, MOVING_IN_LINE)
    films = Films(Videos(objects, settings.retrieval, memory, outside.timer), rendered, turns)
    statuses = SearchStatuses(outside.new_id, outside.timer)
    surroundings = Surroundings(
        *(archives, people, register, SqliteRelationships(settings.audit.folder), journal, enforcement),
        *(outside.clock, outside.new_id, settings.federation, f"{public_url}/portal"),
    )
    expected = ExpectedPatients(
        *(register, people.patient_of, told.relationships, told.expected, enforcement, journal, told.notices),
        *(outside.clock, bool(settings.care.senders)),
    )
    return Services(
        settings=settings,
        outside=outside,
        journal=journal,
        archives=archives,
        workers=opened.workers,
        memory=memory,
        authentication=Authentication(verifier, sessions, networks),
        rooms=Rooms(
            base_url=public_url + ROOT,
            identities=identities,
            admission=admission,
            locations=locations,
            search=search,
            statuses=statuses,
            objects=objects,
            frames=frames,
            ahead=Ahead(frames, outside.timer),
            planes=planes,
            rendered=rendered,
            transcoded=transcoded,
            copying=Copying(settings.copying, journal, outside.timer),
            cines=Cines(frames, rendered, turns),
            films=films,
            documents=Documents(objects, memory),
            icons=Icons(opened.workers, outside.timer),
            identifying_thumbnails=settings.retrieval.thumbnails == "images",
        ),
        portal=Portal(
            SignIn(settings.name, settings.server.public_url, login),
            Histories(
                settings.institutions, register, recognition, search, admission, journal, outside.clock, expected
            ),
            Matches(
                opened.index,
                frozenset(settings.patients.index.match_roles if settings.patients.index else ()),
                register.is_suspended,
                register.patient_known_as,
                journal,
            ),
            Oversight(journal, Readings(opened.events), bundle, register.is_suspended, told.relationships),
            ArchiveStates(archives, register.is_suspended),
        ),
        station=station_of(settings.care, surroundings, told, _webhooks(settings.care, outside, journal)),
    )


def _webhooks(care: Care, outside: Outside, journal: Journal) -> list[Webhook]:
    return [Webhook(one, outside.receiver_transport(one), journal, outside.clock) for one in care.receivers]


async def _start_workers(stack: AsyncExitStack, settings: Retrieval) -> RenderingWorkers:
    try:
        return await stack.enter_async_context(RenderingWorkers(settings))
    except WorkerFailed as error:
        raise ConfigurationError(f"no image could be rendered: {error}") from None


def _read_policy(policy: Policy) -> tuple[Bundle, Register]:
    """Bundle and register, checked against each other: a label that no rule can name would protect nothing."""
    try:
        bundle = read_bundle(policy.folder)
    except InvalidBundle as error:
        raise ConfigurationError(f"the policy may not come into force: {error}") from None
    register = read_register(policy.register)
    unknown = register.labels() - bundle.vocabulary.get("Label", frozenset())
    if unknown:
        names = ", ".join(sorted(unknown))
        raise ConfigurationError(f"the register uses labels that the policy does not know: {names}")
    return bundle, register


async def _record_start(services: Services, bundle: Bundle, register: Register, confinement: str) -> None:
    levels = {"confinement": confinement, "workers": services.workers.level, **_in_the_clear(services.settings)}
    await services.journal.record(Event(EventKind.STARTED, Outcome.SUCCESS, detail=levels))
    loaded: dict[str, str | int] = {"rules": len(bundle.rules), "register": register.version}
    await services.journal.record(Event(EventKind.POLICY_LOADED, Outcome.SUCCESS, policy=bundle.hash, detail=loaded))


def _in_the_clear(settings: Settings) -> dict[str, str]:
    """The archives whose credentials anybody on the way can read, for the record and as a warning."""
    archives = [archive for institution in settings.institutions for archive in institution.archives]
    exposed = [archive.id for archive in archives if goes_in_the_clear(archive)]
    index = settings.patients.index
    if index is not None and index_goes_in_the_clear(index):
        exposed.append("the patient index")
    if not exposed:
        return {}
    _logger.warning("credentials of an archive cross the network without TLS; the audit log says which")
    return {"cleartext": ", ".join(exposed)}
