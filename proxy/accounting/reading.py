"""Making an account from the log: everything about the person under any identifier, or about the institution."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from proxy.accounting.account import MOST, MOST_OF, Account
from proxy.accounting.disclosures import TOLD, looks_of, to_views
from proxy.accounting.question import Question
from proxy.audit.event import Event
from proxy.audit.reading import Record, read_records
from proxy.audit.store import EventQuery, EventReader
from proxy.settings.file import Settings

_PAGE: Final = 2_000
_RECORDS_A_VIEW: Final = 20
"""As many as may be read for each view of the longest account."""

_LONGEST_VIEW: Final = timedelta(days=1)
"""So long after the period a view that began in it is looked for; no session lasts longer."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What is accounted for. `patients` are identifiers as the log has them; None stands for all."""

    patients: tuple[str, ...] | None = None
    institution: str | None = None

    def covers(self, event: Event) -> bool:
        return self.institution in {None, event.institution} and (
            self.patients is None or event.patient in self.patients
        )


@dataclass(frozen=True, slots=True)
class Found:
    """The records that an account rests upon, in the order of the log; `truncated` when there are more."""

    records: tuple[Record, ...]
    truncated: bool

    def mapped(self, change: Callable[[Record], Record]) -> "Found":
        return Found(tuple(map(change, self.records)), self.truncated)

    def up_to(self, number: int) -> "Found":
        """Without the records behind `number`."""
        return Found(tuple(one for one in self.records if one.sequence <= number), self.truncated)


@dataclass(frozen=True, slots=True)
class Accountant:
    """`institutions` are names by id, `rules` gives the sentences of the policy in force by id.

    `clock` gives Unix seconds.
    """

    reader: EventReader
    exchange: str
    institutions: Mapping[str, str]
    rules: Callable[[], Mapping[str, str]]
    clock: Callable[[], float]

    def find(self, scope: Scope, question: Question) -> Found:
        """Read the log, on the caller's thread. Raises `LogUnreadable`, `LogDamaged`."""
        query = EventQuery(
            institution=scope.institution, since=question.start, until=question.end + _LONGEST_VIEW, limit=_PAGE
        )
        if scope.patients is None:
            parts = [self._pages(query)]
        else:
            parts = [self._pages(replace(query, patient=one)) for one in scope.patients]
        records = sorted((record for part, _ in parts for record in part), key=lambda record: record.sequence)
        looks = [one for one in looks_of(records, refused=question.refused) if one.opened < question.end]
        most = MOST_OF.get(question.format, MOST)
        kept = {number for look in looks[:most] for number in look.records}
        rests_on = tuple(record for record in records if record.sequence in kept)
        return Found(rests_on, len(looks) > most or any(more for _, more in parts))

    def account(self, scope: Scope, asked: Collection[str], question: Question, found: Found, note: str) -> Account:
        """`note` is the newest checkpoint; `asked` are the identifiers that were named.

        Others are told where something is on record under them.
        """
        views = to_views(found.records, self.institutions, refused=question.refused)
        rules, decided = self.rules(), {rule for view in views for rule in view.reasons}
        return Account(
            exchange=self.exchange,
            patient=sorted({*asked, *(view.patient for view in views)}) if scope.patients is not None else [],
            institution=scope.institution or "",
            since=question.since,
            to=question.to,
            made=datetime.fromtimestamp(self.clock(), UTC),
            refused=question.refused,
            truncated=found.truncated,
            checkpoint=note,
            begins=self.reader.opening().head.sequence + 1,
            rules={rule: rules[rule] for rule in sorted(decided) if rule in rules},
            institutions={view.institution: view.institution_name for view in views},
            views=views,
        )

    def _pages(self, query: EventQuery) -> tuple[list[Record], bool]:
        """What `query` finds, page by page, and whether it was given up because there is too much."""
        found: list[Record] = []
        while page := read_records(self.reader, query):
            found += [one for one in page if one.event.kind in TOLD]
            if len(found) > MOST * _RECORDS_A_VIEW:
                return found, True
            if len(page) < _PAGE:
                break
            query = replace(query, after=page[-1].sequence)
        return found, False


def accountant_of(
    settings: Settings, reader: EventReader, rules: Callable[[], Mapping[str, str]], clock: Callable[[], float]
) -> Accountant:
    """As the configuration names the exchange and its institutions."""
    names = {one.id: one.name for one in settings.institutions}
    return Accountant(reader, settings.name, names, rules, clock)
