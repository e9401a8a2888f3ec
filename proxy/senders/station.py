"""Everything that care events need, put together, running from start to end; nothing of it without a sender."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from proxy.access.enforcement import Enforcement
from proxy.archives.registry import Archives
from proxy.audit.log import AuditLog
from proxy.care.ahead import Plan, SearchesAhead
from proxy.care.expected import Expected
from proxy.care.inquiry import Inquiry
from proxy.care.notices import Notices
from proxy.care.reception import Directory, Outside, Reception, Staff
from proxy.care.relationships import EventRelationships, RelationshipStore
from proxy.care.senders import Senders
from proxy.care.webhooks import Webhook, Webhooks
from proxy.senders.mllp import MllpListener
from proxy.senders.routes import Doors
from proxy.settings.care import Care, Receiver
from proxy.settings.retrieval import Federation


@dataclass(frozen=True, slots=True)
class Memory:
    """What care events leave behind: relationships, what was found ahead, and who waits to hear of it."""

    relationships: EventRelationships
    expected: Expected
    notices: Notices


def memory_of(settings: Care, timer: Callable[[], float]) -> Memory:
    """An empty one, with the bounds of `settings`."""
    expected = Expected(settings.kept_studies, settings.kept_hours * 3600, timer)
    return Memory(EventRelationships(settings.relationships), expected, Notices())


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the rest of the service gives: where to look, whom to ask, where to write. `portal` is where people go."""

    archives: Archives
    directory: Directory
    staff: Staff
    store: RelationshipStore
    audit: AuditLog
    enforcement: Enforcement
    clock: Callable[[], float]
    new_id: Callable[[], str]
    federation: Federation
    portal: str


@dataclass(frozen=True, slots=True)
class Station:
    """The doors, and what works behind them."""

    settings: Care
    doors: Doors
    ahead: SearchesAhead
    webhooks: Webhooks
    memory: Memory
    listener: MllpListener | None

    @property
    def notices(self) -> Notices:
        return self.memory.notices

    @property
    def relationships(self) -> int:
        """How many are in force, or will be."""
        return len(self.memory.relationships)

    @property
    def is_open(self) -> bool:
        return bool(self.settings.senders)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Until the context ends. Raises `ConfigurationError` for what cannot be used."""
        async with AsyncExitStack() as stack:
            stack.callback(self.notices.close)
            if self.is_open:
                await self.doors.reception.open()
                stack.push_async_callback(self.doors.reception.close)
                await stack.enter_async_context(self.webhooks.running())
                await stack.enter_async_context(self.ahead.running(self.settings.searches))
            if self.listener is not None:
                await stack.enter_async_context(self.listener.listening())
            yield


def station_of(settings: Care, around: Surroundings, memory: Memory, webhooks: Sequence[Webhook[Receiver]]) -> Station:
    """All of it, made and not yet running. Raises `ConfigurationError`."""
    told = Webhooks(webhooks, around.new_id, around.clock, around.portal)

    def done(plan: Plan) -> None:
        memory.notices.tell(plan.subjects)
        told.tell(plan.sender, plan.event)

    def changed(subjects: frozenset[str]) -> None:
        around.enforcement.reconsider(subjects)
        memory.notices.tell(subjects)

    inquiry = Inquiry(around.archives, around.federation)
    ahead = SearchesAhead(
        *(inquiry.gather, memory.expected, memory.relationships, around.audit, around.clock, done), settings.queue
    )
    reception = Reception(
        *(around.directory, around.staff, memory.relationships, around.store, ahead, around.audit),
        settings.durations,
        Outside(around.clock, around.new_id, changed),
    )
    senders = Senders(settings.senders)
    listener = _listener(settings, senders, reception, around) if settings.mllp.port else None
    return Station(settings, Doors(senders, around.staff, reception), ahead, told, memory, listener)


def _listener(settings: Care, senders: Senders, reception: Reception, around: Surroundings) -> MllpListener:
    certificates_only = not any(sender.networks for sender in settings.senders)
    return MllpListener(
        *(settings.mllp, senders, reception, around.clock, around.new_id), certificates_only=certificates_only
    )
