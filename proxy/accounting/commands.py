"""`vitrine audit disclosures` and `vitrine accounting verify`: their words and their exit codes."""

import argparse
from collections.abc import Iterable
from pathlib import Path
import sys
from typing import Final, TextIO

from proxy.accounting.account import Account
from proxy.accounting.documents import SUFFIXES, Press
from proxy.accounting.proofs import prove
from proxy.accounting.question import Format, Question
from proxy.accounting.reading import Accountant, Scope
from proxy.accounting.verification import AccountRefused, Verified, verify_account
from proxy.accounting.words import TRUNCATED, about, summary
from proxy.audit.checkpoints.commands import read_checkpoints
from proxy.audit.checkpoints.growth import latest
from proxy.audit.checkpoints.note import NoteRefused, read_verifier
from proxy.audit.listing import visible
from proxy.errors import ConfigurationError

GOOD: Final = 0
BAD: Final = 1
_LONGEST: Final = 256 * 2**20
_WRITTEN: Final = (Format.PROOF, Format.CSV, Format.PDF, Format.FHIR)


def audit_disclosures(
    accountant: Accountant, press: Press, arguments: argparse.Namespace, out: TextIO | None = None
) -> int:
    """Write the account of an institution's month in all forms. Raises `ConfigurationError`, `AuditUnavailable`."""
    if arguments.institution not in accountant.institutions:
        raise ConfigurationError(f"`{arguments.institution}` is no institution of this exchange")
    verifier = press.signer.verifier
    signed = latest(accountant.reader, verifier)
    if signed is None:
        raise ConfigurationError("there is no checkpoint yet; the service makes one within a minute")
    kept = read_checkpoints(arguments.checkpoint, verifier)[-1][0] if arguments.checkpoint else None
    scope, (first, last) = Scope(institution=arguments.institution), arguments.month
    for form in _WRITTEN:
        question = Question(since=first, to=last, refused=arguments.refused, format=form)
        found = accountant.find(scope, question).up_to(signed.checkpoint.size)
        account = accountant.account(scope, (), question, found, signed.note)
        numbers = {record.sequence for record in found.records}
        try:
            proof = prove(accountant.reader, verifier, numbers, signed.note, kept, withheld=False)
        except NoteRefused as error:
            raise ConfigurationError(f"the checkpoint: {error}") from None
        place = arguments.out / f"{arguments.institution}-{first:%Y-%m}.{SUFFIXES[form]}"
        _write(place, press.write(form, account, found.records, proof).body)
        (out or sys.stdout).write(f"{place}: {summary(account)}\n")
    return GOOD


def accounting_verify(arguments: argparse.Namespace, out: TextIO | None = None) -> int:
    """Print what the file shows. Returns 0, or 1 with why it shows nothing; nothing but the files is needed."""
    try:
        verifier = read_verifier(arguments.key)
    except NoteRefused as error:
        raise ConfigurationError(f"the key: {error}") from None
    kept = [one for _, one in read_checkpoints(arguments.checkpoint, verifier)] if arguments.checkpoint else []
    content, table = _read(arguments.file), None
    if arguments.proof is not None:
        content, table = _read(arguments.proof), content
    try:
        verified = verify_account(content, verifier, kept, table)
    except AccountRefused as error:
        (out or sys.stdout).write(f"not verified: {error}\n")
        return BAD
    (out or sys.stdout).writelines(f"{line}\n" for line in _sentences(verified))
    return GOOD


def _sentences(verified: Verified) -> Iterable[str]:
    account = verified.account
    yield f"verified: {visible(_about(account))}"
    yield f"sealed by {visible(verified.checkpoint.origin)}; nothing in it was changed since"
    yield f"{len(account.views)} lines are in its log, among {verified.checkpoint.size} records"
    if verified.withheld:
        yield "what those records say is withheld from patients; the seal vouches for it"
    if verified.kept is not None:
        yield f"the log is or continues the one of the checkpoint kept, of {verified.kept.size} records"
    if account.truncated:
        yield TRUNCATED
    yield "It shows that what it lists is on record, not that nothing is missing."


def _about(account: Account) -> str:
    return f"{about(account)}, {account.since} to {account.to}: {summary(account)}"


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LONGEST)
    except OSError as error:
        raise ConfigurationError(f"cannot read `{path}`: {error.strerror}") from None


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise ConfigurationError(f"cannot write `{path}`: {error.strerror}") from None
