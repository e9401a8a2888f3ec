"""Officers read the log, which records that; nobody else does."""

import asyncio

import pytest

from policy.request import PurposeOfUse
from proxy.audit.canonical import read_body
from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.views.coding import to_text
from proxy.resources import Uid
from tests.proxy.viewer.front import BUNDLE, Front, caller

OFFICER = caller("privacy-officer", "privacy-officer", purpose=PurposeOfUse.HOPERAT)


@pytest.mark.parametrize("path", ["/portal/audit", "/portal/policy"])
async def test_only_officers_read(front: Front, path: str) -> None:
    front.sign_in(caller("treating-clinician"))
    answer = await front.client.get(path)
    assert answer.status_code == 403
    assert answer.json()["detail"] == "Only privacy officers read the audit log and the rules here"


@pytest.mark.parametrize("path", ["/portal/audit", "/portal/policy"])
async def test_whose_account_is_suspended_reads_nothing_and_that_is_recorded(front: Front, path: str) -> None:
    front.sign_in(caller("suspended", "privacy-officer", purpose=PurposeOfUse.HOPERAT))
    assert (await front.client.get(path)).status_code == 403
    (entry,) = await asyncio.to_thread(lambda: list(front.events.entries()))
    event = read_body(entry.body).event
    assert (event.kind, event.outcome, event.subject) == (EventKind.AUDIT_READ, Outcome.REFUSED, "demo:suspended")


async def test_reading_the_log_is_recorded_in_it(front: Front) -> None:
    front.sign_in(OFFICER)
    assert (await front.client.get("/portal/audit")).json() == []
    (event,) = (await front.client.get("/portal/audit")).json()
    assert (event["sequence"], event["kind"], event["subject"]) == (1, "audit-read", "demo:privacy-officer")
    newest = (await front.client.get("/portal/audit", params={"after": 1})).json()
    assert [event["sequence"] for event in newest] == [2]
    entries = await asyncio.to_thread(lambda: list(front.events.entries()))
    assert {read_body(entry.body).event.kind for entry in entries} == {EventKind.AUDIT_READ}
    assert len(entries) == 3


async def test_a_view_is_one_row_with_how_many_frames_were_seen(front: Front) -> None:
    def event(kind: EventKind, frames: str = "") -> Event:
        detail: dict[str, str | int] = {"frames": frames} if frames else {}
        return Event(kind, Outcome.SUCCESS, subject="demo:chen", study="1.2", view_session="v-1", detail=detail)

    told = [to_text({Uid("1.2.1"): {Uid("1.2.1.1"): runs}}) for runs in (((1, 30),), ((21, 40),))]
    for one in (
        event(EventKind.PREVIEWED),
        event(EventKind.VIEW_OPENED),
        event(EventKind.VIEW_PROGRESS, told[0]),
        event(EventKind.COPYING_SUSPECTED),
        event(EventKind.VIEW_CLOSED, told[1]),
    ):
        await front.journal.record(one)
    front.sign_in(OFFICER)
    rows = (await front.client.get("/portal/audit")).json()
    assert [(row["kind"], row["frames"]) for row in rows] == [
        ("copying-suspected", 0),
        ("view-opened", 40),
        ("previewed", 0),
    ]


@pytest.mark.parametrize("after", ["-1", "x", "1e3", "٣", "9" * 16, ""])
async def test_sequence_numbers_are_numbers(front: Front, after: str) -> None:
    front.sign_in(OFFICER)
    assert (await front.client.get("/portal/audit", params={"after": after})).status_code == 400


async def test_the_rules_in_force_are_shown_as_written(front: Front) -> None:
    front.sign_in(OFFICER)
    policy = (await front.client.get("/portal/policy")).json()
    shown = {file["name"]: file["text"] for file in policy["files"]}
    assert shown["schema.cedarschema"] == (BUNDLE / "schema.cedarschema").read_text("utf-8")
    assert "hie/treatment.cedar" in shown
    assert len(policy["version"]) == 64
