"""Answering a search from the log: newest first, a bounded part of it at a time, on from where the last one ended."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from proxy.audit.reading import Readings, Record
from proxy.audit.store import EventQuery
from proxy.fhir.parameters import Question, Token
from proxy.oversight.readers import Reader, Readers
from proxy.repositories.balp.events import Resource, to_audit_events
from proxy.repositories.naming import Naming
from proxy.resources import PatientIdentifier


@dataclass(frozen=True, slots=True)
class Page:
    """`resources` in their order; `after` is where the next page begins, None at the end of the log."""

    resources: tuple[Resource, ...]
    after: int | None


@dataclass(frozen=True, slots=True)
class Search:
    """`part` is how many records are read at once, `parts` how many times for one request: a search for what is rare
    ends with a link.
    """

    readings: Readings
    readers: Readers
    naming: Naming
    part: int = 200
    parts: int = 10

    async def patients(self, reader: Reader, question: Question) -> tuple[str, ...] | None:
        """The identifiers that are looked for: of the person who is named, as far as the reader may; None for any."""
        if question.patient is None:
            return reader.patients
        authority, _, value = self.naming.read_patient(question.patient).partition("|")
        named = await self.readers.known_as(PatientIdentifier(authority, value))
        if reader.patients is None:
            return named
        return tuple(one for one in named if one in reader.patients)

    async def page(self, reader: Reader, question: Question, patients: tuple[str, ...] | None) -> Page:
        """Raises `LogUnreadable`, `LogDamaged`."""
        subject = None if question.agent is None else self.naming.read_person(question.agent)
        if subject == "":
            return Page((), None)
        query = EventQuery(
            before=question.before,
            subject=subject,
            study=question.study,
            institution=reader.institution,
            since=question.since,
            until=question.until,
            limit=self.part,
            newest=True,
        )
        found: list[Resource] = []
        for _ in range(self.parts):
            records = await self._part(query, patients)
            told = await asyncio.to_thread(self._told, reader, question, records)
            for record, resources in told:
                if found and len(found) + len(resources) > question.count:
                    return Page(tuple(found), record.sequence + 1)
                found += resources
            if len(told) == len(records) < self.part:
                return Page(tuple(found), None)
            query = replace(query, before=told[-1][0].sequence)
        return Page(tuple(found), query.before)

    async def one(self, reader: Reader, identifier: str) -> Resource | None:
        """The resource of that id, if there is one for this reader."""
        number = identifier.partition("-")[0]
        if not number.isascii() or not number.isdigit() or len(number) > 15 or int(number) == 0:
            return None
        for record in await self.readings.find(EventQuery(after=int(number) - 1, limit=1)):
            told = self._resources(reader, record) if record.sequence == int(number) else []
            return next((one for one in told if one["id"] == identifier), None)
        return None

    async def _part(self, query: EventQuery, patients: tuple[str, ...] | None) -> Sequence[Record]:
        """Newest first. Several identifiers are several questions to the log, of which the newest answers count."""
        if patients is None:
            return (await self.readings.find(query))[::-1]
        found = [record for one in patients for record in await self.readings.find(replace(query, patient=one))]
        return sorted(found, key=lambda record: record.sequence, reverse=True)[: self.part]

    def _told(
        self, reader: Reader, question: Question, records: Sequence[Record]
    ) -> list[tuple[Record, list[Resource]]]:
        """What is to be told of `records`, until there is enough for a page: on a thread, views do not wait for it."""
        told, resources = [], 0
        for record in records:
            found = [one for one in self._resources(reader, record) if _fits(one, question)]
            told.append((record, found))
            resources += len(found)
            if resources > question.count:
                break
        return told

    def _resources(self, reader: Reader, record: Record) -> list[Resource]:
        return to_audit_events(reader.shown(record), self.naming) if reader.sees(record.event) else []


def _fits(resource: Resource, question: Question) -> bool:
    return all(any(_has(resource, name, one) for one in wanted) for name, wanted in question.tokens)


def _has(resource: Resource, name: str, token: Token) -> bool:
    return any(token.code == code and token.system in {None, system} for system, code in _codes(resource, name))


def _codes(resource: Resource, name: str) -> Iterator[tuple[str, str]]:
    """System and code of what is under `name`: a coding, several, or a bare code of FHIR's own."""
    found: Any = resource[name]
    if isinstance(found, str):
        yield f"http://hl7.org/fhir/audit-event-{name}", found
        return
    for one in found if isinstance(found, list) else [found]:
        yield one["system"], one["code"]
