"""Declared emergencies: how long they last, how often there may be one, who is told, and when reviews are due."""

from typing import Annotated

import msgspec

from proxy.settings.entries import Identifier, Positive, Section
from proxy.settings.receivers import SignedReceiver


class Notified(SignedReceiver, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A system that is told when a study is opened under a declared emergency, and when a review is overdue.

    `institutions` are those about whose studies it is told; without any, about all, and about emergencies under which
    nothing was opened.
    """

    institutions: tuple[Identifier, ...] = ()

    def is_of(self, institution: str) -> bool:
        return not self.institutions or institution in self.institutions


class Emergencies(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`hours` is how long one lasts; `per_hour` and `per_day` how many one person may declare.

    `proved_seconds` is how recently that person must have proved who it is, where the provider can ask; 0: as ever.
    `review_hours` is how long the review may take, `kept_days` how long what was declared and reviewed is kept.
    """

    hours: Annotated[float, msgspec.Meta(gt=0, le=4)] = 4.0
    per_hour: Positive = 6
    per_day: Positive = 20
    proved_seconds: Annotated[int, msgspec.Meta(ge=0, le=86400)] = 900
    review_hours: Annotated[float, msgspec.Meta(gt=0, le=720)] = 72.0
    kept_days: Annotated[int, msgspec.Meta(ge=30, le=7305)] = 2192
    notified: tuple[Notified, ...] = ()

    def __post_init__(self) -> None:
        names = [one.id for one in self.notified]
        if len(set(names)) < len(names):
            raise ValueError("two entries of `notified` share an id")
