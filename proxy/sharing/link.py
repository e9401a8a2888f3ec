"""A share link: who made it for which study and for whom, how long it is good, and how it was used."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from proxy.resources import PatientIdentifier
from proxy.sharing.recipient import Channel


class State(StrEnum):
    """What has become of a link."""

    WAITING = "waiting"
    GOOD = "good"
    USED_UP = "used-up"
    OVER = "over"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Maker:
    """Who made it, as they were then; `patient` is what the maker is known by who shares an own study."""

    subject: str
    name: str
    organization: str
    patient: PatientIdentifier | None


@dataclass(frozen=True, slots=True)
class Link:
    """Good from `since` until just before `until`, for `most` openings, each of which is one of `uses`.

    It shows `study`, or one `series` of it (empty: all of them). The patient is whom `institution` names, with all
    `identifiers` and the exchange's own `key` (empty: none). Of the token only `digest` is kept, and of the recipient
    `hint` and `seal`. `rules` permitted it, under `policy`. `modalities` and `date` are to recognise the
    study by.
    """

    id: str
    digest: str
    by: Maker
    purpose: str
    study: str
    series: str
    institution: str
    modalities: tuple[str, ...]
    date: str
    patient: PatientIdentifier
    identifiers: tuple[PatientIdentifier, ...]
    key: str
    channel: Channel
    hint: str
    seal: str
    message: str
    made: datetime
    since: datetime
    until: datetime
    most: int
    policy: str
    rules: tuple[str, ...]
    uses: tuple[datetime, ...] = ()
    revoked: datetime | None = None
    revoked_by: str = ""

    def state_at(self, moment: datetime) -> State:
        if self.revoked is not None:
            return State.REVOKED
        if moment >= self.until:
            return State.OVER
        if moment < self.since:
            return State.WAITING
        return State.USED_UP if len(self.uses) >= self.most else State.GOOD

    def shows_at(self, moment: datetime) -> bool:
        """Whether what was opened by it is shown."""
        return self.state_at(moment) in {State.GOOD, State.USED_UP}

    def is_of(self, patient: PatientIdentifier, key: str | None) -> bool:
        """Whether the study is of the person behind `patient`, whom the exchange knows by `key`."""
        return patient in self.identifiers or (self.key != "" and self.key == key)
