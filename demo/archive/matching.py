"""Whether a value matches a key (PS3.4 C.2.2.2): single value, list of UIDs, wildcard, range, sequence."""

from collections.abc import Iterable, Mapping, Sequence
import re

from pydicom import Dataset
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement

_WILDCARD_VRS = frozenset({"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"})
_RANGE_VRS = frozenset({"DA", "TM", "DT"})
_STUDY_DATE, _STUDY_TIME = (0x00080020,), (0x00080030,)


def matches(dataset: Dataset, keys: Mapping[tuple[int, ...], str]) -> bool:
    """Whether every key matches; a study's date and time, where both are ranges, are one interval (C.2.2.2.5)."""
    rest = dict(keys)
    if all("-" in keys.get(path, "") for path in (_STUDY_DATE, _STUDY_TIME)):
        date, time = rest.pop(_STUDY_DATE), rest.pop(_STUDY_TIME)
        if not _in_interval(str(dataset.get("StudyDate", "")), str(dataset.get("StudyTime", "")), date, time):
            return False
    return all(_matches(dataset, path, value) for path, value in rest.items())


def _matches(dataset: Dataset, path: Sequence[int], key: str) -> bool:
    tag, *below = path
    if not key:
        return True
    element: DataElement | None = dataset.get(tag, None)
    if below:
        return any(_matches(item, below, key) for item in (element.value if element else ()))
    return any(_value_matches(dictionary_VR(tag), value, key) for value in _values(element))


def _values(element: DataElement | None) -> list[str]:
    if element is None or element.is_empty:
        return [""]
    values: Iterable[object] = element.value if element.VM > 1 else [element.value]
    return [str(value).strip(" \0") for value in values]


def _value_matches(vr: str, value: str, key: str) -> bool:
    if vr == "UI":
        return value in re.split(r"[,\\]", key)
    if vr == "PN":
        return any(_like(group, key, re.IGNORECASE) for group in (value, *value.split("=")))
    if vr in _RANGE_VRS:
        return bool(value) and _in_range(value, key)
    if vr in {"IS", "DS"}:
        return _same_number(value, key)
    return _like(value, key) if vr in _WILDCARD_VRS else value == key


def _like(value: str, key: str, flags: int = 0) -> bool:
    pattern = "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in key.strip(" "))
    return re.fullmatch(pattern, value, flags | re.DOTALL) is not None


def _same_number(value: str, key: str) -> bool:
    try:
        return float(value) == float(key)
    except ValueError:
        return False


def _in_range(value: str, key: str) -> bool:
    """A value as precise as the shorter end of the range is inside when it begins like that end."""
    begin, dash, end = key.partition("-")
    if not dash:
        return value.startswith(begin)
    return (not begin or value >= begin) and (not end or value[: len(end)] <= end)


def _in_interval(date: str, time: str, dates: str, times: str) -> bool:
    begin, end = dates.partition("-")[::2], times.partition("-")[::2]
    (first_date, last_date), (first_time, last_time) = begin, end
    moment = f"{date}{time}"
    after = not first_date or moment >= f"{first_date}{first_time}"
    return after and (not last_date or moment[: 8 + len(last_time)] <= f"{last_date}{last_time}")
