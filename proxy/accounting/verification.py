"""Checking an account without the log: with the file, the log's key, and a checkpoint that was kept."""

from collections.abc import Collection
from dataclasses import dataclass
import json
from typing import Any

import msgspec
import pypdfium2

from proxy.accounting.account import Account
from proxy.accounting.disclosures import to_views
from proxy.accounting.formats.bundle import open_bundle
from proxy.accounting.formats.paper import ATTACHED
from proxy.accounting.formats.spreadsheet import to_csv
from proxy.accounting.proofs import Proof, check_kept, check_proofs
from proxy.accounting.seal import SealBroken, check_seal, open_trailer, to_content
from proxy.audit.canonical import MalformedBody, read_body
from proxy.audit.checkpoints.checkpoint import Checkpoint
from proxy.audit.checkpoints.merkle import ProofRefused
from proxy.audit.checkpoints.note import Verifier
from proxy.audit.reading import Record
from proxy.audit.store import LogDamaged


class AccountRefused(ValueError):
    """The file is not an account as the log's key sealed it, or does not show what it says."""


@dataclass(frozen=True, slots=True)
class Verified:
    """An account that holds, under `checkpoint`, which is or continues `kept`. `withheld`: no bodies of records."""

    account: Account
    checkpoint: Checkpoint
    kept: Checkpoint | None
    withheld: bool


class _Sealed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    account: Account
    proof: Proof
    seal: str


def verify_account(
    content: bytes, verifier: Verifier, kept: Collection[Checkpoint] = (), table: bytes | None = None
) -> Verified:
    """Check a PDF, a bundle or a proof; with `table`, also that this is the table of that account.

    Raises `AccountRefused`.
    """
    try:
        sealed = _opened(content, verifier)
        checkpoint = check_proofs(sealed.proof, verifier)
        held = check_kept(sealed.proof, checkpoint, kept, verifier) if kept else None
    except (SealBroken, ProofRefused) as error:
        raise AccountRefused(str(error)) from None
    withheld = any(one.body is None for one in sealed.proof.records)
    _require_told(sealed, withheld=withheld)
    if table is not None and table != to_csv(sealed.account):
        raise AccountRefused("the table is not the one of this account")
    return Verified(sealed.account, checkpoint, held, withheld)


def _opened(content: bytes, verifier: Verifier) -> _Sealed:
    """What is sealed, once all seals around it hold."""
    if content.startswith(b"%PDF-"):
        content = _attached(open_trailer(content, verifier))
    document = _read_object(content)
    if document.get("resourceType") == "Bundle":
        content = open_bundle(document, verifier)
        document = _read_object(content)
    note = document.pop("seal", None)
    if not isinstance(note, str):
        raise SealBroken("it is not an account with its proof")
    check_seal(note, to_content(document), verifier)
    try:
        return msgspec.json.decode(content, type=_Sealed)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise SealBroken("it is an account of another version than this can read") from None


def _attached(paper: bytes) -> bytes:
    try:
        document = pypdfium2.PdfDocument(paper)
        found = [document.get_attachment(number) for number in range(document.count_attachments())]
        return next(bytes(one.get_data()) for one in found if one.get_name() == ATTACHED)
    except (pypdfium2.PdfiumError, StopIteration):
        raise SealBroken("the PDF does not carry an account") from None


def _read_object(content: bytes) -> dict[str, Any]:
    """Names that stand there twice, of which readers take one or the other, are refused, and numbers that are none."""
    try:
        document = json.loads(content, object_pairs_hook=_once, parse_constant=_refuse)
        to_content(document)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise SealBroken("it is not an account with its proof")
    return document


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands there twice")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"`{constant}` is no number")


def _require_told(sealed: _Sealed, *, withheld: bool) -> None:
    """Each view is what proved records say, or, where those are withheld, names a proved record."""
    account, proved = sealed.account, sealed.proof.records
    if withheld:
        if not {view.record for view in account.views} <= {one.record for one in proved}:
            raise AccountRefused("a view in it is not among the proved records")
        return
    try:
        bodies = [(one.record, read_body((one.body or "").encode())) for one in proved]
    except MalformedBody:
        raise AccountRefused("a proved record is not an event") from None
    records = [Record(number, body.at, body.event, body.stepped_back) for number, body in bodies]
    try:
        views = to_views(records, account.institutions, refused=account.refused)
    except LogDamaged as error:
        raise AccountRefused(str(error)) from None
    if views != account.views:
        raise AccountRefused("it does not say what the proved records say")
