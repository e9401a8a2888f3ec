"""Browser sessions: unguessable, kept by hash, and over when they should be."""

import pytest

from proxy.access.caller import Caller
from proxy.access.refusals import SignInOver
from proxy.access.signin import sessions as room
from proxy.access.signin.sessions import IDLE_SECONDS, Sessions
from tests.proxy.access.people import caller_of
from tests.proxy.access.signing import NOON, Clock


def test_a_session_is_found_by_its_name_alone() -> None:
    sessions = Sessions(Clock())
    name = sessions.begin(caller_of())
    assert sessions.find(name) == caller_of()
    for other in ("", name[:-1], name + "A", name.swapcase(), "\udc80", "é"):
        assert sessions.find(other) is None


def test_names_are_random_and_are_not_kept() -> None:
    sessions = Sessions(Clock())
    names = [sessions.begin(caller_of()) for _ in range(100)]
    assert len(set(names)) == 100
    assert all(len(name) == 43 for name in names)
    assert not {name.encode() for name in names} & set(sessions._sessions)


def test_whoever_ends_a_session_of_their_own_has_left() -> None:
    left: list[Caller] = []
    sessions = Sessions(Clock(), left.append)
    mine, other = sessions.begin(caller_of()), sessions.begin(caller_of(subject="exchange:0815"))
    assert sessions.end(mine) == caller_of()
    assert sessions.end(mine) is None
    assert sessions.find(other) is not None
    assert left == [caller_of()]


def test_a_session_ends_with_its_token() -> None:
    clock = Clock()
    sessions = Sessions(clock)
    name = sessions.begin(caller_of(expires=NOON + 100))
    clock.now = NOON + 99
    assert sessions.find(name) is not None
    clock.now = NOON + 100
    with pytest.raises(SignInOver):
        sessions.find(name)
    clock.now = NOON + 99
    assert sessions.find(name) is None


def test_a_session_ends_when_nobody_uses_it() -> None:
    clock = Clock()
    sessions = Sessions(clock)
    name = sessions.begin(caller_of(expires=NOON + 10 * IDLE_SECONDS))
    for _ in range(3):
        clock.now += IDLE_SECONDS - 1
        assert sessions.find(name) is not None
    clock.now += IDLE_SECONDS
    with pytest.raises(SignInOver) as over:
        sessions.find(name)
    assert over.value.caller == caller_of(expires=NOON + 10 * IDLE_SECONDS)
    assert sessions.find(name) is None


def test_a_clock_that_goes_back_ends_the_session() -> None:
    clock = Clock()
    sessions = Sessions(clock)
    name = sessions.begin(caller_of())
    clock.now -= 1
    with pytest.raises(SignInOver):
        sessions.find(name)


def test_an_ended_session_is_over() -> None:
    sessions = Sessions(Clock())
    name = sessions.begin(caller_of())
    assert sessions.end(name) == caller_of()
    assert sessions.end(name) is None
    assert sessions.find(name) is None


def test_of_too_many_sessions_the_one_that_rested_longest_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MAXIMUM_SESSIONS", 3)
    sessions = Sessions(Clock())
    first, second, third = (sessions.begin(caller_of()) for _ in range(3))
    sessions.find(first)
    sessions.begin(caller_of())
    assert sessions.find(second) is None
    assert sessions.find(first) is not None
    assert sessions.find(third) is not None
