"""Where a study is: asked once for many, remembered only when everybody answered, never guessed."""

import asyncio
from dataclasses import dataclass

from msgspec import structs
import pytest

from proxy.errors import ArchiveFailed, NotFound, OutsideHours, Source
from proxy.federation.location import Locations
from proxy.federation.sources import SourceState
from proxy.patients.register import to_register
from proxy.resources import Uid
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
    found = await place.locate(STUDY)
    assert [held.institution for held in found.held] == ["general", "lakeside"]
    await place.locate(STUDY)
    assert len(general.asked) == 1


async def test_many_who_ask_at_once_cost_one_question() -> None:
    general = PaperArchive("general", [study_row("1.2", "G-1")], delay=0.02)
    place = locations(general)
    await asyncio.gather(*(place.locate(STUDY) for _ in range(50)))
    assert len(general.asked) == 1


async def test_a_study_that_nobody_has_is_not_found() -> None:
    with pytest.raises(NotFound):
        await locations(PaperArchive("general"), PaperArchive("lakeside")).locate(STUDY)


async def test_a_failed_archive_is_not_an_absent_study() -> None:
    with pytest.raises(ArchiveFailed) as failure:
        await locations(PaperArchive("general"), PaperArchive("lakeside", failing=True)).locate(STUDY)
    assert failure.value.institution == "Lakeside Hospital"


async def test_while_an_archive_is_closed_the_others_are_not_asked_again_but_for_an_emergency() -> None:
    general = PaperArchive("general", [study_row("1.2", "G-1")])
    lakeside = PaperArchive("lakeside", answer=closed_but_for_emergencies)
    place = locations(general, lakeside)
    for _ in range(3):
        found = await place.locate(STUDY)
        assert [one.state for one in found.missing] == [SourceState.OUTSIDE_HOURS]
    assert len(general.asked) == 1
    with demanded(RequestDemand(emergency=True)):
        assert len((await place.locate(STUDY)).held) == 2


async def test_an_emergency_does_not_share_an_ordinary_question() -> None:
    slow = PaperArchive("general", [study_row("1.2", "G-1")], delay=0.1)
    place = locations(slow, PaperArchive("lakeside", answer=closed_but_for_emergencies))
    ordinary = asyncio.create_task(place.locate(STUDY))
    await asyncio.sleep(0.02)
    with demanded(RequestDemand(emergency=True)):
        assert len((await place.locate(STUDY)).held) == 2
    assert len((await ordinary).held) == 1


async def test_a_part_that_may_be_missing_is_named_and_asked_for_again() -> None:
    general, lakeside = PaperArchive("general", [study_row("1.2", "G-1")]), PaperArchive("lakeside", failing=True)
    place = locations(general, lakeside)
    assert [one.name for one in (await place.locate(STUDY)).missing] == ["Lakeside Hospital"]
    lakeside.failing, lakeside.rows = False, [study_row("1.2", "77")]
    found = await place.locate(STUDY)
    assert len(found.held) == 2
    assert not found.missing


async def test_an_archive_that_ignores_the_key_and_gives_everybody_is_filtered() -> None:
    general = PaperArchive("general", [study_row("1.9", "somebody"), study_row("1.2", "G-1")])
    found = await locations(general).locate(STUDY)
    assert [held.study for held in found.held] == ["1.2"]


@pytest.mark.parametrize(("patient", "disputed"), [("77", False), ("somebody else", True)])
async def test_two_patients_under_one_study_are_a_dispute(patient: str, disputed: bool) -> None:
    general = PaperArchive("general", [study_row("1.2", "G-1")])
    other = PaperArchive("lakeside", [study_row("1.2", patient)])
    assert (await locations(general, other).locate(STUDY)).disputed is disputed


async def test_the_holder_of_a_series_is_asked_for_not_guessed() -> None:
    general = PaperArchive("general", [study_row("1.2", "G-1")], {"1.2": [series_row("1.2.1")]})
    lakeside = PaperArchive("lakeside", [study_row("1.2", "77")], {"1.2": [series_row("1.2.2")]})
    place = locations(general, lakeside)
    held = (await place.locate(STUDY)).held
    assert (await place.holder(held, Uid("1.2.2"))).institution == "lakeside"
    with pytest.raises(NotFound):
        await place.holder(held, Uid("1.2.3"))


async def test_a_place_is_believed_for_its_time_only() -> None:
    now = [0.0]
    general = PaperArchive("general", [study_row("1.2", "G-1")])
    place = locations(general, timer=lambda: now[0])
    await place.locate(STUDY)
    now[0] = 301
    await place.locate(STUDY)
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
    found = await Locations(PaperArchives([lakeside]), register, Federation(), lambda: 0.0).locate(STUDY)
    assert [(held.patient.value, [one.value for one in held.aliases]) for held in found.held] == [("77", ["78"])]
    assert not found.disputed
    unknown = await locations(lakeside).locate(STUDY)
    assert unknown.disputed, "nobody says that 78 is the same person"


@dataclass
class Mirrors:
    """Two archives with the same series, and whom each question is answered by."""

    now: list[float]
    archives: tuple[PaperArchive, PaperArchive]
    place: Locations

    async def source(self, session: str = "somebody", instance: str = "") -> str:
        held = (await self.place.locate(STUDY)).held
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
    held = (await pair.place.locate(STUDY)).held
    pair.archives[0].failing = True
    assert (await pair.place.holder(held, Uid("1.2.1"))).institution == "lakeside"
