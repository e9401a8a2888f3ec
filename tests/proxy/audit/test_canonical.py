"""Canonical bytes: one spelling for an event, bounded, and read back as it was."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
import json

from hypothesis import given
from hypothesis import strategies as st
import pytest

from proxy.audit.canonical import (
    MAXIMUM_EVENT_BYTES,
    Body,
    MalformedBody,
    UnrecordableEvent,
    read_body,
    to_body,
    to_event_json,
)
from proxy.audit.event import Event, EventKind, Outcome
from proxy.errors import AuditUnavailable
from tests.proxy.audit.logs import NOON, view

STARTED = Event(EventKind.STARTED, Outcome.SUCCESS)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
details = st.dictionaries(
    st.from_regex(r"\A[a-z][a-z0-9-]{0,20}\Z"), texts | st.integers(-(2**53) + 1, 2**53 - 1), max_size=5
)
events = st.builds(
    Event,
    kind=st.sampled_from(EventKind),
    outcome=st.sampled_from(Outcome),
    subject=texts,
    name=texts,
    roles=st.lists(texts, max_size=4).map(tuple),
    patient=texts,
    study=texts,
    reasons=st.lists(texts, max_size=4).map(tuple),
    detail=details,
)
times = st.integers(0, 4 * 10**15).map(lambda us: datetime.fromtimestamp(0, UTC) + timedelta(microseconds=us))


def test_a_body_is_sorted_compact_utf8_with_only_what_applies():
    event = replace(STARTED, name="Buc^Jérôme", roles=("clinician",), detail={"b": 2, "a": 'quote " tab \t bell \x07'})
    assert to_body(NOON, to_event_json(event)) == (
        b'{"at":"2026-11-24T12:00:00.000000Z","event":{"detail":{"a":"quote \\" tab \\t bell \\u0007","b":2},'
        b'"kind":"started","name":"Buc^J\xc3\xa9r\xc3\xb4me","outcome":"success","roles":["clinician"]}}'
    )


@given(events, times, st.integers(0, 10**12))
def test_what_is_written_is_read_back_and_has_one_spelling(event, at, step):
    body = to_body(at, to_event_json(event), step)
    assert read_body(body) == Body(at, event, step)
    assert json.dumps(json.loads(body), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() == body


def test_times_are_utc_and_of_one_width():
    east = datetime(2026, 1, 1, 2, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    assert to_body(east, to_event_json(STARTED)).startswith(b'{"at":"2025-12-31T21:00:00.000000Z",')


def test_text_that_utf8_cannot_carry_is_still_recorded():
    event = read_body(to_body(NOON, to_event_json(replace(STARTED, name="a\ud800b")))).event
    assert event.name == "a?b"


@pytest.mark.parametrize(
    "detail",
    [
        {"Name": 1},
        {"": 1},
        {"a b": 1},
        {"größe": 1},
        {"a" * 65: 1},
        {"a": 1.5},
        {"a": None},
        {"a": ["b"]},
        {"a": 2**53},
        {"a": -(2**53)},
    ],
)
def test_a_detail_is_plain_or_the_event_is_refused(detail):
    with pytest.raises(UnrecordableEvent):
        to_event_json(replace(STARTED, detail=detail))


def test_an_event_is_bounded_and_never_cut():
    fitting = replace(STARTED, detail={"frames": "f" * (MAXIMUM_EVENT_BYTES - 200)})
    assert len(to_event_json(fitting)) <= MAXIMUM_EVENT_BYTES
    with pytest.raises(AuditUnavailable, match="too large"):
        to_event_json(replace(STARTED, detail={"frames": "f" * MAXIMUM_EVENT_BYTES}))


@given(st.binary(max_size=200))
def test_other_bytes_are_not_a_body(data):
    with pytest.raises(MalformedBody):
        read_body(data)


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"[" * 100_000,
        b'{"at":"2026-11-24T12:00:00Z"}',
        b'{"at":"yesterday","event":{"kind":"started","outcome":"success"}}',
        b'{"at":"2026-11-24T12:00:00Z","event":{"kind":"unheard-of","outcome":"success"}}',
        b'{"at":"2026-11-24T12:00:00Z","event":{"kind":"started","outcome":"success","subject":"\xff"}}',
    ],
)
def test_bodies_of_another_form_are_refused(body):
    with pytest.raises(MalformedBody):
        read_body(body)


def test_members_that_a_later_version_added_do_not_make_a_body_unreadable():
    body = to_body(NOON, to_event_json(view())).replace(b'"kind"', b'"added":1,"kind"')
    assert read_body(body).event == view()
