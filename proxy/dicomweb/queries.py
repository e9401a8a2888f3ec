"""Search parameters (PS3.18 §8.3.4) as a `Query`: attributes are match keys, the reserved names are what they are."""

from collections.abc import Sequence
from dataclasses import dataclass
import re

from proxy.errors import BadRequest
from proxy.federation.levels import is_below
from proxy.federation.query import Level, Query
from proxy.resources import Uid, read_uid
from proxy.wire import dictionary, tags

_ATTRIBUTE = re.compile(
    r"([0-9A-Fa-f]{8}|[A-Z][A-Za-z0-9]{1,63})(\.([0-9A-Fa-f]{8}|[A-Z][A-Za-z0-9]{1,63})){0,4}", re.ASCII
)
_TAG = re.compile(r"[0-9A-F]{8}", re.ASCII)
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
        "cursor",
    }
)
_CURSOR = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_LONGEST_VALUE = 1024
_ONE_CODE = frozenset({tags.MODALITY, tags.MODALITIES_IN_STUDY})
_DATE = r"\d{8}"
_TIME = r"\d{2}(\d{2}(\d{2}(\.\d{1,6})?)?)?"


@dataclass(frozen=True, slots=True)
class Asked:
    """A parsed search and what of it is not carried out (said in `Warning`).

    `cursor` stands for the search that an earlier page was of; then `query` has no more than the page wanted.
    """

    query: Query
    warnings: tuple[str, ...] = ()
    cursor: str = ""


def read_query(
    level: Level, parameters: Sequence[tuple[str, str]], study: Uid | None = None, series: Uid | None = None
) -> Asked:
    """The search that `parameters` (decoded name-value pairs in order) ask for. Raises `BadRequest` (§8.3)."""
    matches = [(_key(name, level), _value(name, value)) for name, value in parameters if _is_key(name)]
    if len(dict(matches)) < len(matches):
        raise BadRequest("a search attribute is given twice")
    reserved = _reserved(parameters)
    fields = (*(tag for tag, value in matches if not value), *_fields(parameters))
    query = Query(
        level=level,
        study=study,
        series=series,
        matches=tuple((tag, value) for tag, value in matches if value),
        fields=tuple(tag for tag in fields if not is_below(tag, level)),
        limit=_count(reserved, "limit"),
        offset=_count(reserved, "offset") or 0,
        fuzzy=_flag(reserved, "fuzzymatching"),
        empty=_flag(reserved, "emptyvaluematching"),
        multiple=_flag(reserved, "multiplevaluematching"),
    )
    return Asked(query, (*_unknown(parameters), *_left_out(fields, level)), _cursor(reserved, query))


def _cursor(reserved: dict[str, str], query: Query) -> str:
    """A cursor is good for the search that it was made for and for no other."""
    cursor = reserved.get("cursor", "")
    if cursor and (query.matches or query.fields or not _CURSOR.fullmatch(cursor)):
        raise BadRequest("a cursor stands for the whole search; `limit` and `offset` may stand beside it")
    return cursor


def _key(name: str, level: Level) -> str:
    tag = _tag(name)
    if is_below(tag.partition(".")[0], level):
        raise BadRequest("an attribute of the search belongs to a lower level than is searched")
    return tag


def _is_key(name: str) -> bool:
    return name not in _RESERVED and _ATTRIBUTE.fullmatch(name) is not None


def _tag(name: str) -> str:
    """Keywords as tags. Raises `BadRequest` for those that PS3.6 does not have: archives would ignore them."""
    return ".".join(part.upper() if part[0].isdigit() else _tag_of(part) for part in name.split("."))


def _tag_of(keyword: str) -> str:
    tag = keyword if _TAG.fullmatch(keyword) else dictionary.tag_of(keyword)
    if tag is None:
        raise BadRequest("an attribute of the search is not one of PS3.6")
    return tag


def _value(name: str, value: str) -> str:
    if len(value) > _LONGEST_VALUE or any(ord(character) < 32 for character in value):
        raise BadRequest("a search value is not valid")
    if value and _vr(name) == "UI":
        uids = [one for one in re.split(r"[,\\]", value) if one]
        if not uids:
            raise BadRequest("a list of UIDs has none")  # archives would be asked for everything
        for uid in uids:
            read_uid(uid)
    if not _has_shape(name, value):
        raise BadRequest("a search value does not have the form of its attribute")
    return value


def _vr(name: str) -> str | None:
    return dictionary.vr_of(_tag(name).rpartition(".")[2])


def _has_shape(name: str, value: str) -> bool:
    """Whether a date, time or code is one or a range: archives answer what is none with an empty list, silently."""
    if _tag(name) in _ONE_CODE:
        return "," not in value
    point = {"DA": _DATE, "TM": _TIME}.get(_vr(name) or "")
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


def _unknown(parameters: Sequence[tuple[str, str]]) -> list[str]:
    """Parameters that are neither reserved nor attributes are ignored, and named as such (PS3.18 §8.3)."""
    names = dict.fromkeys(name for name, _ in parameters if name not in _RESERVED and not _is_key(name))
    shown = [name for name in names if _SAFE_NAME.fullmatch(name)]
    if not names:
        return []
    return [f"The following parameters are not supported and were ignored: {', '.join(shown) or 'unnamed'}"]


def _left_out(fields: Sequence[str], level: Level) -> list[str]:
    """Fields of a lower level than is searched, which results must not have (PS3.18 §10.6.3.3.1)."""
    below = [tag for tag in dict.fromkeys(fields) if is_below(tag, level)]
    return [f"The following attributes belong to a lower level and are left out: {', '.join(below)}"] if below else []
