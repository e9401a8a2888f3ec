"""Permission over HTTP: no permit, no pixel; no committed event, no permit; the cache comes after both."""

from pathlib import Path

import pytest

from demo.archive.faults import Fault
from proxy.errors import AuditUnavailable
from tests.exchange import Exchange, ct, opened_exchange

STUDY = "/dicomweb/studies/1.2.1"
FRAME = f"{STUDY}/series/1.2.1.1/instances/1.2.1.1.2/frames/1/rendered"
PATHS = (
    FRAME,
    f"{STUDY}/series",
    f"{STUDY}/metadata",
    f"{STUDY}/thumbnail",
    f"{STUDY}/rendered",
    FRAME.removesuffix("/rendered"),
    FRAME.removesuffix("/frames/1/rendered") + "/bulkdata/7FE00010",
)


@pytest.mark.parametrize("path", ["/dicomweb/studies", *PATHS])
@pytest.mark.parametrize("header", [None, "Bearer ", "Bearer x.y.z", "Basic Zm9v", "Bearer " + "a" * 9000])
async def test_without_a_good_token_there_is_nothing(exchange: Exchange, path: str, header: str | None) -> None:
    response = await exchange.client.get(path, headers={"Authorization": header} if header else {})
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert not exchange.archives["general"].requests


@pytest.mark.parametrize("path", PATHS)
async def test_who_may_only_know_of_it_is_refused_with_the_reason(exchange: Exchange, path: str) -> None:
    accept = "*/*"
    assert (await exchange.get(FRAME)).status_code == 200
    exchange.archives["general"].requests.clear()
    response = await exchange.get(path, accept, headers=exchange.bearer(sub="unrelated"))
    assert response.status_code == 403
    assert "relationship" in response.json()["detail"]
    assert not {"frames", "metadata", "bulkdata"} & set(exchange.archives["general"].counts())
    assert "view-refused" in exchange.kinds()


async def answered(exchange: Exchange, path: str) -> tuple:
    """All that somebody can see, or time, of an answer: with it what the archives were asked and what was recorded."""
    before = len(exchange.events())
    for archive in exchange.archives.values():
        archive.requests.clear()
    response = await exchange.get(path)
    headers = {name: value for name, value in response.headers.items() if name != "x-request-id"}
    asked = [len(archive.requests) for archive in exchange.archives.values()]
    events = [(event.kind, event.outcome) for event in exchange.events()[before:]]
    return response.status_code, response.json() | {"instance": ""}, headers, asked, events


@pytest.mark.parametrize("path", PATHS)
async def test_a_hidden_study_is_like_an_absent_one_in_all_that_can_be_seen(exchange: Exchange, path: str) -> None:
    hidden, absent = path.replace("1.2.1", "1.2.4"), path.replace("1.2.1", "1.2.777")
    for _ in range(2):  # asked for the first time, and again
        first, second = await answered(exchange, hidden), await answered(exchange, absent)
        assert first == second
        assert first[0] == 404


async def test_a_hidden_study_is_like_an_absent_one_while_an_archive_is_down(exchange: Exchange) -> None:
    exchange.archives["general"].faults["search"] = Fault(status=500)
    hidden, absent = [await exchange.get(f"/dicomweb/studies/{study}/metadata") for study in ("1.2.4", "1.2.777")]
    assert hidden.status_code == absent.status_code == 502
    assert hidden.json() | {"instance": ""} == absent.json() | {"instance": ""}


@pytest.mark.parametrize(("patient", "status"), [("G-9999", 404), ("G-1001", 502)])
async def test_of_a_study_of_two_patients_learns_only_who_may_know_of_it(
    tmp_path: Path, patient: str, status: int
) -> None:
    holdings = {"general": [ct("1.2.5", patient=patient)], "lakeside": [ct("1.2.5", patient="77-300")]}
    async with opened_exchange(tmp_path, holdings) as exchange:
        assert (await exchange.get("/dicomweb/studies/1.2.5/metadata")).status_code == status
        assert "view-opened" not in exchange.kinds()


async def test_the_same_identifier_of_another_authority_is_another_patient(tmp_path: Path) -> None:
    issuers = enumerate(("GENERAL", "VISITING"), start=1)
    holdings = {"general": [ct("1.2.1", 1, number, IssuerOfPatientID=issuer) for number, issuer in issuers]}
    async with opened_exchange(tmp_path, holdings) as exchange:
        answers = [await exchange.get(FRAME.replace("1.1.2", f"1.1.{number}")) for number in (1, 2)]
        assert [answer.status_code for answer in answers] == [200, 502]
        assert "archive-mismatch" in exchange.kinds()


async def test_a_token_with_other_roles_is_decided_about_anew(exchange: Exchange) -> None:
    assert (await exchange.get(FRAME)).status_code == 200
    less = exchange.bearer(sub="clinician", role="scheduler")
    assert (await exchange.get(FRAME, headers=less)).status_code == 404


async def test_an_officer_sees_no_images(exchange: Exchange) -> None:
    officer = exchange.bearer(sub="officer", role="privacy-officer", purpose="HOPERAT")
    assert (await exchange.get(FRAME, headers=officer)).status_code in {403, 404}


async def test_the_opening_is_recorded_before_the_first_image_and_once(exchange: Exchange) -> None:
    for _ in range(3):
        assert (await exchange.get(FRAME)).status_code == 200
    opened = [event for event in exchange.events() if event.kind.value == "view-opened"]
    (event,) = [event for event in opened if event.institution == "general"]
    assert (event.subject, event.patient, event.study) == ("exchange:clinician", "GENERAL|G-1001", "1.2.1")
    assert event.reasons
    assert event.policy


async def test_no_audit_log_no_image(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full, from the caller's side; that the store then refuses is tested with a real full disk."""

    async def refuse(_: object) -> int:
        raise AuditUnavailable("the audit log cannot commit")

    monkeypatch.setattr(exchange.services.journal, "record", refuse)
    response = await exchange.get(FRAME)
    assert response.status_code == 503
    assert response.headers["retry-after"]
    assert exchange.archives["general"].counts()["frames"] == 0
    monkeypatch.undo()
    assert (await exchange.get(FRAME)).status_code == 200


async def test_a_warm_cache_opens_nothing_for_others(exchange: Exchange) -> None:
    await exchange.get(FRAME)
    hits = exchange.cache("rendered").hits
    response = await exchange.get(FRAME, headers=exchange.bearer(sub="unrelated"))
    assert response.status_code == 403
    assert exchange.cache("rendered").hits == hits


async def test_a_token_without_a_purpose_is_refused(exchange: Exchange) -> None:
    assert (await exchange.get(FRAME, headers=exchange.bearer(purpose=""))).status_code == 403


async def test_health_and_metrics_name_nobody(exchange: Exchange) -> None:
    await exchange.get(FRAME)
    ready = await exchange.client.get("/health/ready")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})
    text = (await exchange.client.get("/metrics")).text
    assert 'route="/dicomweb/studies/{study}/series/{series}/instances/{instance}/frames/{frames}/rendered"' in text
    for secret in ("1.2.1", "G-1001", "clinician", "Yamada"):
        assert secret not in text


async def test_another_sites_page_cannot_use_the_cookie_of_somebody_signed_in(exchange: Exchange) -> None:
    response = await exchange.client.get(
        FRAME, headers={"Cookie": "vitrine=anything", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    )
    assert response.status_code == 401


async def test_a_thumbnail_is_recorded_as_what_it_is_and_the_opening_that_follows_too(exchange: Exchange) -> None:
    assert (await exchange.get(f"{STUDY}/thumbnail")).status_code == 200
    assert (await exchange.get(f"{STUDY}/thumbnail")).status_code == 200
    previews = [event for event in exchange.events() if event.kind.value == "previewed"]
    assert {event.institution for event in previews} == {"general", "lakeside"}
    assert len(previews) == 2
    assert "view-opened" not in exchange.kinds()
    assert (await exchange.get(FRAME)).status_code == 200
    opened = [event for event in exchange.events() if event.kind.value == "view-opened"]
    assert "general" in {event.institution for event in opened}
    assert (await exchange.get(f"{STUDY}/thumbnail")).status_code == 200
    assert exchange.kinds().count("previewed") == 2


@pytest.mark.parametrize("path", [f"{STUDY}/thumbnail?viewport=257,20", f"{FRAME.removesuffix('/rendered')}/thumbnail"])
async def test_a_thumbnail_as_large_as_the_image_or_of_one_frame_is_an_opening(exchange: Exchange, path: str) -> None:
    assert (await exchange.get(path)).status_code == 200
    assert "view-opened" in exchange.kinds()
    assert "previewed" not in exchange.kinds()
