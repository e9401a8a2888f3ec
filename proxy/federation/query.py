"""A search as parsed from the URL (PS3.18 §8.3.4): level, match keys, fields wanted, paging."""

from dataclasses import dataclass
from enum import StrEnum
import re

from proxy.resources import InstitutionId, Uid
from proxy.wire import dictionary, tags

NOTHING = '""'
"""The value that matches what is absent or empty (PS3.4 C.2.2.2.7)."""

_SEPARATORS = re.compile(r"[,\\]")


class Level(StrEnum):
    """The three levels of the query hierarchy and the collection each is searched in (PS3.18 §10.6.1)."""

    STUDIES = "studies"
    SERIES = "series"
    INSTANCES = "instances"


@dataclass(frozen=True, slots=True)
class Query:
    """`matches` are (tag, undecoded-but-validated value) pairs, `fields` tags, `all` when every field is wanted.

    `study` and `series` come from the path, as does `institution`, `None` for all of them; `limit` is the client's,
    `None` for "as many as there are". `fuzzy`, `empty` and `multiple` are the kinds of matching that the client has to
    ask for (PS3.4 C.2.2.2.1, .7 and .8).
    """

    level: Level
    study: Uid | None = None
    series: Uid | None = None
    matches: tuple[tuple[str, str], ...] = ()
    fields: tuple[str, ...] = ()
    limit: int | None = None
    offset: int = 0
    fuzzy: bool = False
    empty: bool = False
    multiple: bool = False
    institution: InstitutionId | None = None

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
        """What a row has to meet, but for the interval."""
        apart = tags.STUDY_TIME if self.interval is not None else None
        return tuple((tag, value) for tag, value in self.matches if tag != apart)

    @property
    def asked(self) -> tuple[tuple[str, str], ...]:
        """What archives are asked to match: never less than the rows wanted, in words that every archive understands.

        Of an interval the dates, as many take the two for unrelated; of several values the first; UIDs in the one list
        form; nothing for an absence.
        """
        pairs = ((tag, self._in_common_words(tag, value)) for tag, value in self.keys)
        return tuple((tag, value) for tag, value in pairs if value)

    def _in_common_words(self, tag: str, value: str) -> str:
        if self.empty and value == NOTHING:
            return ""
        if dictionary.vr_of(tag.rpartition(".")[2]) == "UI":
            return ",".join(filter(None, _SEPARATORS.split(value)))
        return value.partition("\\")[0] if self.multiple else value

    def value_of(self, tag: str) -> str | None:
        return next((value for key, value in self.matches if key == tag), None)
