"""Archives made of paper: they answer searches from a list of rows, late or not at all when told to."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from proxy.archives.search.searching import SearchAnswer
from proxy.errors import ArchiveFailed
from proxy.settings.archives import Archive, Institution

Row = dict[str, Any]


def element(vr: str, *values: Any) -> dict[str, Any]:
    return {"vr": vr, "Value": list(values)}


def study_row(study: str, patient: str, issuer: str = "", **more: Any) -> Row:
    row = {
        "0020000D": element("UI", study),
        "00100020": element("LO", patient),
        "00080020": element("DA", more.get("date", "20260101")),
        "00080061": element("CS", *more.get("modalities", ["CT"])),
        "00201206": element("IS", more.get("series", 1)),
        "00201208": element("IS", more.get("instances", 10)),
    }
    return row | ({"00100021": element("LO", issuer)} if issuer else {})


@dataclass(eq=False)
class PaperArchive:
    """Quacks like `ArchiveClient` for searches. `series` are rows by study; `answer` may replace everything."""

    name: str
    rows: Sequence[Row] = ()
    series: dict[str, Sequence[Row]] = field(default_factory=dict)
    delay: float = 0
    failing: bool = False
    more: bool = False
    asked: list[tuple[str, Sequence[tuple[str, str]]]] = field(default_factory=list)
    answer: Callable[[str], Sequence[Row]] | None = None
    is_well: bool = True
    link: None = None
    circle: str = ""
    also_asked: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.archive = Archive(
            id=f"{self.name}-main", base_url="http://archive.test", assigning_authority=self.name.upper()
        )
        self.origin = f"here/{self.archive.id}"
        self.institution = Institution(id=self.name, name=f"{self.name.title()} Hospital", archives=(self.archive,))

    async def search_page(self, path: str, query: Sequence[tuple[str, str]] = ()) -> SearchAnswer:
        self.asked.append((path, tuple(query)))
        await asyncio.sleep(self.delay)
        if self.failing:
            raise ArchiveFailed("the archive cannot be reached", self.institution.name)
        if self.answer is not None:
            return SearchAnswer(list(self.answer(path)), self.more)
        if path == "studies":
            return SearchAnswer(list(self.rows), self.more)
        return SearchAnswer(list(self.series.get(path.split("/")[1], ())), self.more)

    async def search(self, path: str, query: Sequence[tuple[str, str]] = ()) -> list[Row]:
        return (await self.search_page(path, query)).rows


class PaperArchives(list[PaperArchive]):
    """As `Archives`: iterated in order, looked up by id."""

    circle = ""

    @property
    def origins(self) -> frozenset[str]:
        return frozenset(one.origin for one in self)

    def __getitem__(self, archive: Any) -> Any:
        return next(one for one in self if one.archive.id == archive)
