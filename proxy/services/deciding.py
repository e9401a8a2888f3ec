"""What decides: who patients are, what is known of them and of those who ask, and the enforcement point over it."""

from dataclasses import dataclass

from policy.engine import CedarEngine
from proxy.access.background import Background
from proxy.access.enforcement import Enforcement
from proxy.access.facts import Knowledge
from proxy.audit.journal import Journal
from proxy.audit.views.view import Ended
from proxy.breakglass.emergencies import Emergencies
from proxy.breakglass.notices import EmergencyNotices
from proxy.outside import Outside
from proxy.patients.people import People
from proxy.patients.recognition import Recognition
from proxy.patients.register import Register
from proxy.policies.remembering import PastDecisions
from proxy.policies.versions import Versions
from proxy.reporting import reporting_people
from proxy.senders.station import Memory, memory_of
from proxy.services.consulting import background_of, heed
from proxy.services.doors import Doors
from proxy.services.messengers import delivery_of, notifying
from proxy.services.opened import Opened
from proxy.settings.file import Settings
from proxy.sharing.links import Links
from proxy.storage.decisions import SqliteDecisions
from proxy.storage.emergencies import SqliteEmergencies
from proxy.storage.links import SqliteLinks
from proxy.storage.overrides import SqliteOverrides
from proxy.tasks import Tasks


@dataclass(frozen=True, slots=True)
class Deciding:
    """The enforcement point, and what its decisions rest on."""

    people: People
    recognition: Recognition
    told: Memory
    past: PastDecisions
    tasks: Tasks
    background: Background
    overrides: SqliteOverrides
    emergencies: Emergencies
    emergency_notices: EmergencyNotices
    links: Links
    enforcement: Enforcement


def deciding_of(
    settings: Settings, outside: Outside, opened: Opened, versions: Versions, register: Register, doors: Doors
) -> Deciding:
    """Whatever changes what was decided is heeded from the beginning."""
    journal, archives, folder = opened.journal, opened.archives, settings.audit.folder
    people = People(register, opened.cross_references, settings.patients, outside.timer)
    refuse = settings.patients.mismatch == "refuse"
    recognition = Recognition(people, reporting_people(journal), outside.timer, refuse=refuse)
    told = memory_of(settings.care, outside.timer)
    past = PastDecisions(
        *(SqliteDecisions(folder), outside.clock),
        *(settings.policy.replay_days, settings.policy.replay_decisions),
    )
    tasks = Tasks(outside.clock)
    background = background_of(settings, outside, journal, archives, people.identifiers_of, tasks)
    overrides = SqliteOverrides(folder)
    background.labelling.overrides.take_up(overrides.read())
    console = settings.server.public_url.rstrip("/") + "/console"
    notices = EmergencyNotices(notifying(settings, outside, journal), outside.new_id, outside.clock, console)
    emergencies = Emergencies(
        *(settings.emergencies, SqliteEmergencies(folder), journal, notices, outside.clock, outside.new_id)
    )
    emergencies.open()
    enforcement = Enforcement(
        *(CedarEngine(versions.bundle), register, journal, outside.clock, settings.institutions),
        *(opened.memory.forget, recognition, Knowledge(told.relationships, background, emergencies)),
    )
    enforcement.watched_by(doors.views)
    emergencies.changed = lambda subject: enforcement.reconsider({subject})
    heed(background, enforcement, recognition, archives, versions)
    enforcement.remember_by(past.remember)
    versions.when_adopted(lambda bundle: enforcement.adopt(engine=CedarEngine(bundle)))
    return Deciding(
        *(people, recognition, told, past, tasks, background, overrides, emergencies, notices),
        *(_links(settings, outside, journal, doors), enforcement),
    )


def _links(settings: Settings, outside: Outside, journal: Journal, doors: Doors) -> Links:
    links = Links(
        *(settings.sharing, SqliteLinks(settings.audit.folder), journal, delivery_of(settings, outside, journal)),
        *(doors.networks, outside.clock, outside.new_id),
    )
    links.open_store()
    links.ended = doors.ending(Ended.REVOKED)
    return links
