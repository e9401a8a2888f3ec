"""Exchanges that ask each other: every prior is found, once, for the real person, and nobody is asked in circles."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo.archive.app import Archive
from demo.archive.faults import Fault
from proxy.audit.event import EventKind
from proxy.federation.origins import INSTITUTIONS
from proxy.settings.retrieval import Federation
from proxy.settings.server import Policy
from tests.exchange import BUNDLE, NAMES, Exchange, ct
from tests.linked import PATIENT, Member, linked_exchanges

STUDIES = "/dicomweb/studies?PatientID=G-1001&IssuerOfPatientID=GENERAL"
FRAME = "/dicomweb/studies/{0}/series/{0}.1/instances/{0}.1.1/frames/1"
JSON = "application/dicom+json"
OCTETS = 'multipart/related; type="application/octet-stream"; transfer-syntax=*'


def uids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return sorted(row["0020000D"]["Value"][0] for row in answer.json())


def institutions(answer: httpx.Response, study: str) -> list[str]:
    row = next(row for row in answer.json() if row["0020000D"]["Value"] == [study])
    return list(row[INSTITUTIONS]["Value"])


async def statuses(exchange: Exchange, answer: httpx.Response, **options: Any) -> dict[str, str]:
    link = answer.headers["link"].split(">")[0].removeprefix("<")
    document = (await exchange.get(link, **options)).json()
    return {source["name"]: source["state"] for source in document["sources"]}


def broken_archive() -> Archive:
    archive = Archive([ct("1.2.4")])
    archive.faults["search"] = Fault(status=500)
    return archive


def asked_of(exchange: Exchange) -> list[str]:
    return [path for archive in exchange.archives.values() for _, path in archive.requests]


def asked_frames(exchange: Exchange) -> list[str]:
    return [path.partition("/instances/")[2].partition("/")[2] for path in asked_of(exchange) if "/frames/" in path]


def searches(exchange: Exchange) -> int:
    return sum(path.endswith("/studies") for path in asked_of(exchange))


def chain(**more: Any) -> dict[str, Member]:
    """South asks middle, which asks north; each has a study of the same patient."""
    return {
        "south": Member({"general": [ct("1.2.1")]}, asks=["middle"], **more),
        "middle": Member(
            {"lakeside": [ct("1.2.2")]}, asks=["north"], believes=["south"], treats=["south:exchange:clinician"]
        ),
        "north": Member({"university": [ct("1.2.3")]}, believes=["middle"], treats=["middle:south:exchange:clinician"]),
    }


async def test_a_chain_shows_every_study_with_its_institution_and_the_same_bytes(tmp_path: Path) -> None:
    async with linked_exchanges(tmp_path, chain()) as exchanges:
        south, north = exchanges["south"], exchanges["north"]
        answer = await south.get(STUDIES)
        assert uids(answer) == ["1.2.1", "1.2.2", "1.2.3"]
        assert "warning" not in answer.headers
        assert institutions(answer, "1.2.1") == ["General Hospital"]
        assert institutions(answer, "1.2.2") == ["Lakeside Imaging via Middle Exchange"]
        assert institutions(answer, "1.2.3") == ["University Hospital via North Exchange via Middle Exchange"]
        frame = await south.get(FRAME.format("1.2.3"), OCTETS)
        stored = ct("1.2.3").PixelData
        assert stored in frame.content
        assert asked_frames(north) == ["frames/1"]
        rendered = await south.get(FRAME.format("1.2.3") + "/rendered", "image/png")
        assert (rendered.status_code, asked_frames(north)) == (200, ["frames/1", "frames/1"])


async def test_each_exchange_records_the_real_person_and_why(tmp_path: Path) -> None:
    async with linked_exchanges(tmp_path, chain()) as exchanges:
        await exchanges["south"].get(
            FRAME.format("1.2.3"), OCTETS, headers=exchanges["south"].bearer(purpose="ETREAT", roles=["clinician"])
        )
        subjects = {}
        for name, exchange in exchanges.items():
            (opened,) = [event for event in exchange.events() if event.kind is EventKind.VIEW_OPENED]
            assert (opened.name, opened.purpose, opened.study) == ("The clinician", "ETREAT", "1.2.3")
            assert opened.roles == ("clinician",)
            subjects[name] = opened.subject
        assert subjects == {
            "south": "exchange:clinician",
            "middle": "south:exchange:clinician",
            "north": "middle:south:exchange:clinician",
        }


async def test_two_exchanges_that_ask_each_other_ask_once(tmp_path: Path) -> None:
    members = {
        "south": Member(
            {"general": [ct("1.2.1")]},
            asks=["north"],
            believes=["north"],
            treats=["exchange:clinician", "north:exchange:clinician"],
        ),
        "north": Member(
            {"university": [ct("1.2.3")]},
            asks=["south"],
            believes=["south"],
            treats=["exchange:clinician", "south:exchange:clinician"],
        ),
    }
    async with linked_exchanges(tmp_path, members) as exchanges:
        for near, far in (("south", "north"), ("north", "south")):
            exchanges["south"].forget()
            exchanges["north"].forget()
            answer = await exchanges[near].get(STUDIES)
            assert uids(answer) == ["1.2.1", "1.2.3"]
            assert "warning" not in answer.headers
            assert await statuses(exchanges[near], answer) == {
                NAMES["general" if near == "south" else "university"]: "answered",
                f"{far.title()} Exchange": "answered",
            }
            for exchange in exchanges.values():
                assert searches(exchange) == 1


async def test_three_exchanges_in_a_ring_ask_once_each(tmp_path: Path) -> None:
    ring = ["south", "middle", "north"]
    holdings = {
        "south": {"general": [ct("1.2.1")]},
        "middle": {"lakeside": [ct("1.2.2")]},
        "north": {"university": [ct("1.2.3")]},
    }
    members = {
        name: Member(
            holdings[name],
            asks=[ring[(at + 1) % 3]],
            believes=[ring[at - 1]],
            treats=[
                "exchange:clinician",
                f"{ring[at - 1]}:exchange:clinician",
                f"{ring[at - 1]}:{ring[at - 2]}:exchange:clinician",
            ],
        )
        for at, name in enumerate(ring)
    }
    async with linked_exchanges(tmp_path, members) as exchanges:
        for name in ring:
            for exchange in exchanges.values():
                exchange.forget()
            answer = await exchanges[name].get(STUDIES)
            assert uids(answer) == ["1.2.1", "1.2.2", "1.2.3"]
            assert "warning" not in answer.headers
            assert [searches(exchange) for exchange in exchanges.values()] == [1, 1, 1]


def diamond() -> dict[str, Member]:
    """South asks east and west, which both ask north."""
    between = {
        name: Member({}, asks=["north"], believes=["south"], treats=["south:exchange:clinician"])
        for name in ("east", "west")
    }
    treats = ["east:south:exchange:clinician", "west:south:exchange:clinician"]
    return {
        "south": Member({"general": [ct("1.2.1")]}, asks=["east", "west"]),
        **between,
        "north": Member({"university": [ct("1.2.3")]}, believes=["east", "west"], treats=treats),
    }


async def test_what_two_ways_lead_to_is_one_row_of_one_institution(tmp_path: Path) -> None:
    async with linked_exchanges(tmp_path, diamond()) as exchanges:
        south = exchanges["south"]
        answer = await south.get(STUDIES)
        assert uids(answer) == ["1.2.1", "1.2.3"]
        assert institutions(answer, "1.2.3") == ["University Hospital via North Exchange via East Exchange"]
        assert [row["00201208"]["Value"] for row in answer.json()] == [[1], [1]]
        assert ct("1.2.3").PixelData in (await south.get(FRAME.format("1.2.3"), OCTETS)).content
        assert asked_frames(exchanges["north"]) == ["frames/1"]


async def test_an_archive_that_is_asked_from_here_too_is_asked_directly(tmp_path: Path) -> None:
    shared = Archive([ct("1.2.1")])
    origins = {"general": "urn:oid:1.2.9"}
    members = {
        "south": Member({"general": shared}, asks=["north"], origins=origins),
        "north": Member({"general": shared}, believes=["south"], treats=["south:exchange:clinician"], origins=origins),
    }
    async with linked_exchanges(tmp_path, members) as exchanges:
        south = exchanges["south"]
        answer = await south.get(STUDIES)
        assert uids(answer) == ["1.2.1"]
        assert institutions(answer, "1.2.1") == ["General Hospital"]
        await south.get(FRAME.format("1.2.1"), OCTETS)
        assert "view-opened" in south.kinds()
        assert "view-opened" not in exchanges["north"].kinds()


BLOCKED = PATIENT + 'blocked = ["south:exchange:other"]\n'


def two(**north: Any) -> dict[str, Member]:
    """South's policy permits its clinician and the other; north decides about them itself."""
    both = ["exchange:clinician", "exchange:other"]
    return {
        "south": Member({"general": [ct("1.2.1")]}, asks=["north"], treats=both),
        "north": Member(
            {"university": [ct("1.2.3")]},
            **{"believes": ["south"], "treats": [f"south:{one}" for one in both], **north},
        ),
    }


@pytest.mark.parametrize("first", ["clinician", "other"])
async def test_nobody_is_given_what_another_exchange_gave_to_somebody_else(tmp_path: Path, first: str) -> None:
    """Whoever comes first, the caches of this exchange tell the other nothing."""
    paths = [
        (FRAME.format("1.2.3"), OCTETS),
        (FRAME.format("1.2.3") + "/rendered", "image/png"),
        (FRAME.format("1.2.3") + "/thumbnail", "image/png"),
        ("/dicomweb/studies/1.2.3/thumbnail", "image/png"),
        ("/dicomweb/studies/1.2.3/metadata", JSON),
        ("/dicomweb/studies/1.2.3/series", JSON),
    ]
    async with linked_exchanges(tmp_path, two(patient=BLOCKED)) as exchanges:
        south = exchanges["south"]

        async def statuses_of(who: str) -> list[int]:
            headers = south.bearer(sub=who)
            return [(await south.get(path, accept, headers=headers)).status_code for path, accept in paths]

        for who in [first, *({"clinician", "other"} - {first}), "clinician", "other"]:
            found = uids(await south.get(STUDIES, headers=south.bearer(sub=who)))
            permitted = who == "clinician"
            assert found == (["1.2.1", "1.2.3"] if permitted else ["1.2.1"])
            assert await statuses_of(who) == [200 if permitted else 404] * len(paths)


async def test_what_is_asked_for_at_once_is_not_shared_with_others(tmp_path: Path) -> None:
    async with linked_exchanges(tmp_path, two(patient=BLOCKED)) as exchanges:
        south = exchanges["south"]
        asked = [
            south.get(FRAME.format("1.2.3") + "/rendered", "image/png", headers=south.bearer(sub=who))
            for who in ("clinician", "other") * 4
        ]
        answers = await asyncio.gather(*asked)
        assert [answer.status_code for answer in answers] == [200, 404] * 4


async def test_what_another_exchange_does_not_open_is_shown_locked(tmp_path: Path) -> None:
    async with linked_exchanges(tmp_path, two(treats=["south:exchange:clinician"])) as exchanges:
        south = exchanges["south"]
        headers = south.bearer(sub="other")
        answer = await south.get(STUDIES, headers=headers)
        assert uids(answer) == ["1.2.1", "1.2.3"]
        locked = next(row for row in answer.json() if row["0020000D"]["Value"] == ["1.2.3"])
        assert "Value" not in locked["00100010"]
        assert "00081030" not in locked
        history = await south.get("/portal/studies?authority=GENERAL&identifier=G-1001", headers=headers)
        row = next(one for one in history.json()["studies"] if one["study"] == "1.2.3")
        assert (row["viewable"], row["description"]) == (False, "")
        assert "treat" in row["reason"]
        for _ in range(8):  # a person who is refused is no failure of the exchange
            frame = await south.get(FRAME.format("1.2.3"), OCTETS, headers=headers)
            assert frame.status_code == 403
        assert (await south.get(FRAME.format("1.2.3"), OCTETS)).status_code == 200


@pytest.mark.parametrize("preference", [0, 1])
async def test_what_an_exchange_refuses_is_shown_from_an_archive_that_has_it_too(
    tmp_path: Path, preference: int
) -> None:
    members = {
        "south": replace(two()["south"], holdings={"general": [ct("1.2.3")]}, linked={"preference": preference}),
        "north": two(treats=["south:exchange:clinician"])["north"],
    }
    async with linked_exchanges(tmp_path, members) as exchanges:
        south = exchanges["south"]
        headers = south.bearer(sub="other")
        assert uids(await south.get(STUDIES, headers=headers)) == ["1.2.3"]
        refused = "North Exchange does not permit this search to you"
        metadata = await south.get("/dicomweb/studies/1.2.3/metadata", JSON, headers=headers)
        assert (metadata.status_code, len(metadata.json())) == (200, 1)
        assert refused in metadata.headers["warning"]
        for below in ("/rendered", "/thumbnail"):
            accept = 'multipart/related; type="image/png"' if below == "/rendered" else "image/png"
            shown = await south.get(f"/dicomweb/studies/1.2.3{below}", accept, headers=headers)
            assert shown.status_code == 200, shown.text
            assert refused in shown.headers["warning"]
        of_series = await south.get("/dicomweb/studies/1.2.3/series/1.2.3.1/metadata", JSON, headers=headers)
        frame = await south.get(FRAME.format("1.2.3"), OCTETS, headers=headers)
        assert (of_series.status_code, frame.status_code) == (200, 200)
        assert asked_frames(exchanges["north"]) == []


async def test_a_portal_that_asks_about_others_is_no_person_to_another_exchange(tmp_path: Path) -> None:
    """Nobody is told there that the portal wants to see a study, and nothing is promised that only they may promise."""
    portals = Policy(folder=BUNDLE, register=tmp_path / "south" / "register.toml", portals=("exchange:portal",))
    members = two(treats=["south:exchange:portal", "south:exchange:clinician"])
    members["south"] = replace(members["south"], sections={"policy": portals})
    async with linked_exchanges(tmp_path, members) as exchanges:
        south, north = exchanges["south"], exchanges["north"]

        async def ask(study: str, sub: str) -> dict[str, Any]:
            about = {"roles": ["clinician"], "organization": "General Hospital"}
            question = {
                "subject": {"type": "user", "id": "exchange:clinician", "properties": about},
                "action": {"name": "view"},
                "resource": {"type": "study", "id": study},
            }
            answer = await south.client.post("/access/v1/evaluation", json=question, headers=south.bearer(sub=sub))
            return dict(answer.json())

        assert (await ask("1.2.1", "portal")) == {"decision": True}
        for study in ("1.2.3", "1.2.99"):
            told = await ask(study, "portal")
            assert (told["decision"], told["context"]["error"]["status"]) == (False, 503)
        assert asked_of(north) == []
        assert (await ask("1.2.3", "clinician")) == {"decision": True}
        assert asked_of(north) != []


async def test_an_archive_that_fails_behind_two_exchanges_is_named_here(tmp_path: Path) -> None:
    members = chain()
    members["north"] = Member(
        {"university": [ct("1.2.3")], "lakeside": broken_archive()},
        believes=["middle"],
        treats=["middle:south:exchange:clinician"],
    )
    async with linked_exchanges(tmp_path, members) as exchanges:
        south = exchanges["south"]
        answer = await south.get(STUDIES)
        assert uids(answer) == ["1.2.1", "1.2.2", "1.2.3"]
        name = "Lakeside Imaging via North Exchange via Middle Exchange"
        assert f"{name} failed; its results are missing" in answer.headers["warning"]
        assert await statuses(south, answer) == {
            "General Hospital": "answered",
            "Middle Exchange": "answered",
            name: "failed",
        }
        unknown = await south.get("/dicomweb/studies/1.2.77/metadata", JSON)
        assert (unknown.status_code, unknown.json()["institution"]) == (502, name)


async def test_an_exchange_that_is_too_far_away_is_named(tmp_path: Path) -> None:
    async with linked_exchanges(tmp_path, chain(hub={"hops": 0})) as exchanges:
        south = exchanges["south"]
        answer = await south.get(STUDIES)
        assert uids(answer) == ["1.2.1", "1.2.2"]
        assert "North Exchange via Middle Exchange is too many exchanges away" in answer.headers["warning"]
        assert (await statuses(south, answer))["North Exchange via Middle Exchange"] == "hop-limit"
        assert searches(exchanges["north"]) == 0


async def test_an_exchange_passes_no_further_than_it_lets_others(tmp_path: Path) -> None:
    members = chain()
    members["middle"] = replace(members["middle"], issuer={"hops": 0})
    async with linked_exchanges(tmp_path, members) as exchanges:
        answer = await exchanges["south"].get(STUDIES)
        assert uids(answer) == ["1.2.1", "1.2.2"]
        assert "is too many exchanges away" in answer.headers["warning"]


async def test_an_exchange_that_does_not_believe_us_is_named_and_the_others_answer(tmp_path: Path) -> None:
    async with linked_exchanges(tmp_path, two(believes=[])) as exchanges:
        answer = await exchanges["south"].get(STUDIES)
        assert uids(answer) == ["1.2.1"]
        assert "North Exchange failed; its results are missing" in answer.headers["warning"]


async def test_all_pages_of_another_exchange_are_read(tmp_path: Path) -> None:
    studies = [ct(f"1.2.3.{number}") for number in range(25)]
    members = {
        "south": Member({}, asks=["north"]),
        "north": Member(
            {"university": studies},
            believes=["south"],
            treats=["south:exchange:clinician"],
            sections={"federation": Federation(deadline_seconds=2, results=10)},
        ),
    }
    async with linked_exchanges(tmp_path, members) as exchanges:
        found = await exchanges["south"].get(STUDIES)
        assert len(uids(found)) == 25
        assert "warning" not in found.headers
