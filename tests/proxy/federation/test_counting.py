"""How much there is of a study is asked for while somebody waits for it, and no longer."""

import asyncio

from proxy.access.enforcement import Visibility
from proxy.archives.search.paging import Paging
from proxy.federation.counting import Counting
from proxy.federation.merge import Found, Part
from proxy.resources import ArchiveId, HeldStudy, InstitutionId, PatientIdentifier, Uid
from proxy.settings.retrieval import Federation
from tests.proxy.federation.paper import PaperArchive, PaperArchives


def part(institution: str) -> Part:
    patient = PatientIdentifier("GENERAL", "1")
    held = HeldStudy(Uid("1.2"), ArchiveId(f"{institution}-main"), InstitutionId(institution), patient)
    return Part({}, Visibility(held, known=True, viewable=True, reason=""))


async def test_archives_are_no_longer_asked_for_whoever_has_gone() -> None:
    archives = PaperArchives([PaperArchive("general", delay=60), PaperArchive("lakeside", delay=60)])
    counting = Counting(archives, Paging(Federation()), Federation(), lambda: 0.0)
    found = Found({}, (part("general"), part("lakeside")), counted="maximum")
    before = asyncio.all_tasks()
    waiting = asyncio.create_task(counting.count([found]))
    await asyncio.sleep(0.05)
    assert [len(one.asked) for one in archives] == [1, 1]
    waiting.cancel()
    await asyncio.wait([waiting])
    await asyncio.sleep(0.05)
    assert asyncio.all_tasks() == before
