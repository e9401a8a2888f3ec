"""Which differences a person has looked at and explained, and which nobody has: `explained.toml`."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
import tomllib

from tests.conformance.rendering.comparison import Row

_LIST = Path(__file__).with_name("explained.toml")


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why the references in `who` make another image of `files` (patterns), who is `right`, and by which `clause`."""

    files: tuple[str, ...]
    who: tuple[str, ...]
    right: str
    why: str
    clause: str

    def covers(self, row: Row, reference: str) -> bool:
        return reference in self.who and any(fnmatchcase(row.name, pattern) for pattern in self.files)


def read_explanations() -> list[Explanation]:
    listed = tomllib.loads(_LIST.read_text("utf-8"))["difference"]
    return [
        Explanation(tuple(one.pop("files")), tuple(one.pop("who")), one.pop("right"), **one)
        for one in map(dict, listed)
    ]


def unexplained(rows: Sequence[Row], explanations: Sequence[Explanation]) -> list[str]:
    """What is to be looked at: differences without an explanation."""
    return [
        f"{row.name}, {row.asked}: {reference} makes another image"
        for row in rows
        for reference in row.disagreeing
        if not any(one.covers(row, reference) for one in explanations)
    ]


def outdated(rows: Sequence[Row], explanations: Sequence[Explanation]) -> list[str]:
    """Parts of explanations that explain nothing in the rows of all packages."""
    found = [(row, reference) for row in rows for reference in row.disagreeing]
    return [
        f"{', '.join(one.files)}: {reference} makes the same image"
        for one in explanations
        for reference in one.who
        if not any(reference == who and one.covers(row, who) for row, who in found)
    ]
