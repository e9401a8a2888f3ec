"""Where a study is: asked once for many, remembered only when everybody answered, never guessed."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import structs
import pytest

from proxy.archives.search.searching import SearchAnswer
from proxy.errors import ArchiveFailed, NotFound, OutsideHours, Source
from proxy.federation.location import Location, Locations, Seeker
from proxy.federation.sources import SourceState
from proxy.patients.register import Register, to_register
from proxy.resources import ArchiveId, HeldStudy, InstitutionId, PatientIdentifier, Uid
from proxy.settings.retrieval import Federation
from proxy.urgency import RequestDemand, current_demand, demanded
from tests.proxy.federation.paper import PaperArchive, PaperArchives, element, study_row

REGISTER = to_register(
    b"""
[[patients]]
id = "p-1"
consent = "optin"
identifiers = [{ authority = "GENERAL", value = "G-1" }, { authority = "LAKESIDE", value = "77" }]
"""
)
STUDY = Uid("1.2")
SEEKER = Seeker(frozenset(ArchiveId(f"{name}-main") for name in ("general", "lakeside", "university")))


def series_row(series: str) -> dict:
    return {"0020000D": element("UI", STUDY), "0020000E": element("UI", series)}


def locations(*archives: PaperArchive, timer=lambda: 0.0) -> Locations:
    return Locations(PaperArchives(archives), REGISTER, Federation(deadline_seconds=0.2), timer)


def closed_but_for_emergencies(_: str) -> list[dict]:
    if current_demand().emergency:
        return [study_row("1.2", "77")]
    raise OutsideHours("closed", "Lakeside Hospital", 3600)


async def test_every_archive_with_a_part_is_named_once() -> None:
    general = PaperArchive("general", [study_row("1.2", "G-1")])
    lakeside = PaperArchive("lakeside", [study_row("1.2", "77")])
    place = locations(general, lakeside, PaperArchive("university"))
    found = await place.locate(STUDY, SEEKER)
    assert [held.institution for held in found.held] == ["general", "lakeside"]
    await place.locate(STUDY, SEEKER)
    assert len(general.asked) == 1


async def test_many_who_ask_at_once_cost_one_question() -> None:
    general = PaperArchive("general", [study_row("1.2", "G-1")], delay=0.02)
    place = locations(general)
    await asyncio.gather(*(place.locate(STUDY, SEEKER) for _ in range(50)))
    assert len(general.asked) == 1


async def test_a_study_that_nobody_has_is_not_found() -> None:
    with pytest.raises(NotFound):
        await locations(PaperArchive("general"), PaperArchive("lakeside")).locate(STUDY, SEEKER)


async def test_a_failed_archive_is_not_an_absent_study() -> None:
    with pytest.raises(ArchiveFailed) as failure:
        await locations(PaperArchive("general"), PaperArchive("lakeside", failing=True)).locate(STUDY, SEEKER)
    assert failure.value.institution == "Lakeside Hospital"


async def test_while_an_archive_is_closed_the_others_are_not_asked_again_but_for_an_emergency() -> None:
    general = PaperArchive("general", [study_row("1.2", "G-1")])
    lakeside = PaperArchive("lakeside", answer=closed_but_for_emergencies)
    place = locations(general, lakeside)
    for _ in range(3):
        found = await place.locate(STUDY, SEEKER)
        assert [one.state for one in found.missing] == [SourceState.OUTSIDE_HOURS]
    assert len(general.asked) == 1
    with demanded(RequestDemand(emergency=True)):
        assert len((await place.locate(STUDY, SEEKER)).held) == 2


async def test_an_emergency_does_not_share_an_ordinary_question() -> None:
    slow = PaperArchive("general", [study_row("1.2", "G-1")], delay=0.1)
    place = locations(slow, PaperArchive("lakeside", answer=closed_but_for_emergencies))
    ordinary = asyncio.create_task(place.locate(STUDY, SEEKER))
    await asyncio.sleep(0.02)
    with demanded(RequestDemand(emergency=True)):
        assert len((await place.locate(STUDY, SEEKER)).held) == 2
    assert len((await ordinary).held) == 1


async def test_a_part_that_may_be_missing_is_named_and_asked_for_again() -> None:
    general, lakeside = PaperArchive("general", [study_row("1.2", "G-1")]), PaperArchive("lakeside", failing=True)
    place = locations(general, lakeside)
    assert [one.name for one in (await place.locate(STUDY, SEEKER)).missing] == ["Lakeside Hospital"]
    lakeside.failing, lakeside.rows = False, [study_row("1.2", "77")]
    found = await place.locate(STUDY, SEEKER)
    assert len(found.held) == 2
    assert not found.missing


async def test_an_archive_that_ignores_the_key_and_gives_everybody_is_filtered() -> None:
    general = PaperArchive("general", [study_row("1.9", "somebody"), study_row("1.2", "G-1")])
    found = await locations(general).locate(STUDY, SEEKER)
    assert [held.study for held in found.held] == ["1.2"]


@pytest.mark.parametrize(("patient", "disputed"), [("77", False), ("somebody else", True)])
async def test_two_patients_under_one_study_are_a_dispute(patient: str, disputed: bool) -> None:
    general = PaperArchive("general", [study_row("1.2", "G-1")])
    other = PaperArchive("lakeside", [study_row("1.2", patient)])
    assert (await locations(general, other).locate(STUDY, SEEKER)).disputed is disputed


async def test_the_holder_of_a_series_is_asked_for_not_guessed() -> None:
    general = PaperArchive("general", [study_row("1.2", "G-1")], {"1.2": [series_row("1.2.1")]})
    lakeside = PaperArchive("lakeside", [study_row("1.2", "77")], {"1.2": [series_row("1.2.2")]})
    place = locations(general, lakeside)
    held = (await place.locate(STUDY, SEEKER)).held
    assert (await place.holder(held, Uid("1.2.2"))).institution == "lakeside"
    with pytest.raises(NotFound):
        await place.holder(held, Uid("1.2.3"))


async def test_a_place_is_believed_for_its_time_only() -> None:
    now = [0.0]
    general = PaperArchive("general", [study_row("1.2", "G-1")])
    place = locations(general, timer=lambda: now[0])
    await place.locate(STUDY, SEEKER)
    now[0] = 301
    await place.locate(STUDY, SEEKER)
    assert len(general.asked) == 2


async def test_one_study_under_two_identifiers_of_one_person_is_held_once() -> None:
    lakeside = PaperArchive("lakeside", [study_row("1.2", "77"), study_row("1.2", "78")])
    register = to_register(
        b"""
        [[patients]]
        id = "p-1"
        consent = "optin"
        identifiers = [{ authority = "LAKESIDE", value = "77" }, { authority = "LAKESIDE", value = "78" }]
        """
    )
    found = await Locations(PaperArchives([lakeside]), register, Federation(), lambda: 0.0).locate(STUDY, SEEKER)
    assert [(held.patient.value, [one.value for one in held.aliases]) for held in found.held] == [("77", ["78"])]
    assert not found.disputed
    unknown = await locations(lakeside).locate(STUDY, SEEKER)
    assert unknown.disputed, "nobody says that 78 is the same person"


@dataclass
class Mirrors:
    """Two archives with the same series, and whom each question is answered by."""

    now: list[float]
    archives: tuple[PaperArchive, PaperArchive]
    place: Locations

    async def source(self, session: str = "somebody", instance: str = "") -> str:
        held = (await self.place.locate(STUDY, SEEKER)).held
        return (await self.place.holder(held, Uid("1.2.1"), instance, session)).institution


def mirrors(preference: int = 0) -> Mirrors:
    now = [0.0]
    rows = {"1.2": [series_row("1.2.1")]}
    general = PaperArchive("general", [study_row("1.2", "G-1")], rows)
    lakeside = PaperArchive("lakeside", [study_row("1.2", "77")], rows)
    lakeside.archive = structs.replace(lakeside.archive, preference=preference)
    return Mirrors(now, (general, lakeside), locations(general, lakeside, timer=lambda: now[0]))


async def test_of_two_the_preferred_one_then_the_first_in_the_configuration() -> None:
    assert await mirrors().source() == "general"
    assert await mirrors(preference=1).source() == "lakeside"
    assert await mirrors(preference=-1).source() == "general"


async def test_an_archive_that_is_not_well_is_asked_last() -> None:
    pair = mirrors()
    pair.archives[0].is_well = False
    assert await pair.source() == "lakeside"
    pair.archives[1].is_well = False
    assert await pair.source("somebody else") == "general"


async def test_a_session_stays_with_the_archive_that_stepped_in() -> None:
    pair = mirrors()
    assert await pair.source() == "general"
    assert pair.place.choices.turn_away(Source("general-main", "1.2.1"))
    assert await pair.source() == "lakeside"
    pair.now[0] = 100.0
    assert await pair.source() == "lakeside", "though the other one may have recovered"
    assert await pair.source("somebody else") == "general"
    pair.now[0] = 2000.0
    assert await pair.source() == "general", "a session that nobody uses is over"


async def test_what_one_archive_lacks_moves_nothing_else() -> None:
    pair = mirrors()
    assert pair.place.choices.miss(Source("general-main", "1.2.1", "1.2.1.7")) is False, "nobody was located yet"
    assert await pair.source(instance="1.2.1.7") == "lakeside"
    assert pair.place.choices.miss(Source("general-main", "1.2.1", "1.2.1.7")) is True
    assert await pair.source(instance="1.2.1.8") == "general"


async def test_a_whole_study_that_one_archive_lacks_says_nothing_of_the_series_of_others() -> None:
    pair = mirrors()
    pair.place.choices.miss(Source("general-main"))
    assert await pair.source() == "general"
    assert pair.place.choices.turn_away(Source("general-main", "1.2.1"))
    assert await pair.source() == "lakeside"
    pair.now[0] = 100.0
    assert await pair.source() == "lakeside", "the session is known to be served from there"


async def test_an_archive_that_cannot_list_its_series_is_passed_over() -> None:
    pair = mirrors()
    held = (await pair.place.locate(STUDY, SEEKER)).held
    pair.archives[0].failing = True
    assert (await pair.place.holder(held, Uid("1.2.1"))).institution == "lakeside"


PEOPLE = to_register(
    b"""
[[patients]]
id = "p-1"
consent = "optin"
identifiers = [{ authority = "A0", value = "1" }, { authority = "A3", value = "3" }]
"""
)


@dataclass
class Region:
    """Eight institutions, of which `a0` and `a3` know the patient and hold parts of the study."""

    archives: list[PaperArchive]
    place: Locations

    def asked(self) -> list[str]:
        return [one.name for one in self.archives if one.asked]

    async def sought(self, study: str = STUDY, **seeker: Any) -> Location:
        everybody = frozenset(ArchiveId(one.archive.id) for one in self.archives)
        return await self.place.locate_afresh(Uid(study), Seeker(**{"archives": everybody, "subject": "x", **seeker}))


def region(*, own_patients_only: bool = True, learnt: bool = True, register: Register = PEOPLE) -> Region:
    archives = [PaperArchive(f"a{number}") for number in range(8)]
    for one in archives:
        one.archive = structs.replace(one.archive, own_patients_only=own_patients_only)
    archives[0].rows, archives[3].rows = [study_row(STUDY, "1")], [study_row(STUDY, "3")]
    place = Locations(PaperArchives(archives), register, Federation(deadline_seconds=1, wave=4), lambda: 0.0)
    if learnt:
        place.likelihood.found(
            "x", [HeldStudy(STUDY, ArchiveId("a0-main"), InstitutionId("a0"), PatientIdentifier("A0", "1"))]
        )
    return Region(archives, place)


async def test_archives_that_cannot_know_the_patient_are_not_asked() -> None:
    exchange = region()
    found = await exchange.sought()
    assert [one.institution for one in found.held] == ["a0", "a3"], "the part that nobody had seen is found too"
    assert exchange.asked() == ["a0", "a3"]


async def test_archives_that_may_hold_anybodys_studies_are_asked_all_the_same() -> None:
    exchange = region(own_patients_only=False)
    await exchange.sought()
    assert exchange.asked() == [one.name for one in exchange.archives]


async def test_of_a_person_who_is_not_known_for_certain_everybody_is_asked() -> None:
    exchange = region(register=to_register(b""))
    assert (await exchange.sought()).disputed
    assert exchange.asked() == [one.name for one in exchange.archives]


async def test_a_dispute_among_those_who_answer_spares_nobody() -> None:
    exchange = region()
    exchange.archives[0].rows = [study_row(STUDY, "1"), study_row(STUDY, "somebody else")]
    assert (await exchange.sought()).disputed
    assert exchange.asked() == [one.name for one in exchange.archives]


@pytest.mark.parametrize("learnt", [True, False])
async def test_what_is_hidden_costs_every_archive_what_an_absent_study_costs(*, learnt: bool) -> None:
    async def hidden_from_all(_: Sequence[HeldStudy]) -> bool:
        return False

    hidden, absent = region(learnt=learnt), region(learnt=learnt)
    await hidden.sought(may_know=hidden_from_all)
    with pytest.raises(NotFound):
        await absent.sought("1.9", may_know=hidden_from_all)
    assert [len(one.asked) for one in hidden.archives] == [len(one.asked) for one in absent.archives] == [1] * 8


async def test_what_others_were_shown_does_not_change_in_how_many_waves_a_hidden_study_is_sought() -> None:
    """Each wave takes time, and the time of the answer that there is nothing is told apart by it."""

    async def hidden_from_all(_: Sequence[HeldStudy]) -> bool:
        return False

    async def waves_until_nothing(study: str) -> list[int]:
        exchange, together = region(), list[int]()
        for one in exchange.archives:
            one.delay = 0.02
        seeking = asyncio.create_task(exchange.sought(study, subject="somebody else", may_know=hidden_from_all))
        while not seeking.done():
            await asyncio.sleep(0.002)
            asked = len(exchange.asked())
            if asked and asked not in together:
                together.append(asked)
        await asyncio.wait([seeking])
        return together

    assert await waves_until_nothing(STUDY) == await waves_until_nothing("1.9") == [4, 8]


async def test_what_one_may_know_spares_nobody_s_archives_for_another() -> None:
    async def hidden_from_all(_: Sequence[HeldStudy]) -> bool:
        return False

    exchange = region()
    for one in exchange.archives:
        one.delay = 0.01
    await asyncio.gather(exchange.sought(), exchange.sought(subject="other", may_know=hidden_from_all))
    assert [len(one.asked) for one in exchange.archives] == [2, 1, 1, 2, 1, 1, 1, 1]


async def test_what_was_found_and_may_not_be_known_is_not_asked_for_first_the_next_time() -> None:
    async def hidden_from_all(_: Sequence[HeldStudy]) -> bool:
        return False

    exchange = region(learnt=False)
    await exchange.sought(may_know=hidden_from_all)
    likely, _ = exchange.place.likelihood.order("x", STUDY, exchange.archives)
    assert likely == []


async def test_whoever_may_ask_others_is_given_another_answer() -> None:
    exchange = region()
    some = frozenset({ArchiveId("a3-main"), ArchiveId("a4-main")})
    both, few = await asyncio.gather(exchange.sought(), exchange.sought(archives=some))
    assert [one.institution for one in both.held] == ["a0", "a3"]
    assert [one.institution for one in few.held] == ["a3"]
    assert exchange.place.remembered(STUDY, Seeker(some)) == few, "and what is remembered stays apart as well"


async def test_nobody_is_asked_for_whoever_may_ask_nobody() -> None:
    exchange = region()
    with pytest.raises(NotFound):
        await exchange.sought(archives=frozenset())
    assert exchange.asked() == []


@pytest.mark.parametrize(("emergency", "at_once"), [(True, 8), (False, 4)])
async def test_an_emergency_asks_everybody_at_once(*, emergency: bool, at_once: int) -> None:
    exchange = region(own_patients_only=False)
    for one in exchange.archives:
        one.delay = 0.3
    with demanded(RequestDemand(emergency=emergency)):
        seeking = asyncio.create_task(exchange.sought())
        await asyncio.sleep(0.05)
        assert len(exchange.asked()) == at_once
        assert len((await seeking).held) == 2


class Capped(PaperArchive):
    """Gives a hundred rows at once and does not say that there are more."""

    async def search_page(self, path: str, query: Sequence[tuple[str, str]] = ()) -> SearchAnswer:
        rows = (await super().search_page(path, query)).rows
        offset = int(dict(query).get("offset", "0"))
        return SearchAnswer(rows[offset : offset + 100], more=False)


async def test_all_series_of_an_archive_that_gives_few_at_once_are_known() -> None:
    rows = [series_row(f"1.2.{number}") for number in range(250)]
    general = Capped("general", [study_row("1.2", "G-1")], {"1.2": rows})
    lakeside = PaperArchive("lakeside", [study_row("1.2", "77")], {"1.2": [series_row("1.2.999")]})
    place = locations(general, lakeside)
    held = (await place.locate(STUDY, SEEKER)).held
    assert (await place.holder(held, Uid("1.2.249"))).institution == "general"
