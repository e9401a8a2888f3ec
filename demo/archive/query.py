"""A search as it stands in the URL (PS3.18 §8.3.4): match keys, fields, paging; anything malformed is refused."""

from collections.abc import Iterable
from dataclasses import dataclass
import re

from pydicom.datadict import dictionary_has_tag, dictionary_VR, tag_for_keyword
from starlette.exceptions import HTTPException

from demo.archive.levels import Level, level_of

_TAG = re.compile(r"[0-9A-Fa-f]{8}", re.ASCII)
_BOOLEANS = ("fuzzymatching", "emptyvaluematching", "multiplevaluematching")
_UNSUPPORTED = {
    "fuzzymatching": "The fuzzymatching parameter is not supported. Only literal matching has been performed.",
    "emptyvaluematching": (
        "The emptyvaluematching parameter is not supported. Empty Value Matching has not been performed."
    ),
    "multiplevaluematching": (
        "The multiplevaluematching parameter is not supported. Multiple Value Matching has not been performed."
    ),
}

Path = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """`matches` are by path of tags; `fields` are tags wanted besides; `warnings` are what was asked for in vain."""

    matches: dict[Path, str]
    fields: frozenset[int]
    everything: bool
    limit: int
    offset: int
    warnings: tuple[str, ...]


def read_query(pairs: Iterable[tuple[str, str]], level: Level, most: int) -> Query:
    """Parse decoded pairs. `most` is how many results the archive gives at once."""
    matches: dict[Path, str] = {}
    fields: set[int] = set()
    everything, numbers, warnings = False, {"limit": most, "offset": 0}, []
    for name, value in pairs:
        if name == "includefield":
            everything |= "all" in value.split(",")
            fields |= {_read_path(one)[0] for one in value.split(",") if one != "all"}
        elif name in numbers:
            numbers[name] = _read_number(name, value)
        elif name in _BOOLEANS:
            warnings += [_UNSUPPORTED[name]] if _read_boolean(name, value) else []
        else:
            _add_match(matches, _read_path(name), value, level)
    limit = min(numbers["limit"], most)
    return Query(matches, frozenset(fields), everything, limit, numbers["offset"], tuple(warnings))


def _add_match(matches: dict[Path, str], path: Path, value: str, level: Level) -> None:
    if path in matches:
        raise HTTPException(400, "a match key stands twice")
    if not all(map(dictionary_has_tag, path)):
        raise HTTPException(400, "a match key is not an attribute of PS3.6")
    if level_of(path[0]) > level:
        raise HTTPException(400, "a match key belongs to a lower level than is searched")
    matches[path] = value


def _read_path(name: str) -> Path:
    """Keywords or tags, joined by dots; all but the last are sequences (PS3.18 §8.3.1.1)."""
    path = tuple(map(_read_attribute, name.split(".")))
    if any(not dictionary_has_tag(tag) or dictionary_VR(tag) != "SQ" for tag in path[:-1]):
        raise HTTPException(400, "an attribute within another that is no sequence")
    return path


def _read_attribute(name: str) -> int:
    tag = int(name, 16) if _TAG.fullmatch(name) else tag_for_keyword(name)
    if tag is None:
        raise HTTPException(400, "a parameter is neither known nor an attribute")
    return tag


def _read_number(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit()):
        raise HTTPException(400, f"`{name}` is not a whole number")
    return int(value)


def _read_boolean(name: str, value: str) -> bool:
    if value not in {"true", "false"}:
        raise HTTPException(400, f"`{name}` is neither true nor false")
    return value == "true"
