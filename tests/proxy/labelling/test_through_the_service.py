"""Labels through the whole service: from what archives say, from a closer look, by rules, and by an officer's word."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
import shutil
from typing import Any

from proxy.settings.server import Policy
from tests.exchange import BUNDLE, REGISTER, Exchange, ct, opened_exchange

FRAME = "/dicomweb/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.1/frames/1/rendered"
STUDIES = "/dicomweb/studies?PatientID=G-1001&IssuerOfPatientID=GENERAL"
OVERRIDE = "/console/api/labels/overrides/general/1.2.1"
RULE = """
[[rule]]
id = "general-psychiatry"
says = "Asked for by psychiatry."
{when}
labels = ["MH"]
confidentiality = "R"
"""
BY_DEPARTMENT = RULE.format(when='department = ["psychiatry"]')
BY_DESCRIPTION = RULE.format(when='description = ["psychiatry"]')


@asynccontextmanager
async def exchange(folder: Path, rules: str, *attributes: dict[str, Any], **more: Any) -> AsyncIterator[Exchange]:
    """General Hospital's study with one series for each of `attributes`, labelled by `rules` of its own."""
    bundle, register = folder / "policy", folder / "register.toml"
    if not bundle.exists():
        shutil.copytree(BUNDLE, bundle)
    (bundle / "institutions" / "general" / "labels.toml").write_text(rules, "utf-8")
    register.write_text(REGISTER, "utf-8")
    study = [ct("1.2.1", series=number, **one) for number, one in enumerate(attributes or ({},), start=1)]
    policy = Policy(folder=bundle, register=register)
    async with opened_exchange(folder, {"general": study}, policy=policy, **more) as opened:
        yield opened


def officer(opened: Exchange, role: str = "privacy-officer", organization: str = "Exchange") -> dict[str, str]:
    return opened.bearer(sub=f"{role}-of-{organization.split(maxsplit=1)[0]}", role=role, organization=organization)


async def test_what_the_row_says_is_enough(tmp_path: Path) -> None:
    """General Hospital releases behavioural health on referral only, and nobody referred."""
    async with exchange(tmp_path, BY_DESCRIPTION, {"StudyDescription": "Head, psychiatry"}) as opened:
        assert (await opened.get(FRAME)).status_code == 404
        assert (await opened.get(STUDIES)).json() == []
        (refused,) = [event for event in opened.events() if event.kind == "view-refused"]
    assert refused.reasons == ("general-001-behavioural-health",)
    assert refused.detail["grounds"] == "MH, R by general-psychiatry: description"


async def test_another_study_is_shown_and_nothing_more_is_asked_for(tmp_path: Path) -> None:
    async with exchange(tmp_path, BY_DESCRIPTION, {"StudyDescription": "Chest"}) as opened:
        assert (await opened.get(FRAME)).status_code == 200
        asked = [
            one for one in opened.archives["general"].requests if "/series?" in str(one) or str(one).endswith("/series")
        ]
        assert asked == []


async def test_what_only_a_series_says_is_looked_for_once(tmp_path: Path) -> None:
    """One of the series is of psychiatry, and one says nothing of its department."""
    async with exchange(tmp_path, BY_DEPARTMENT, {}, {"InstitutionalDepartmentName": "Psychiatry"}) as opened:
        assert (await opened.get(FRAME)).status_code == 404
        assert (await opened.get(STUDIES)).json() == []
        opened.archives["general"].requests.clear()
        assert (await opened.get(STUDIES)).json() == []
        assert {path for _, path in opened.archives["general"].requests} == {"/studies"}


async def test_a_study_without_a_department_is_known_to_have_none(tmp_path: Path) -> None:
    async with exchange(tmp_path, BY_DEPARTMENT, {}, {}) as opened:
        assert len((await opened.get(STUDIES)).json()) == 1
        assert (await opened.get(FRAME)).status_code == 200


async def test_what_cannot_be_known_stays_hidden_and_is_the_institution_s_task(tmp_path: Path) -> None:
    """Of so many series nobody looks at each one's objects."""
    async with exchange(tmp_path, BY_DEPARTMENT, *[{}] * 14) as opened:
        assert (await opened.get(FRAME)).status_code == 404
        own = officer(opened, "institution-officer", "General Hospital")
        (task,) = (await opened.client.get("/console/api/tasks", headers=own)).json()
        assert (task["kind"], task["about"], task["institution"]) == ("attribute-not-given", "general-main", "general")
        other = officer(opened, "institution-officer", "Lakeside Imaging")
        assert (await opened.client.get("/console/api/tasks", headers=other)).status_code == 403


async def test_an_officer_s_word_reaches_an_open_view_at_the_next_frame_and_outlasts_a_start(tmp_path: Path) -> None:
    wish = {"add": ["MH"], "reason": "Seen by psychiatry elsewhere"}
    async with exchange(tmp_path, BY_DEPARTMENT, issuer=_unproved()) as opened:
        assert (await opened.get(FRAME)).status_code == 200
        answer = await opened.client.put(OVERRIDE, json=wish, headers=officer(opened))
        assert (answer.status_code, answer.json()["author"]) == (200, "exchange:privacy-officer-of-Exchange")
        assert (await opened.get(FRAME)).status_code == 404
        (event,) = [event for event in opened.events() if event.kind == "labels-decided"]
        assert (event.study, event.detail["add"], event.detail["reason"]) == ("1.2.1", "MH", wish["reason"])
    async with exchange(tmp_path, BY_DEPARTMENT, issuer=_unproved()) as opened:
        assert (await opened.get(FRAME)).status_code == 404
        assert (await opened.client.delete(OVERRIDE, headers=officer(opened))).status_code == 204
        assert (await opened.get(FRAME)).status_code == 200
        assert (await opened.client.delete(OVERRIDE, headers=officer(opened))).status_code == 404


async def test_officers_decide_about_their_own_institution_and_in_words_that_rules_know(tmp_path: Path) -> None:
    wish = {"add": ["MH"], "reason": "Seen by psychiatry elsewhere"}
    async with exchange(tmp_path, BY_DEPARTMENT, issuer=_unproved()) as opened:
        own = officer(opened, "institution-officer", "General Hospital")
        elsewhere = OVERRIDE.replace("general", "lakeside")
        assert (await opened.client.put(elsewhere, json=wish, headers=own)).status_code == 404
        assert (await opened.client.put(OVERRIDE, json=wish, headers=opened.bearer())).status_code == 403
        for odd in ({"add": ["MAD"]}, {"remove": ["MH"]}, {"reason": ""}, {"until": 1}, {"confidentiality": "Q"}):
            answer = await opened.client.put(OVERRIDE, json={**wish, **odd}, headers=own)
            assert answer.status_code == 400, odd
        assert (await opened.client.put(OVERRIDE, json=wish, headers=own)).status_code == 200
        assert len((await opened.client.get("/console/api/labels/overrides", headers=own)).json()) == 1
        assert len((await opened.client.get("/console/api/labels/rules", headers=own)).json()) == 1


def _unproved() -> Any:
    """Of tokens that are bound to no key, as those of this test are."""
    from msgspec.structs import replace

    from tests.exchange import EXCHANGE_ISSUER

    return replace(EXCHANGE_ISSUER, proof="never")
