"""The chain: whatever is done to a written log, verification finds it and says where."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
import pytest

from proxy.audit.chain import GENESIS, Entry, digest, extend
from proxy.audit.store import LogDamaged
from proxy.audit.verification import Finding, verify_chain
from tests.proxy.audit.logs import chained, view

STARTED = b'{"at":"2026-11-24T12:00:00.000000Z","event":{"kind":"started","outcome":"success"}}'
STOPPED = b'{"at":"2026-11-24T12:00:01.000000Z","event":{"kind":"stopped","outcome":"success"}}'
LOG = tuple(chained(*(view(number) for number in range(1, 13))))
places = st.integers(0, len(LOG) - 1)


def test_digests_are_those_that_coreutils_sha256sum_gives():
    first, second = extend(GENESIS, [STARTED, STOPPED])
    assert first.digest.hex() == "0c9e41e967b1cadd91d9e171f6a6c6711cf097cd59ce5dd0f9c6693d3560fec7"
    assert second.digest.hex() == "84362f2fd7e63b7f2e04c6e370ab114a80365d30a2657d45d7fb1f62b9fd79a6"


def test_an_untouched_log_is_sound():
    verdict = verify_chain(LOG)
    assert verdict.valid
    assert verdict.head == LOG[-1].head


def test_an_empty_log_is_sound():
    assert verify_chain([]).head == GENESIS


@given(places, st.data())
def test_any_changed_byte_of_any_body_is_found_where_it_is(place, data):
    entry = LOG[place]
    position = data.draw(st.integers(0, len(entry.body) - 1))
    body = bytearray(entry.body)
    body[position] ^= data.draw(st.integers(1, 255))
    verdict = verify_chain([*LOG[:place], replace(entry, body=bytes(body)), *LOG[place + 1 :]])
    assert verdict.problem is not None
    assert (verdict.problem.finding, verdict.problem.sequence) == (Finding.EDITED, place + 1)
    assert verdict.head.sequence == place


@given(places, st.integers(0, 31), st.integers(1, 255))
def test_any_changed_byte_of_any_digest_is_found_where_it_is(place, position, change):
    changed = bytearray(LOG[place].digest)
    changed[position] ^= change
    verdict = verify_chain([*LOG[:place], replace(LOG[place], digest=bytes(changed)), *LOG[place + 1 :]])
    assert verdict.problem is not None
    assert (verdict.problem.finding, verdict.problem.sequence) == (Finding.EDITED, place + 1)


@given(st.integers(0, len(LOG) - 2), st.integers(1, len(LOG)))
def test_any_deletion_before_the_end_is_a_gap(first, length):
    left = [*LOG[:first], *LOG[min(first + length, len(LOG) - 1) :]]
    problem = verify_chain(left).problem
    assert problem is not None
    assert (problem.finding, problem.sequence) == (Finding.MISSING, first + 1)


@given(places, places)
def test_any_two_records_swapped_are_found_at_the_first(one, other):
    low, high = sorted((one, other))
    swapped = list(LOG)
    swapped[low], swapped[high] = LOG[high], LOG[low]
    verdict = verify_chain(swapped)
    assert verdict.valid == (low == high)
    assert verdict.head.sequence == (low if low != high else len(LOG))


@given(places, places)
def test_two_bodies_swapped_in_place_are_found_at_the_first(one, other):
    low, high = sorted((one, other))
    swapped = list(LOG)
    swapped[low], swapped[high] = replace(LOG[low], body=LOG[high].body), replace(LOG[high], body=LOG[low].body)
    problem = verify_chain(swapped).problem
    assert (problem.sequence if problem else None) == (low + 1 if low != high else None)


@given(places, places)
def test_a_record_inserted_again_is_found(place, copied):
    problem = verify_chain([*LOG[: place + 1], LOG[copied], *LOG[place + 1 :]]).problem
    assert problem is not None


@given(st.integers(1, len(LOG) - 1))
def test_an_edit_that_rewrites_one_digest_is_found_at_the_next_record(place):
    forged_body = LOG[place - 1].body.replace(b"treating-clinician", b"nobody-of-interest")
    forged = Entry(place, forged_body, digest(LOG[place - 2].digest if place > 1 else bytes(32), place, forged_body))
    problem = verify_chain([*LOG[: place - 1], forged, *LOG[place:]]).problem
    assert problem is not None
    assert (problem.finding, problem.sequence) == (Finding.EDITED, place + 1)


def test_records_in_the_wrong_order_are_named():
    problem = verify_chain([LOG[0], LOG[1], LOG[0]]).problem
    assert problem is not None
    assert problem.finding is Finding.DISORDERED
    assert problem.says == "record 1 stands after record 2"


def test_a_gap_is_described():
    problem = verify_chain([LOG[0], LOG[1], LOG[5]]).problem
    assert problem is not None
    assert problem.says == "record 3 is missing: after 2 comes 6"


def test_a_chained_record_that_is_no_event_is_named():
    problem = verify_chain(extend(GENESIS, [STARTED, b'{"at":"now"}'])).problem
    assert problem is not None
    assert (problem.finding, problem.sequence) == (Finding.MALFORMED, 2)


def test_where_reading_fails_is_where_the_log_is_torn():
    def torn():
        yield from LOG[:4]
        raise LogDamaged("torn")

    problem = verify_chain(torn()).problem
    assert problem is not None
    assert (problem.finding, problem.sequence) == (Finding.TORN, 5)


@pytest.mark.parametrize("length", [0, 1, 7, 11])
def test_a_cut_end_is_sound_by_itself_but_not_against_a_kept_end(length):
    assert verify_chain(LOG[:length]).valid
    problem = verify_chain(LOG[:length], kept=LOG[-1].head).problem
    assert problem is not None
    assert (problem.finding, problem.sequence) == (Finding.CUT, length + 1)


def test_a_log_written_anew_is_sound_by_itself_but_not_against_a_kept_end():
    anew = chained(*(view(number, subject="demo:somebody-else") for number in range(1, 20)))
    assert verify_chain(anew).valid
    problem = verify_chain(anew, kept=LOG[4].head).problem
    assert problem is not None
    assert (problem.finding, problem.sequence) == (Finding.REPLACED, 5)


def test_a_log_that_went_on_since_an_end_was_kept_is_sound():
    assert verify_chain(LOG, kept=LOG[6].head).valid
