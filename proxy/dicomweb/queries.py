"""Search parameters (PS3.18 §8.3.4) as a `Query`: attributes are match keys, the reserved names are what they are."""

from collections.abc import Sequence
from dataclasses import dataclass
import re

from proxy.errors import BadRequest
from proxy.federation.query import Level, Query
from proxy.resources import Uid, read_uid
from proxy.wire import tags

_ATTRIBUTE = re.compile(
    r"([0-9A-Fa-f]{8}|[A-Z][A-Za-z0-9]{1,63})(\.([0-9A-Fa-f]{8}|[A-Z][A-Za-z0-9]{1,63})){0,4}", re.ASCII
)
_COUNT = re.compile(r"\d{1,9}", re.ASCII)
_SAFE_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
_RESERVED = frozenset(
    {
        "limit",
        "offset",
        "includefield",
        "fuzzymatching",
        "emptyvaluematching",
        "multiplevaluematching",
        "accept",
        "charset",
    }
)
_UID_KEYS = frozenset({tags.STUDY_INSTANCE_UID, tags.SERIES_INSTANCE_UID, tags.SOP_INSTANCE_UID, tags.SOP_CLASS_UID})
_LONGEST_VALUE = 1024
_ONE_CODE = frozenset({tags.MODALITY, tags.MODALITIES_IN_STUDY})
_DATES = frozenset({tags.STUDY_DATE, tags.PATIENT_BIRTH_DATE, tags.PERFORMED_PROCEDURE_STEP_START_DATE})
_TIMES = frozenset({tags.STUDY_TIME, tags.PERFORMED_PROCEDURE_STEP_START_TIME})
_DATE = r"\d{8}"
_TIME = r"\d{2}(\d{2}(\d{2}(\.\d{1,6})?)?)?"
_UNSUPPORTED = {
    "fuzzymatching": "The fuzzymatching parameter is not supported. Only literal matching has been performed.",
    "emptyvaluematching": (
        "The emptyvaluematching parameter is not supported. Empty Value Matching has not been performed."
    ),
    "multiplevaluematching": (
        "The multiplevaluematching parameter is not supported. Multiple Value Matching has not been performed."
    ),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A parsed search and what of it is not carried out (said in `Warning`)."""

    query: Query
    warnings: tuple[str, ...] = ()


def read_query(
    level: Level, parameters: Sequence[tuple[str, str]], study: Uid | None = None, series: Uid | None = None
) -> Asked:
    """The search that `parameters` (decoded name-value pairs in order) ask for. Raises `BadRequest` (§8.3)."""
    matches = [(_tag(name), _value(name, value)) for name, value in parameters if _is_key(name)]
    if len(dict(matches)) < len(matches):
        raise BadRequest("a search attribute is given twice")
    reserved = _reserved(parameters)
    query = Query(
        level=level,
        study=study,
        series=series,
        matches=tuple((tag, value) for tag, value in matches if value),
        fields=(*(tag for tag, value in matches if not value), *_fields(parameters)),
        limit=_count(reserved, "limit"),
        offset=_count(reserved, "offset") or 0,
    )
    return Asked(query, (*_unknown(parameters), *_unsupported(reserved)))


def _is_key(name: str) -> bool:
    return name not in _RESERVED and _ATTRIBUTE.fullmatch(name) is not None


def _tag(name: str) -> str:
    """Keywords that this service knows become tags; others pass as they are, for the archive to know."""
    return ".".join(tags.BY_KEYWORD.get(part, part.upper() if part[0].isdigit() else part) for part in name.split("."))


def _value(name: str, value: str) -> str:
    if len(value) > _LONGEST_VALUE or any(ord(character) < 32 for character in value):
        raise BadRequest("a search value is not valid")
    if _tag(name) in _UID_KEYS:
        for uid in filter(None, re.split(r"[,\\]", value)):
            read_uid(uid)
    if not _has_shape(_tag(name), value):
        raise BadRequest("a search value does not have the form of its attribute")
    return value


def _has_shape(tag: str, value: str) -> bool:
    """Whether a date, time or code is one or a range: archives answer what is none with an empty list, silently."""
    if tag in _ONE_CODE:
        return "," not in value
    point = _DATE if tag in _DATES else _TIME if tag in _TIMES else None
    if point is None or value in {"", "*", '""'}:
        return True
    return re.fullmatch(rf"{point}(-({point})?)?|-{point}", value, re.ASCII) is not None


def _fields(parameters: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    values = [value for name, text in parameters if name == "includefield" for value in text.split(",")]
    if not all(value == "all" or _ATTRIBUTE.fullmatch(value) for value in values):
        raise BadRequest("`includefield` is a list of attributes or `all`")
    return tuple(value if value == "all" else _tag(value) for value in values)


def _reserved(parameters: Sequence[tuple[str, str]]) -> dict[str, str]:
    pairs = [(name, value) for name, value in parameters if name in _RESERVED - {"includefield"}]
    if len(dict(pairs)) < len(pairs):
        raise BadRequest("a search parameter is given twice")
    return dict(pairs)


def _flag(reserved: dict[str, str], name: str) -> bool:
    value = reserved.get(name, "false")
    if value not in {"true", "false"}:
        raise BadRequest(f"`{name}` is true or false")
    return value == "true"


def _count(reserved: dict[str, str], name: str) -> int | None:
    value = reserved.get(name)
    if value is None:
        return None
    if not _COUNT.fullmatch(value):
        raise BadRequest(f"`{name}` is a whole number that is not negative")
    return int(value)


def _unsupported(reserved: dict[str, str]) -> list[str]:
    return [words for name, words in _UNSUPPORTED.items() if _flag(reserved, name)]


def _unknown(parameters: Sequence[tuple[str, str]]) -> list[str]:
    """Parameters that are neither reserved nor attributes are ignored, and named as such (PS3.18 §8.3)."""
    names = dict.fromkeys(name for name, _ in parameters if name not in _RESERVED and not _is_key(name))
    shown = [name for name in names if _SAFE_NAME.fullmatch(name)]
    if not names:
        return []
    return [f"The following parameters are not supported and were ignored: {', '.join(shown) or 'unnamed'}"]
