"""Each institution under a root of its own: the whole service, with nothing of the others, and no way out of it."""

from xml.etree import ElementTree as ET

import pytest

from proxy.dicomweb.institutions import root_of
from tests.exchange import ORIGIN, Exchange

GENERAL, LAKESIDE = root_of("general"), root_of("lakeside")


def values(row: dict, tag: str) -> list:
    return row.get(tag, {}).get("Value", [])


async def test_a_root_has_the_studies_of_its_institution_with_links_below_it(exchange: Exchange) -> None:
    response = await exchange.get(f"{LAKESIDE}/studies", headers={"Accept": "application/dicom+json"})
    rows = response.json()
    assert [values(row, "0020000D")[0] for row in rows] == ["1.2.1", "1.2.3"]
    assert [values(row, "00081190")[0] for row in rows] == [
        f"{ORIGIN}{LAKESIDE}/studies/1.2.1",
        f"{ORIGIN}{LAKESIDE}/studies/1.2.3",
    ]
    assert values(rows[0], "00991001") == ["Lakeside Imaging"], "general has a part of it too"
    assert not exchange.archives["general"].requests
    status = response.headers["Link"].partition(">")[0].removeprefix("<")
    assert [one["institution"] for one in (await exchange.get(status)).json()["sources"]] == ["lakeside"]


async def test_the_next_page_is_below_the_same_root_and_its_cursor_good_for_no_other(exchange: Exchange) -> None:
    first = await exchange.get(f"{LAKESIDE}/studies?limit=1")
    following = next(part for part in first.headers["Link"].split(", ") if 'rel="next"' in part)
    target = following.partition(">")[0].removeprefix(f"<{ORIGIN}")
    assert target.startswith(f"{LAKESIDE}/studies?")
    assert [values(row, "0020000D")[0] for row in (await exchange.get(target)).json()] == ["1.2.3"]
    for other in ("/dicomweb", GENERAL):
        assert (await exchange.get(target.replace(LAKESIDE, other))).status_code == 404


async def test_what_is_retrieved_is_the_part_of_the_institution(exchange: Exchange) -> None:
    metadata = (await exchange.get(f"{GENERAL}/studies/1.2.1/metadata")).json()
    assert {values(one, "0020000E")[0] for one in metadata} == {"1.2.1.1"}
    assert all(values(one, "00081190")[0].startswith(f"{ORIGIN}{GENERAL}/") for one in metadata)
    assert all(one["7FE00010"]["BulkDataURI"].startswith(f"{ORIGIN}{GENERAL}/") for one in metadata)
    assert len((await exchange.get("/dicomweb/studies/1.2.1/metadata")).json()) == 5, "all institutions together"
    frame = f"{LAKESIDE}/studies/1.2.1/series/1.2.1.2/instances/1.2.1.2.1/frames/1/rendered"
    shown = await exchange.get(frame, accept="image/png")
    assert shown.status_code == 200
    assert not [one for one in exchange.archives["general"].requests if "frames" in str(one)]


async def test_what_only_another_institution_has_is_not_there(exchange: Exchange) -> None:
    absent = await exchange.get(f"{GENERAL}/studies/1.2.999/metadata")
    answers = [
        await exchange.get(f"{GENERAL}/studies/1.2.3/metadata"),
        await exchange.get(f"{GENERAL}/studies/1.2.1/series/1.2.1.2/metadata"),
        await exchange.get(f"{root_of('nowhere')}/studies/1.2.1/metadata"),
        await exchange.get(f"{root_of('nowhere')}/studies"),
    ]
    for answer in answers:
        assert answer.status_code == absent.status_code == 404
        assert {**answer.json(), "instance": ""} == {**absent.json(), "instance": ""}


async def test_nobody_learns_which_institutions_there_are_without_signing_in(exchange: Exchange) -> None:
    for root in (GENERAL, root_of("nowhere")):
        assert (await exchange.client.get(f"{root}/studies")).status_code == 401


@pytest.mark.parametrize("root", ["/dicomweb", GENERAL])
async def test_capabilities_name_their_own_root(exchange: Exchange, root: str) -> None:
    described = await exchange.client.request("OPTIONS", root)
    (tree,) = ET.fromstring(described.text)
    assert tree.get("base") == f"{ORIGIN}{root}"
    assert len(tree) == 22
