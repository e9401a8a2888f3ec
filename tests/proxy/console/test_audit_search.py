"""The officers' search of the audit log: what finds what, who is shown what, figures, and searches that are kept."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from msgspec.structs import replace
import pytest
import pytest_asyncio

from proxy.audit.event import EventKind, Outcome
from proxy.console.audit.filters import MOST
from tests.exchange import EXCHANGE_ISSUER, Exchange, ct, opened_exchange
from tests.proxy.accounting.test_accounts import ADULT, view
from tests.proxy.fhir.test_search import OFFICER, OWN_OFFICER, PATIENT

pytestmark = pytest.mark.asyncio(loop_scope="module")
ROOT = "/console/api/audit"
ISSUER = replace(EXCHANGE_ISSUER, proof="never")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Exchange]:
    holdings = {"general": [ct("1.2.1")], "lakeside": [ct("1.2.9", patient="77-201")]}
    async with opened_exchange(tmp_path_factory.mktemp("exchange"), holdings, issuer=ISSUER) as exchange:
        for event in (
            view(1),
            view(2, subject="exchange:other", organization="Lakeside Imaging"),
            view(3, "lakeside", "LAKESIDE|77-201", purpose="ETREAT", detail={"emergency": "e-1"}),
            view(4, kind=EventKind.VIEW_REFUSED, outcome=Outcome.REFUSED),
            view(5, "lakeside", "LAKESIDE|77-300"),
        ):
            await exchange.services.journal.record(event)
        yield exchange


async def ask(
    exchange: Exchange, path: str, who: dict[str, Any] = OFFICER, status: int = 200, method: str = "POST", **body: Any
) -> Any:
    days = {"from": "2020-01-01", "to": "2100-01-01"} if method == "POST" else {}
    headers = exchange.bearer(**who)
    answer = await exchange.client.request(method, ROOT + path, json={**days, **body} or None, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


async def studies(exchange: Exchange, who: dict[str, Any] = OFFICER, **asked: Any) -> list[str]:
    return [one["study"][4:] for one in (await ask(exchange, "/search", who, **asked))["events"] if one["study"]]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"patient": ADULT}, ["4", "3", "2", "1"]),
        ({"patient": {"authority": "LAKESIDE", "value": "77-201"}, "kind": "view-opened"}, ["3", "2", "1"]),
        ({"subject": "exchange:other"}, ["2"]),
        ({"institution": "lakeside"}, ["5", "3"]),
        ({"study": "1.2.4"}, ["4"]),
        ({"outcome": "refused", "patient": ADULT}, ["4"]),
        ({"purpose": "ETREAT"}, ["3"]),
        ({"emergency": True}, ["3"]),
        ({"emergency": True, "institution": "general"}, []),
        ({"to": "2020-01-02"}, []),
    ],
)
async def test_a_search_goes_by_what_an_officer_knows(
    opened: Exchange, asked: dict[str, Any], found: list[str]
) -> None:
    assert await studies(opened, **asked) == found


async def test_what_is_found_is_told_with_the_sentences_of_its_rules(opened: Exchange) -> None:
    answer = await ask(opened, "/search", study="1.2.1", kind="view-opened")
    (event,) = answer["events"]
    assert (event["institution_name"], event["modalities"], event["address"]) == ("General Hospital", "CT", "192.0.2.7")
    assert answer["rules"]["hie-001-treating-clinician"]
    assert answer["before"] is None


async def test_an_officer_of_an_institution_searches_what_is_about_it(opened: Exchange) -> None:
    assert await studies(opened, OWN_OFFICER) == ["5", "3"]
    assert await studies(opened, OWN_OFFICER, patient=ADULT) == ["3"]
    for institution in ("general", "nowhere"):
        await ask(opened, "/search", OWN_OFFICER, 403, institution=institution)
    figures = await ask(opened, "/figures", OWN_OFFICER)
    assert figures["views"] == 2


async def test_others_search_nothing(opened: Exchange) -> None:
    for path in ("/search", "/figures"):
        await ask(opened, path, PATIENT, 403)
        await ask(opened, path, {"sub": "clinician"}, 403)
    await ask(opened, "/filters", PATIENT, 403, "GET")


async def test_pages_lead_through_all_and_repeat_nothing(opened: Exchange) -> None:
    for number in range(230):
        await opened.services.journal.record(view(number, subject="exchange:busy"))
    seen: list[int] = []
    more: dict[str, Any] = {}
    while True:
        answer = await ask(opened, "/search", subject="exchange:busy", **more)
        seen += [one["record"] for one in answer["events"]]
        if answer["before"] is None:
            break
        more = {"before": answer["before"]}
    assert len(seen) == len(set(seen)) == 230
    assert seen == sorted(seen, reverse=True)


async def test_figures_count_days_and_who_looked_at_whose(opened: Exchange) -> None:
    figures = await ask(opened, "/figures", patient=ADULT)
    busy = 230
    assert (figures["views"], figures["emergencies"], figures["truncated"]) == (busy + 3, 1, False)
    assert sum(one["views"] for one in figures["days"]) == busy + 3
    assert {"organization": "Lakeside Imaging", "institution": "General Hospital", "views": 1} in figures["pairs"]


async def test_searching_is_on_record_with_whom_it_was_about(opened: Exchange) -> None:
    await ask(opened, "/search", patient=ADULT, study="1.2.4")
    event = opened.events()[-1]
    assert (event.kind, event.subject, event.patient, event.study) == (
        *(EventKind.AUDIT_READ, "exchange:officer"),
        *("GENERAL|G-1001", "1.2.4"),
    )


@pytest.mark.parametrize("wrong", [{"kind": "deleted"}, {"before": 0}, {"name": "Adult"}, {"from": "2101-01-01"}])
async def test_a_search_that_is_none_is_refused(opened: Exchange, wrong: dict[str, Any]) -> None:
    await ask(opened, "/search", status=400, **wrong)


async def test_searches_are_kept_for_the_officer_alone(opened: Exchange) -> None:
    looked = {"from": "2026-01-01", "to": "2026-02-01", "patient": ADULT}
    await ask(opened, "/filters", method="PUT", status=204, name="The adult", filter=looked, days=30)
    (kept,) = await ask(opened, "/filters", method="GET")
    assert (kept["name"], kept["days"], kept["filter"]["patient"]) == ("The adult", 30, ADULT)
    assert await ask(opened, "/filters", OWN_OFFICER, method="GET") == []
    await ask(opened, "/filters", OWN_OFFICER, 204, "DELETE", name="The adult")
    assert len(await ask(opened, "/filters", method="GET")) == 1
    await ask(opened, "/filters", method="DELETE", status=204, name="The adult")
    assert await ask(opened, "/filters", method="GET") == []


async def test_not_more_searches_are_kept_than_somebody_reads(opened: Exchange) -> None:
    looked = {"from": "2026-01-01", "to": "2026-02-01"}
    for number in range(MOST):
        await ask(opened, "/filters", method="PUT", status=204, name=f"{number}", filter=looked)
    await ask(opened, "/filters", method="PUT", status=400, name="one more", filter=looked)
    await ask(opened, "/filters", method="PUT", status=204, name="0", filter={**looked, "emergency": True})


async def test_what_is_kept_is_still_there_after_a_start(tmp_path: Path) -> None:
    looked = {"from": "2026-01-01", "to": "2026-02-01", "kind": "search"}
    async with opened_exchange(tmp_path, {"general": [ct("1.2.1")]}, issuer=ISSUER) as exchange:
        await ask(exchange, "/filters", method="PUT", status=204, name="Searches", filter=looked)
    async with opened_exchange(tmp_path, {"general": [ct("1.2.1")]}, issuer=ISSUER) as exchange:
        assert [one["name"] for one in await ask(exchange, "/filters", method="GET")] == ["Searches"]
