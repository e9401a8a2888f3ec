"""A search as parsed from the URL (PS3.18 §8.3.4): level, match keys, fields wanted, paging."""

from dataclasses import dataclass
from enum import StrEnum

from proxy.resources import Uid
from proxy.wire import tags


class Level(StrEnum):
    """The three levels of the query hierarchy and the collection each is searched in (PS3.18 §10.6.1)."""

    STUDIES = "studies"
    SERIES = "series"
    INSTANCES = "instances"


@dataclass(frozen=True, slots=True)
class Query:
    """`matches` are (tag, undecoded-but-validated value) pairs, `fields` tags, `all` when every field is wanted.

    `study` and `series` come from the path; `limit` is the client's, `None` for "as many as there are".
    """

    level: Level
    study: Uid | None = None
    series: Uid | None = None
    matches: tuple[tuple[str, str], ...] = ()
    fields: tuple[str, ...] = ()
    limit: int | None = None
    offset: int = 0

    @property
    def path(self) -> str:
        """The search resource below an archive's base URL (PS3.18 Table 10.6.1-1)."""
        within_study = f"studies/{self.study}/" if self.study else ""
        within_series = f"series/{self.series}/" if self.series else ""
        return f"{within_study}{within_series}{self.level}"

    @property
    def interval(self) -> tuple[str, str] | None:
        """Ranges of study date and time, which together are one interval (PS3.18 §8.3.4.1.1, PS3.4 C.2.2.2.5)."""
        date, time = self.value_of(tags.STUDY_DATE) or "", self.value_of(tags.STUDY_TIME) or ""
        return (date, time) if "-" in date and "-" in time else None

    @property
    def keys(self) -> tuple[tuple[str, str], ...]:
        """What archives are asked to match: of an interval the dates, as many take the two for unrelated."""
        return tuple((tag, value) for tag, value in self.matches if self.interval is None or tag != tags.STUDY_TIME)

    def value_of(self, tag: str) -> str | None:
        return next((value for key, value in self.matches if key == tag), None)
