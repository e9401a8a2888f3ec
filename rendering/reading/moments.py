"""Dates and times as people write them (PS3.5 §6.2: DA, TM and DT)."""

import re

_DATE = re.compile(r"(\d{4})\.?(\d{2})\.?(\d{2})", re.ASCII)
_TIME = re.compile(r"(\d{2}):?(\d{2})?:?(\d{2}(?:\.\d{1,6})?)?", re.ASCII)
_DATE_TIME = re.compile(r"(\d{8})(\d{2,6}(?:\.\d{1,6})?)?([+-]\d{4})?", re.ASCII)


def to_date(value: str) -> str:
    """`20010213` → `2001-02-13`; what is no date stays as it is."""
    found = _DATE.fullmatch(value)
    return "-".join(found.groups()) if found else value


def to_time(value: str) -> str:
    """`184746` → `18:47:46`; what is no time stays as it is."""
    found = _TIME.fullmatch(value)
    return ":".join(filter(None, found.groups())) if found else value


def to_date_time(value: str) -> str:
    """`20010213184746+0100` → `2001-02-13 18:47:46 +0100`; what is no date and time stays as it is."""
    found = _DATE_TIME.fullmatch(value)
    if not found:
        return to_date(value)
    day, time, zone = found.groups()
    return " ".join(filter(None, (to_date(day), to_time(time or ""), zone)))
