"""What is asked of the audit log by FHIR's search (R4 §3.1.1; IHE ITI-81): understood in full, or refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
import re
from typing import Final

from proxy.errors import BadRequest
from proxy.repositories.balp.codes import DICOM_UID
from proxy.repositories.naming import Identifier

MOST: Final = 200
"""Entries of one page; whoever asks for more has so many, and a link."""

_USUAL: Final = 50
_LONGEST: Final = 512
_OID: Final = "urn:oid:"
_IDENTIFIERS: Final = {
    name: base for base in ("patient", "agent", "entity") for name in (base, f"{base}.identifier", f"{base}:identifier")
}
_TOKENS: Final = frozenset({"type", "subtype", "outcome", "action"})
_JSON: Final = frozenset({"json", "application/json", "application/fhir+json"})
_PREFIXES: Final = frozenset({"eq", "ge", "gt", "le", "lt"})
_DATE: Final = re.compile(r"(?P<prefix>[a-z]{2})?(?P<year>\d{4})(-(?P<month>\d{2})(-(?P<day>\d{2}))?)?", re.ASCII)
_MOMENT: Final = re.compile(r"(?P<prefix>[a-z]{2})?(?P<moment>\d{4}-\d{2}-\d{2}T\d{2}:\d{2}.*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Token:
    """`system|code`; without a system any will do."""

    system: str | None
    code: str


@dataclass(frozen=True, slots=True)
class Question:
    """`since` inclusive, `until` exclusive; each of `tokens` is a parameter of which one value must fit.

    `before` is the number of the record before which the page begins.
    """

    since: datetime | None = None
    until: datetime | None = None
    patient: Identifier | None = None
    agent: Identifier | None = None
    study: str | None = None
    tokens: tuple[tuple[str, tuple[Token, ...]], ...] = ()
    count: int = _USUAL
    before: int | None = None
    asked: tuple[tuple[str, str], ...] = ()


def read_question(parameters: Sequence[tuple[str, str]]) -> Question:
    """Parse the parameters of a search. Raises `BadRequest` naming the one that is not understood."""
    reading = _Reading()
    for name, value in parameters:
        if not value or len(value) > _LONGEST or not value.isprintable():
            raise BadRequest(f"`{name}` has no value that can be read" if name.isprintable() else "a name is not valid")
        reading.take(name, value)
    return reading.question()


class _Reading:
    """The parameters so far."""

    def __init__(self) -> None:
        self._since: datetime | None = None
        self._until: datetime | None = None
        self._identifiers: dict[str, Identifier] = {}
        self._tokens: list[tuple[str, tuple[Token, ...]]] = []
        self._numbers: dict[str, int] = {}
        self._asked: list[tuple[str, str]] = []

    def take(self, name: str, value: str) -> None:
        if name in _IDENTIFIERS:
            self._take_identifier(_IDENTIFIERS[name], value)
        elif name in _TOKENS:
            self._tokens.append((name, tuple(_read_token(one) for one in value.split(","))))
        elif name == "date":
            self._take_date(value)
        elif name in {"_count", "_cursor"}:
            self._numbers[name] = _read_number(name, value)
        elif not (name == "_format" and value in _JSON) and not (name == "_sort" and value == "-date"):
            raise BadRequest("a parameter of the search is not understood here")
        if name != "_cursor":
            self._asked.append((name, value))

    def question(self) -> Question:
        entity = self._identifiers.get("entity")
        return Question(
            since=self._since,
            until=self._until,
            patient=self._identifiers.get("patient"),
            agent=self._identifiers.get("agent"),
            study=None if entity is None else _read_study(entity),
            tokens=tuple(self._tokens),
            count=min(self._numbers.get("_count", _USUAL), MOST),
            before=self._numbers.get("_cursor"),
            asked=tuple(self._asked),
        )

    def _take_identifier(self, what: str, value: str) -> None:
        if what in self._identifiers:
            raise BadRequest(f"`{what}` can be asked for once")
        system, bar, code = value.partition("|")
        if not bar and what == "entity":
            system, code = DICOM_UID, value
        if not system or not code or "," in value:
            raise BadRequest(f"`{what}` must be one identifier with its system, `system|value`")
        self._identifiers[what] = Identifier(system, code)

    def _take_date(self, value: str) -> None:
        prefix, start, end = _read_date(value)
        if prefix in {"eq", "ge"}:
            self._since = max(filter(None, (self._since, start)))
        if prefix == "gt":
            self._since = max(filter(None, (self._since, end)))
        if prefix in {"eq", "le"}:
            self._until = min(filter(None, (self._until, end)))
        if prefix == "lt":
            self._until = min(filter(None, (self._until, start)))


def _read_token(text: str) -> Token:
    system, bar, code = text.rpartition("|")
    if not code:
        raise BadRequest("a code of the search is empty")
    return Token(system if bar else None, code)


def _read_number(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 15 or int(text) == 0:
        raise BadRequest(f"`{name}` must be a number above zero")
    return int(text)


def _read_study(entity: Identifier) -> str:
    """A study by its UID, as DICOM or as FHIR writes it."""
    if entity.system != DICOM_UID:
        raise BadRequest(f"`entity` must be a study, `{DICOM_UID}|urn:oid:…`")
    return entity.value.removeprefix(_OID)


def _read_date(text: str) -> tuple[str, datetime, datetime]:
    """Prefix, and the first moment of what is named and the first after it (R4 §3.1.1.4.8)."""
    day, moment = _DATE.fullmatch(text), _MOMENT.fullmatch(text.replace(" ", "+"))
    found = day or moment
    prefix = (found and found["prefix"]) or "eq"
    if found is None or prefix not in _PREFIXES:
        raise BadRequest("`date` must be a date such as `ge2026-03-01`, with eq, ge, gt, le or lt before it")
    try:
        start, end = _span(*found.group("year", "month", "day")) if day else _instant(found["moment"])
    except (ValueError, OverflowError):
        raise BadRequest("`date` names a date that there is not") from None
    return prefix, start, end


def _instant(text: str) -> tuple[datetime, datetime]:
    """A second, or less where parts of one are given; UTC where no zone is."""
    start = datetime.fromisoformat(text)
    start = start if start.tzinfo else start.replace(tzinfo=UTC)
    return start, start + (timedelta(microseconds=1) if "." in text else timedelta(seconds=1))


def _span(year: str, month: str | None, day: str | None) -> tuple[datetime, datetime]:
    first = date(int(year), int(month or 1), int(day or 1))
    if day:
        after = first + timedelta(days=1)
    elif month:
        after = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    else:
        after = first.replace(year=first.year + 1)
    return datetime.combine(first, time(), UTC), datetime.combine(after, time(), UTC)
