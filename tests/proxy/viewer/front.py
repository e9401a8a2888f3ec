"""The portal's routes over a real register, audit log, policy and sessions, with a login and archives made of paper."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
import time
from types import SimpleNamespace
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from policy.bundle import read_bundle
from policy.engine import CedarEngine
from policy.request import Capability, Network, PurposeOfUse
from proxy.access.authentication import Authentication
from proxy.access.caller import Caller
from proxy.access.enforcement import Enforcement, Visibility
from proxy.access.logout.revocations import Revocations
from proxy.access.networks import Networks
from proxy.access.permit import Obligations
from proxy.access.signin.login import Arrival, Departure
from proxy.access.signin.sessions import Sessions
from proxy.access.tokens import TokenVerifier
from proxy.archives.client import ArchiveClient
from proxy.audit.journal import Journal
from proxy.audit.reading import Readings
from proxy.errors import AuditUnavailable, NotAuthenticated, NotFound, VitrineError
from proxy.federation.search import History
from proxy.federation.sources import SourceState, SourceStatus
from proxy.http.context import RequestContext
from proxy.http.ongoing import Ongoing
from proxy.http.problems import to_response
from proxy.passage import pseudonym_of
from proxy.patients.crossreference import CrossReferenceFailed, Demographics
from proxy.patients.index import Candidate, Traits
from proxy.patients.mismatch import IdentityMismatch
from proxy.patients.people import People
from proxy.patients.recognition import IdentityContradicted, Recognition
from proxy.patients.register import to_register
from proxy.resources import ArchiveId, HeldStudy, InstitutionId, PatientIdentifier, SeriesRef, Uid
from proxy.settings.archives import Archive, Institution
from proxy.settings.patients import Patients
from proxy.storage.sqlite import SqliteEvents
from proxy.viewer.archives import ArchiveStates
from proxy.viewer.histories import Histories
from proxy.viewer.logout import LogoutDoor
from proxy.viewer.matches import Matches
from proxy.viewer.oversight import Oversight
from proxy.viewer.pictures import Pictures
from proxy.viewer.routes import Portal, routes
from proxy.viewer.signin import SignIn

ORIGIN = "https://portal.test"
COOKIE = "__Host-vitrine"
BUNDLE = Path(__file__).parents[3] / "policy" / "bundle"
REGISTER = b"""
[[patients]]
id = "p-adult"
consent = "optin"
identifiers = [ { authority = "GENERAL", value = "G-1001" }, { authority = "LAKESIDE", value = "77-201" } ]

[[patients]]
id = "p-intl"
consent = "optin"
identifiers = [ { authority = "GENERAL", value = "G-1002" } ]

[[relationships]]
subject = "demo:treating-clinician"
patient = "p-adult"
kind = "encounter"
from = 2020-01-01T00:00:00Z
until = 2099-01-01T00:00:00Z

[[relationships]]
subject = "demo:treating-clinician"
patient = "p-intl"
kind = "referral"
from = 2020-01-01T00:00:00Z
until = 2021-01-01T00:00:00Z

[[patients]]
id = "p-out"
consent = "optout"
identifiers = [ { authority = "LAKESIDE", value = "77-300" } ]

[[patients]]
id = "p-closed"
consent = "optin"
identifiers = [ { authority = "LAKESIDE", value = "77-301" } ]
blocked = ["demo:treating-clinician"]

[[relationships]]
subject = "demo:treating-clinician"
patient = "p-out"
kind = "encounter"
from = 2020-01-01T00:00:00Z
until = 2099-01-01T00:00:00Z

[[relationships]]
subject = "demo:treating-clinician"
patient = "p-closed"
kind = "encounter"
from = 2020-01-01T00:00:00Z
until = 2099-01-01T00:00:00Z

[[relationships]]
subject = "demo:suspended"
patient = "p-adult"
kind = "encounter"
from = 2020-01-01T00:00:00Z
until = 2099-01-01T00:00:00Z

[[users]]
subject = "demo:suspended"
suspended = true
"""
INSTITUTIONS = tuple(
    Institution(
        id=key, name=name, archives=(Archive(id=key, base_url="http://archive.test", assigning_authority=authority),)
    )
    for key, name, authority in (
        ("general", "General Hospital", "GENERAL"),
        ("lakeside", "Lakeside Imaging", "LAKESIDE"),
    )
)
ATTRIBUTES = {
    "00080030": {"vr": "TM", "Value": ["140512"]},
    "00080063": {"vr": "SQ", "Value": [{"00080104": {"vr": "LO", "Value": ["Thorax"]}}]},
    "00081030": {"vr": "LO", "Value": ["Chest"]},
    "00100010": {"vr": "PN", "Value": [{"Alphabetic": "Yamada^Tarou", "Ideographic": "山田^太郎"}]},
    "00201206": {"vr": "IS", "Value": [2]},
}


def held(study: str) -> HeldStudy:
    patient = PatientIdentifier("GENERAL", "G-1001")
    return HeldStudy(
        Uid(study), ArchiveId("general"), InstitutionId("general"), patient, ("CT",), "20261112", attributes=ATTRIBUTES
    )


def paper_archives() -> list[ArchiveClient]:
    """One for each institution, in front of nothing."""
    nowhere = httpx.ASGITransport(Starlette())
    return [ArchiveClient(one.archives[0], one, nowhere) for one in INSTITUTIONS]


@dataclass
class PaperSearch:
    """Answers every history alike: one study that may be opened, one that may not, and how institutions ended."""

    asked: list[tuple[PatientIdentifier, ...]] = field(default_factory=list)
    ended: list[tuple[str, SourceState, int]] = field(default_factory=lambda: [("general", SourceState.TIMED_OUT, 2)])

    async def history(self, caller: Caller, identifiers: Sequence[PatientIdentifier]) -> History:
        self.asked.append(tuple(identifiers))
        open_one, locked = held("1.2.1"), held("1.2.2")
        studies = (Visibility(open_one, True, True, ""), Visibility(locked, True, False, "You have no relationship."))
        names = {one.id: one.name for one in INSTITUTIONS}
        return History(
            studies,
            tuple(
                SourceStatus(ArchiveId(one), InstitutionId(one), names[one], state, rows)
                for one, state, rows in self.ended
            ),
        )

    async def require_history(self, caller: Caller, identifiers: Sequence[PatientIdentifier]) -> None:
        """Everybody may ask here."""

    async def stream_history(
        self, caller: Caller, identifiers: Sequence[PatientIdentifier]
    ) -> AsyncGenerator[Visibility | SourceStatus]:
        history = await self.history(caller, identifiers)
        for arrival in (*history.studies, *history.sources):
            yield arrival


class PaperAdmission:
    """Admits to the series 1.3 of study 1.2, which the General Hospital has."""

    async def admit(self, caller: Caller, target: SeriesRef, capability: Capability) -> SimpleNamespace:
        if target != SeriesRef(Uid("1.2"), Uid("1.3")):
            raise NotFound
        return SimpleNamespace(held=held("1.2"), obligations=Obligations())


class PaperObjects:
    """Holds every instance that it is asked about."""

    async def stored(self, _: SimpleNamespace) -> dict[str, Any]:
        return {}


@dataclass
class PaperLogin:
    """Signs whoever brings the right code and binding in, as the caller on the paper."""

    sessions: Sessions
    begun: list[tuple[PurposeOfUse, str]] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    assurance: int = 0
    goodbye: str = ""

    async def begin(self, purpose: PurposeOfUse, back: str, assurance: int = 0) -> Departure:
        self.begun.append((purpose, back))
        self.assurance = assurance
        return Departure("https://provider.test/authorize?state=s", "b1nd1ng")

    async def complete(self, answer: Mapping[str, str], binding: str, address: str) -> Arrival:
        if answer.get("code") == "unrecorded":
            raise AuditUnavailable("the audit log cannot commit")
        if (answer.get("code"), binding) != ("right", "b1nd1ng"):
            raise NotAuthenticated("sign in to continue")
        purpose, back = self.begun[-1]
        return Arrival(self.sessions.begin(caller("treating-clinician", purpose=purpose)), back)

    def wanted(self, answer: Mapping[str, str], binding: str) -> str:
        return self.begun[-1][1] if binding == "b1nd1ng" else ""

    async def open(self, caller: Caller) -> str:
        return self.sessions.begin(caller)

    async def farewell(self) -> str:
        return self.goodbye

    async def take(self, token: str) -> None:
        if token != "good":
            raise NotAuthenticated("sign in to continue")

    async def end(self, session: str) -> None:
        self.ended.append(session)
        self.sessions.end(session)


def caller(name: str, role: str = "clinician", **more: object) -> Caller:
    facts = {
        "subject": f"demo:{name}",
        "name": name.replace("-", " "),
        "roles": frozenset({role}),
        "organization": "General Hospital",
        "purpose": PurposeOfUse.TREAT,
        "network": Network.CLINICAL,
        "token_id": "t",
        "expires": int(time.time()) + 3600,
    }
    return Caller(**(facts | more))


@dataclass
class Front:
    """The portal as a browser reaches it, and what stands behind it."""

    client: httpx.AsyncClient
    sessions: Sessions
    login: PaperLogin
    search: PaperSearch
    events: SqliteEvents
    archives: Sequence[ArchiveClient]
    journal: Journal

    def sign_in(self, who: Caller) -> None:
        self.client.cookies.set(COOKIE, self.sessions.begin(who), "portal.test", "/")


async def unreported(_: IdentityMismatch | IdentityContradicted) -> None:
    """Nothing differs here."""


class PaperIndex:
    """Knows everybody of the register by the same name; fails for the family name `Down`."""

    async def match(self, traits: Traits) -> Sequence[Candidate]:
        if traits.family == "Down":
            raise CrossReferenceFailed("the patient index cannot be reached")
        known = [("GENERAL", "G-1001"), ("LAKESIDE", "77-300"), ("LAKESIDE", "77-301"), ("GENERAL", "G-9999")]
        found = [(PatientIdentifier(*one),) for one in known]
        return [Candidate(one, traits.family, "Tarou", Demographics("19740820", "M"), 0.9, "probable") for one in found]


async def _problem(request: Request, error: Exception) -> Response:
    return to_response(request, error)


@asynccontextmanager
async def opened_front(folder: Path) -> AsyncIterator[Front]:
    """The portal with an audit log in `folder`, until it is left."""
    sessions = Sessions(time.time)
    login, search, events = PaperLogin(sessions), PaperSearch(), SqliteEvents(folder)
    journal = Journal(events, time.time)
    await journal.start()
    register = to_register(REGISTER)
    recognition = Recognition(People(register, [], Patients(), time.time), unreported, time.time, refuse=False)
    histories = Histories(INSTITUTIONS, register, recognition, search, PaperAdmission(), journal, time.time)
    enforcement = Enforcement(CedarEngine(read_bundle(BUNDLE)), register, journal, time.time, INSTITUTIONS)
    matches = Matches(PaperIndex(), enforcement, register.patient_known_as, journal)
    oversight = Oversight(journal, Readings(events), lambda: read_bundle(BUNDLE), register.is_suspended)
    archives = paper_archives()
    states = ArchiveStates(archives, register.is_suspended, {"demo:named-for-lakeside": "lakeside"})
    pictures = Pictures(INSTITUTIONS, PaperAdmission(), PaperObjects(), journal)
    portal = Portal(
        SignIn("Exchange", ORIGIN, login), LogoutDoor(login), histories, matches, oversight, states, pictures
    )
    app = Starlette(
        routes=routes(portal),
        middleware=[Middleware(RequestContext, new_id=lambda: "00000000-0000-0000-0000-000000000000")],
        exception_handlers={VitrineError: _problem},
    )
    app.state.authentication = Authentication(
        *(TokenVerifier([], time.time), sessions, Networks(["127.0.0.0/8"]), Revocations(time.time), time.time)
    )
    app.state.settings = SimpleNamespace(
        server=SimpleNamespace(public_url=ORIGIN), policy=SimpleNamespace(emergency_roles=())
    )
    app.state.origin = ORIGIN
    app.state.pseudonym = pseudonym_of(ORIGIN)
    app.state.trusted_proxies = ()
    app.state.ongoing = Ongoing()
    app.state.clock = time.time
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN) as client:
        yield Front(client, sessions, login, search, events, archives, journal)
    await journal.close()
