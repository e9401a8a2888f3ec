"""What is known of consents, how long, and what becomes of it when sources change or fall silent."""

import asyncio
from dataclasses import dataclass, field

import pytest

from policy.consent.directive import Directive, Identity
from policy.request import DirectiveVerdict
from proxy.consents.consents import MAXIMUM_ASKED, SILENT_SECONDS, Consents
from proxy.consents.names import Names
from proxy.consents.source import ConsentsSilent, Found, Unreadable
from proxy.resources import PatientIdentifier
from proxy.tasks import Task, Tasks
from tests.policy.consent.consents import directives, question
from tests.proxy.consents.registers import ADULT, OTHER, settings


@dataclass
class Source:
    """Has `found` for everybody, or is silent; notes when it is asked for whom."""

    found: Found | None = field(default_factory=Found)
    asked: list[frozenset[Identity]] = field(default_factory=list)
    gate: asyncio.Event | None = None

    async def consents_of(self, person: frozenset[Identity]) -> Found:
        self.asked.append(person)
        said = self.found
        if self.gate is not None:
            await self.gate.wait()
        if said is None:
            raise ConsentsSilent("silent")
        return said

    async def close(self) -> None: ...


class Kept:
    """Consents of one source, or several, under a clock that a test turns."""

    def __init__(self, *sources: Source, **more: object) -> None:
        self.now, self.changes = 1000.0, 0
        self.reported: list[Task] = []
        self.source, self.tasks = Source(), Tasks(lambda: self.now)
        self.settings = told = settings(**more)
        self.consents = Consents(
            *(
                sources or [self.source],
                Names(told),
                told,
                self.tasks,
                self._report,
                lambda: self.now,
                lambda one: (one,),
            )
        )
        self.consents.changed = self._change

    async def _report(self, task: Task) -> None:
        self.reported.append(task)

    def _change(self) -> None:
        self.changes += 1

    async def says(self, patient: PatientIdentifier = ADULT) -> DirectiveVerdict:
        await self.consents.learn([patient])
        return self.consents.say(patient, question()).verdict


def found(*names: str) -> Found:
    made: list[Directive] = directives(names)
    return Found(tuple(made))


async def test_what_nobody_asked_for_is_not_known() -> None:
    assert Kept().consents.say(ADULT, question()).verdict is DirectiveVerdict.UNANSWERED


async def test_somebody_without_consents_has_said_nothing() -> None:
    assert await Kept().says() is DirectiveVerdict.NONE


async def test_answers_stand_while_they_are_fresh_and_are_asked_for_again() -> None:
    kept = Kept()
    kept.source.found = found("treatment")
    assert [await kept.says(), await kept.says()] == [DirectiveVerdict.PERMITS] * 2
    assert len(kept.source.asked) == 1
    kept.now += 5.1
    kept.source.found = found("deny-all")
    assert await kept.says() is DirectiveVerdict.DENIES
    assert kept.changes == 1


async def test_a_notice_has_everything_asked_again_at_once() -> None:
    kept = Kept()
    await kept.says()
    kept.source.found = found("deny-all")
    kept.consents.forget([OTHER])
    assert await kept.says() is DirectiveVerdict.NONE
    kept.consents.forget([ADULT])
    assert await kept.says() is DirectiveVerdict.DENIES
    kept.source.found = Found()
    kept.consents.forget()
    assert await kept.says() is DirectiveVerdict.NONE


async def test_a_notice_about_somebody_who_is_not_known_is_about_everybody() -> None:
    kept = Kept()
    await kept.says()
    kept.source.found = found("deny-all")
    kept.consents.forget([PatientIdentifier("NOWHERE", "1")])
    assert await kept.says() is DirectiveVerdict.DENIES


async def test_an_answer_that_was_under_way_when_something_changed_is_not_believed() -> None:
    kept = Kept()
    kept.source.found, kept.source.gate = found("treatment"), asyncio.Event()
    asking = asyncio.create_task(kept.says())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    kept.source.found = found("deny-all")
    kept.consents.forget()
    kept.source.gate.set()
    assert await asking is DirectiveVerdict.DENIES


async def test_the_last_answer_stands_for_its_time_while_the_source_is_silent_and_then_nothing_does() -> None:
    kept = Kept(cache_seconds=60.0)
    kept.source.found = found("treatment")
    await kept.says()
    kept.source.found = None
    kept.now += 30
    assert await kept.says() is DirectiveVerdict.PERMITS
    assert kept.consents.silent
    kept.now += 31
    assert await kept.says() is DirectiveVerdict.UNANSWERED
    assert kept.changes == 1
    kept.now += 2.1
    kept.source.found = found("treatment")
    assert await kept.says() is DirectiveVerdict.PERMITS
    assert kept.changes == 2


async def test_silence_is_over_some_time_after_the_source_answers() -> None:
    kept = Kept()
    kept.source.found = None
    await kept.says()
    kept.source.found = Found()
    kept.now += SILENT_SECONDS - 0.1
    await kept.says()
    assert kept.consents.silent
    kept.now += 0.2
    assert not kept.consents.silent


async def test_a_consent_that_is_not_understood_refuses_and_is_a_task_until_it_is() -> None:
    kept = Kept()
    kept.source.found = Found(found("treatment").directives, (Unreadable("Consent/7", "purpose: not understood"),))
    assert await kept.says() is DirectiveVerdict.UNREADABLE
    kept.now += 6
    await kept.says()
    assert [(one.about, one.patient) for one in kept.tasks.all()] == [("Consent/7", "GENERAL|G-1001")]
    assert len(kept.reported) == 1
    kept.now += 6
    kept.source.found = found("treatment")
    assert await kept.says() is DirectiveVerdict.PERMITS
    assert kept.tasks.all() == []


@pytest.mark.parametrize(
    ("known", "verdict"),
    [
        ((), DirectiveVerdict.UNANSWERED),
        (("treatment",), DirectiveVerdict.UNANSWERED),
        (("deny-all",), DirectiveVerdict.DENIES),
        (("deny-always",), DirectiveVerdict.ALWAYS_DENIES),
    ],
)
async def test_while_there_may_be_more_only_a_deny_is_believed(
    known: tuple[str, ...], verdict: DirectiveVerdict
) -> None:
    kept = Kept()
    kept.source.found = Found(found(*known).directives, whole=False)
    assert await kept.says() is verdict
    assert kept.consents.silent


async def test_the_last_whole_answer_stands_for_its_time_while_there_may_be_more() -> None:
    kept = Kept(cache_seconds=60.0)
    kept.source.found = found("treatment")
    await kept.says()
    kept.source.found = Found(found("treatment").directives, whole=False)
    kept.now += 30
    assert await kept.says() is DirectiveVerdict.PERMITS
    kept.now += 31
    assert await kept.says() is DirectiveVerdict.UNANSWERED
    kept.source.found = found("treatment")
    kept.now += 6
    assert await kept.says() is DirectiveVerdict.PERMITS
    assert kept.changes == 2


async def test_what_has_changed_is_believed_at_once_though_there_may_be_more() -> None:
    kept = Kept()
    kept.source.found = found("treatment")
    await kept.says()
    kept.source.found = Found(found("treatment", "deny-all").directives, whole=False)
    kept.now += 6
    assert await kept.says() is DirectiveVerdict.DENIES


async def test_a_deny_in_emergencies_too_holds_beside_a_consent_that_is_not_understood() -> None:
    kept = Kept()
    kept.source.found = Found(found("deny-always").directives, (Unreadable("Consent/7", "purpose: odd"),))
    assert await kept.says() is DirectiveVerdict.ALWAYS_DENIES


async def test_somebody_whom_no_consent_can_name_is_not_asked_for_and_not_known() -> None:
    kept = Kept()
    assert await kept.says(PatientIdentifier("ELSEWHERE", "1")) is DirectiveVerdict.UNANSWERED
    assert kept.source.asked == []


async def test_more_people_than_can_be_asked_for_are_not_known_and_it_is_said() -> None:
    kept = Kept()
    people = [PatientIdentifier("GENERAL", str(number)) for number in range(MAXIMUM_ASKED + 1)]
    await kept.consents.learn(people)
    assert len(kept.source.asked) == MAXIMUM_ASKED
    assert kept.consents.say(people[-1], question()).verdict is DirectiveVerdict.UNANSWERED
    assert kept.consents.silent


async def test_nobody_waits_longer_than_for_all_of_them_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proxy.consents.consents.LONGEST_SECONDS", 0.05)
    kept = Kept()
    kept.source.gate = asyncio.Event()
    async with asyncio.timeout(2):
        assert await kept.says() is DirectiveVerdict.UNANSWERED
    assert kept.consents.silent
    kept.source.gate.set()
    assert await kept.says() is DirectiveVerdict.NONE


async def test_without_a_source_nobody_is_asked_and_nothing_is_said() -> None:
    told = settings(fhir=None)
    consents = Consents([], Names(told), told, Tasks(lambda: 0.0), _nobody, lambda: 0.0, lambda one: (one,))
    await consents.learn([ADULT])
    assert (consents.say(ADULT, question()).verdict, consents.silent) == (DirectiveVerdict.NONE, False)


async def _nobody(_: Task) -> None:
    raise AssertionError


async def test_what_one_source_forbids_is_so_while_another_is_silent() -> None:
    register, files = Source(None), Source(found("deny-always"))
    kept = Kept(register, files)
    assert await kept.says() is DirectiveVerdict.ALWAYS_DENIES
    assert kept.consents.silent
    files.found = found("treatment")
    kept.now += 5.1
    assert await kept.says() is DirectiveVerdict.UNANSWERED
    register.found = Found()
    kept.now += 5.1
    assert await kept.says() is DirectiveVerdict.PERMITS


async def test_what_a_silent_source_said_last_and_what_another_says_now_both_stand() -> None:
    register, files = Source(found("deny-all")), Source()
    kept = Kept(register, files)
    assert await kept.says() is DirectiveVerdict.DENIES
    register.found, files.found = None, found("deny-always")
    kept.now += 5.1
    assert await kept.says() is DirectiveVerdict.ALWAYS_DENIES
    files.found = Found()
    kept.now += 5.1
    assert await kept.says() is DirectiveVerdict.DENIES


async def test_the_last_answer_of_a_silent_source_is_not_prolonged_by_another() -> None:
    register, files = Source(found("treatment")), Source()
    kept = Kept(register, files)
    assert await kept.says() is DirectiveVerdict.PERMITS
    register.found = None
    ended = kept.now + kept.settings.cache_seconds
    while kept.now + 5.1 < ended:
        kept.now += 5.1
        files.found = found("given-to-general") if files.found == Found() else Found()
        assert await kept.says() is DirectiveVerdict.PERMITS
    kept.now = ended + 1
    assert await kept.says() is DirectiveVerdict.UNANSWERED
