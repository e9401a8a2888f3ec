"""Pictures to print or save: leave is policy's, is on record before it is given, and is given to nobody else."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
from msgspec.structs import replace
import pytest

from policy.explain import ONLY_LOOKED_AT
from proxy.audit.event import Event, EventKind, Outcome
from proxy.errors import AuditUnavailable
from proxy.settings.server import Server
from tests.exchange import EXCHANGE_ISSUER, ORIGIN, Exchange, ct, opened_exchange

STUDY = "1.2.1"
PROOF_FREE = replace(EXCHANGE_ISSUER, proof="never")
CLINIC = Server(public_url=ORIGIN, clinical_networks=("127.0.0.0/8",))
OUTSIDE = Server(public_url=ORIGIN)


@pytest.fixture
async def exchange(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Exchange]:
    holdings = {"general": [ct(STUDY)]}
    server = getattr(request, "param", CLINIC)
    async with opened_exchange(tmp_path, holdings, server=server, issuer=PROOF_FREE) as opened:
        yield opened


async def keep(exchange: Exchange, who: dict[str, Any] | None = None, **changes: Any) -> httpx.Response:
    body = {"study": STUDY, "series": f"{STUDY}.1", "instance": f"{STUDY}.1.1", "frame": 1, "way": "printed"}
    return await exchange.client.post("/portal/pictures", json=body | changes, headers=exchange.bearer(**who or {}))


def kept(exchange: Exchange) -> list[Event]:
    return [event for event in exchange.events() if event.kind is EventKind.PICTURE_KEPT]


async def source(exchange: Exchange) -> dict[str, Any]:
    answer = await exchange.get("/portal/source", params={"study": STUDY, "series": f"{STUDY}.1"})
    told: dict[str, Any] = answer.json()
    return told


@pytest.mark.parametrize("way", ["printed", "saved"])
async def test_leave_is_on_record_when_it_is_given(exchange: Exchange, way: str) -> None:
    assert (await source(exchange))["keep"] is True
    answer = await keep(exchange, way=way)
    assert (answer.status_code, answer.content) == (204, b"")
    (event,) = kept(exchange)
    assert (event.outcome, event.subject, event.study) == (Outcome.SUCCESS, "exchange:clinician", STUDY)
    assert event.patient == "GENERAL|G-1001"
    assert event.reasons == ("hie-070-keep-in-care",)
    told = {"way": way, "series": f"{STUDY}.1", "instance": f"{STUDY}.1.1", "frame": 1}
    assert event.detail.items() >= told.items()


@pytest.mark.parametrize("exchange", [OUTSIDE], indirect=True)
async def test_a_refusal_says_why_and_is_on_record(exchange: Exchange) -> None:
    assert (await source(exchange))["keep"] is False
    answer = await keep(exchange)
    assert (answer.status_code, answer.json()["detail"]) == (403, ONLY_LOOKED_AT)
    assert kept(exchange) == []
    refused = exchange.events()[-1]
    assert (refused.kind, refused.detail["capability"]) == (EventKind.VIEW_REFUSED, "keep")


async def test_where_the_log_cannot_commit_nothing_is_printed(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(_: object) -> int:
        raise AuditUnavailable("the audit log cannot commit")

    await source(exchange)
    monkeypatch.setattr(exchange.services.journal, "record", refuse)
    assert (await keep(exchange)).status_code == 503
    monkeypatch.undo()
    assert kept(exchange) == []


async def test_whoever_may_not_know_of_the_study_is_told_of_none(exchange: Exchange) -> None:
    for changes in ({"who": {"sub": "stranger", "role": "patient", "purpose": "PATRQT"}}, {"study": "1.9"}):
        assert (await keep(exchange, **changes)).status_code == 404


@pytest.mark.parametrize("changes", [{"instance": "1.2.1.1.99"}, {"series": "1.2.1.9"}, {"instance": "1.2.2.1.1"}])
async def test_nothing_is_on_record_that_the_study_does_not_hold(exchange: Exchange, changes: dict[str, Any]) -> None:
    assert (await keep(exchange, **changes)).status_code == 404
    assert kept(exchange) == []


@pytest.mark.parametrize(
    "changes", [{"frame": 0}, {"frame": "1"}, {"way": "mailed"}, {"study": "1.x"}, {"study": "1" * 65}, {"more": 1}]
)
async def test_what_is_no_picture_is_refused(exchange: Exchange, changes: dict[str, Any]) -> None:
    assert (await keep(exchange, **changes)).status_code == 400


async def test_only_this_sites_pages_ask_for_a_browser(exchange: Exchange) -> None:
    body = {"study": STUDY, "series": f"{STUDY}.1", "instance": f"{STUDY}.1.1", "frame": 1, "way": "saved"}
    assert (await exchange.client.post("/portal/pictures", json=body)).status_code == 401
    assert (await exchange.client.get("/portal/pictures", headers=exchange.bearer())).status_code == 405
    assert kept(exchange) == []


@pytest.mark.parametrize("exchange", [CLINIC, OUTSIDE], indirect=True)
async def test_nothing_is_for_diagnostic_use_unless_the_exchange_says_so(exchange: Exchange) -> None:
    assert (await source(exchange))["diagnostic"] is False


@pytest.mark.parametrize(("server", "whole"), [(CLINIC, True), (OUTSIDE, False)])
async def test_diagnostic_use_is_for_whoever_has_the_whole_image(
    tmp_path: Path, server: Server, *, whole: bool
) -> None:
    async with opened_exchange(tmp_path, {"general": [ct(STUDY)]}, server=server, diagnostic_use=True) as exchange:
        assert (await source(exchange))["diagnostic"] is whole
