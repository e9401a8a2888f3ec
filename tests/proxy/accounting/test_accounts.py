"""Accounting through the service: who may ask about whom, what the answer says, and that asking is on record."""

import asyncio
from collections.abc import AsyncIterator
import csv
from datetime import UTC, datetime
from io import StringIO
import json
from pathlib import Path
from typing import Any

from fhir.resources.R4B.bundle import Bundle
import httpx
import pypdfium2
import pytest
import pytest_asyncio

from proxy.accounting.verification import AccountRefused, verify_account
from proxy.audit.checkpoints.checkpoint import open_checkpoint
from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.views.view import Ended
from tests.exchange import Exchange, ct, opened_exchange
from tests.proxy.fhir.test_search import OFFICER, OWN_OFFICER, PATIENT
from tests.proxy.repositories.profiles import judge
from tests.proxy.viewer.test_pictures import PROOF_FREE, keep

pytestmark = pytest.mark.asyncio(loop_scope="module")
NOBODY = {"authority": "GENERAL", "value": "G-9999"}
ADULT = {"authority": "GENERAL", "value": "G-1001"}
FORMULA = '=HYPERLINK("https://elsewhere.test")'


def view(number: int, institution: str = "general", patient: str = "GENERAL|G-1001", **more: Any) -> Event:
    facts = {
        "subject": "exchange:clinician",
        "name": "山田 The clinician",
        "organization": "General Hospital",
        "roles": ("clinician",),
        "address": "192.0.2.7",
        "token_id": "secret-jti",
        "purpose": "TREAT",
        "institution": institution,
        "patient": patient,
        "study": f"1.2.{number}",
        "policy": "sha256:abc",
        "reasons": ("hie-001-treating-clinician",),
        "view_session": f"session-{number}",
        "detail": {"rendered-only": 1, "maximum-side": 1024, "study-date": "20260304", "modalities": "CT"},
    }
    return Event(more.pop("kind", EventKind.VIEW_OPENED), more.pop("outcome", Outcome.SUCCESS), **{**facts, **more})


def closed(number: int, **more: Any) -> Event:
    detail = {
        "frames": json.dumps({"1.2.8": {"prefix": "1.2.8.", "frames": {"1-40": "1", "1": "2"}}}),
        "delivered": 60,
        "bytes": 1234,
        "last-second": 90,
        "ended": "idle",
    }
    return view(number, kind=EventKind.VIEW_CLOSED, detail=detail, **more)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Exchange]:
    """Two views of one person at General and one at Lakeside, in an emergency; one refusal; somebody else's view."""
    holdings = {"general": [ct("1.2.1")], "lakeside": [ct("1.2.9", patient="77-201")]}
    async with opened_exchange(tmp_path_factory.mktemp("exchange"), holdings) as exchange:
        for event in (
            view(1),
            closed(1),
            view(2, name=FORMULA, kind=EventKind.PREVIEWED),
            view(3, "lakeside", "LAKESIDE|77-201", purpose="ETREAT", detail={"emergency": "e-1"}),
            view(4, kind=EventKind.VIEW_REFUSED, outcome=Outcome.REFUSED),
            view(5, "lakeside", "LAKESIDE|77-300"),
            view(7, "general", "GENERAL|G-3000"),
        ):
            await exchange.services.journal.record(event)
        yield exchange


def question(**more: Any) -> dict[str, Any]:
    today = datetime.now(UTC).date().isoformat()
    return {"from": "2020-01-01", "to": today, **more}


async def ask(exchange: Exchange, who: dict[str, Any], **more: Any) -> httpx.Response:
    return await exchange.client.post("/accounting", json=question(**more), headers=exchange.bearer(**who))


async def account(exchange: Exchange, who: dict[str, Any], **more: Any) -> dict[str, Any]:
    answer = await ask(exchange, who, **more)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def studies(found: dict[str, Any]) -> list[str]:
    return [view["study"] for view in found["views"]]


async def test_an_officer_asks_by_any_identifier_of_the_person(opened: Exchange) -> None:
    for patient in (ADULT, {"authority": "LAKESIDE", "value": "77-201"}):
        found = await account(opened, OFFICER, patient=patient)
        assert studies(found) == ["1.2.1", "1.2.2", "1.2.3"]
        assert set(found["patient"]) == {"GENERAL|G-1001", "LAKESIDE|77-201"}
        assert not found["truncated"]


async def test_a_line_says_who_when_what_why_from_where_and_by_which_policy(opened: Exchange) -> None:
    first, second, third = (await account(opened, OFFICER, patient=ADULT))["views"]
    said = {
        "kind": "view-opened",
        "outcome": "success",
        "subject": "exchange:clinician",
        "roles": ["clinician"],
        "purpose": "TREAT",
        "address": "192.0.2.7",
        "institution_name": "General Hospital",
        "study_date": "20260304",
        "modalities": "CT",
        "policy": "sha256:abc",
        "reasons": ["hie-001-treating-clinician"],
        "frames": 41,
        "frames_native": 0,
        "bytes": 1234,
        "closed": "idle",
        "obligations": ["rendered-only", "maximum-side: 1024"],
    }
    assert {name: first[name] for name in said} == said
    spent = datetime.fromisoformat(first["until"]) - datetime.fromisoformat(first["time"])
    assert spent.total_seconds() == 90
    assert (second["kind"], second["until"], second["frames"]) == ("previewed", None, None)
    assert (third["emergency"], third["purpose"]) == ("e-1", "ETREAT")


async def test_refusals_are_told_where_they_are_asked_for(opened: Exchange) -> None:
    found = await account(opened, OFFICER, patient=ADULT, refused=True)
    assert [view["kind"] for view in found["views"]] == ["view-opened", "previewed", "view-opened", "view-refused"]


async def test_days_outside_the_period_do_not_count(opened: Exchange) -> None:
    assert studies(await account(opened, OFFICER, patient=ADULT, to="2020-01-02")) == []


async def test_a_patient_hears_of_oneself_and_of_no_machine(opened: Exchange) -> None:
    answer = await ask(opened, PATIENT, format="proof")
    assert [view["study"] for view in answer.json()["account"]["views"]] == ["1.2.1", "1.2.2", "1.2.3"]
    assert "192.0.2.7" not in answer.text
    assert "secret-jti" not in answer.text


@pytest.mark.parametrize("other", [{"authority": "LAKESIDE", "value": "77-300"}, NOBODY])
async def test_a_patient_hears_nothing_of_others_whether_they_exist_or_not(
    opened: Exchange, other: dict[str, str]
) -> None:
    refused = await ask(opened, PATIENT, patient=other)
    assert (refused.status_code, refused.json()["detail"]) == (403, "Patients ask about themselves")


async def test_an_institutions_officer_hears_of_its_own_disclosures(opened: Exchange) -> None:
    assert studies(await account(opened, OWN_OFFICER, patient=ADULT)) == ["1.2.3"]
    assert studies(await account(opened, OWN_OFFICER)) == ["1.2.3", "1.2.5"]
    for institution in ("general", "nowhere"):
        refused = await ask(opened, OWN_OFFICER, institution=institution)
        assert (refused.status_code, refused.json()["title"]) == (403, "Policy does not permit this")


async def test_whom_nobody_knows_is_answered_like_whom_only_others_looked_at(opened: Exchange) -> None:
    answers = []
    for patient in ({"authority": "GENERAL", "value": "G-3000"}, NOBODY):
        found = await account(opened, OWN_OFFICER, patient=patient)
        assert found.pop("patient") == [f"{patient['authority']}|{patient['value']}"]
        found.pop("made")
        answers.append(found)
    assert answers[0] == answers[1]


@pytest.mark.parametrize("who", [{}, {"sub": "nobody", "role": "patient", "purpose": "PATRQT"}])
async def test_whoever_is_neither_officer_nor_patient_is_refused_on_record(
    opened: Exchange, who: dict[str, str]
) -> None:
    assert (await ask(opened, who, patient=ADULT)).status_code == 403
    event = opened.events()[-1]
    assert (event.kind, event.outcome, event.detail["by"]) == (EventKind.AUDIT_READ, Outcome.REFUSED, "accounting")


async def test_asking_is_on_record_with_whom_it_was_about(opened: Exchange) -> None:
    await account(opened, OFFICER, patient=NOBODY)
    event = opened.events()[-1]
    assert (event.kind, event.subject, event.patient) == (EventKind.AUDIT_READ, "exchange:officer", "GENERAL|G-9999")
    assert event.detail == {"by": "accounting", "form": "json", "events": 0}


@pytest.mark.parametrize(
    "wrong",
    [
        {"from": "2026-02-30"},
        {"from": "2026-03-02", "to": "2026-03-01"},
        {"to": "9999-12-31"},
        {"patient": "GENERAL|G-1001"},
        {"patient": {"authority": "GENERAL", "value": ""}},
        {"format": "docx"},
        {"surname": "Adult"},
        {"institution": "nowhere"},
        {"kept": "no checkpoint", "format": "pdf", "institution": "general"},
        {},
    ],
)
async def test_a_question_that_is_none_is_refused_with_words(opened: Exchange, wrong: dict[str, Any]) -> None:
    answer = await ask(opened, OFFICER, **wrong)
    assert answer.status_code == 400, answer.text
    assert answer.json()["detail"]


async def test_a_table_holds_no_formula(opened: Exchange) -> None:
    answer = await ask(opened, OFFICER, patient=ADULT, format="csv")
    assert answer.headers["content-disposition"].startswith('attachment; filename="disclosures-2020-01-01-')
    rows = list(csv.DictReader(StringIO(answer.text.removeprefix("\ufeff"))))
    assert [row["name"] for row in rows] == ["山田 The clinician", f"'{FORMULA}", "山田 The clinician"]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row.values())


async def test_a_bundle_holds_right_audit_events_and_the_proof(opened: Exchange) -> None:
    answer = await ask(opened, OFFICER, patient=ADULT, format="fhir")
    assert answer.headers["content-type"] == "application/fhir+json"
    Bundle.model_validate(answer.json())
    events = [one["resource"] for one in answer.json()["entry"] if one["resource"]["resourceType"] == "AuditEvent"]
    assert [judge(one) for one in events] == [[]] * len(events)
    assert len(events) >= 3


async def test_the_paper_says_what_the_account_says_in_any_script(opened: Exchange) -> None:
    answer = await ask(opened, OFFICER, patient=ADULT, format="pdf")
    document = pypdfium2.PdfDocument(answer.content)
    text = "".join(page.get_textpage().get_text_range() for page in document)
    for words in (
        "山田 The clinician",
        "CT of 2026-03-04",
        "Emergency treatment",
        "EMERGENCY ACCESS",
        "Lakeside Imaging",
    ):
        assert words in text, text


@pytest.mark.parametrize("form", ["proof", "pdf", "fhir"])
@pytest.mark.parametrize("who", [OFFICER, PATIENT], ids=["officer", "patient"])
async def test_what_carries_a_proof_holds_and_no_changed_byte_does(
    opened: Exchange, form: str, who: dict[str, Any]
) -> None:
    verifier = opened.services.attesting.checkpoints.verifier
    more = {"patient": ADULT} if who is OFFICER else {}
    content = (await ask(opened, who, format=form, **more)).content
    verified = verify_account(content, verifier)
    assert len(verified.account.views) == 3
    assert verified.withheld == (who is PATIENT)
    other = {0x20: 0x09, 0x0A: 0x20}
    for place in range(0, len(content), max(len(content) // 97, 1)):
        changed = bytearray(content)
        changed[place] = other.get(changed[place], changed[place] ^ 1)
        with pytest.raises(AccountRefused):
            verify_account(bytes(changed), verifier)


async def test_a_table_is_proved_by_the_proof_of_its_account(opened: Exchange) -> None:
    verifier = opened.services.attesting.checkpoints.verifier
    table = (await ask(opened, OFFICER, patient=ADULT, format="csv")).content
    proof = (await ask(opened, OFFICER, patient=ADULT, format="proof")).content
    assert len(verify_account(proof, verifier, table=table).account.views) == 3
    with pytest.raises(AccountRefused, match="the table is not the one"):
        verify_account(proof, verifier, table=table.replace(b"1.2.1", b"1.2.7"))


async def test_the_log_continues_the_one_of_the_checkpoint_that_was_kept(opened: Exchange) -> None:
    checkpoints = opened.services.attesting.checkpoints
    kept = (await checkpoints.sign()).note
    await opened.services.journal.record(view(6, "general", "GENERAL|G-2000"))
    earlier = open_checkpoint(kept, checkpoints.verifier)
    patient = {"authority": "GENERAL", "value": "G-2000"}
    content = (await ask(opened, OFFICER, patient=patient, format="pdf", kept=kept)).content
    verified = verify_account(content, checkpoints.verifier, [earlier])
    assert verified.kept == earlier
    assert verified.checkpoint.size > earlier.size
    without = (await ask(opened, OFFICER, patient=patient, format="pdf")).content
    with pytest.raises(AccountRefused, match="another checkpoint"):
        verify_account(without, checkpoints.verifier, [earlier])


async def test_frames_that_were_looked_at_are_counted_in_the_account(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, {"general": [ct("1.2.1", number=number) for number in (1, 2, 3)]}) as exchange:
        for number in (1, 2, 2):
            frame = f"/dicomweb/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.{number}/frames/1/rendered"
            assert (await exchange.get(frame, "image/jpeg")).status_code == 200
        exchange.services.rooms.views.end_all(lambda _: True, Ended.SIGNED_OUT)
        await exchange.services.rooms.views.look()
        (seen,) = (await account(exchange, OFFICER, patient=ADULT))["views"]
        assert (seen["frames"], seen["frames_native"], seen["closed"]) == (2, 0, "signed-out")
        assert seen["bytes"] > 0
        assert seen["modalities"] == "CT"
        content = (await ask(exchange, OFFICER, patient=ADULT, format="proof")).content
        (proved,) = verify_account(content, exchange.services.attesting.checkpoints.verifier).account.views
        assert proved.frames == 2


async def test_a_picture_that_was_kept_is_told_in_every_form(tmp_path: Path) -> None:
    way = ("printed", "saved", "saved")
    async with opened_exchange(tmp_path, {"general": [ct("1.2.1")]}, issuer=PROOF_FREE) as exchange:
        for one in way:
            assert (await keep(exchange, way=one)).status_code == 204
        views = (await account(exchange, PATIENT))["views"]
        kept = [one for one in views if one["kind"] == "picture-kept"]
        assert [one["way"] for one in kept] == list(way)
        assert {(one["name"], one["study"], one["modalities"], one["address"]) for one in kept} == {
            ("The clinician", "1.2.1", "CT", "")
        }
        assert len({one["record"] for one in kept}) == 3
        assert all(one["reasons"] for one in kept)
        table = (await ask(exchange, PATIENT, format="csv")).text.removeprefix("\ufeff")
        assert [row["way"] for row in csv.DictReader(StringIO(table)) if row["kind"] == "picture-kept"] == list(way)
        paper = pypdfium2.PdfDocument((await ask(exchange, PATIENT, format="pdf")).content)
        text = "".join(page.get_textpage().get_text_range() for page in paper)
        assert (text.count("A picture was printed"), text.count("A picture was saved")) == (1, 2)
        assert "3 pictures kept" in text
        bundle = (await ask(exchange, PATIENT, format="fhir")).text
        assert bundle.count('"picture-kept"') == 3
        verifier = exchange.services.attesting.checkpoints.verifier
        for who, more in ((OFFICER, {"patient": ADULT}), (PATIENT, {})):
            content = (await ask(exchange, who, format="proof", **more)).content
            assert [one.way for one in verify_account(content, verifier).account.views if one.way] == list(way)


async def test_too_many_accounts_at_once_are_refused_at_once_and_leave_nothing_behind(opened: Exchange) -> None:
    answers = await asyncio.gather(*(ask(opened, OFFICER, patient=ADULT, format="pdf") for _ in range(12)))
    assert {answer.status_code for answer in answers} == {200, 503}
    assert all("retry-after" in answer.headers for answer in answers if answer.status_code == 503)
    assert (await ask(opened, OFFICER, patient=ADULT)).status_code == 200
