"""Who is given OHIF's page, and what is answered below its path."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from proxy.ohif.preparing import prepare
from proxy.settings.ohif import Ohif
from tests.exchange import Exchange, ct, opened_exchange
from tests.proxy.ohif.packages import integrity, like_the_real_one, packed


@pytest.fixture
async def exchange(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Exchange]:
    package = packed(like_the_real_one())
    monkeypatch.setattr("proxy.ohif.preparing.INTEGRITY", integrity(package))
    prepare(package, tmp_path / "ohif")
    holdings = {"general": [ct("1.2.1"), ct("1.2.2")], "lakeside": [ct("1.2.3", patient="77-300")]}
    async with opened_exchange(tmp_path, holdings, ohif=Ohif(folder=tmp_path / "ohif")) as opened:
        yield opened


async def test_the_page_is_for_whoever_may_have_stored_values(exchange: Exchange) -> None:
    answer = await exchange.get("/ohif/viewer?StudyInstanceUIDs=1.2.1,1.2.2&hangingProtocolId=@ohif/hpCompare")
    assert answer.status_code == 200
    assert "<script>" in answer.text
    assert "require-trusted-types-for" not in answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("study", ["1.2.3", "1.2.9"])
async def test_a_study_that_is_refused_or_absent_is_for_the_own_viewer(exchange: Exchange, study: str) -> None:
    answer = await exchange.get(f"/ohif/viewer?StudyInstanceUIDs=1.2.1,{study}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/viewer?study=1.2.1&prior={study}")


async def test_images_that_must_be_marked_are_for_the_own_viewer(exchange: Exchange) -> None:
    patient = exchange.bearer(
        sub="p",
        role="patient",
        purpose="PATRQT",
        patient={"authority": "GENERAL", "value": "G-1001"},
        roles=["patient"],
    )
    answer = await exchange.get("/ohif/viewer?StudyInstanceUIDs=1.2.1", headers=patient)
    assert (answer.status_code, answer.headers["location"]) == (303, "/viewer?study=1.2.1")


async def test_whoever_is_not_signed_in_comes_back_after_that(exchange: Exchange) -> None:
    answer = await exchange.client.get("/ohif/viewer?StudyInstanceUIDs=1.2.1")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/portal?return=%2Fohif%2Fviewer%3FStudyInstanceUIDs%3D1.2.1"


@pytest.mark.parametrize(
    "query",
    [
        "",
        "StudyInstanceUIDs=",
        "StudyInstanceUIDs=1.2.1&token=secret",
        "StudyInstanceUIDs=1.2.1&configUrl=https://elsewhere.test",
        "StudyInstanceUIDs=1.2.1&hangingProtocolId=%3Cscript%3E",
        "StudyInstanceUIDs=1.2.x",
        "StudyInstanceUIDs=1.1,1.2,1.3,1.4,1.5",
    ],
)
async def test_what_it_does_not_take_is_refused(exchange: Exchange, query: str) -> None:
    assert (await exchange.get(f"/ohif/viewer?{query}")).status_code == 400


async def test_files_are_answered_from_the_list_alone(exchange: Exchange) -> None:
    bundle = await exchange.client.get("/ohif/app.bundle.0123456789abcdef.js")
    assert "immutable" in bundle.headers["cache-control"]
    assert bundle.text.startswith("__webpack_require__")
    plain = await exchange.client.get("/ohif/app.bundle.0123456789abcdef.js", headers={"Accept-Encoding": "identity"})
    assert plain.content == bundle.content
    configuration = await exchange.client.get("/ohif/app-config.js")
    assert (configuration.status_code, configuration.headers["cache-control"]) == (200, "no-cache")
    for name in ("index.html", "MANIFEST.json", "../vitrine.toml", "%2e%2e/register.toml", "sw.js"):
        assert (await exchange.client.get(f"/ohif/{name}")).status_code == 404
    assert (await exchange.client.get("/ohif/")).headers["location"] == "/portal"


async def test_without_an_installed_one_there_is_nothing(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, {"general": [ct("1.2.1")]}) as exchange:
        assert (await exchange.get("/ohif/viewer?StudyInstanceUIDs=1.2.1")).status_code == 404
