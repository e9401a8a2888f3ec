"""Archives asked in waves: the likeliest first, few at once, none left out, and no wave waits for a slow archive."""

import asyncio
from collections.abc import Sequence

from proxy.archives.client import ArchiveClient
from proxy.archives.search.paging import Rows
from proxy.federation.likelihood import Likelihood
from proxy.federation.sources import SourceAnswer, SourceState
from proxy.federation.waves import Waves, ask_in_waves
from proxy.resources import ArchiveId, HeldStudy, InstitutionId, PatientIdentifier, Uid
from tests.proxy.federation.paper import PaperArchive


class Counter:
    """Counts how many archives are asked at the same time; those in `slow` answer after that many seconds."""

    def __init__(self, **slow: float) -> None:
        self.slow = slow
        self.now = self.most = 0
        self.asked: list[str] = []

    async def __call__(self, archive: ArchiveClient) -> Rows:
        self.asked.append(archive.institution.id)
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(self.slow.get(archive.institution.id, 0.001))
        self.now -= 1
        return Rows([])


async def all_of_them(_: Sequence[SourceAnswer], rest: Sequence[ArchiveClient]) -> Sequence[ArchiveClient]:
    return rest


def paper(count: int) -> list[PaperArchive]:
    return [PaperArchive(f"a{number}") for number in range(count)]


async def test_no_more_than_a_wave_is_asked_at_once_and_nobody_is_left_out() -> None:
    archives, counter = paper(50), Counter()
    answers = await ask_in_waves(Waves(archives[:8], archives[8:], 8, 5), counter, all_of_them)
    assert {one.state for one in answers} == {SourceState.ANSWERED}
    assert counter.asked == [one.institution.id for one in archives]
    assert counter.most <= 8


async def test_a_slow_archive_in_every_wave_keeps_no_healthy_one_from_being_asked() -> None:
    archives = paper(20)
    counter = Counter(**{f"a{number}": 60.0 for number in range(0, 20, 4)})
    answers = await ask_in_waves(Waves(archives[:4], archives[4:], 4, 0.8), counter, all_of_them)
    silent = {one.archive.institution.id for one in answers if one.state is SourceState.TIMED_OUT}
    assert silent == {"a0", "a4", "a8", "a12", "a16"}


async def test_what_is_found_spares_the_rest() -> None:
    archives, counter = paper(20), Counter()

    async def none(answers: Sequence[SourceAnswer], _: Sequence[ArchiveClient]) -> Sequence[ArchiveClient]:
        assert [one.archive.institution.id for one in answers] == ["a0", "a1"]
        return ()

    answers = await ask_in_waves(Waves(archives[:2], archives[2:], 4, 5), counter, none)
    assert counter.asked == [one.archive.institution.id for one in answers] == ["a0", "a1"]


async def test_without_time_for_them_archives_are_named_and_not_forgotten() -> None:
    archives = paper(3)
    answers = await ask_in_waves(Waves(archives[:1], archives[1:], 1, 0), Counter(), all_of_them)
    assert [one.state for one in answers] == [SourceState.TIMED_OUT] * 3


async def test_nobody_to_ask_is_no_answer() -> None:
    assert await ask_in_waves(Waves((), (), 1, 1), Counter(), all_of_them) == []


async def test_whoever_leaves_is_no_longer_asked_for() -> None:
    archives, counter = paper(6), Counter(a0=60.0)
    task = asyncio.create_task(ask_in_waves(Waves(archives[:2], archives[2:], 2, 60), counter, all_of_them))
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.wait([task])
    await asyncio.sleep(0)
    assert counter.asked == ["a0", "a1"]


def held(study: str, institution: str, value: str = "1") -> HeldStudy:
    patient = PatientIdentifier(institution.upper(), value)
    return HeldStudy(Uid(study), ArchiveId(f"{institution}-main"), InstitutionId(institution), patient)


def first(likelihood: Likelihood, study: str, archives: Sequence[PaperArchive], subject: str = "x") -> list[str]:
    return [one.institution.id for one in likelihood.order(subject, Uid(study), archives)[0]]


def test_where_a_study_was_seen_comes_before_where_numbers_begin_alike_and_where_patients_are_known() -> None:
    likelihood, archives = Likelihood(), paper(5)
    seen = [held("1.2.840.99.1.2.7", "a3"), held("1.2.840.99.1.2.8", "a2"), held("1.2.840.98.5.5.5", "a0")]
    likelihood.found("x", seen)
    likelihood.sought("x", [PatientIdentifier("A1", "77")])
    assert first(likelihood, "1.2.840.99.1.2.7", archives) == ["a3", "a2", "a1"]
    assert first(likelihood, "1.2.840.99.1.4", archives) == ["a2", "a3", "a1"]
    assert first(likelihood, "1.3.6", archives) == ["a1"]
    assert first(likelihood, "1.3.6", archives, "somebody else") == []


def test_where_somebody_saw_a_study_is_nobody_elses_knowledge() -> None:
    likelihood, archives = Likelihood(), paper(5)
    likelihood.found("x", [held("2.25.7", "a3")])
    assert first(likelihood, "2.25.7", archives) == ["a3"]
    assert first(likelihood, "2.25.7", archives, "somebody else") == []


def test_nobody_is_left_out_by_what_is_likely() -> None:
    likelihood, archives = Likelihood(), paper(5)
    likelihood.found("x", [held("1.2.840.99.1.2.7", "a3")])
    likely, others = likelihood.order("x", Uid("1.2.840.99.1.2.7"), archives)
    assert {one.institution.id for one in (*likely, *others)} == {one.institution.id for one in archives}


def test_what_is_remembered_is_bounded() -> None:
    likelihood = Likelihood()
    likelihood.found("x", (held(f"1.2.{number}.4.5.6.7.8.9.10", "a1") for number in range(60_000)))
    assert len(likelihood._holders) == 50_000
    assert len(likelihood._roots) == 20_000
