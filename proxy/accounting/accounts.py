"""Accounts for those who ask the service: what each may ask, on record before it is answered."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from proxy.access.events import caller_event
from proxy.accounting.account import Account
from proxy.accounting.documents import Document, Press
from proxy.accounting.proofs import Proof, prove
from proxy.accounting.question import Format, Question
from proxy.accounting.reading import Accountant, Found, Scope
from proxy.audit.checkpoints.growth import latest
from proxy.audit.checkpoints.note import NoteRefused
from proxy.audit.checkpoints.signing import Checkpoints
from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.log import AuditLog
from proxy.audit.store import LogUnreadable
from proxy.errors import BadRequest, NotPermitted
from proxy.oversight.readers import Reader, Readers

_AT_ONCE: Final = 2
_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Accounts:
    """`checkpoints` signs the log whenever an account has something newer than what is signed."""

    accountant: Accountant
    press: Press
    readers: Readers
    checkpoints: Checkpoints
    audit: AuditLog
    _free: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def answer(self, reader: Reader, question: Question) -> Document:
        """Raises `BadRequest`, `NotPermitted`, `AuditUnavailable`."""
        question.require()
        scope = await self._scope(reader, question)
        asked = _asked(reader, question)
        try:
            async with asyncio.timeout(_SECONDS), self._free:
                found = (await asyncio.to_thread(self.accountant.find, scope, question)).mapped(reader.shown)
                note, proof = await self._proof(reader, question, found)
                account = await asyncio.to_thread(self.accountant.account, scope, asked, question, found, note)
                document = await asyncio.to_thread(self.press.write, question.format, account, found.records, proof)
        except TimeoutError:
            raise LogUnreadable("making the account took too long") from None
        await self.audit.record(_reading(reader, scope, question, asked, account))
        return document

    async def _scope(self, reader: Reader, question: Question) -> Scope:
        """What is accounted for. Whether something exists that the reader may not ask about makes no difference."""
        institution = question.institution or None
        known = {one.id for one in self.readers.officers.institutions}
        if reader.patients is not None:
            named = question.patient
            if institution or (named and str(named) not in reader.patients):
                raise NotPermitted("patients ask about themselves")
            return Scope(reader.patients)
        if reader.institution is not None and institution not in {None, reader.institution}:
            raise NotPermitted("officers of an institution ask about its own disclosures")
        if institution is not None and institution not in known:
            raise BadRequest("`institution` is none of this exchange")
        institution = reader.institution or institution
        if question.patient is not None:
            return Scope(await self.readers.known_as(question.patient.identifier), institution)
        if institution is None:
            raise BadRequest("`patient` or `institution` is missing")
        return Scope(None, institution)

    async def _proof(self, reader: Reader, question: Question, found: Found) -> tuple[str, Proof | None]:
        """The newest checkpoint, and what shows that the records are under it, where the form carries that."""
        verifier = self.checkpoints.verifier
        signed = await asyncio.to_thread(latest, self.accountant.reader, verifier)
        if question.format in {Format.JSON, Format.CSV}:
            return signed.note if signed else "", None
        if signed is None or any(record.sequence > signed.checkpoint.size for record in found.records):
            signed = await self.checkpoints.sign()
        numbers = {record.sequence for record in found.records}
        withheld = reader.patients is not None
        try:
            proof = await asyncio.to_thread(
                prove, self.accountant.reader, verifier, numbers, signed.note, question.kept, withheld=withheld
            )
        except NoteRefused as error:
            raise BadRequest(f"`kept`: {error}") from None
        return signed.note, proof


def _asked(reader: Reader, question: Question) -> Sequence[str]:
    if reader.patients is not None:
        return reader.patients
    return [str(question.patient)] if question.patient else []


def _reading(reader: Reader, scope: Scope, question: Question, asked: Sequence[str], account: Account) -> Event:
    """Who read about whom; what was found is not repeated."""
    detail: dict[str, str | int] = {"by": "accounting", "form": question.format.value, "events": len(account.views)}
    event = caller_event(EventKind.AUDIT_READ, Outcome.SUCCESS, reader.caller, detail)
    return replace(event, patient=asked[0] if asked else "", institution=scope.institution or "")
