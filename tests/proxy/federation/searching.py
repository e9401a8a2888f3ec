"""A search over paper archives, with a policy that hides and locks studies by their UIDs."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
import itertools
import time
from typing import Any

from msgspec import structs

from policy.request import Network, PurposeOfUse
from proxy.access.asker import Named
from proxy.access.caller import Caller
from proxy.access.enforcement import Visibility
from proxy.access.reach import Reach
from proxy.archives.search.paging import Paging
from proxy.audit.event import Event
from proxy.federation.counting import Counting
from proxy.federation.gathering import Gathering
from proxy.federation.likelihood import Likelihood
from proxy.federation.listings import Listings
from proxy.federation.location import Location
from proxy.federation.search import Search
from proxy.resources import HeldStudy, PatientIdentifier, Uid
from proxy.settings.retrieval import Federation
from tests.proxy.federation.paper import PaperArchive, PaperArchives


def caller(subject: str = "exchange:clinician") -> Caller:
    return Caller(
        subject=subject,
        name="Somebody",
        roles=frozenset({"clinician"}),
        organization="General Hospital",
        purpose=PurposeOfUse.TREAT,
        network=Network.CLINICAL,
        token_id="token",
        expires=int(time.time()) + 3600,
    )


@dataclass
class PaperPolicy:
    """As `Enforcement` discerns: everything is viewable but what is `hidden` or `locked`."""

    hidden: set[str] = field(default_factory=set)
    locked: set[str] = field(default_factory=set)
    institutions: Sequence[str] = ()
    asks_about_people: bool = False

    async def require_reach(self, caller: Caller, named: Named, level: str, patient: str, only: None) -> Reach:
        return Reach(frozenset(self.institutions))

    async def discern(self, caller: Caller, held: Sequence[HeldStudy]) -> list[Visibility]:
        return [
            Visibility(one, one.study not in self.hidden, one.study not in self.hidden | self.locked, "")
            for one in held
        ]


@dataclass
class PaperLocations:
    """`people` maps patient identifiers to persons; others are each a person of their own."""

    people: dict[PatientIdentifier, str] = field(default_factory=dict)
    likelihood: Likelihood = field(default_factory=Likelihood)

    def person_of(self, identifier: PatientIdentifier) -> Hashable:
        return self.people.get(identifier, identifier)

    async def locate(self, study: Uid) -> Location:
        raise AssertionError("nothing is located in a search over all studies")


@dataclass
class PaperAudit:
    events: list[Event] = field(default_factory=list)

    async def record(self, event: Event) -> None:
        self.events.append(event)


@dataclass
class Desk:
    """What a test of searches needs: the search, and what decides about its answers."""

    search: Search
    policy: PaperPolicy
    locations: PaperLocations
    audit: PaperAudit
    now: list[float]


def opened_desk(archives: Sequence[PaperArchive], settings: Federation | None = None, **people: Any) -> Desk:
    settings = settings or Federation(deadline_seconds=2)
    policy, locations, audit, now = (
        PaperPolicy(institutions=[one.institution.id for one in archives]),
        PaperLocations(**people),
        PaperAudit(),
        [0.0],
    )
    paging, all_archives = Paging(settings), PaperArchives(archives)
    numbers = itertools.count()
    search = Search(
        all_archives,
        locations,
        None,
        Gathering(policy, paging, structs.replace(settings, absent_seconds=0.001)),
        Counting(all_archives, paging, settings, lambda: now[0]),
        Listings(settings, lambda: f"cursor-{next(numbers)}", lambda: now[0]),
        audit,
    )
    return Desk(search, policy, locations, audit, now)
