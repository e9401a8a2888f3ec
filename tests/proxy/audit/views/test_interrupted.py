"""After the service was killed: its views are closed with what is on record of them, once, and others are not."""

from datetime import timedelta

from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.journal import Journal
from proxy.audit.reading import read_record
from proxy.audit.views.coding import to_text
from proxy.audit.views.interrupted import close_interrupted
from proxy.audit.views.view import Ended, View, views_of
from proxy.resources import Uid
from tests.proxy.audit.logs import NOON, MemoryEvents, chained

STARTED = Event(EventKind.STARTED, Outcome.SUCCESS)
STOPPED = Event(EventKind.STOPPED, Outcome.SUCCESS)


def event(kind: EventKind, session: str, **detail: str | int) -> Event:
    told = {name.replace("_", "-"): value for name, value in detail.items()}
    facts = {"subject": "demo:chen", "patient": "GENERAL|G-1001", "study": "1.2", "policy": "sha256:abc"}
    return Event(kind, Outcome.SUCCESS, view_session=session, detail={"study-date": "20260314", **told}, **facts)


OPENED = event(EventKind.VIEW_OPENED, "v-1", rendered_only=1, grounds="because")
FRAMES = to_text({Uid("1.2.3"): {Uid("1.2.3.4"): ((1, 7),)}})
PROGRESS = event(EventKind.VIEW_PROGRESS, "v-1", frames=FRAMES, delivered=9, bytes=900, last_second=40, rendered_only=1)


async def after_a_kill(*events: Event, most: int = 100_000) -> list[View]:
    store = MemoryEvents()
    store.kept = chained(*events, at=lambda place: NOON + timedelta(seconds=place))
    journal = Journal(store, lambda: NOON.timestamp() + 86_400)
    await journal.start()
    closed = await close_interrupted(store, journal, most)
    assert await close_interrupted(store, journal, most) == 0
    await journal.close()
    assert len(store.kept) == len(events) + closed
    return views_of(map(read_record, store.kept))


async def test_what_was_open_is_closed_with_what_is_known_of_it() -> None:
    (view,) = await after_a_kill(STARTED, OPENED, PROGRESS)

    assert (view.ended, view.delivered, view.octets, view.seen) == (Ended.INTERRUPTED, 9, 900, 7)
    assert view.until == view.opened + timedelta(seconds=40)
    assert view.records == (2, 3, 4)
    assert view.obligations == {"rendered-only": 1}


async def test_what_was_closed_is_not_closed_again() -> None:
    other = event(EventKind.VIEW_CLOSED, "v-2", ended="idle")
    views = await after_a_kill(STARTED, event(EventKind.VIEW_OPENED, "v-2"), OPENED, other)

    assert {view.session: view.ended for view in views} == {"v-1": Ended.INTERRUPTED, "v-2": Ended.IDLE}


async def test_what_the_log_could_not_take_when_the_service_stopped_is_closed_too() -> None:
    (view,) = await after_a_kill(STARTED, OPENED, STOPPED)
    assert view.ended is Ended.INTERRUPTED


async def test_views_of_runs_before_the_last_are_let_be() -> None:
    views = await after_a_kill(STARTED, OPENED, STARTED, event(EventKind.PREVIEWED, "v-2"))
    assert {view.session: view.ended for view in views} == {"v-1": None, "v-2": Ended.INTERRUPTED}


async def test_in_a_long_log_only_its_end_is_read() -> None:
    login = event(EventKind.LOGIN, "")
    views = await after_a_kill(STARTED, OPENED, *[login] * 1100, event(EventKind.VIEW_OPENED, "v-2"), most=1000)
    assert {view.session: view.ended for view in views} == {"v-1": None, "v-2": Ended.INTERRUPTED}


async def test_what_was_opened_many_records_ago_is_found() -> None:
    login = event(EventKind.LOGIN, "")
    views = await after_a_kill(STARTED, OPENED, *[login] * 2500, event(EventKind.VIEW_OPENED, "v-2"))
    assert {view.ended for view in views} == {Ended.INTERRUPTED}


async def test_an_empty_log_has_no_views() -> None:
    assert await after_a_kill() == []
