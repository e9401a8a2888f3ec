"""What somebody may not know of is answered like what does not exist: by every route, to the byte."""

from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest
from starlette.routing import BaseRoute

from proxy.app import build_app
from tests.exchange import Exchange, ct, opened_exchange
from tests.proxy.breakglass.hospital import PATH, hospital

HIDDEN, ABSENT = "1.2.4", "1.2.7"
HOLDINGS = {"general": [ct("1.2.1")], "lakeside": [ct(HIDDEN, patient="77-300")]}
ROOTS = ("/dicomweb", "/institutions/lakeside/dicomweb")


def paths_of(routes: list[BaseRoute]) -> list[str]:
    """Every route below a study, of both kinds of roots."""
    found = [str(getattr(route, "path", "")) for route in routes]
    return [path for path in found if path.startswith(("/dicomweb/studies/{", "/institutions/")) and "{study}" in path]


def filled(path: str, study: str, institution: str = "lakeside") -> str:
    told = {
        "{institution}": institution,
        "{study}": study,
        "{series}": f"{study}.1",
        "{instance}": f"{study}.1.1",
        "{frames}": "1",
        "{path:path}": "7FE00010",
    }
    for name, value in told.items():
        path = path.replace(name, value)
    return path


def to_the_byte(response: httpx.Response, *own: str) -> tuple[int, Mapping[str, str], bytes]:
    """All of an answer but its request's own number, and what the caller has said in it (`own`)."""
    number = response.headers["x-request-id"]
    headers = {name: value for name, value in response.headers.items() if name not in {"x-request-id", "date"}}
    body = response.content.replace(number.encode(), b"")
    for one in own:
        body = body.replace(one.encode(), b"")
    return response.status_code, headers, body


async def asked(exchange: Exchange, method: str, path: str) -> httpx.Response:
    return await exchange.client.request(method, path, headers=exchange.bearer())


async def test_a_hidden_study_by_every_route(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, HOLDINGS) as exchange:
        templates = paths_of(build_app(exchange.services).router.routes)
        assert len(templates) > 35
        for template in templates:
            for method in ("GET", "HEAD"):
                hidden, absent = [await asked(exchange, method, filled(template, one)) for one in (HIDDEN, ABSENT)]
                assert to_the_byte(hidden, HIDDEN) == to_the_byte(absent, ABSENT), f"{method} {template}"
                if "/instances/{" in template and not template.endswith("{instance}"):
                    assert hidden.status_code == 404, template


@pytest.mark.parametrize("root", ["general", "nowhere"])
async def test_a_study_elsewhere_by_every_route_of_an_institution(tmp_path: Path, root: str) -> None:
    """Of an institution that there is not, too: that it is not is nobody's secret, and is answered alike."""
    async with opened_exchange(tmp_path, HOLDINGS) as exchange:
        templates = [one for one in paths_of(build_app(exchange.services).router.routes) if "{institution}" in one]
        for template in templates:
            hidden, absent = [await asked(exchange, "GET", filled(template, one, root)) for one in (HIDDEN, ABSENT)]
            assert to_the_byte(hidden) == to_the_byte(absent), template


async def test_what_is_another_person_s_is_like_what_is_not(tmp_path: Path) -> None:
    """A search's status and a declared emergency."""
    async with opened_exchange(tmp_path, HOLDINGS) as exchange:
        searched = await asked(exchange, "GET", "/dicomweb/studies?PatientID=G-1001&IssuerOfPatientID=GENERAL")
        status = searched.headers["Link"].partition(">")[0].removeprefix("<").removeprefix("http://127.0.0.1:8080")
        assert (await asked(exchange, "GET", status)).status_code == 200
        other = exchange.bearer(sub="somebody")
        answers = [await exchange.client.get(one, headers=other) for one in (status, "/federation/status/" + "0" * 32)]
        assert answers[0].status_code == 404
        assert to_the_byte(answers[0]) == to_the_byte(answers[1])
    (tmp_path / "er").mkdir()
    async with hospital(tmp_path / "er") as place:
        own = (await place.declare()).json()["id"]
        foreign, unknown = [await place.ask("DELETE", f"{PATH}/{one}", sub="another") for one in (own, "0" * len(own))]
        assert foreign.status_code == 404
        assert to_the_byte(foreign) == to_the_byte(unknown)
