"""The demo's patient index, as IHE PIXm and PDQm have one."""

from typing import Any

import httpx
import pytest

from demo.index import PEOPLE, SYSTEMS, index_app

BUC = f"{SYSTEMS['GENERAL']}|G-1001"


def index(**more: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(index_app(PEOPLE, **more)), base_url="http://index.test")


async def test_the_source_identifier_is_not_repeated() -> None:
    answer = await index().get("/Patient/$ihe-pix", params={"sourceIdentifier": BUC})
    named = [one["valueIdentifier"]["value"] for one in answer.json()["parameter"] if one["name"] == "targetIdentifier"]
    assert named == ["77-201", "U-20417"]
    assert answer.headers["content-type"] == "application/fhir+json"


async def test_one_domain_may_be_asked_for() -> None:
    query = {"sourceIdentifier": BUC, "targetSystem": SYSTEMS["LAKESIDE"]}
    parameters = (await index().get("/Patient/$ihe-pix", params=query)).json()["parameter"]
    assert [one["valueIdentifier"]["value"] for one in parameters if "valueIdentifier" in one] == ["77-201"]


@pytest.mark.parametrize(
    ("source", "target", "status", "code"),
    [
        (f"{SYSTEMS['GENERAL']}|nobody", None, 404, "not-found"),
        ("urn:oid:9.9|1", None, 400, "code-invalid"),
        (BUC, "urn:oid:9.9", 403, "code-invalid"),
    ],
)
async def test_what_is_not_known_is_an_outcome(source: str, target: str | None, status: int, code: str) -> None:
    query = {"sourceIdentifier": source, **({"targetSystem": target} if target else {})}
    answer = await index().get("/Patient/$ihe-pix", params=query)
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (status, code)


async def test_patients_are_read_and_searched() -> None:
    found = (await index().get("/Patient", params={"identifier": BUC})).json()["entry"]
    read = (await index().get(f"/Patient/{found[0]['resource']['id']}")).json()
    assert [one["resource"] for one in found] == [read]
    assert (read["birthDate"], read["gender"]) == ("1961-03-12", "male")
    assert (await index().get("/Patient/nobody")).status_code == 404


async def test_candidates_come_by_their_score_and_only_certain_ones_when_that_is_asked() -> None:
    wanted = {"resourceType": "Patient", "name": [{"family": "Buc"}], "birthDate": "1974-08-20"}

    async def match(**more: Any) -> list[dict[str, Any]]:
        parameters = [{"name": "resource", "resource": wanted}, *({"name": name, **one} for name, one in more.items())]
        question = {"resourceType": "Parameters", "parameter": parameters}
        entries: list[dict[str, Any]] = (await index().post("/Patient/$match", json=question)).json()["entry"]
        return entries

    scores = [one["search"]["score"] for one in await match()]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) == 2
    assert len(await match(count={"valueInteger": 1})) == 1
    assert await match(onlyCertainMatches={"valueBoolean": True}) == []
