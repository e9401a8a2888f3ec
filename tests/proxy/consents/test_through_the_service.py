"""Consents through the whole service: shown, hidden, withdrawn while somebody looks, and nobody to ask."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import json
from pathlib import Path
from typing import Any

import httpx
from msgspec.structs import replace
import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Mount, Route

from demo.consents import ConsentRegister
from proxy.settings.consents import Consents
from proxy.settings.sharing import Sharing
from tests.exchange import EXCHANGE_ISSUER, Exchange, ct, opened_exchange
from tests.policy.consent.consents import consent
from tests.proxy.consents.registers import deny, permit, register, settings

FRAME = "/dicomweb/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.1/frames/1/rendered"
ABSENT = "/dicomweb/studies/1.2.9/series/1.2.9.1/instances/1.2.9.1.1/frames/1/rendered"
STUDIES = "/dicomweb/studies?PatientID=G-1001&IssuerOfPatientID=GENERAL"
SENDER = "exchange:consents"


@asynccontextmanager
async def exchange(
    folder: Path, *consents: dict[str, Any], **more: Any
) -> AsyncIterator[tuple[Exchange, ConsentRegister]]:
    """One study of the clinician's patient, whose consents these are."""
    kept = register(*consents)
    app = more.pop("app", Starlette(routes=[Mount("/fhir", kept.app)]))
    told: Consents = more.pop("consents", settings(senders=(SENDER,)))
    async with opened_exchange(
        folder, {"general": [ct("1.2.1")]}, consents=told, consent_register=app, **more
    ) as opened:
        yield opened, kept


async def tell(opened: Exchange, document: dict[str, Any] | None = None, sub: str = "consents") -> httpx.Response:
    headers = {**opened.bearer(sub=sub, role="system"), "Content-Type": "application/json"}
    body = b"" if document is None else json.dumps(document).encode()
    return await opened.client.post("/consents/changed", headers=headers, content=body)


@pytest.mark.parametrize(
    ("given", "status"), [([], 200), ([permit()], 200), ([deny()], 404), ([permit(), deny()], 404)]
)
async def test_what_the_patient_consented_to_decides(tmp_path: Path, given: list[dict[str, Any]], status: int) -> None:
    async with exchange(tmp_path, *given) as (opened, _):
        assert (await opened.get(FRAME)).status_code == status
        rows = (await opened.get(STUDIES)).json() if status == 200 else []
        assert len(rows) == (1 if status == 200 else 0)


async def test_a_refusal_is_recorded_with_the_provision_behind_it(tmp_path: Path) -> None:
    async with exchange(
        tmp_path, consent("c", provision={"type": "permit", "but": [{"type": "deny", "to": ["general"]}]})
    ) as (
        opened,
        _,
    ):
        assert (await opened.get(FRAME)).status_code == 404
        (refused,) = [event for event in opened.events() if event.kind == "view-refused"]
    assert refused.reasons == ("hie-030-consent-denies",)
    assert refused.detail["grounds"] == "Consent/c provision.provision[0]"


async def test_a_withdrawal_that_is_told_reaches_an_open_view_at_the_next_frame(tmp_path: Path) -> None:
    async with exchange(tmp_path, permit(), consents=settings(senders=(SENDER,), fresh_seconds=60.0)) as (opened, kept):
        assert (await opened.get(FRAME)).status_code == 200
        kept.consents["withdrawn"] = deny("withdrawn")
        assert (await opened.get(FRAME)).status_code == 200
        assert (await tell(opened, {"patients": [{"authority": "GENERAL", "value": "G-1001"}]})).status_code == 204
        assert (await opened.get(FRAME)).status_code == 404


async def test_a_withdrawal_that_nobody_tells_of_reaches_an_open_view_once_the_answer_is_not_fresh(
    tmp_path: Path,
) -> None:
    async with exchange(tmp_path, permit(), consents=settings(fresh_seconds=0.05)) as (opened, kept):
        assert (await opened.get(FRAME)).status_code == 200
        kept.consents["withdrawn"] = deny("withdrawn")
        for _ in range(100):
            answer = await opened.get(FRAME)
            if answer.status_code == 404:
                break
        assert answer.status_code == 404


@pytest.mark.parametrize("document", [None, {}, permit(), {"resourceType": "Bundle"}])
async def test_a_notice_names_a_patient_or_is_about_everybody(tmp_path: Path, document: dict[str, Any] | None) -> None:
    async with exchange(tmp_path, consents=settings(senders=(SENDER,), fresh_seconds=60.0)) as (opened, kept):
        assert (await opened.get(FRAME)).status_code == 200
        kept.consents["new"] = deny("new")
        assert (await tell(opened, document)).status_code == 204
        assert (await opened.get(FRAME)).status_code == 404
        assert "consents-changed" in opened.kinds()


async def test_nobody_else_may_tell(tmp_path: Path) -> None:
    async with exchange(tmp_path) as (opened, _):
        assert (await tell(opened, sub="somebody")).status_code == 403
        headers = {"Content-Type": "application/json"}
        assert (await opened.client.post("/consents/changed", headers=headers, content=b"{}")).status_code == 401


async def test_while_nobody_answers_what_is_hidden_and_what_is_not_there_are_answered_alike(tmp_path: Path) -> None:
    async def away(_: Any) -> Response:
        return Response(status_code=503)

    async with exchange(tmp_path, app=Starlette(routes=[Route("/{path:path}", away)])) as (opened, _):
        answers = [await opened.get(path) for path in (FRAME, ABSENT)]
        told = [{**one.json(), "instance": ""} for one in answers]
        assert [one.status_code for one in answers] == [503, 503]
        assert told[0] == told[1]
        assert "consent register does not answer" in told[0]["detail"]
        assert answers[0].headers["retry-after"] == "5"
        history = (await opened.get("/portal/studies?authority=GENERAL&identifier=G-1001")).json()
        assert history["studies"] == []
        assert any("consent register does not answer" in notice for notice in history["notices"])


async def test_while_nobody_answers_no_link_is_refused_as_if_there_were_no_study(tmp_path: Path) -> None:
    async def away(_: Any) -> Response:
        return Response(status_code=503)

    app, issuer = Starlette(routes=[Route("/{path:path}", away)]), replace(EXCHANGE_ISSUER, proof="never")
    async with exchange(tmp_path, app=app, issuer=issuer, sharing=Sharing(show_code=True)) as (opened, _):
        for study in ("1.2.1", "1.2.9"):
            wish = {"study": study, "recipient": "doctor@example.org"}
            answer = await opened.client.post("/portal/links", json=wish, headers=opened.bearer())
            assert answer.status_code == 503
            assert "consent register does not answer" in answer.json()["detail"]


async def test_a_consent_that_is_not_understood_hides_and_is_an_officer_s_task(tmp_path: Path) -> None:
    odd = permit("odd")
    odd["provision"]["modifierExtension"] = [{"url": "http://example.org/unless"}]
    async with exchange(tmp_path, odd) as (opened, kept):
        assert (await opened.get(FRAME)).status_code == 404
        officer = opened.bearer(sub="officer", role="privacy-officer", purpose="HOPERAT")
        (task,) = (await opened.client.get("/console/api/tasks", headers=officer)).json()
        assert (task["kind"], task["about"], task["patient"]) == ("unreadable-consent", "Consent/odd", "GENERAL|G-1001")
        read = opened.events()[-1]
        assert (read.kind, read.detail) == ("audit-read", {"tasks": 1})
        assert (await opened.client.get("/console/api/tasks", headers=opened.bearer())).status_code == 403
        assert opened.kinds().count("consent-unreadable") == 1
        kept.consents["odd"] = permit("odd")
        await tell(opened)
        assert (await opened.get(FRAME)).status_code == 200
        assert (await opened.client.get("/console/api/tasks", headers=officer)).json() == []


async def test_files_do_as_well_as_a_register(tmp_path: Path) -> None:
    folder = tmp_path / "consents"
    folder.mkdir()
    (folder / "one.json").write_text(json.dumps(deny()), "utf-8")
    async with exchange(tmp_path, consents=settings(fhir=None, folder=folder)) as (opened, _):
        assert (await opened.get(FRAME)).status_code == 404


async def test_a_file_that_cannot_be_read_hides_until_an_officer_has_seen_to_it(tmp_path: Path) -> None:
    folder = tmp_path / "consents"
    folder.mkdir()
    (folder / "one.json").write_text(json.dumps(deny())[:-9], "utf-8")
    async with exchange(tmp_path, consents=settings(fhir=None, folder=folder, fresh_seconds=0.05)) as (opened, _):
        answers = [await opened.get(path) for path in (FRAME, ABSENT)]
        assert [one.status_code for one in answers] == [503, 503]
        officer = opened.bearer(sub="officer", role="privacy-officer", purpose="HOPERAT")
        (task,) = (await opened.client.get("/console/api/tasks", headers=officer)).json()
        assert (task["kind"], task["about"]) == ("unreadable-file", "one.json")
