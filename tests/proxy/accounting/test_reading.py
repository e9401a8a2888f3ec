"""What an account holds of a long log: the views of its days, whole, under each identifier, up to a limit."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pypdfium2
import pytest

from proxy.accounting.account import MOST_OF, Account
from proxy.accounting.formats.paper import to_pdf
from proxy.accounting.question import Format, Question
from proxy.accounting.reading import Accountant, Scope
from proxy.audit.event import Event, EventKind, Outcome
from tests.proxy.audit.logs import MemoryEvents, chained

MARCH = Question(since=date(2026, 3, 1), to=date(2026, 3, 31))
FIRST = datetime(2026, 3, 1, tzinfo=UTC)
HERE, THERE = "GENERAL|G-1001", "LAKESIDE|77-201"


def event(session: str, kind: EventKind = EventKind.VIEW_OPENED, patient: str = HERE, **detail: Any) -> Event:
    institution = "general" if patient == HERE else "lakeside"
    told = {"patient": patient, "institution": institution, "study": f"1.2.{session}", "view_session": session}
    return Event(kind, Outcome.SUCCESS, subject="x:chen", detail=detail, **told)


def account(
    events: Sequence[tuple[datetime, Event]], question: Question = MARCH, scope: Scope | None = None
) -> Account:
    store = MemoryEvents()
    store.kept = chained(*(one for _, one in events), at=lambda index: events[index][0])
    accountant = Accountant(store, "An exchange", {"general": "General Hospital"}, dict, FIRST.timestamp)
    asked = scope or Scope((HERE, THERE))
    return accountant.account(asked, asked.patients or (), question, accountant.find(asked, question), "")


def sessions(found: Account) -> list[str]:
    return [view.study.removeprefix("1.2.") for view in found.views]


def test_both_days_count_and_no_moment_beside_them() -> None:
    moment = timedelta(microseconds=1)
    end = FIRST + timedelta(days=31)
    ats = {"before": FIRST - moment, "first": FIRST, "last": end - moment, "after": end}
    assert sessions(account([(at, event(name)) for name, at in ats.items()])) == ["first", "last"]


def test_a_view_is_told_whole_where_it_began() -> None:
    end = FIRST + timedelta(days=31)
    over = [
        (FIRST - timedelta(hours=1), event("a")),
        (FIRST + timedelta(hours=1), event("a", EventKind.VIEW_CLOSED, ended="idle", delivered=3)),
        (end - timedelta(minutes=5), event("b")),
        (end + timedelta(minutes=5), event("b", EventKind.VIEW_CLOSED, ended="stopped", delivered=2)),
    ]
    (view,) = account(over).views
    assert (view.study, view.closed) == ("1.2.b", "stopped")


def test_identifiers_and_sessions_do_not_mix() -> None:
    found = account(
        [
            (FIRST, event("a")),
            (FIRST, event("b", patient=THERE)),
            (FIRST, event("c", patient="GENERAL|other")),
            (FIRST, event("a", EventKind.VIEW_CLOSED, ended="idle", bytes=7)),
        ]
    )
    assert [(view.study, view.bytes) for view in found.views] == [("1.2.a", 7), ("1.2.b", None)]
    assert found.institutions == {"general": "General Hospital", "lakeside": "lakeside"}
    assert sessions(
        account([(FIRST, event("a")), (FIRST, event("b", patient=THERE))], scope=Scope(None, "lakeside"))
    ) == ["b"]


@pytest.mark.parametrize("more", [0, 1])
def test_what_does_not_fit_is_said_in_words(more: int) -> None:
    question = Question(since=MARCH.since, to=MARCH.to, format=Format.PDF)
    count = MOST_OF[Format.PDF] + more
    found = account([(FIRST, event(f"{number}")) for number in range(count)], question)
    assert (len(found.views), found.truncated) == (MOST_OF[Format.PDF], bool(more))


def test_the_paper_says_that_it_is_not_complete() -> None:
    found = account([(FIRST, event("a"))])
    for truncated in (True, False):
        told = Account(**{**{name: getattr(found, name) for name in found.__struct_fields__}, "truncated": truncated})
        page = pypdfium2.PdfDocument(to_pdf(told, b"{}"))[0]
        assert ("this one is not complete" in page.get_textpage().get_text_range()) is truncated


def test_a_long_view_with_many_events_is_one_line() -> None:
    told = [
        (FIRST + timedelta(seconds=number), event("a", EventKind.VIEW_PROGRESS, bytes=1, delivered=1))
        for number in range(3000)
    ]
    (view,) = account([(FIRST, event("a")), *told]).views
    assert view.bytes == 3000
