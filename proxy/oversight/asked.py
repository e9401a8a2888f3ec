"""What officers and patients ask the log by: days, and a patient by one identifier."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

import msgspec

from proxy.errors import BadRequest
from proxy.resources import PatientIdentifier


class Patient(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    authority: Annotated[str, msgspec.Meta(max_length=64)]
    value: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]

    @property
    def identifier(self) -> PatientIdentifier:
        return PatientIdentifier(self.authority, self.value)

    def __str__(self) -> str:
        """As the log has it."""
        return f"{self.authority}|{self.value}"


class Period(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Both days count (UTC)."""

    since: date = msgspec.field(name="from")
    to: date

    @property
    def start(self) -> datetime:
        return datetime.combine(self.since, time(), UTC)

    @property
    def end(self) -> datetime:
        """The first moment that does not count."""
        return datetime.combine(self.to, time(), UTC) + timedelta(days=1)

    def require(self) -> None:
        """Raises `BadRequest` unless there are days in it that a calendar has."""
        if self.to < self.since or self.to.year > 9000:
            raise BadRequest("`to` is before `from`")
