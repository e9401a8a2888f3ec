"""The composition root: every part of the service made once, in order, and ended in the reverse order."""

from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
import logging
from typing import Any

from policy.bundle import Bundle, read_bundle, sentences_of
from policy.cases.trial import require_sound
from policy.engine import CedarEngine
from policy.errors import InvalidBundle
from proxy.access.authentication import Authentication
from proxy.access.background import Background
from proxy.access.caller import Caller
from proxy.access.copying import Copying
from proxy.access.enforcement import Enforcement
from proxy.access.facts import Knowledge
from proxy.access.logout.notices import LogoutNotices
from proxy.access.logout.revocations import Revocations
from proxy.access.networks import Networks
from proxy.access.providers.provider import Provider
from proxy.access.signin.login import Login
from proxy.access.signin.sessions import Sessions
from proxy.access.tokens import TokenVerifier
from proxy.access.views.views import Views
from proxy.accounting.accounts import Accounts
from proxy.accounting.documents import Press
from proxy.accounting.reading import accountant_of
from proxy.archives.credentials import goes_in_the_clear, server_goes_in_the_clear
from proxy.archives.hubs.linked import Linked
from proxy.archives.hubs.signer import Signer, read_signer
from proxy.archives.probe.rounds import Rounds
from proxy.archives.registry import Archives, open_archives
from proxy.archives.search.paging import Paging
from proxy.attesting import Attesting, attesting_of, origin_of, signer_of
from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.journal import Journal
from proxy.audit.reading import Readings
from proxy.audit.store import EventReader
from proxy.audit.views.interrupted import close_interrupted
from proxy.audit.views.view import Ended
from proxy.breakglass.emergencies import LOOK_SECONDS as EMERGENCY_SECONDS
from proxy.breakglass.emergencies import Emergencies
from proxy.breakglass.notices import EmergencyNotices
from proxy.care.webhooks import Webhook
from proxy.console.console import Console, Known, console_of
from proxy.consulting import background_of, heed
from proxy.dicomweb.identities import Identities
from proxy.dicomweb.institutions import root_of
from proxy.dicomweb.rooms import Rooms
from proxy.dicomweb.routes import ROOT
from proxy.errors import ConfigurationError
from proxy.evaluations.routes import Evaluations
from proxy.federation.admission import Admission
from proxy.federation.assessment import Assessments
from proxy.federation.counting import Counting
from proxy.federation.gathering import Gathering
from proxy.federation.listings import Listings
from proxy.federation.location import Locations
from proxy.federation.search import Search
from proxy.federation.status import SearchStatuses
from proxy.fhir.routes import AuditEvents
from proxy.fhir.searching import Search as AuditSearch
from proxy.http.ongoing import Ongoing
from proxy.launch.authorities import Namespaces
from proxy.launch.launch import Launches
from proxy.launch.signed import SignedLaunches
from proxy.launch.smart import Ehr, SmartLaunches
from proxy.ohif.installed import own_configuration, read_installed
from proxy.ohif.package import CONFIGURATION
from proxy.ohif.routes import FULL_VIEWER, FullViewer
from proxy.outside import Outside
from proxy.oversight.officers import Officers
from proxy.oversight.readers import Readers
from proxy.oversight.reviews import Reviews
from proxy.oversight.routes import Oversight as LabelOversight
from proxy.passage import pseudonym_of
from proxy.patients.crossreference import CrossReference
from proxy.patients.index import FhirPatientIndex
from proxy.patients.people import People
from proxy.patients.presenting import Presenting
from proxy.patients.recognition import Recognition
from proxy.patients.register import Register, read_register
from proxy.policies.keys import read_officers, read_own_key
from proxy.policies.remembering import PastDecisions
from proxy.policies.routes import Policies
from proxy.policies.usable import fit_for, usable_with
from proxy.policies.versions import LOOK_SECONDS as VERSION_SECONDS
from proxy.policies.versions import Versions, loaded
from proxy.repeating import repeated
from proxy.reporting import reporting_people, reporting_to
from proxy.repositories.composition import deliveries_of, naming_of
from proxy.repositories.delivery import Deliveries
from proxy.resources import InstitutionId
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
from proxy.retrieval.workers import RenderingWorkers, WorkerStart
from proxy.senders.consents import ConsentDoor
from proxy.senders.station import Station, Surroundings, memory_of, station_of
from proxy.settings.care import Care, Receiver
from proxy.settings.emergencies import Notified
from proxy.settings.file import Settings
from proxy.settings.patients import Patients
from proxy.settings.retrieval import Retrieval
from proxy.settings.server import Policy
from proxy.sharing.delivery import Delivery, Sender, WebhookSender
from proxy.sharing.links import Links
from proxy.sharing.mail import MailSender
from proxy.sharing.recipient import Channel
from proxy.storage.decisions import SqliteDecisions
from proxy.storage.dispositions import SqliteDispositions
from proxy.storage.emergencies import SqliteEmergencies
from proxy.storage.events import events_of
from proxy.storage.filters import SqliteFilters
from proxy.storage.links import SqliteLinks
from proxy.storage.overrides import SqliteOverrides
from proxy.storage.policies import SqliteVersions
from proxy.storage.positions import SqlitePositions
from proxy.storage.relationships import SqliteRelationships
from proxy.storage.tables import read_tables
from proxy.tasks import Tasks
from proxy.viewer.archives import ArchiveStates
from proxy.viewer.emergencies import Declaring
from proxy.viewer.expected import ExpectedPatients
from proxy.viewer.histories import Histories
from proxy.viewer.launching import Launching
from proxy.viewer.links import Sharing
from proxy.viewer.logout import LogoutDoor
from proxy.viewer.matches import Matches
from proxy.viewer.oversight import Oversight
from proxy.viewer.pictures import Pictures
from proxy.viewer.routes import CALLBACK, Portal
from proxy.viewer.shared import Attempts, Receiving
from proxy.viewer.signin import HOME, SignIn
from rendering.errors import WorkerFailed

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that the application is made of."""

    settings: Settings
    outside: Outside
    journal: Journal
    attesting: Attesting
    archives: Archives
    workers: RenderingWorkers
    memory: Memory
    authentication: Authentication
    ongoing: Ongoing
    signer: Signer | None
    rooms: Rooms
    portal: Portal
    station: Station
    evaluations: Evaluations
    policies: Policies
    console: Console
    background: Background
    oversight: LabelOversight
    consent_door: ConsentDoor
    emergencies: Emergencies
    emergency_notices: EmergencyNotices
    declaring: Declaring
    links: Links
    sharing: Sharing
    launching: Launching
    receiving: Receiving
    reviews: Reviews
    deliveries: Deliveries
    audit_events: AuditEvents
    full_viewer: FullViewer | None
    accounts: Accounts

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
            "vitrine_audit_disk_used": (
                "Share of the audit log's disk that is taken",
                lambda: self.attesting.checkpoints.room_used,
            ),
            "vitrine_audit_damaged": (
                "Whether the audit log is not what was written",
                lambda: float(self.attesting.checkpoints.damaged),
            ),
            "vitrine_audit_witnesses_behind": (
                "Witnesses that have not taken the newest checkpoint",
                lambda: self.attesting.checkpoints.behind,
            ),
            "vitrine_views_open": ("View sessions that are open", lambda: self.rooms.views.open),
            "vitrine_views_unrecorded_frames": (
                "Frames that were shown and are not on record yet",
                lambda: self.rooms.views.unrecorded,
            ),
            "vitrine_rendering_waiting": ("Renderings that wait for a worker", lambda: self.workers.waiting),
            "vitrine_rendering_busy": ("Rendering processes at work", lambda: self.workers.busy),
            "vitrine_patient_identity_failing": (
                "Whether a source of patients' identifiers did not answer when it was last asked",
                lambda: float(self.rooms.identities.recognition.people.failing),
            ),
            "vitrine_rendering_restarts_total": ("Rendering processes replaced", lambda: self.workers.replaced),
            "vitrine_consents_silent": (
                "Whether a source of consents has just not answered",
                lambda: float(self.background.silent),
            ),
            "vitrine_officers_tasks": (
                "What officers have to put right, and is refused until then",
                lambda: len(self.oversight.tasks),
            ),
            "vitrine_emergencies_in_force": ("Declared emergencies in force", lambda: self.emergencies.in_force),
            "vitrine_emergency_reviews_open": (
                "Reviews of emergencies that are to be made",
                lambda: self.emergencies.to_review,
            ),
            "vitrine_emergency_reviews_overdue": (
                "Reviews of emergencies that are overdue",
                lambda: self.emergencies.overdue,
            ),
            "vitrine_share_links_in_force": ("Share links that can be opened", lambda: self.links.in_force),
            "vitrine_care_relationships": ("Relationships by care events", lambda: self.station.relationships),
            "vitrine_care_searches_waiting": ("Searches ahead that are planned", lambda: self.station.ahead.waiting),
            "vitrine_repository_backlog": (
                "Audit events that the slowest repository has not taken",
                lambda: self.deliveries.backlog,
            ),
            "vitrine_repository_behind_seconds": (
                "Age of the oldest audit event that a repository has not taken",
                lambda: self.deliveries.behind_seconds,
            ),
            "vitrine_repositories_behind": (
                "Audit repositories that are behind for longer than they may be",
                lambda: self.deliveries.behind,
            ),
            "vitrine_repository_events_total": (
                "Audit events that repositories have taken",
                lambda: self.deliveries.taken,
            ),
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
        await close_interrupted(opened.events, opened.journal)
        versions = _versions_of(settings, outside, opened.journal, register)
        await versions.open(bundle)
        services = _compose(settings, outside, opened, versions, register)
        stack.push_async_callback(services.background.consents.close)
        stack.push_async_callback(services.rooms.ahead.close)
        stack.push_async_callback(services.launching.smart.close)
        await _record_start(services, versions.bundle, register, confinement)
        stack.push_async_callback(opened.journal.record, Event(EventKind.STOPPED, Outcome.SUCCESS))
        rounds = Rounds(opened.archives, reporting_to(opened.journal), outside.clock)
        await stack.enter_async_context(rounds.running())
        await stack.enter_async_context(services.station.running())
        await stack.enter_async_context(services.policies.past.kept())
        await stack.enter_async_context(repeated(versions.look, VERSION_SECONDS, "policy versions"))
        await stack.enter_async_context(services.attesting.checkpoints.running())
        await stack.enter_async_context(services.emergency_notices.running())
        await stack.enter_async_context(repeated(services.emergencies.look, EMERGENCY_SECONDS, "emergencies"))
        await stack.enter_async_context(services.links.delivery.running())
        await stack.enter_async_context(services.deliveries.running())
        await stack.enter_async_context(services.rooms.views.running())
        yield services


def _versions_of(settings: Settings, outside: Outside, journal: Journal, register: Register) -> Versions:
    """What keeps the policy and changes it, beside the audit log."""
    folder = settings.audit.folder
    officers, key = read_officers(settings.policy.officers), read_own_key(settings.policy.signing_key, folder)
    fit = fit_for(register, [one.id for one in settings.institutions], SqliteOverrides(folder).read)
    return Versions(SqliteVersions(folder), journal, officers, key, outside.clock, fit)


@dataclass(frozen=True, slots=True)
class _Opened:
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


async def _open(settings: Settings, outside: Outside, stack: AsyncExitStack) -> _Opened:
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
    return _Opened(
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


def _compose(settings: Settings, outside: Outside, opened: _Opened, versions: Versions, register: Register) -> Services:
    """The parts made of what is open, from those that need least to those that need most."""
    journal, archives, memory = opened.journal, opened.archives, opened.memory
    public_url = settings.server.public_url.rstrip("/")
    networks = Networks(settings.server.clinical_networks)
    ongoing, views = Ongoing(), Views(journal, outside.timer)
    doors = _doors(settings, outside, opened, networks, ongoing, views)

    people = People(register, opened.cross_references, settings.patients, outside.timer)
    refuse = settings.patients.mismatch == "refuse"
    recognition = Recognition(people, reporting_people(journal), outside.timer, refuse=refuse)
    authorities = tuple(archive.archive.assigning_authority for archive in archives)
    identities = Identities(recognition, Presenting(people, settings.patients, outside.timer), authorities)
    told = memory_of(settings.care, outside.timer)
    past = PastDecisions(
        *(SqliteDecisions(settings.audit.folder), outside.clock),
        *(settings.policy.replay_days, settings.policy.replay_decisions),
    )
    tasks = Tasks(outside.clock)
    background = background_of(settings, outside, journal, archives, people.identifiers_of, tasks)
    overrides = SqliteOverrides(settings.audit.folder)
    background.labelling.overrides.take_up(overrides.read())
    emergency_notices = EmergencyNotices(
        *(_notifying(settings, outside, journal), outside.new_id, outside.clock, f"{public_url}/console"),
    )
    emergencies = Emergencies(
        *(settings.emergencies, SqliteEmergencies(settings.audit.folder), journal, emergency_notices),
        *(outside.clock, outside.new_id),
    )
    emergencies.open()
    links = Links(
        *(settings.sharing, SqliteLinks(settings.audit.folder), journal, _delivery(settings, outside, journal)),
        *(networks, outside.clock, outside.new_id),
    )
    links.open_store()
    links.ended = _ending(ongoing, views, Ended.REVOKED)
    enforcement = Enforcement(
        *(CedarEngine(versions.bundle), register, journal, outside.clock, settings.institutions),
        *(memory.forget, recognition, Knowledge(told.relationships, background, emergencies)),
    )
    enforcement.watched_by(views)
    emergencies.changed = lambda subject: enforcement.reconsider({subject})
    heed(background, enforcement, recognition, archives, versions)
    enforcement.remember_by(past.remember)
    versions.when_adopted(lambda bundle: enforcement.adopt(engine=CedarEngine(bundle)))
    paging = Paging(settings.federation)
    officers = Officers(settings.institutions, register.is_suspended, versions.officers.scopes)
    readers = Readers(officers, people, journal, register.is_suspended)
    locations = Locations(archives, register, settings.federation, outside.timer, memory.located, recognition, paging)
    admission = Admission(archives, locations, enforcement, settings.federation.absent_seconds)
    assessments = Assessments(locations, admission, enforcement)
    search = Search(
        *(archives, locations, admission, Gathering(enforcement, paging, settings.federation)),
        Counting(archives, paging, settings.federation, outside.timer),
        Listings(settings.federation, outside.new_id, outside.timer),
        *(journal, people),
    )

    objects = Objects(archives, journal, settings.retrieval, memory)
    frames = Frames(objects, settings.retrieval, memory)
    planes = Planes(objects, paging, settings.retrieval, memory, outside.timer)
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
    histories = Histories(
        *(settings.institutions, register, recognition, search, admission, journal, outside.clock, expected),
        full_viewer=FULL_VIEWER if settings.ohif.folder else "",
        diagnostic_use=settings.diagnostic_use,
    )
    return Services(
        settings=settings,
        outside=outside,
        journal=journal,
        attesting=opened.attesting,
        archives=archives,
        workers=opened.workers,
        memory=memory,
        authentication=doors.authentication,
        ongoing=ongoing,
        signer=opened.signer,
        rooms=Rooms(
            base_url=public_url + ROOT,
            roots={InstitutionId(one.id): public_url + root_of(one.id) for one in settings.institutions},
            identities=identities,
            admission=admission,
            search=search,
            statuses=statuses,
            objects=objects,
            frames=frames,
            ahead=Ahead(frames, outside.timer),
            planes=planes,
            rendered=rendered,
            transcoded=transcoded,
            copying=Copying(settings.copying, journal, outside.timer),
            views=views,
            cines=Cines(frames, rendered, turns),
            films=films,
            documents=Documents(objects, memory),
            icons=Icons(opened.workers, outside.timer),
            identifying_thumbnails=settings.retrieval.thumbnails == "images",
        ),
        portal=Portal(
            SignIn(settings.name, settings.server.public_url, doors.login, bool(links.delivery.channels)),
            LogoutDoor(doors.notices),
            histories,
            Matches(
                opened.index,
                enforcement,
                register.patient_known_as,
                journal,
            ),
            Oversight(
                *(journal, Readings(opened.events), lambda: versions.bundle, register.is_suspended),
                told.relationships,
            ),
            ArchiveStates(archives, register.is_suspended, versions.officers.scopes),
            Pictures(settings.institutions, admission, journal),
        ),
        background=background,
        emergencies=emergencies,
        emergency_notices=emergency_notices,
        declaring=Declaring(emergencies, enforcement, people, journal, outside.clock),
        links=links,
        launching=_launching(settings, outside, doors.verifier, journal),
        sharing=Sharing(links, admission, enforcement, people, journal, public_url),
        receiving=Receiving(links, histories, Attempts(), settings.name, settings.server.public_url),
        reviews=Reviews(officers, emergencies, journal, outside.clock),
        deliveries=deliveries_of(
            *(settings, outside.repository_transport, Readings(opened.events)),
            *(SqlitePositions(settings.audit.folder), journal, (outside.clock, outside.timer)),
        ),
        audit_events=_audit_events(settings, opened, readers),
        accounts=_accounts(settings, outside, opened, readers, lambda: versions.bundle),
        oversight=LabelOversight(*(officers, background, tasks, overrides), *(journal, outside.clock)),
        consent_door=ConsentDoor(
            *(background.consents, settings.consents.senders),
            {one.system: one.name for one in settings.consents.authorities},
            *(register, journal),
        ),
        policies=Policies(versions, past, journal, Readings(opened.events), register.is_suspended),
        console=console_of(
            *(SqliteDispositions(settings.audit.folder), SqliteFilters(settings.audit.folder)),
            Known(
                *(versions, past, locations, enforcement, archives),
                *(Readings(opened.events), journal, readers, outside.clock),
            ),
        ),
        evaluations=Evaluations(
            *(assessments, journal, register.is_suspended),
            *(frozenset(settings.policy.portals), public_url),
        ),
        full_viewer=_full_viewer(settings, assessments),
        station=station_of(settings.care, surroundings, told, _webhooks(settings.care, outside, journal)),
    )


def _full_viewer(settings: Settings, assessments: Assessments) -> FullViewer | None:
    folder = settings.ohif.folder
    if folder is None:
        return None
    return FullViewer({**read_installed(folder), CONFIGURATION: own_configuration()}, assessments)


@dataclass(frozen=True, slots=True)
class _Doors:
    """How people come in, and how that they left is heard."""

    authentication: Authentication
    login: Login
    notices: LogoutNotices
    verifier: TokenVerifier


def _doors(
    settings: Settings, outside: Outside, opened: _Opened, networks: Networks, ongoing: Ongoing, views: Views
) -> _Doors:
    """Whoever leaves has no answers under way and no view sessions any longer."""
    public_url, journal = settings.server.public_url.rstrip("/"), opened.journal
    revocations = Revocations(outside.clock)
    sessions = Sessions(outside.clock, lambda caller: views.end_all(caller.is_signed_in_as, Ended.SIGNED_OUT))
    verifier = TokenVerifier([provider.trusted for provider in opened.providers], outside.clock)
    login = Login(
        *(opened.providers, verifier, sessions, networks, journal),
        *(public_url + CALLBACK, public_url + HOME, outside.clock),
    )
    signed_out = _ending(ongoing, views, Ended.SIGNED_OUT)
    notices = LogoutNotices(
        *(verifier, sessions, revocations, journal, outside.clock), lambda ending: signed_out(ending.covers)
    )
    return _Doors(Authentication(verifier, sessions, networks, revocations, outside.clock), login, notices, verifier)


def _ending(ongoing: Ongoing, views: Views, why: Ended) -> Callable[[Callable[[Caller], bool]], None]:
    """What ends the answers to these callers, and their view sessions."""

    def end(covers: Callable[[Caller], bool]) -> None:
        ongoing.end(covers)
        views.end_all(covers, why)

    return end


def _audit_events(settings: Settings, opened: _Opened, readers: Readers) -> AuditEvents:
    """The audit log as FHIR resources."""
    search = AuditSearch(Readings(opened.events), readers, naming_of(settings))
    return AuditEvents(readers, search, opened.journal, settings.name, settings.server.public_url.rstrip("/"))


def _accounts(
    settings: Settings, outside: Outside, opened: _Opened, readers: Readers, bundle: Callable[[], Bundle]
) -> Accounts:
    """Accounts of disclosures, sealed with the key of the log."""
    accountant = accountant_of(settings, opened.events, lambda: sentences_of(bundle()), outside.clock)
    press = Press(signer_of(settings), naming_of(settings))
    return Accounts(accountant, press, readers, opened.attesting.checkpoints, opened.journal)


def _webhooks(care: Care, outside: Outside, journal: Journal) -> list[Webhook[Receiver]]:
    return [Webhook(one, outside.receiver_transport(one), journal, outside.clock) for one in care.receivers]


def _notifying(settings: Settings, outside: Outside, journal: Journal) -> list[Webhook[Notified]]:
    receivers = settings.emergencies.notified
    return [Webhook(one, outside.receiver_transport(one), journal, outside.clock) for one in receivers]


def _launching(settings: Settings, outside: Outside, verifier: TokenVerifier, journal: Journal) -> Launching:
    names = [one.assigning_authority for institution in settings.institutions for one in institution.archives]
    index = settings.patients.index
    namespaces = Namespaces(names, (*(index.authorities if index else ()), *settings.launch.authorities))
    signed = SignedLaunches(verifier, namespaces, outside.clock)
    ehrs = [Ehr(one, outside.smart_transport(one)) for one in settings.launch.smart]
    smart = SmartLaunches(ehrs, settings.server.public_url, outside.clock)
    return Launching(
        *(Launches(outside.clock), namespaces, signed, smart, journal),
        *(settings.server.public_url, settings.launch.embedders),
    )


def _delivery(settings: Settings, outside: Outside, journal: Journal) -> Delivery:
    """Mail before the webhook, which takes whatever else there is."""
    sharing = settings.sharing
    senders: dict[Channel, Sender] = {}
    if sharing.webhook is not None:
        transport = outside.receiver_transport(sharing.webhook)
        webhook = Webhook(sharing.webhook, transport, journal, outside.clock, (5.0,))
        senders |= dict.fromkeys(Channel, WebhookSender(webhook, outside.new_id, outside.clock))
    if sharing.mail is not None:
        senders[Channel.EMAIL] = MailSender(sharing.mail, settings.name, sharing.code_minutes)
    return Delivery(senders, shown=sharing.show_code)


async def _start_workers(stack: AsyncExitStack, settings: Retrieval, start: WorkerStart) -> RenderingWorkers:
    try:
        return await stack.enter_async_context(RenderingWorkers(settings, start))
    except WorkerFailed as error:
        raise ConfigurationError(f"no image could be rendered: {error}") from None


def _read_policy(policy: Policy) -> tuple[Bundle, Register]:
    """Bundle and register, checked against each other: a label that no rule can name would protect nothing."""
    try:
        bundle = read_bundle(policy.folder)
        require_sound(bundle)
    except InvalidBundle as error:
        raise ConfigurationError(f"the policy may not come into force: {error}") from None
    register = read_register(policy.register)
    usable_with(register)(bundle)
    return bundle, register


async def _record_start(services: Services, bundle: Bundle, register: Register, confinement: str) -> None:
    levels = {"confinement": confinement, "workers": services.workers.level, **_in_the_clear(services.settings)}
    await services.journal.record(Event(EventKind.STARTED, Outcome.SUCCESS, detail=levels))
    await services.journal.record(loaded(bundle, {"register": register.version}))


def _in_the_clear(settings: Settings) -> dict[str, str]:
    """The archives whose credentials anybody on the way can read, for the record and as a warning."""
    archives = [archive for institution in settings.institutions for archive in institution.archives]
    exposed = [archive.id for archive in archives if goes_in_the_clear(archive)]
    servers = {"the patient index": settings.patients.index, "the consent register": settings.consents.fhir}
    exposed += [name for name, server in servers.items() if server is not None and server_goes_in_the_clear(server)]
    if not exposed:
        return {}
    _logger.warning("credentials of an archive cross the network without TLS; the audit log says which")
    return {"cleartext": ", ".join(exposed)}
