"""Everything that the application is made of, once it is open."""

from dataclasses import dataclass

from proxy.access.authentication import Authentication
from proxy.access.background import Background
from proxy.accounting.accounts import Accounts
from proxy.archives.hubs.signer import Signer
from proxy.archives.registry import Archives
from proxy.attesting import Attesting
from proxy.audit.journal import Journal
from proxy.breakglass.emergencies import Emergencies
from proxy.breakglass.notices import EmergencyNotices
from proxy.console.console import Console
from proxy.dicomweb.rooms import Rooms
from proxy.evaluations.routes import Evaluations
from proxy.fhir.routes import AuditEvents
from proxy.http.ongoing import Ongoing
from proxy.ohif.routes import FullViewer
from proxy.outside import Outside
from proxy.oversight.reviews import Reviews
from proxy.oversight.routes import Oversight as LabelOversight
from proxy.policies.routes import Policies
from proxy.repositories.delivery import Deliveries
from proxy.retrieval.memory import Memory
from proxy.retrieval.workers import RenderingWorkers
from proxy.senders.consents import ConsentDoor
from proxy.senders.station import Station
from proxy.settings.file import Settings
from proxy.sharing.links import Links
from proxy.viewer.emergencies import Declaring
from proxy.viewer.launching import Launching
from proxy.viewer.links import Sharing
from proxy.viewer.routes import Portal
from proxy.viewer.shared import Receiving


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
