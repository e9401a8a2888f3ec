"""What every store of the audit log must do, whatever keeps it: one more store is one more line in `STORES`."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
import pytest

from proxy.audit.chain import GENESIS, extend
from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.store import EventQuery, Opening, StoreFailed
from proxy.audit.verification import verify_log
from proxy.storage.postgresql import PostgresqlEvents
from proxy.storage.sqlite import SqliteEvents
from tests.peers.postgresql import Postgresql
from tests.proxy.audit.logs import NOON, MemoryEvents, chained, view

Store = SqliteEvents | PostgresqlEvents | MemoryEvents
STORES: dict[str, Callable[[Path, Postgresql], Store]] = {
    "sqlite": lambda folder, server: SqliteEvents(folder),
    "postgresql": lambda folder, server: PostgresqlEvents(server.url, str(folder)),
    "memory": lambda folder, server: MemoryEvents(),
}
PATIENTS = ("GENERAL|G-1001", "LAKESIDE|77-201", "UNIVERSITY|U%_'\"山田")
SUBJECTS = ("demo:treating-clinician", "demo:patient")
INSTITUTIONS = ("general", "lakeside", "")
KINDS = (EventKind.VIEW_OPENED, EventKind.SEARCH, EventKind.LOGIN)
LOG = chained(
    *(
        Event(
            KINDS[number % 3],
            Outcome.REFUSED if number % 6 == 5 else Outcome.SUCCESS,
            subject=SUBJECTS[number % 2] if number % 7 else "",
            patient=PATIENTS[number % 3] if number % 5 else "",
            study=f"1.2.{number % 4}" if number % 3 else "",
            institution=INSTITUTIONS[number % 3],
            purpose="TREAT" if number % 4 else "ETREAT",
            detail={} if number % 4 else {"emergency": f"e{number}"},
        )
        for number in range(60)
    ),
    at=lambda index: NOON + timedelta(minutes=index),
)


@pytest.fixture(params=STORES)
def store(request, tmp_path, postgresql) -> Iterator[Store]:
    store = STORES[request.param](tmp_path, postgresql)
    store.open()
    yield store
    store.close()


@pytest.fixture(params=STORES)
def filled(request, tmp_path, postgresql) -> Iterator[Store]:
    store = STORES[request.param](tmp_path, postgresql)
    store.open()
    store.append(LOG)
    yield store
    store.close()


def test_a_new_log_is_empty(store):
    assert store.open() is None
    assert list(store.entries()) == []
    assert store.find(EventQuery()) == []
    assert store.damage() is None


def test_what_is_appended_is_read_back_to_the_byte(store):
    store.append(LOG[:1])
    store.append(LOG[1:])
    assert list(store.entries()) == LOG


def test_the_last_entry_is_found_when_the_log_is_opened_again(store):
    store.append(LOG[:17])
    store.close()
    assert store.open() == LOG[16]


def test_opening_twice_is_opening_once(store):
    store.open()
    store.append(LOG[:2])
    assert store.open() == LOG[1]


def test_a_closed_store_appends_nothing(store):
    store.close()
    store.close()
    with pytest.raises(StoreFailed):
        store.append(LOG[:1])
    store.open()
    assert list(store.entries()) == []


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(LOG[2:3], id="gap"),
        pytest.param(LOG[:1], id="again"),
        pytest.param([LOG[1], LOG[3]], id="gap inside"),
        pytest.param([LOG[2], LOG[1]], id="order"),
    ],
)
def test_entries_that_do_not_follow_are_refused_all_together(store, wrong):
    store.append(LOG[:1])
    with pytest.raises(StoreFailed):
        store.append(wrong)
    assert list(store.entries()) == LOG[:1]
    store.append(LOG[1:3])
    assert verify_log(store).head == LOG[2].head


def test_a_long_log_is_read_whole(store):
    long = chained(*(view(number) for number in range(2500)))
    for start in range(0, len(long), 500):
        store.append(long[start : start + 500])
    verdict = verify_log(store)
    assert verdict.valid
    assert verdict.head == long[-1].head


def test_reading_sees_what_is_appended_meanwhile(store):
    store.append(LOG[:1])
    reading = store.entries()
    assert next(reading) == LOG[0]
    store.append(LOG[1:2])
    assert store.find(EventQuery(after=1)) == LOG[1:2]


queries = st.builds(
    EventQuery,
    after=st.integers(0, 61),
    before=st.none() | st.integers(0, 61),
    patient=st.none() | st.sampled_from([*PATIENTS, "GENERAL|", "' OR 1=1 --"]),
    subject=st.none() | st.sampled_from(SUBJECTS),
    study=st.none() | st.sampled_from(["1.2.1", "1.2.2", "1.2"]),
    kind=st.none() | st.sampled_from([*KINDS, EventKind.LOGOUT]),
    institution=st.none() | st.sampled_from(["general", "lakeside", "' OR 1=1 --"]),
    purpose=st.none() | st.sampled_from(["TREAT", "ETREAT"]),
    outcome=st.none() | st.sampled_from(Outcome),
    emergency=st.booleans(),
    since=st.none() | st.integers(-1, 61).map(lambda minutes: NOON + timedelta(minutes=minutes)),
    until=st.none() | st.integers(-1, 61).map(lambda minutes: NOON + timedelta(minutes=minutes)),
    limit=st.integers(0, 70),
    newest=st.booleans(),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(queries)
def test_a_query_finds_what_reading_everything_would_find(filled, query):
    plain = MemoryEvents()
    plain.kept = LOG
    assert filled.find(query) == plain.find(query)


def test_reading_goes_on_behind_a_record(store):
    store.append(LOG)
    assert list(store.entries(after=17)) == LOG[17:]
    assert list(store.entries(after=len(LOG))) == []
    assert store.opening() == Opening()


def test_any_text_that_an_event_may_hold_is_kept(store):
    """Also what one of the stores has no text for, and a hostile token may bring."""
    hostile = chained(view(1, subject="demo:\0nul\x01", patient="A|\0"), view(2, subject="demo:\U0001f600"))
    store.append(hostile)
    assert list(store.entries()) == hostile
    assert store.find(EventQuery(institution="general", emergency=False)) == hostile
    assert store.damage() is None
    assert store.find(EventQuery(subject="demo:\U0001f600")) == hostile[1:]


def test_a_query_is_bounded(store):
    many = list(extend(GENESIS, [LOG[0].body] * 10_050))
    store.append(many)
    assert store.find(EventQuery(limit=10**9)) == many[:10_000]
    assert store.find(EventQuery(limit=10**9, newest=True)) == many[50:]
