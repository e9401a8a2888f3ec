"""A portal asks the whole service what its people could open, before anybody opens anything."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from demo.archive.faults import Fault
from proxy.audit.event import Event, EventKind
from proxy.settings.server import Policy
from tests.exchange import BUNDLE, Exchange, ct, opened_exchange

SEEN, OTHERS, OPTED_OUT, ABSENT = "1.2.1", "1.2.2", "1.2.3", "1.2.9"
REGISTER = """
[[patients]]
id = "p-adult"
consent = "optin"
identifiers = [{ authority = "GENERAL", value = "G-1001" }]

[[patients]]
id = "p-other"
consent = "optin"
identifiers = [{ authority = "GENERAL", value = "G-1002" }]

[[patients]]
id = "p-out"
consent = "optout"
identifiers = [{ authority = "GENERAL", value = "G-1003" }]

[[relationships]]
subject = "exchange:clinician"
patient = "p-adult"
kind = "encounter"
from = 2020-01-01T00:00:00Z
until = 2099-01-01T00:00:00Z

[[relationships]]
subject = "exchange:clinician"
patient = "p-out"
kind = "encounter"
from = 2020-01-01T00:00:00Z
until = 2099-01-01T00:00:00Z
"""


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def whole(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Exchange]:
    tmp_path = tmp_path_factory.mktemp("exchange")
    studies = [(SEEN, "G-1001"), (OTHERS, "G-1002"), (OPTED_OUT, "G-1003")]
    holdings = {"general": [ct(study, patient=patient) for study, patient in studies], "lakeside": []}
    policy = Policy(folder=BUNDLE, register=tmp_path / "register.toml", portals=("exchange:portal",))
    async with opened_exchange(tmp_path, holdings, register=REGISTER, policy=policy) as opened:
        yield opened


@pytest.fixture
def exchange(whole: Exchange) -> Exchange:
    """The one exchange of this file, with nothing in memory and archives that are well."""
    whole.forget()
    for archive in whole.archives.values():
        archive.faults.clear()
    return whole


def evaluated(exchange: Exchange) -> Event:
    """The last event about an evaluation."""
    return [event for event in exchange.events() if event.kind is EventKind.EVALUATED][-1]


def question(study: str = SEEN, action: str = "view", subject: str = "clinician", **more: Any) -> dict[str, Any]:
    return {
        "subject": {"type": "user", "id": subject, **more},
        "action": {"name": action},
        "resource": {"type": "study", "id": study},
    }


async def ask(exchange: Exchange, document: object, path: str = "evaluation", **who: Any) -> httpx.Response:
    return await exchange.client.post(f"/access/v1/{path}", json=document, headers=exchange.bearer(**who))


async def test_what_may_be_opened_is_said_and_nothing_is_opened(exchange: Exchange) -> None:
    answer = await ask(exchange, question())
    assert (answer.status_code, answer.json()) == (200, {"decision": True})
    assert "view-opened" not in exchange.kinds()
    event = evaluated(exchange)
    assert (event.subject, event.detail["about"]) == ("exchange:clinician", "exchange:clinician")
    assert (event.detail["asked"], event.detail["permitted"], event.detail["studies"]) == (1, 1, SEEN)


async def test_what_may_only_be_known_of_is_refused_in_the_rule_s_words(exchange: Exchange) -> None:
    answer = (await ask(exchange, question(OTHERS))).json()
    assert answer["decision"] is False
    assert "no treating relationship" in answer["context"]["reason_user"]["en"]
    assert (await ask(exchange, question(OTHERS, "knowExists"))).json() == {"decision": True}


async def test_hidden_and_absent_studies_are_the_same_answer_and_the_same_questions(exchange: Exchange) -> None:
    """Facts are compared, times are not (ADR 0036); what was remembered before changes nothing."""
    told, asked = [], []
    for study in (OPTED_OUT, ABSENT, OPTED_OUT, ABSENT):
        exchange.forget()
        answer = await ask(exchange, question(study, "knowExists"))
        told.append((answer.status_code, answer.content))
        asked.append([len(archive.requests) for archive in exchange.archives.values()])
    assert len(set(told)) == 1
    assert all(one == asked[0] for one in asked)
    assert asked[0][0] > 0


async def test_many_are_answered_in_their_order_and_looked_for_once(exchange: Exchange) -> None:
    entries = [
        {"resource": {"type": "study", "id": study}, "action": {"name": action}}
        for study in (SEEN, OTHERS, ABSENT, SEEN)
        for action in ("knowExists", "view", "viewLossless", "share")
    ]
    exchange.forget()
    answer = await ask(exchange, {**question(), "evaluations": entries}, "evaluations")
    told = [one["decision"] for one in answer.json()["evaluations"]]
    seen = [True, True, True, False]
    assert told == [*seen, True, False, False, False, *[False] * 4, *seen]
    assert [len(archive.requests) for archive in exchange.archives.values()] <= [3, 3]
    event = evaluated(exchange)
    assert (event.detail["asked"], event.detail["studies"]) == (16, f"{SEEN} {OTHERS} {ABSENT}")


@pytest.mark.parametrize(
    ("semantic", "told"),
    [
        ("execute_all", [True, False, True]),
        ("deny_on_first_deny", [True, False]),
        ("permit_on_first_permit", [True]),
    ],
)
async def test_answering_ends_where_it_is_said_to(exchange: Exchange, semantic: str, told: list[bool]) -> None:
    entries = [{"action": {"name": action}} for action in ("view", "share", "knowExists")]
    document = {**question(), "evaluations": entries, "options": {"evaluations_semantic": semantic}}
    answers = (await ask(exchange, document, "evaluations")).json()["evaluations"]
    assert [one["decision"] for one in answers] == told


async def test_nobody_asks_about_others_but_a_portal_that_is_known(exchange: Exchange) -> None:
    about = {"properties": {"roles": ["clinician"], "organization": "General Hospital"}}
    known = question(subject="exchange:clinician", **about)
    assert (await ask(exchange, known, sub="portal", role="")).json() == {"decision": True}
    assert (await ask(exchange, known, sub="nurse")).status_code == 403
    assert (await ask(exchange, question(subject="exchange:clinician"), sub="portal", role="clinician")).json()[
        "decision"
    ] is False  # the portal's own roles are nobody else's
    stranger = question(subject="exchange:stranger", **about)
    assert (await ask(exchange, stranger, sub="portal")).json()["decision"] is False
    event = evaluated(exchange)
    assert (event.subject, event.detail["about"]) == ("exchange:portal", "exchange:stranger")


async def test_only_an_access_token_may_ask(exchange: Exchange) -> None:
    answer = await exchange.client.post("/access/v1/evaluation", json=question())
    assert answer.status_code == 401
    answer = await exchange.client.post("/access/v1/evaluation", json=question(), headers={"Cookie": "vitrine=x"})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"{", "application/json"), (b"{}", "text/plain"), (b" " * 70_000, "application/json")],
)
async def test_other_bodies_are_refused(exchange: Exchange, body: bytes, kind: str) -> None:
    headers = {**exchange.bearer(), "Content-Type": kind}
    assert (await exchange.client.post("/access/v1/evaluation", content=body, headers=headers)).status_code == 400


async def test_another_purpose_than_the_token_s_is_refused(exchange: Exchange) -> None:
    assert (await ask(exchange, {**question(), "context": {"purpose": "ETREAT"}})).status_code == 400
    assert (await ask(exchange, {**question(), "context": {"purpose": "TREAT"}})).status_code == 200


async def test_an_archive_that_fails_is_no_refusal(exchange: Exchange) -> None:
    exchange.archives["general"].faults["search"] = Fault(status=500)
    answer = (await ask(exchange, question(ABSENT))).json()
    assert answer["decision"] is False
    assert answer["context"]["error"]["status"] == 503


async def test_portals_find_where_to_ask(exchange: Exchange) -> None:
    told = (await exchange.client.get("/.well-known/authzen-configuration")).json()
    assert told["access_evaluation_endpoint"].endswith("/access/v1/evaluation")
