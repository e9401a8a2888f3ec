"""Officers see how the archives they answer for fare; other institutions' archives are like none at all."""

import httpx
import pytest

from policy.request import PurposeOfUse
from tests.proxy.viewer.front import Front, caller

EXCHANGE = caller("privacy-officer", "privacy-officer", purpose=PurposeOfUse.HOPERAT, organization="Exchange")


def officer_of(organization: str, name: str = "officer") -> object:
    return caller(name, "institution-officer", purpose=PurposeOfUse.HOPERAT, organization=organization)


async def listed(front: Front) -> list[str]:
    return [one["archive"] for one in (await front.client.get("/portal/archives")).json()]


async def test_officers_of_the_exchange_see_all_archives(front: Front) -> None:
    front.sign_in(EXCHANGE)
    assert await listed(front) == ["general", "lakeside"]


@pytest.mark.parametrize("organization", ["Lakeside Imaging", "lakeside"])
async def test_officers_of_an_institution_see_its_own(front: Front, organization: str) -> None:
    front.sign_in(officer_of(organization))
    assert await listed(front) == ["lakeside"]
    assert (await front.client.get("/portal/archives/lakeside")).json()["name"] == "Lakeside Imaging"


@pytest.mark.parametrize("organization", ["", "Elsewhere", "LAKESIDE", "Lakeside"])
async def test_officers_of_nothing_that_is_here_see_nothing(front: Front, organization: str) -> None:
    front.sign_in(officer_of(organization))
    assert (await front.client.get("/portal/archives")).status_code == 403


async def test_for_whom_somebody_is_named_outranks_where_the_token_says_they_are(front: Front) -> None:
    front.sign_in(officer_of("General Hospital", "named-for-lakeside"))
    assert await listed(front) == ["lakeside"]
    assert (await front.client.get("/portal/archives/general")).status_code == 404


def without_instance(answer: httpx.Response) -> object:
    return {name: value for name, value in answer.json().items() if name != "instance"}


async def test_another_institutions_archive_is_like_one_that_does_not_exist(front: Front) -> None:
    front.sign_in(officer_of("Lakeside Imaging"))
    foreign, unknown = [await front.client.get(f"/portal/archives/{one}") for one in ("general", "nowhere")]
    assert foreign.status_code == unknown.status_code == 404
    assert without_instance(foreign) == without_instance(unknown)


@pytest.mark.parametrize("path", ["/portal/archives", "/portal/archives/general", "/portal/archives/nowhere"])
@pytest.mark.parametrize("role", ["clinician", "patient"])
async def test_nobody_else_sees_anything(front: Front, path: str, role: str) -> None:
    front.sign_in(caller("somebody", role))
    answer = await front.client.get(path)
    assert answer.status_code == 403
    assert answer.json()["detail"] == "Only officers see and decide this"


async def test_whose_account_is_suspended_sees_nothing(front: Front) -> None:
    front.sign_in(officer_of("General Hospital", "suspended"))
    assert (await front.client.get("/portal/archives")).status_code == 403


async def test_an_archive_that_was_never_asked_tells_what_its_owner_allows(front: Front) -> None:
    front.sign_in(EXCHANGE)
    told = (await front.client.get("/portal/archives/general")).json()
    assert told == {
        "archive": "general",
        "institution": "general",
        "name": "General Hospital",
        "condition": "open",
        "since": None,
        "seconds_left": None,
        "waiting": {},
        "in_use": 0,
        "requests": 0,
        "bytes": 0,
        "bytes_today": 0,
        "budget": 256 * 2**30,
        "refusals": {"busy": 0},
        "last_failure": None,
        "median_seconds": None,
        "p95_seconds": None,
        "probed": "",
        "changes": [],
        "changed": "",
        "changes_found": 0,
        "hours": [],
        "time_zone": "UTC",
    }
    assert "http" not in str(told)


async def test_an_archive_that_fails_says_since_when_and_why(front: Front) -> None:
    """Its 404 to everything is health; that it cannot be reached is not."""
    front.sign_in(EXCHANGE)
    standing = front.archives[0].turnstile.standing
    for _ in range(5):
        standing.breaker.fail(probe=False)
    standing.note_failure("the archive cannot be reached")
    told = (await front.client.get("/portal/archives/general")).json()
    assert (told["condition"], told["seconds_left"]) == ("failing", 5)
    assert told["since"].endswith("Z")
    assert told["last_failure"]["words"] == "the archive cannot be reached"
