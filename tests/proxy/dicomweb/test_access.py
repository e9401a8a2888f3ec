"""Permission over HTTP: no permit, no pixel; no committed event, no permit; the cache comes after both."""

import pytest

from proxy.errors import AuditUnavailable
from tests.exchange import Exchange

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
    hits = exchange.services.rooms.rendered.cache.hits
    response = await exchange.get(FRAME, headers=exchange.bearer(sub="unrelated"))
    assert response.status_code == 403
    assert exchange.services.rooms.rendered.cache.hits == hits


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
