"""No permit without a committed event, none for anything else than was asked, and decisions made when they must be."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from policy.decision import Decision
from policy.engine import ALL_CAPABILITIES
from policy.request import AccessRequest, Capability, Network, PurposeOfUse
from proxy.access.caller import Shared
from proxy.access.enforcement import DECISION_SECONDS, IDLE_SECONDS, REFUSAL_SECONDS
from proxy.access.obligations import REDUCED_SIDE
from proxy.access.tokens import LEEWAY_SECONDS
from proxy.audit.event import Event, EventKind, Outcome
from proxy.errors import AuditUnavailable, NotAuthenticated, NotFound, NotPermitted
from proxy.resources import (
    ArchiveId,
    BulkdataRef,
    InstanceRef,
    PatientIdentifier,
    SeriesRef,
    StudyRef,
    Uid,
)
from proxy.settings.archives import Institution
from tests.proxy.access.gate import (
    FRAME,
    HELD,
    INSTANCE,
    OFFICER,
    SERIES,
    STRANGER,
    STUDY,
    CountingEngine,
    Gate,
    gate_of,
    register,
)
from tests.proxy.access.people import caller_of
from tests.proxy.access.signing import NOON


@pytest.fixture
def gate() -> Gate:
    return gate_of()


async def test_a_permit_names_what_was_asked_for_and_its_event_comes_first(gate: Gate) -> None:
    permit = await gate.enforcement.admit(caller_of(), HELD, FRAME)
    (event,) = gate.log.kept
    assert (permit.target, permit.held, permit.view_session) == (FRAME, HELD, event.view_session)
    assert (event.kind, event.outcome, event.subject) == (EventKind.VIEW_OPENED, Outcome.SUCCESS, "exchange:4711")
    assert (event.study, event.patient, event.institution, event.archive) == (
        "1.2",
        "LAKESIDE|77-201",
        "lakeside",
        "pacs-1",
    )
    assert (event.reasons, event.policy) == (("hie-001-treating-clinician",), gate.engine.version)
    assert event.purpose == "TREAT"


async def test_nothing_is_shown_once_the_sign_in_has_ended(gate: Gate) -> None:
    """A request may last longer than the token that it came with."""
    caller = caller_of(expires=NOON + 60)
    await gate.enforcement.admit(caller, HELD, FRAME)
    gate.clock.now = NOON + 60 + LEEWAY_SECONDS
    with pytest.raises(NotAuthenticated):
        await gate.enforcement.admit(caller, HELD, FRAME)


async def test_asking_for_what_nobody_has_is_recorded_once_in_a_while(gate: Gate) -> None:
    for _ in range(3):
        await gate.enforcement.record_absent(STRANGER, STUDY, Capability.VIEW)
    (event,) = gate.log.kept
    assert (event.kind, event.outcome) == (EventKind.VIEW_REFUSED, Outcome.REFUSED)
    assert (event.subject, event.study, event.patient, event.institution) == (STRANGER.subject, STUDY, "", "")
    gate.clock.now += REFUSAL_SECONDS
    await gate.enforcement.record_absent(STRANGER, STUDY, Capability.VIEW)
    assert len(gate.log.kept) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"roles": frozenset({"scheduler"})},
        {"organization": "Elsewhere"},
        {"assurance": 3},
        {"patient": PatientIdentifier("GENERAL", "G-1")},
    ],
)
async def test_a_decision_stands_only_for_whom_it_was_made(gate: Gate, change: dict[str, Any]) -> None:
    """Two tokens of one person may carry one id: what they say of the person is decided about, not the id."""
    await gate.enforcement.admit(caller_of(), HELD, FRAME)
    asked = len(gate.engine.asked)
    with suppress(NotFound, NotPermitted):
        await gate.enforcement.admit(caller_of(**change), HELD, FRAME)
    assert len(gate.engine.asked) == asked + 1


@pytest.mark.parametrize(
    "target",
    [
        StudyRef(STUDY),
        SeriesRef(STUDY, SERIES),
        InstanceRef(STUDY, SERIES, INSTANCE),
        FRAME,
        BulkdataRef(STUDY, SERIES, INSTANCE, "00420011"),
    ],
)
async def test_a_target_of_another_study_is_not_found(gate: Gate, target: Any) -> None:
    assert (await gate.enforcement.admit(caller_of(), HELD, target)).target == target
    with pytest.raises(NotFound):
        await gate.enforcement.admit(caller_of(), HELD, replace(target, study=Uid("1.9")))


@pytest.mark.parametrize("target", [SeriesRef(STUDY, SERIES), InstanceRef(STUDY, SERIES, INSTANCE), FRAME])
async def test_by_a_link_to_a_series_nothing_else_is_found(target: Any) -> None:
    """Whatever policy would permit besides."""
    gate = gate_of([Institution(id="lakeside", name="Lakeside Imaging", allows_sharing=True)])
    caller = caller_of(shared=Shared("a", "exchange:1", STUDY, SERIES))
    assert (await gate.enforcement.admit(caller, HELD, target)).target == target
    for other in (StudyRef(STUDY), replace(target, series=Uid("1.2.4"))):
        with pytest.raises(NotFound):
            await gate.enforcement.admit(caller, HELD, other)
    elsewhere = caller_of(shared=Shared("a", "exchange:1", Uid("1.9")))
    with pytest.raises(NotFound):
        await gate.enforcement.admit(elsewhere, HELD, target)


async def test_without_a_committed_event_there_is_no_permit(gate: Gate) -> None:
    gate.log.failing = True
    for _ in range(3):
        await gate.refuses(caller_of(), AuditUnavailable)
    gate.log.failing = False
    await gate.enforcement.admit(caller_of(), HELD, FRAME)
    assert [event.kind for event in gate.log.kept] == [EventKind.VIEW_OPENED]


async def test_the_permit_waits_for_the_commit(gate: Gate) -> None:
    committed = asyncio.Event()
    slow = gate.log.record

    async def record(event: Event) -> int:
        await committed.wait()
        return await slow(event)

    gate.log.record = record
    waiting = [asyncio.create_task(gate.enforcement.admit(caller_of(), HELD, FRAME)) for _ in range(20)]
    await asyncio.sleep(0.01)
    assert not any(task.done() for task in waiting)
    committed.set()
    permits = await asyncio.gather(*waiting)
    assert len(gate.log.kept) == 1
    assert {permit.view_session for permit in permits} == {gate.log.kept[0].view_session}


async def test_a_policy_that_changes_during_the_commit_is_obeyed(gate: Gate) -> None:
    gate.log.committing = lambda: gate.enforcement.adopt(register=register(consent="optout"))
    await gate.refuses(caller_of(), NotFound)


async def test_a_frame_is_a_look_up(gate: Gate) -> None:
    for number in range(1, 500):
        await gate.enforcement.admit(caller_of(), HELD, replace(FRAME, frames=(number,)))
    assert (len(gate.engine.asked), len(gate.log.kept)) == (1, 1)


async def test_a_decision_is_made_again_after_a_minute_within_the_same_view(gate: Gate) -> None:
    first = await gate.enforcement.admit(caller_of(), HELD, FRAME)
    gate.clock.now += DECISION_SECONDS - 1
    await gate.enforcement.admit(caller_of(), HELD, FRAME)
    assert len(gate.engine.asked) == 1
    gate.clock.now += 1
    again = await gate.enforcement.admit(caller_of(), HELD, FRAME)
    assert len(gate.engine.asked) == 2
    assert (again.view_session, len(gate.log.kept)) == (first.view_session, 1)


async def test_a_relationship_that_ends_ends_the_view() -> None:
    gate = gate_of(until="2026-11-24T12:00:30Z")
    await gate.enforcement.admit(caller_of(), HELD, FRAME)
    gate.clock.now += DECISION_SECONDS
    assert "no treating relationship" in await gate.refuses(caller_of())
    assert [event.kind for event in gate.log.kept] == [EventKind.VIEW_OPENED, EventKind.VIEW_REFUSED]


@pytest.mark.parametrize(
    ("facts", "error"), [({"consent": "optout"}, NotFound), ({"until": "2026-11-24T12:00:00Z"}, NotPermitted)]
)
async def test_a_new_register_counts_from_the_next_frame(
    gate: Gate, facts: dict[str, str], error: type[Exception]
) -> None:
    await gate.enforcement.admit(caller_of(), HELD, FRAME)
    gate.enforcement.adopt(register=register(**facts))
    await gate.refuses(caller_of(), error)
    gate.enforcement.adopt(register=register())
    await gate.enforcement.admit(caller_of(), HELD, FRAME)
    opened = [event for event in gate.log.kept if event.kind is EventKind.VIEW_OPENED]
    assert len({event.view_session for event in opened}) == 2


async def test_a_new_policy_counts_from_the_next_frame(gate: Gate) -> None:
    class Closed(CountingEngine):
        def decide(self, request: AccessRequest, capabilities: Sequence[Capability] = ALL_CAPABILITIES) -> Decision:
            return Decision(frozenset(), (), {}, "closed")

    await gate.enforcement.admit(caller_of(), HELD, FRAME)
    gate.enforcement.adopt(engine=Closed())
    await gate.refuses(caller_of(), NotFound)
    assert gate.log.kept[-1].policy == "closed"


async def test_what_the_archive_says_anew_is_decided_anew(gate: Gate) -> None:
    await gate.enforcement.admit(caller_of(), HELD, FRAME)
    await gate.enforcement.admit(caller_of(), replace(HELD, modalities=("MR",)), FRAME)
    assert [request.study.modality for request in gate.engine.asked] == ["CT", "MR"]
    assert len(gate.log.kept) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"token_id": "token-9"},
        {"purpose": PurposeOfUse.ETREAT},
        {"network": Network.INTERNET},
    ],
)
async def test_another_sign_in_purpose_or_place_is_another_view(gate: Gate, changes: dict[str, Any]) -> None:
    first = await gate.enforcement.admit(caller_of(), HELD, FRAME)
    other = await gate.enforcement.admit(caller_of(**changes), HELD, FRAME)
    assert (first.view_session != other.view_session, len(gate.log.kept)) == (True, 2)


@pytest.mark.parametrize(
    "changes",
    [
        {"archive": ArchiveId("pacs-2")},
        {"study": Uid("1.9")},
        {"patient": PatientIdentifier("GENERAL", "G-1001")},
    ],
)
async def test_another_study_archive_or_identifier_is_another_view(gate: Gate, changes: dict[str, Any]) -> None:
    other = replace(HELD, **changes)
    await gate.enforcement.admit(caller_of(), HELD, StudyRef(HELD.study))
    await gate.enforcement.admit(caller_of(), other, StudyRef(other.study))
    assert len({event.view_session for event in gate.log.kept}) == 2


async def test_a_study_of_somebody_else_is_not_seen_through_an_open_view(gate: Gate) -> None:
    await gate.enforcement.admit(caller_of(), HELD, FRAME)
    await gate.refuses(caller_of(), NotFound, replace(HELD, patient=PatientIdentifier("LAKESIDE", "1")))


async def test_a_view_that_nobody_used_is_over(gate: Gate) -> None:
    await gate.enforcement.admit(caller_of(), HELD, FRAME)
    gate.clock.now += IDLE_SECONDS
    await gate.enforcement.admit(caller_of(), HELD, FRAME)
    assert len(gate.log.kept) == 1
    gate.clock.now += IDLE_SECONDS + 1
    await gate.enforcement.admit(caller_of(), HELD, FRAME)
    assert len({event.view_session for event in gate.log.kept}) == 2


async def test_a_clock_that_goes_back_decides_anew(gate: Gate) -> None:
    await gate.enforcement.admit(caller_of(), HELD, FRAME)
    gate.clock.now = NOON - 7200
    await gate.enforcement.admit(caller_of(), HELD, FRAME)
    assert (len(gate.engine.asked), len(gate.log.kept)) == (2, 2)


async def test_what_may_be_known_of_is_refused_with_a_reason_and_the_rest_is_not_there(gate: Gate) -> None:
    assert "no treating relationship" in await gate.refuses(STRANGER)
    known, unknown = gate.log.kept[-1], await gate.refuses(OFFICER, NotFound)
    nobody = await gate.refuses(caller_of(), NotFound, replace(HELD, patient=PatientIdentifier("OTHER", "77-201")))
    assert unknown == nobody == str(NotFound())
    assert (known.kind, known.outcome) == (EventKind.VIEW_REFUSED, Outcome.REFUSED)
    assert [event.detail["known"] for event in gate.log.kept] == [1, 0, 0]
    assert [event.detail["capability"] for event in gate.log.kept] == ["view", "knowExists", "knowExists"]


async def test_a_refusal_names_the_rule_that_forbade() -> None:
    gate = gate_of(state="quarantined")
    await gate.refuses(caller_of(), NotFound)
    assert gate.log.kept[-1].reasons == ("hie-010-quarantined",)


async def test_repeated_refusals_are_one_event_for_a_while(gate: Gate) -> None:
    for _ in range(50):
        await gate.refuses(STRANGER)
    assert len(gate.log.kept) == 1
    gate.clock.now += REFUSAL_SECONDS
    await gate.refuses(STRANGER)
    assert len(gate.log.kept) == 2


async def test_a_refusal_that_cannot_be_recorded_stays_a_refusal(gate: Gate) -> None:
    gate.log.failing = True
    await gate.refuses(STRANGER, AuditUnavailable)


async def test_stored_values_are_refused_where_rendered_images_are_not(gate: Gate) -> None:
    outside = caller_of(network=Network.INTERNET)
    permit = await gate.enforcement.admit(outside, HELD, FRAME)
    assert permit.obligations.rendered_only
    assert permit.obligations.maximum_side == REDUCED_SIDE
    assert permit.obligations.watermark == "Treating Clinician · 2026-11-24 12:00 UTC"
    with pytest.raises(NotPermitted):
        await gate.enforcement.admit(outside, HELD, FRAME, Capability.VIEW_LOSSLESS)
    inside = await gate.enforcement.admit(caller_of(), HELD, FRAME, Capability.VIEW_LOSSLESS)
    assert not inside.obligations.rendered_only
    assert (inside.obligations.maximum_side, inside.obligations.watermark) == (None, None)


async def test_the_watermark_of_a_view_stays_the_same(gate: Gate) -> None:
    outside = caller_of(network=Network.INTERNET)
    first = await gate.enforcement.admit(outside, HELD, FRAME)
    gate.clock.now += 600
    again = await gate.enforcement.admit(outside, HELD, FRAME)
    assert again.obligations == first.obligations


async def test_lists_tell_what_may_be_known_and_record_nothing(gate: Gate) -> None:
    nobody = replace(HELD, study=Uid("1.9"), patient=PatientIdentifier("OTHER", "1"))
    mine = await gate.enforcement.discern(caller_of(), [HELD, nobody])
    theirs = await gate.enforcement.discern(STRANGER, [HELD])
    assert [(one.known, one.viewable, one.reason) for one in mine] == [(True, True, ""), (False, False, "")]
    assert (theirs[0].known, theirs[0].viewable) == (True, False)
    assert "no treating relationship" in theirs[0].reason
    assert gate.log.kept == []


async def test_a_list_does_not_open_a_view(gate: Gate) -> None:
    await gate.enforcement.discern(caller_of(), [HELD])
    gate.log.failing = True
    await gate.refuses(caller_of(), AuditUnavailable)
