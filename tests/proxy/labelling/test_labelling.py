"""What is looked for in archives so that studies can be labelled: once, within bounds, and again after a while."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from policy.labels.labelling import Labels
from policy.labels.rules import Attribute, LabelRule, LabelRules
from proxy.labelling.attributes import Dataset, values_in
from proxy.labelling.labelling import LOOKS, Labelling
from proxy.resources import ArchiveId, HeldStudy, InstitutionId, PatientIdentifier, Uid
from proxy.tasks import Tasks

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
PSYCHIATRY = LabelRule("psychiatry", "Psychiatry.", {Attribute.DEPARTMENT: ("psychiatry",)}, frozenset({"PSY"}))
DEPARTMENT = "00081040"


def held(study: str = "1.2", **attributes: Any) -> HeldStudy:
    patient = PatientIdentifier("GENERAL", "G-1001")
    return HeldStudy(Uid(study), ArchiveId("pacs"), InstitutionId("general"), patient, attributes=attributes)


def said(value: str) -> Dataset:
    return {DEPARTMENT: {"vr": "LO", "Value": [value]}}


class Archive:
    """Says `answer` to whoever looks closer, and counts."""

    def __init__(self, answer: Sequence[Dataset] = ()) -> None:
        self.answer, self.now = answer, 0.0
        self.asked: list[str] = []
        self.tasks = Tasks(lambda: self.now)
        self.labelling = Labelling(self._look, self.tasks, lambda: self.now, seconds=300.0)
        self.labelling.adopt(LabelRules((PSYCHIATRY,)), frozenset({"PSY"}))

    async def _look(self, one: HeldStudy, attributes: Sequence[Attribute]) -> Sequence[Dataset]:
        await asyncio.sleep(0)
        self.asked.append(one.study)
        assert list(attributes) == [Attribute.DEPARTMENT]
        return self.answer

    async def label(self, one: HeldStudy) -> Labels:
        await self.labelling.learn([one], NOON)
        return self.labelling.label(one, Labels(), NOON)


async def test_what_a_row_says_is_not_looked_for() -> None:
    archive = Archive()
    assert (await archive.label(held(**said("Psychiatry")))).labels == {"PSY"}
    assert (await archive.label(held("1.3", **{DEPARTMENT: {"vr": "LO"}}))).complete
    assert archive.asked == []


async def test_what_it_does_not_say_is_looked_for_once_and_believed_for_a_while() -> None:
    archive = Archive([said("Psychiatry")])
    for _ in range(2):
        assert (await archive.label(held())).labels == {"PSY"}
    await asyncio.gather(*(archive.label(held("1.3")) for _ in range(5)))
    assert archive.asked == ["1.2", "1.3"]
    archive.now = 301
    archive.answer = [said("Radiology")]
    assert (await archive.label(held())).labels == frozenset()


async def test_what_nobody_says_leaves_the_study_unlabelled_and_is_one_task_for_all_studies() -> None:
    archive = Archive()
    assert not (await archive.label(held())).complete
    assert not (await archive.label(held("1.3"))).complete
    assert not (await archive.label(held())).complete
    assert archive.asked == ["1.2", "1.3"]
    assert [(task.about, task.institution) for task in archive.tasks.all()] == [("pacs", "general")]
    archive.now, archive.answer = 31, [said("Radiology")]
    assert (await archive.label(held())).complete


async def test_what_another_exchange_does_not_tell_one_person_is_asked_for_another() -> None:
    exchange = Archive()
    assert not (await exchange.label(replace(held(), circle="one"))).complete
    exchange.answer = [said("Psychiatry")]
    assert (await exchange.label(replace(held(), circle="other"))).labels == {"PSY"}
    assert not (await exchange.label(replace(held(), circle="one"))).complete


async def test_a_search_looks_at_so_many_studies_and_the_next_one_at_others() -> None:
    archive = Archive([said("Radiology")])
    many = [held(f"1.2.{number}") for number in range(LOOKS + 1)]
    await archive.labelling.learn(many, NOON)
    assert len(archive.asked) == LOOKS
    await archive.labelling.learn(many, NOON)
    assert len(archive.asked) == LOOKS + 1


async def test_other_rules_read_something_else() -> None:
    archive = Archive([said("Radiology")])
    await archive.label(held())
    archive.labelling.adopt(LabelRules(), frozenset())
    assert archive.labelling.fields("general") == ()
    assert await archive.label(held()) == Labels()
    assert archive.asked == ["1.2"]


def test_values_are_codes_with_their_scheme_and_texts() -> None:
    code = {"00080100": {"vr": "SH", "Value": ["394913002"]}, "00080102": {"vr": "SH", "Value": ["SCT"]}}
    dataset = {
        "00081032": {"vr": "SQ", "Value": [code]},
        "00080090": {"vr": "PN", "Value": [{"Alphabetic": "Ward^7"}]},
        "00081030": {"vr": "LO"},
    }
    found = values_in([dataset], Attribute)
    assert found[Attribute.PROCEDURE] == {"SCT|394913002"}
    assert found[Attribute.REQUESTER] == {"Ward^7"}
    assert found[Attribute.DESCRIPTION] == frozenset()
    assert Attribute.DEPARTMENT not in found
