"""Accounts for those who ask the service: what each may ask, on record before it is answered."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final, TypeVar

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
from proxy.errors import BadRequest, NotPermitted, Overloaded
from proxy.oversight.readers import Reader, Readers

_AT_ONCE: Final = 2
_IN_LINE: Final = 8
_SECONDS: Final = 60.0
_Made = TypeVar("_Made")


@dataclass(slots=True)
class Accounts:
    """`checkpoints` signs the log whenever an account has something newer than what is signed.

    Making accounts has threads of its own: however long one takes, whoever looks at images does not wait for it.
    """

    accountant: Accountant
    press: Press
    readers: Readers
    checkpoints: Checkpoints
    audit: AuditLog
    _threads: ThreadPoolExecutor = field(init=False, default_factory=lambda: ThreadPoolExecutor(_AT_ONCE, "accounting"))
    _asked: int = field(init=False, default=0)

    async def answer(self, reader: Reader, question: Question) -> Document:
        """Raises `BadRequest`, `NotPermitted`, `AuditUnavailable`, `Overloaded`."""
        question.require()
        scope = await self._scope(reader, question)
        asked = _asked(reader, question)
        document, account = await self._in_turn(reader, scope, asked, question)
        await self.audit.record(_reading(reader, scope, question, asked, account))
        return document

    async def _in_turn(
        self, reader: Reader, scope: Scope, asked: Sequence[str], question: Question
    ) -> tuple[Document, Account]:
        if self._asked >= _AT_ONCE + _IN_LINE:
            raise Overloaded("too many accounts are being made", retry_after=10)
        self._asked += 1
        try:
            async with asyncio.timeout(_SECONDS):
                return await self._made(reader, scope, asked, question)
        except TimeoutError:
            raise LogUnreadable("making the account took too long") from None
        finally:
            self._asked -= 1

    async def _made(
        self, reader: Reader, scope: Scope, asked: Sequence[str], question: Question
    ) -> tuple[Document, Account]:
        found = (await self._apart(self.accountant.find, scope, question)).mapped(reader.shown)
        note, proof = await self._proof(reader, question, found)
        account = await self._apart(self.accountant.account, scope, asked, question, found, note)
        return await self._apart(self.press.write, question.format, account, found.records, proof), account

    async def _apart(self, make: Callable[..., _Made], *arguments: Any) -> _Made:
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(make, *arguments))

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
        signed = await self._apart(latest, self.accountant.reader, verifier)
        if question.format in {Format.JSON, Format.CSV}:
            return signed.note if signed else "", None
        if signed is None or any(record.sequence > signed.checkpoint.size for record in found.records):
            signed = await self.checkpoints.sign()
        numbers = {record.sequence for record in found.records}
        withheld = reader.patients is not None
        try:
            proof = await self._apart(
                partial(prove, withheld=withheld),
                *(self.accountant.reader, verifier, numbers, signed.note, question.kept),
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
