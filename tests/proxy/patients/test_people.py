"""Who is one person: asked of every source, kept for its time, and never guessed."""

import asyncio
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
import pytest

from proxy.patients.crossreference import CrossReference, Demographics
from proxy.patients.people import MAXIMUM_ASKED, People
from proxy.patients.person import Certainty, Said, confirmed
from proxy.patients.register import Register, RegisterFile, to_register
from proxy.resources import PatientIdentifier
from proxy.settings.patients import Patients
from tests.proxy.patients.sources import PaperSource, everybody_alike, one, some

REGISTER = """
[[patients]]
id = "p-1"
consent = "optin"
identifiers = [ { authority = "A", value = "1" } ]

[[patients]]
id = "p-2"
consent = "optin"
identifiers = [ { authority = "A", value = "2" }, { authority = "B", value = "22" } ]
"""
SETTINGS = Patients(seconds=1, fresh_seconds=60, cache_seconds=300)


class Timer:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def people_of(
    *sources: CrossReference, register: str = REGISTER, settings: Patients = SETTINGS
) -> tuple[People, Timer]:
    timer = Timer()
    return People(to_register(register.encode()), sources, settings, timer), timer


async def identifiers(people: People, text: str) -> Sequence[PatientIdentifier]:
    await people.recognise([one(text)])
    return people.identifiers_of(one(text))


async def test_an_index_joins_what_the_register_does_not_know() -> None:
    people, _ = people_of(PaperSource(everybody_alike(("A|1", "B|11", "C|111"))))
    assert await identifiers(people, "B|11") == (one("A|1"), one("B|11"), one("C|111"))
    assert people.patient_of(one("C|111")) == "p-1"
    assert people.person_of(one("A|1")) == people.person_of(one("C|111"))


async def test_sources_complete_each_other() -> None:
    table, index = PaperSource(everybody_alike(("A|1", "B|11"))), PaperSource(everybody_alike(("B|11", "C|111")))
    people, _ = people_of(table, index)
    assert set(await identifiers(people, "C|111")) == some("A|1", "B|11", "C|111")


async def test_who_is_unknown_to_all_is_known_by_the_one_identifier() -> None:
    people, _ = people_of(PaperSource({}))
    assert await identifiers(people, "A|9") == (one("A|9"),)
    assert people.patient_of(one("A|9")) is None
    assert people.person(one("A|9")).certainty is Certainty.KNOWN


async def test_a_foreign_person_that_only_one_side_names_is_not_joined() -> None:
    people, _ = people_of(PaperSource({"A|1": ("B|11", "B|66"), "B|11": ("A|1",), "B|66": ()}))
    assert await identifiers(people, "A|1") == (one("A|1"), one("B|11"))
    assert people.person(one("A|1")).certainty is Certainty.CONTRADICTED
    assert people.person_of(one("B|66")) != people.person_of(one("A|1"))


async def test_the_register_is_believed_against_an_index_that_joins_two_of_its_patients() -> None:
    people, _ = people_of(PaperSource(everybody_alike(("A|1", "A|2", "C|3"))))
    assert await identifiers(people, "A|1") == (one("A|1"),)
    assert await identifiers(people, "A|2") == (one("A|2"), one("B|22"))
    assert await identifiers(people, "C|3") == (one("C|3"),)
    assert people.patient_of(one("C|3")) is None
    assert people.person(one("A|1")).certainty is Certainty.CONTRADICTED


async def test_without_an_answer_nobody_is_joined_and_it_is_said() -> None:
    people, _ = people_of(PaperSource({}, silent={"A|2", "B|11", "B|22"}))
    assert await identifiers(people, "B|11") == (one("B|11"),)
    assert people.person(one("B|11")).certainty is Certainty.UNANSWERED
    assert await identifiers(people, "A|2") == (one("A|2"), one("B|22")), "the register needs nobody"
    assert people.failing


async def test_what_was_known_last_stands_for_its_time_and_no_longer() -> None:
    source = PaperSource(everybody_alike(("A|1", "B|11")))
    people, timer = people_of(source)
    await people.recognise([one("B|11")])
    source.silent |= {"A|1", "B|11"}
    timer.now = 200
    assert await identifiers(people, "B|11") == (one("A|1"), one("B|11"))
    timer.now = 299
    assert await identifiers(people, "B|11") == (one("A|1"), one("B|11"))
    timer.now = 301
    assert await identifiers(people, "B|11") == (one("B|11"),)
    assert people.patient_of(one("B|11")) is None


async def test_a_source_that_failed_is_asked_again_soon() -> None:
    source = PaperSource(everybody_alike(("A|1", "B|11")), silent={"B|11"})
    people, timer = people_of(source)
    await people.recognise([one("B|11")])
    source.silent.clear()
    timer.now = 1
    assert await identifiers(people, "B|11") == (one("B|11"),)
    timer.now = 3
    assert await identifiers(people, "B|11") == (one("A|1"), one("B|11"))
    assert not people.failing


async def test_fresh_answers_are_not_asked_for_again() -> None:
    source = PaperSource(everybody_alike(("A|1", "B|11")))
    people, timer = people_of(source)
    await people.recognise([one("A|1")])
    asked = len(source.asked)
    timer.now = 59
    await people.recognise([one("A|1"), one("B|11")])
    assert len(source.asked) == asked
    timer.now = 61
    await people.recognise([one("A|1")])
    assert len(source.asked) > asked


async def test_people_who_are_taken_apart_are_two_at_once() -> None:
    source = PaperSource(everybody_alike(("C|1", "B|11")))
    people, timer = people_of(source)
    await people.recognise([one("C|1")])
    source.says = {}
    timer.now = 61
    await people.recognise([one("C|1")])
    assert people.identifiers_of(one("B|11")) == (one("B|11"),)
    assert people.person_of(one("C|1")) != people.person_of(one("B|11"))


async def test_another_register_forgets_what_was_joined_under_the_last_one() -> None:
    people, _ = people_of(PaperSource(everybody_alike(("A|1", "B|11"))))
    await people.recognise([one("B|11")])
    people.adopt(Register(RegisterFile()))
    assert people.patient_of(one("B|11")) is None


async def test_an_answer_that_began_before_another_register_is_not_kept() -> None:
    people, _ = people_of(source := Slow(everybody_alike(("A|1", "B|11"))))
    asking = asyncio.create_task(people.recognise([one("B|11")]))
    await source.begun.wait()
    people.forget()
    source.go.set()
    await asking
    assert people.patient_of(one("B|11")) is None


class Slow(PaperSource):
    """Answers when it is let."""

    def __init__(self, says: dict[str, tuple[str, ...]]) -> None:
        super().__init__(says)
        self.begun, self.go = asyncio.Event(), asyncio.Event()

    async def known_as(self, identifier: PatientIdentifier) -> frozenset[PatientIdentifier]:
        self.begun.set()
        await self.go.wait()
        return await super().known_as(identifier)

    __hash__ = PaperSource.__hash__


async def test_nobody_waits_longer_than_the_time_for_it() -> None:
    people, _ = people_of(Slow({}), settings=Patients(seconds=0.05))
    async with asyncio.timeout(1):
        assert await identifiers(people, "B|11") == (one("B|11"),)
    assert people.person(one("B|11")).certainty is Certainty.UNANSWERED
    assert people.failing


async def test_the_same_person_is_asked_for_once_by_all_who_wait() -> None:
    people, _ = people_of(source := Slow(everybody_alike(("A|1", "B|11"))))
    waiting = [asyncio.create_task(people.recognise([one("A|1")])) for _ in range(20)]
    await source.begun.wait()
    source.go.set()
    await asyncio.gather(*waiting)
    assert sorted(source.asked) == ["A|1", "B|11"]


async def test_only_so_many_people_of_one_answer_are_asked_for() -> None:
    people, _ = people_of(source := PaperSource({}))
    await people.recognise([one(f"C|{number}") for number in range(MAXIMUM_ASKED + 50)])
    assert len(source.asked) == MAXIMUM_ASKED
    assert people.person(one(f"C|{MAXIMUM_ASKED + 1}")).certainty is Certainty.UNANSWERED


async def test_a_source_that_joins_everybody_joins_nobody() -> None:
    crowd = tuple(f"B|{number}" for number in range(1200))
    people, _ = people_of(PaperSource(everybody_alike(crowd)))
    assert await identifiers(people, "B|5") == (one("B|5"),)
    assert people.person(one("B|5")).certainty is Certainty.CONTRADICTED


@pytest.mark.parametrize("text", ["B|1*", "B|?", "B|a\\b", "B|", "|1", "B|a\x00b"])
async def test_a_wildcard_is_nobody(text: str) -> None:
    people, _ = people_of(source := PaperSource({"A|1": (text,), text: ("A|1",)}))
    assert await identifiers(people, "A|1") == (one("A|1"),)
    await people.recognise([one(text)])
    assert text not in source.asked


async def test_what_the_sources_say_of_the_person_is_put_together() -> None:
    table = PaperSource({}, demographics={"A|1": Demographics("19740820", "")})
    index = PaperSource({}, demographics={"A|1": Demographics("20010101", "M")})
    people, _ = people_of(table, index)
    await people.recognise([one("A|1")])
    assert people.person(one("A|1")).demographics == Demographics("19740820", "M")


_NAMES = [f"{authority}|{value}" for authority in "AB" for value in range(4)]


@given(st.dictionaries(st.sampled_from(_NAMES), st.frozensets(st.sampled_from(_NAMES))))
def test_whoever_is_joined_is_joined_from_every_side(says: dict[str, frozenset[str]]) -> None:
    said = {one(name): Said(frozenset({one(name), *map(one, says.get(name, ()))})) for name in _NAMES}
    groups = {name: confirmed(one(name), said)[0] for name in _NAMES}
    for name, group in groups.items():
        assert one(name) in group
        assert all(groups[f"{other.authority}|{other.value}"] == group for other in group)
