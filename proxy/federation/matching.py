"""Whether a row is what was searched for (PS3.4 C.2.2.2), judged here because archives ignore keys they do not know.

A row that leaves an attribute out is not held against it, except for UIDs and the patient's identifier.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
import re
from typing import Any

from proxy.federation.names import folded, sounds_like
from proxy.federation.query import NOTHING, Query
from proxy.federation.sources import Row
from proxy.wire import dicomjson, dictionary, tags

_TELLING = frozenset({tags.STUDY_INSTANCE_UID, tags.SERIES_INSTANCE_UID, tags.SOP_INSTANCE_UID, tags.PATIENT_ID})
_WILDCARDS = {"*": ".*", "?": "."}
_TEXTS = frozenset({"AE", "CS", "LO", "LT", "SH", "ST", "UC", "UR", "UT"})
_RANGES = frozenset({"DA", "TM", "DT"})
_NUMBERS = frozenset({"DS", "FD", "FL", "IS", "SL", "SS", "SV", "UL", "US", "UV"})
_MOMENT = re.compile(r"\d{8,14}(\.\d{1,6})?", re.ASCII)
_MOMENTS = re.compile(rf"{_MOMENT.pattern}(-({_MOMENT.pattern})?)?|-{_MOMENT.pattern}", re.ASCII)


def matching(query: Query) -> Callable[[Row], bool]:
    """Whether a row lies within the path of `query` and meets all its keys that can be judged by what the row says."""
    above = [(tags.STUDY_INSTANCE_UID, query.study), (tags.SERIES_INSTANCE_UID, query.series)]
    within = [(tag, {None, uid}) for tag, uid in above if uid is not None]
    keys = [(tag.split("."), key) for tag, key in query.keys]
    zoned = query.value_of(tags.TIMEZONE_OFFSET_FROM_UTC) is not None
    interval = None if zoned else query.interval

    def matches(row: Row) -> bool:
        if any(dicomjson.uid(row, tag) not in admitted for tag, admitted in within):
            return False
        met = all(_meets(row, path, key, query, zoned=zoned) for path, key in keys)
        return met and (interval is None or _in_interval(row, *interval))

    return matches


def _meets(dataset: Mapping[str, Any], path: Sequence[str], key: str, query: Query, *, zoned: bool) -> bool:
    tag, *below = path
    if query.empty and key == NOTHING and not below:
        return not any(_texts(dataset, tag, _vr(dataset, tag)))
    if tag not in dataset:
        return tag not in _TELLING
    if below:
        items = [item for item in dicomjson.values(dataset, tag) if isinstance(item, dict)]
        return any(_meets(item, below, key, query, zoned=zoned) for item in items)
    vr = _vr(dataset, tag)
    if key == "*" or tag == tags.TIMEZONE_OFFSET_FROM_UTC or (zoned and vr in _RANGES):
        return True
    if "\\" in key and vr != "UI" and not query.multiple:
        return True
    texts = tuple(_texts(dataset, tag, vr))
    equals = _equality(tag, vr, fuzzy=query.fuzzy)
    wanted = [key] if vr == "UI" else [one for one in key.split("\\") if one]
    return all(any(equals(text, one) for text in texts) for one in wanted)


def _vr(dataset: Mapping[str, Any], tag: str) -> str:
    """By the dictionary, whatever the archive calls it; by the archive where the dictionary has none."""
    return dictionary.vr_of(tag) or str(dataset.get(tag, {}).get("vr", ""))


def _texts(dataset: Mapping[str, Any], tag: str, vr: str) -> Iterator[str]:
    if vr != "PN":
        yield from filter(None, dicomjson.texts(dataset, tag))
        return
    for value in dicomjson.values(dataset, tag):
        name = dicomjson.to_person_name(value)
        yield from filter(None, (name.alphabetic, name.ideographic, name.phonetic))


def _equality(tag: str, vr: str, *, fuzzy: bool) -> Callable[[str, str], bool]:
    if tag == tags.PATIENT_ID:
        return _like
    return sounds_like if fuzzy and vr == "PN" else _EQUALITIES.get(vr, _unjudged)


def _same_text(value: str, key: str) -> bool:
    return _like(folded(value), folded(key))


def _same_name(value: str, key: str) -> bool:
    """Without regard to case and accents (C.2.2.2.1); a key of whole components may leave out those that follow."""
    name, wanted = folded(value), folded(key)
    return _like(name, wanted) or _like(name, f"{wanted}^*")


def _like(value: str, key: str) -> bool:
    if _WILDCARDS.keys().isdisjoint(key):
        return value == key.strip()
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


def _in_moments(value: str, key: str) -> bool:
    """Like dates and times, to the day at least; what names a zone or may do so is the archive's business."""
    return not (_MOMENT.fullmatch(value) and _MOMENTS.fullmatch(key)) or _in_range(value, key)


def _in_interval(row: Row, dates: str, times: str) -> bool:
    """Ranges of date and time together are one interval, not two (C.2.2.2.5)."""
    date, time = dicomjson.text(row, tags.STUDY_DATE), dicomjson.text(row, tags.STUDY_TIME)
    (first_date, _, last_date), (first_time, _, last_time) = dates.partition("-"), times.partition("-")
    moment = date + time
    begun = not first_date or moment >= first_date + first_time
    return bool(date) and begun and (not last_date or moment[: 8 + len(last_time)] <= last_date + last_time)


def _in_list(value: str, key: str) -> bool:
    return value in re.split(r"[,\\]", key)


def _unjudged(value: str, key: str) -> bool:  # noqa: ARG001 - values of whose kind nothing is known are kept
    return True


_EQUALITIES: Mapping[str, Callable[[str, str], bool]] = {
    **dict.fromkeys(_TEXTS, _same_text),
    **dict.fromkeys(_NUMBERS, _same_number),
    **dict.fromkeys(_RANGES, _in_range),
    "DT": _in_moments,
    "PN": _same_name,
    "UI": _in_list,
}
