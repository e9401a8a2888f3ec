"""Every part of the service made once, from those that need least to those that need most."""

from collections.abc import Callable

from policy.bundle import Bundle, sentences_of
from proxy.access.tokens import TokenVerifier
from proxy.accounting.accounts import Accounts
from proxy.accounting.documents import Press
from proxy.accounting.reading import accountant_of
from proxy.attesting import signer_of
from proxy.audit.journal import Journal
from proxy.audit.reading import Readings
from proxy.console.console import Known, console_of
from proxy.evaluations.routes import Evaluations
from proxy.federation.assessment import Assessments
from proxy.fhir.routes import AuditEvents
from proxy.fhir.searching import Search as AuditSearch
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
from proxy.patients.register import Register
from proxy.policies.routes import Policies
from proxy.policies.versions import Versions
from proxy.repositories.composition import deliveries_of, naming_of
from proxy.senders.consents import ConsentDoor
from proxy.senders.station import Surroundings, station_of
from proxy.services.deciding import deciding_of
from proxy.services.doors import doors_of
from proxy.services.finding import finding_of
from proxy.services.messengers import webhooks
from proxy.services.opened import Opened
from proxy.services.rooms import rooms_of
from proxy.services.services import Services
from proxy.settings.file import Settings
from proxy.storage.dispositions import SqliteDispositions
from proxy.storage.filters import SqliteFilters
from proxy.storage.positions import SqlitePositions
from proxy.storage.relationships import SqliteRelationships
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
from proxy.viewer.routes import Portal
from proxy.viewer.shared import Attempts, Receiving
from proxy.viewer.signin import SignIn


def compose(settings: Settings, outside: Outside, opened: Opened, versions: Versions, register: Register) -> Services:
    """The parts made of what is open, from those that need least to those that need most."""
    journal, archives, folder = opened.journal, opened.archives, settings.audit.folder
    public_url = settings.server.public_url.rstrip("/")
    doors = doors_of(settings, outside, opened)
    deciding = deciding_of(settings, outside, opened, versions, register, doors)
    finding = finding_of(settings, outside, opened, register, deciding)
    people, enforcement, told = deciding.people, deciding.enforcement, deciding.told
    background, emergencies, links = deciding.background, deciding.emergencies, deciding.links
    readings = Readings(opened.events)
    officers = Officers(settings.institutions, register.is_suspended, versions.officers.scopes)
    readers = Readers(officers, people, journal, register.is_suspended)
    surroundings = Surroundings(
        *(archives, people, register, SqliteRelationships(folder), journal, enforcement),
        *(outside.clock, outside.new_id, settings.federation, f"{public_url}/portal"),
    )
    expected = ExpectedPatients(
        *(register, people.patient_of, told.relationships, told.expected, enforcement, journal, told.notices),
        *(outside.clock, bool(settings.care.senders)),
    )
    rooms = rooms_of(settings, outside, opened, deciding, finding, doors.views)
    histories = Histories(
        *(settings.institutions, register, deciding.recognition, finding.search, finding.admission),
        *(journal, outside.clock, expected),
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
        memory=opened.memory,
        authentication=doors.authentication,
        ongoing=doors.ongoing,
        signer=opened.signer,
        rooms=rooms,
        portal=Portal(
            SignIn(settings.name, settings.server.public_url, doors.login, bool(links.delivery.channels)),
            LogoutDoor(doors.notices),
            histories,
            Matches(opened.index, enforcement, register.patient_known_as, journal),
            Oversight(journal, readings, lambda: versions.bundle, register.is_suspended, told.relationships),
            ArchiveStates(archives, register.is_suspended, versions.officers.scopes),
            Pictures(settings.institutions, finding.admission, rooms.objects, journal),
        ),
        background=background,
        emergencies=emergencies,
        emergency_notices=deciding.emergency_notices,
        declaring=Declaring(emergencies, enforcement, people, journal, outside.clock),
        links=links,
        launching=_launching(settings, outside, doors.verifier, journal),
        sharing=Sharing(links, finding.admission, people, journal, public_url),
        receiving=Receiving(links, histories, Attempts(), settings.name, settings.server.public_url),
        reviews=Reviews(officers, emergencies, journal, outside.clock),
        deliveries=deliveries_of(
            *(settings, outside.repository_transport, readings),
            *(SqlitePositions(folder), journal, (outside.clock, outside.timer)),
        ),
        audit_events=_audit_events(settings, opened, readers),
        accounts=_accounts(settings, outside, opened, readers, lambda: versions.bundle),
        oversight=LabelOversight(officers, background, deciding.tasks, deciding.overrides, journal, outside.clock),
        consent_door=ConsentDoor(
            *(background.consents, settings.consents.senders),
            {one.system: one.name for one in settings.consents.authorities},
            *(register, journal),
        ),
        policies=Policies(versions, deciding.past, journal, readings, register.is_suspended),
        console=console_of(
            *(SqliteDispositions(folder), SqliteFilters(folder)),
            Known(
                *(versions, deciding.past, finding.locations, enforcement, archives),
                *(readings, journal, readers, outside.clock),
            ),
        ),
        evaluations=Evaluations(
            *(finding.assessments, journal, register.is_suspended, frozenset(settings.policy.portals), public_url)
        ),
        full_viewer=_full_viewer(settings, finding.assessments),
        station=station_of(settings.care, surroundings, told, webhooks(settings.care, outside, journal)),
    )


def _full_viewer(settings: Settings, assessments: Assessments) -> FullViewer | None:
    folder = settings.ohif.folder
    if folder is None:
        return None
    return FullViewer({**read_installed(folder), CONFIGURATION: own_configuration()}, assessments)


def _audit_events(settings: Settings, opened: Opened, readers: Readers) -> AuditEvents:
    """The audit log as FHIR resources."""
    search = AuditSearch(Readings(opened.events), readers, naming_of(settings))
    return AuditEvents(readers, search, opened.journal, settings.name, settings.server.public_url.rstrip("/"))


def _accounts(
    settings: Settings, outside: Outside, opened: Opened, readers: Readers, bundle: Callable[[], Bundle]
) -> Accounts:
    """Accounts of disclosures, sealed with the key of the log."""
    accountant = accountant_of(settings, opened.events, lambda: sentences_of(bundle()), outside.clock)
    press = Press(signer_of(settings), naming_of(settings))
    return Accounts(accountant, press, readers, opened.attesting.checkpoints, opened.journal)


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
