"""Where a study is: asked once for many, remembered only when everybody answered, never guessed."""

import asyncio

import pytest

from proxy.errors import ArchiveFailed, NotFound
from proxy.federation.location import Locations
from proxy.patients.register import to_register
from proxy.resources import Uid
from proxy.settings import Federation
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
