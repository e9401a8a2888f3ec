"""The enforcement point decides about people, not identifiers: whoever an index joins is decided about as one."""

from dataclasses import replace

import pytest

from policy.request import Capability
from proxy.access.enforcement import Enforcement
from proxy.errors import NotFound, NotPermitted
from proxy.patients.crossreference import Demographics
from proxy.patients.mismatch import IdentityMismatch
from proxy.patients.people import People
from proxy.patients.recognition import MISMATCH_WORDS, IdentityContradicted, Recognition
from proxy.resources import StudyRef
from proxy.settings.patients import Patients
from tests.proxy.access.gate import HELD, Clock, CountingEngine, Log, register
from tests.proxy.access.people import caller_of
from tests.proxy.patients.sources import PaperSource, everybody_alike, one

CLINICIAN = caller_of()
ELSEWHERE = replace(HELD, patient=one("UNIVERSITY|U5"), attributes={"00100040": {"vr": "CS", "Value": ["F"]}})
JOINED = everybody_alike(("LAKESIDE|77-201", "UNIVERSITY|U5"))


def enforcement_of(source: PaperSource, *, refuse: bool = False) -> tuple[Enforcement, Log, list[object]]:
    told: list[object] = []

    async def tell(found: IdentityMismatch | IdentityContradicted) -> None:
        told.append(found)

    log, clock, entries = Log(), Clock(), register()
    recognition = Recognition(People(entries, [source], Patients(), clock), tell, clock, refuse=refuse)
    return Enforcement(CountingEngine(), entries, log, clock, [], recognition=recognition), log, told


async def test_a_study_under_an_identifier_that_the_index_joins_is_the_patients() -> None:
    enforcement, *_ = enforcement_of(PaperSource(JOINED))
    assert (await enforcement.admit(CLINICIAN, ELSEWHERE, StudyRef(ELSEWHERE.study))).held is ELSEWHERE


async def test_without_the_index_it_is_a_strangers() -> None:
    enforcement, *_ = enforcement_of(PaperSource(JOINED, silent={"UNIVERSITY|U5"}))
    with pytest.raises((NotFound, NotPermitted)):
        await enforcement.admit(CLINICIAN, ELSEWHERE, StudyRef(ELSEWHERE.study))


async def test_another_register_holds_for_people_who_were_joined_before() -> None:
    enforcement, *_ = enforcement_of(PaperSource(JOINED))
    await enforcement.admit(CLINICIAN, ELSEWHERE, StudyRef(ELSEWHERE.study))
    enforcement.adopt(register=register(consent="optout"))
    with pytest.raises(NotFound):
        await enforcement.admit(CLINICIAN, ELSEWHERE, StudyRef(ELSEWHERE.study))


async def test_a_study_that_differs_from_the_index_is_told_of_once() -> None:
    source = PaperSource(JOINED, demographics={"UNIVERSITY|U5": Demographics("", "M")})
    enforcement, _, told = enforcement_of(source)
    for _ in range(3):
        await enforcement.admit(CLINICIAN, ELSEWHERE, StudyRef(ELSEWHERE.study))
    assert told == [IdentityMismatch(ELSEWHERE, ("sex",))]


async def test_where_it_is_refused_it_is_refused_to_all_and_recorded() -> None:
    source = PaperSource(JOINED, demographics={"UNIVERSITY|U5": Demographics("", "M")})
    enforcement, log, _ = enforcement_of(source, refuse=True)
    for held in (ELSEWHERE, replace(ELSEWHERE, attributes={})):
        with pytest.raises(NotPermitted, match=MISMATCH_WORDS):
            await enforcement.admit(CLINICIAN, held, StudyRef(held.study), Capability.VIEW)
    assert [event.kind.value for event in log.kept] == ["view-refused"]
    (visibility,) = await enforcement.discern(CLINICIAN, [ELSEWHERE])
    assert (visibility.known, visibility.viewable, visibility.reason) == (True, False, MISMATCH_WORDS)
