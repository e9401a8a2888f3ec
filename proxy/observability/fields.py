"""The few facts that may leave in logs and metrics, each with the only form that it may have."""

from collections.abc import Callable, Mapping
from enum import StrEnum
import re
from typing import Final

Value = str | int | float
WITHHELD: Final = "(withheld)"


class Field(StrEnum):
    """An allow-list: what is not named here is not written, and what has not the form of its name is withheld."""

    METHOD = "method"
    ROUTE = "route"
    STATUS = "status"
    SECONDS = "seconds"
    REQUEST = "request"
    ARCHIVE = "archive"
    URGENCY = "urgency"
    CONDITION = "condition"
    REASON = "reason"


# a template's segments are words or placeholders: a UID, a token or a person's name is neither
_ROUTE: Final = re.compile(
    r"unmatched|/|(/(\.?[a-z]([a-z0-9_.-]{0,30}[a-z])?|\{[a-z_]{1,30}(:[a-z]{1,10})?\}))+/?", re.ASCII
)
_REQUEST: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
# those of RFC 9110 §9.3 and RFC 5789; strangers make up others, each of which would be a series of measurements
_METHOD: Final = re.compile("GET|HEAD|POST|PUT|PATCH|DELETE|CONNECT|OPTIONS|TRACE", re.ASCII)

# what a configuration names an archive, and this service's own words
_WORD: Final = re.compile(r"[a-z][a-z0-9-]{0,62}", re.ASCII)


def _text(pattern: re.Pattern[str]) -> Callable[[object], Value]:
    return lambda value: value if isinstance(value, str) and pattern.fullmatch(value) else WITHHELD


def _whole(value: object) -> Value:
    return int(value) if isinstance(value, int) and 0 <= value < 2**63 else WITHHELD


def _duration(value: object) -> Value:
    return round(float(value), 6) if isinstance(value, int | float) else WITHHELD


_FORMS: Final[Mapping[Field, Callable[[object], Value]]] = {
    Field.METHOD: _text(_METHOD),
    Field.ROUTE: _text(_ROUTE),
    Field.STATUS: _whole,
    Field.SECONDS: _duration,
    Field.REQUEST: _text(_REQUEST),
    Field.ARCHIVE: _text(_WORD),
    Field.URGENCY: _whole,
    Field.CONDITION: _text(_WORD),
    Field.REASON: _text(_WORD),
}


def to_safe(field: Field, value: object) -> Value:
    """`value` if it has the form of `field`, otherwise `WITHHELD`."""
    return _FORMS[field](value)
