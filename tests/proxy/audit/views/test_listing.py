"""`vitrine audit views`: one line a view, the newest whole views, every frame by name for programs."""

import argparse
from datetime import timedelta
import io
import json

import pytest

from proxy.audit.commands import add_views_arguments, audit_views
from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.views.coding import to_text
from proxy.resources import Uid
from proxy.storage.sqlite import SqliteEvents
from tests.proxy.audit.logs import NOON, MemoryEvents, chained


def views_of_a_day(count: int) -> MemoryEvents:
    """That many people look at a study each, all at once: of study n frames 1 to n."""

    def event(kind: EventKind, number: int, **detail: str | int) -> Event:
        told = {name.replace("_", "-"): value for name, value in detail.items()}
        facts = {"subject": f"demo:{number}", "purpose": "TREAT", "patient": "GENERAL|G-1001", "study": f"1.2.{number}"}
        return Event(kind, Outcome.SUCCESS, view_session=f"v-{number}", detail=told, **facts)

    numbers = range(1, count + 1)
    frames = {one: to_text({Uid("1.2.1"): {Uid("1.2.1.1"): ((1, one),)}}) for one in numbers}
    told: list[Event] = [event(EventKind.VIEW_OPENED, one) for one in numbers]
    told += [event(EventKind.VIEW_PROGRESS, one, frames=frames[one], delivered=one, last_second=30) for one in numbers]
    told += [event(EventKind.VIEW_CLOSED, one, ended="idle") for one in numbers if one % 2]
    store = MemoryEvents()
    store.kept = chained(*told, at=lambda place: NOON + timedelta(seconds=place))
    return store


def listed(reader: MemoryEvents | SqliteEvents, *arguments: str) -> tuple[int, list[str]]:
    parser = argparse.ArgumentParser()
    add_views_arguments(parser)
    out = io.StringIO()
    code = audit_views(reader, parser.parse_args(arguments), out)
    return code, out.getvalue().splitlines()


def test_a_view_is_one_line() -> None:
    code, (head, *rows) = listed(views_of_a_day(2))
    assert code == 0
    assert head.split() == [
        *("OPENED", "SECONDS", "SUBJECT", "PURPOSE", "PATIENT", "INSTITUTION"),
        *("STUDY", "FRAMES", "NATIVE", "ENDED"),
    ]
    assert [row.split() for row in rows] == [
        ["2026-11-24T12:00:00Z", "30", "demo:1", "TREAT", "GENERAL|G-1001", "1.2.1", "1", "0", "idle"],
        ["2026-11-24T12:00:01Z", "30", "demo:2", "TREAT", "GENERAL|G-1001", "1.2.2", "2", "0", "open"],
    ]


def test_every_frame_is_named_for_programs() -> None:
    _, lines = listed(views_of_a_day(3), "--json", "--study", "1.2.3")
    (view,) = map(json.loads, lines)
    assert view["rendered"] == {"1.2.1": {"1.2.1.1": "1-3"}}
    assert view["native"] == {}
    assert (view["delivered"], view["ended"], view["records"]) == (3, "idle", [3, 6, 8])


@pytest.mark.parametrize("most", [1, 7, 400])
def test_the_newest_views_are_whole_however_many_records_they_have(most: int) -> None:
    _, lines = listed(views_of_a_day(400), "--json", "--limit", str(most))
    views = list(map(json.loads, lines))
    assert [view["subject"] for view in views] == [f"demo:{number}" for number in range(401 - most, 401)]
    assert all(view["delivered"] == int(view["subject"].removeprefix("demo:")) for view in views)


def test_without_a_log_the_command_says_so(tmp_path, capsys) -> None:
    assert listed(SqliteEvents(tmp_path))[0] == 2
    assert "vitrine: " in capsys.readouterr().err
