"""The paper can be written whatever text an account holds, and shows it as text."""

from datetime import UTC, date, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
import pypdfium2
import pytest

from proxy.accounting.account import Account
from proxy.accounting.disclosures import AccountedView
from proxy.accounting.formats.paper import ATTACHED, to_pdf
from proxy.audit.event import EventKind, Outcome

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
HOSTILE = (
    "\0\x07\x1b[31m red",
    "\u202eright to left\u202c",
    "W" * 60_000,
    "word " * 12_000,
    "\n" * 500,
    "a\r\n\tb",
    "**bold** __underlined__ [link](https://elsewhere.test)",
    "👩\u200d👩\u200d👧 🏳\ufe0f\u200d🌈",
    "\ufdd0\uffff\U0010ffff",
    "Z\u0301\u0302\u0303" * 50,
    "(\\) Tj ET endstream endobj",
)


def account(text: str, views: int = 1) -> Account:
    view = AccountedView(
        record=1,
        time=NOON,
        until=NOON,
        kind=EventKind.VIEW_OPENED,
        outcome=Outcome.SUCCESS,
        subject=text,
        name=text,
        organization=text,
        roles=[text] * 3,
        purpose=text,
        institution="general",
        institution_name=text,
        patient=text,
        study=text,
        policy=text,
        reasons=["r"] * 40,
        emergency="e",
        frames=1,
        frames_native=0,
        bytes=1,
        obligations=[],
    )
    return Account(
        exchange=text,
        patient=[text],
        institution="",
        since=date(2026, 3, 1),
        to=date(2026, 3, 31),
        made=NOON,
        refused=False,
        truncated=False,
        rules={"r": text},
        institutions={"general": text},
        views=[view] * views,
    )


def pages(paper: bytes) -> str:
    return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(paper))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_written(text: str) -> None:
    paper = to_pdf(account(text), b"{}")
    assert "EMERGENCY ACCESS" in pages(paper)
    document = pypdfium2.PdfDocument(paper)
    assert [document.get_attachment(0).get_name(), document.count_attachments()] == [ATTACHED, 1]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=40))
def test_any_text_is_written(text: str) -> None:
    assert "EMERGENCY ACCESS" in pages(to_pdf(account(text), b"{}"))
