"""Whether a row is what was searched for (PS3.4 C.2.2.2), judged here because archives ignore keys they do not know.

A row that leaves an attribute out is not held against it, except for UIDs and the patient's identifier.
"""

from collections.abc import Iterator, Mapping, Sequence
import re
from typing import Any
import unicodedata

from proxy.federation.query import Query
from proxy.federation.sources import Row
from proxy.wire import dicomjson, tags

_TELLING = frozenset({tags.STUDY_INSTANCE_UID, tags.SERIES_INSTANCE_UID, tags.SOP_INSTANCE_UID, tags.PATIENT_ID})
_WILDCARDS = {"*": ".*", "?": "."}
_TEXTS = frozenset({"AE", "CS", "LO", "LT", "SH", "ST", "UC", "UR", "UT"})
_RANGES = frozenset({"DA", "TM"})
_NUMBERS = frozenset({"DS", "FD", "FL", "IS", "SL", "SS", "SV", "UL", "US", "UV"})


def matches(row: Row, query: Query) -> bool:
    """Whether `row` lies within the path of `query` and meets all its keys that can be judged by what the row says."""
    if query.study is not None and dicomjson.uid(row, tags.STUDY_INSTANCE_UID) not in {None, query.study}:
        return False
    if query.series is not None and dicomjson.uid(row, tags.SERIES_INSTANCE_UID) not in {None, query.series}:
        return False
    zoned = query.value_of(tags.TIMEZONE_OFFSET_FROM_UTC) is not None
    met = all(_meets(row, tag.split("."), key, zoned=zoned) for tag, key in query.keys)
    return met and (query.interval is None or zoned or _in_interval(row, *query.interval))


def _meets(dataset: Mapping[str, Any], path: Sequence[str], key: str, *, zoned: bool) -> bool:
    tag, *below = path
    if tag not in dataset:
        return tag not in _TELLING
    if below:
        items = [item for item in dicomjson.values(dataset, tag) if isinstance(item, dict)]
        return any(_meets(item, below, key, zoned=zoned) for item in items)
    vr = str(dataset[tag].get("vr", ""))
    if key == "*" or ("\\" in key and vr != "UI") or tag == tags.TIMEZONE_OFFSET_FROM_UTC or (zoned and vr in _RANGES):
        return True
    if tag == tags.PATIENT_ID:
        return any(_like(value, key) for value in dicomjson.texts(dataset, tag))
    return any(_equals(vr, value, key) for value in _texts(dataset, tag, vr))


def _texts(dataset: Mapping[str, Any], tag: str, vr: str) -> Iterator[str]:
    if vr != "PN":
        yield from dicomjson.texts(dataset, tag)
        return
    for value in dicomjson.values(dataset, tag):
        name = dicomjson.to_person_name(value)
        yield from filter(None, (name.alphabetic, name.ideographic, name.phonetic))


def _equals(vr: str, value: str, key: str) -> bool:
    if vr == "UI":
        return value in re.split(r"[,\\]", key)
    if vr in _RANGES:
        return _in_range(value, key)
    if vr in _NUMBERS:
        return _same_number(value, key)
    if vr == "PN":
        return _like(_folded(value), _folded(key)) or _like(_folded(value), f"{_folded(key)}^*")
    return vr not in _TEXTS or _like(_folded(value), _folded(key))


def _folded(text: str) -> str:
    """Without case and accents, about which archives differ (C.2.2.2.1)."""
    return "".join(one for one in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(one))


def _like(value: str, key: str) -> bool:
    pattern = "".join(_WILDCARDS.get(character, re.escape(character)) for character in key.strip())
    return re.fullmatch(pattern, value, re.DOTALL) is not None


def _same_number(value: str, key: str) -> bool:
    try:
        return float(value) == float(key)
    except ValueError:
        return False


def _in_range(value: str, key: str) -> bool:
    """A value is compared as far as the end of the range says (C.2.2.2.5): 1015 includes 10:15:59."""
    first, dash, last = key.partition("-")
    if not dash:
        return bool(value) and value.startswith(first)
    return bool(value) and value >= first and (not last or value[: len(last)] <= last)


def _in_interval(row: Row, dates: str, times: str) -> bool:
    """Ranges of date and time together are one interval, not two (C.2.2.2.5)."""
    date, time = dicomjson.text(row, tags.STUDY_DATE), dicomjson.text(row, tags.STUDY_TIME)
    (first_date, _, last_date), (first_time, _, last_time) = dates.partition("-"), times.partition("-")
    moment = date + time
    begun = not first_date or moment >= first_date + first_time
    return bool(date) and begun and (not last_date or moment[: 8 + len(last_time)] <= last_date + last_time)
