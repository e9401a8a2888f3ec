"""`vitrine audit list` and `verify`: what an officer reads, and the exit codes."""

import argparse
from dataclasses import replace
from datetime import timedelta
import hashlib
import io
import json

import pytest

from proxy.audit.commands import add_list_arguments, add_verify_arguments, audit_list, audit_verify
from proxy.audit.listing import visible
from proxy.audit.reading import Readings, read_records
from proxy.audit.store import EventQuery
from proxy.storage.sqlite import SqliteEvents
from tests.proxy.audit.logs import NOON, MemoryEvents, chained, view


@pytest.fixture
def reader():
    store = MemoryEvents()
    views = (view(1), view(2, subject="demo:patient"), view(3, patient="LAKESIDE|77-201"))
    store.kept = chained(*views, at=lambda index: NOON + timedelta(hours=index))
    return store


def listed(reader, *arguments):
    return _run(add_list_arguments, audit_list, reader, arguments)


def verified(reader, *arguments):
    return _run(add_verify_arguments, audit_verify, reader, arguments)


def _run(add_arguments, command, reader, arguments):
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    out = io.StringIO()
    code = command(reader, parser.parse_args(arguments), out)
    return code, out.getvalue().splitlines()


def test_the_table_says_who_saw_what_when_and_why(reader):
    code, (head, *rows) = listed(reader)
    assert code == 0
    assert " ".join(head.split()) == "RECORD TIME EVENT OUTCOME SUBJECT PURPOSE PATIENT INSTITUTION STUDY REASONS"
    assert rows[0].split() == [
        "1",
        "2026-11-24T12:00:00.000000Z",
        "view-opened",
        "success",
        "demo:treating-clinician",
        "TREAT",
        "GENERAL|G-1001",
        "general",
        "1.2.1",
        "hie-treating",
    ]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], ["1", "2", "3"]),
        (["--limit", "2"], ["2", "3"]),
        (["--patient", "GENERAL|G-1001"], ["1", "2"]),
        (["--subject", "demo:patient"], ["2"]),
        (["--study", "1.2.3"], ["3"]),
        (["--kind", "login"], []),
        (["--since", "2026-11-24T13:00Z"], ["2", "3"]),
        (["--since", "2026-11-24T14:00+01:00", "--until", "2026-11-24T14:00"], ["2"]),
        (["--since", "2026-11-25"], []),
    ],
)
def test_the_list_is_of_what_was_asked_for_oldest_first(reader, arguments, expected):
    _, (_, *rows) = listed(reader, *arguments)
    assert [row.split()[0] for row in rows] == expected


def test_json_lines_can_be_verified_by_others(reader):
    code, lines = listed(reader, "--json")
    previous = bytes(32)
    for number, line in enumerate(lines, start=1):
        body = line.split('"body":', 1)[1][:-1].encode()
        previous = hashlib.sha256(b"vitrine-audit-1\0" + previous + number.to_bytes(8, "big") + body).digest()
        assert json.loads(line)["sequence"] == number
        assert json.loads(line)["digest"] == previous.hex()
    assert (code, len(lines)) == (0, 3)


@pytest.mark.parametrize("arguments", [["--limit", "0"], ["--limit", "-1"], ["--since", "soon"], ["--kind", "peek"]])
def test_arguments_that_mean_nothing_are_refused(reader, arguments, capsys):
    with pytest.raises(SystemExit):
        listed(reader, *arguments)
    assert arguments[0] in capsys.readouterr().err


def test_a_terminal_is_not_obeyed_by_what_an_archive_sent(reader):
    reader.kept = chained(view(patient="GENERAL|\x1b]0;owned\x07\u202e\r\nG-1"))
    _, rows = listed(reader)
    assert len(rows) == 2
    assert rows[1].isprintable()
    assert "GENERAL|\\u001b]0;owned\\u0007\\u202e\\r\\nG-1" in rows[1]


def test_names_in_all_scripts_stay_readable():
    assert visible("山田^太郎 Люкceмбypг قباني") == "山田^太郎 Люкceмбypг قباني"


def test_a_sound_log_is_valid_and_says_its_end(reader):
    end = f"3:{reader.kept[-1].digest.hex()}"
    code, lines = verified(reader)
    assert (code, lines[:2]) == (0, ["valid: 3 records", f"end: {end}"])
    assert verified(reader, "--kept", end)[0] == 0


def test_an_empty_log_is_valid(reader):
    reader.kept = []
    assert verified(reader) == (0, ["valid: the log is empty"])


def test_a_deleted_record_is_named(reader):
    end = f"1:{reader.kept[0].digest.hex()}"
    del reader.kept[1]
    assert verified(reader) == (1, ["invalid: record 2 is missing: after 1 comes 3", f"sound up to: {end}"])


def test_an_end_cut_off_is_found_with_a_kept_end(reader):
    end = f"3:{reader.kept[-1].digest.hex()}"
    reader.kept.pop()
    assert verified(reader)[0] == 0
    code, lines = verified(reader, "--kept", end)
    assert (code, lines[0]) == (1, "invalid: the log ends with record 2, but it had 3: its end was cut off")


def test_a_log_that_is_not_there_is_unreadable(tmp_path, capsys):
    absent = SqliteEvents(tmp_path / "absent")
    assert listed(absent) == (2, [])
    assert verified(absent) == (2, [])
    place = tmp_path / "absent" / "audit.sqlite"
    assert capsys.readouterr().err == f"vitrine: there is no audit log (`{place}`)\n" * 2


def test_a_record_that_is_no_event_makes_the_list_unreadable_and_the_log_invalid(reader, capsys):
    first, second = chained(view(), view())
    reader.kept = [first, replace(second, body=b"\xff")]
    reader.find = lambda query: reader.kept
    assert listed(reader)[0] == 2
    assert "record 2" in capsys.readouterr().err
    assert verified(reader)[0] == 1


async def test_pages_read_beside_the_event_loop(reader):
    records = await Readings(reader).find(EventQuery(after=2))
    assert records == read_records(reader, EventQuery(after=2))
    assert [record.sequence for record in records] == [3]
    assert records[0].event.reasons == ("hie-treating",)
