"""An account in the form that was asked for, with its proof inside wherever that form can carry it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from proxy.accounting.account import Account
from proxy.accounting.formats.bundle import MEDIA_TYPE as FHIR_JSON
from proxy.accounting.formats.bundle import to_bundle
from proxy.accounting.formats.paper import MEDIA_TYPE as PDF
from proxy.accounting.formats.paper import to_pdf
from proxy.accounting.formats.spreadsheet import MEDIA_TYPE as CSV
from proxy.accounting.formats.spreadsheet import to_csv
from proxy.accounting.proofs import Proof
from proxy.accounting.question import Format
from proxy.accounting.seal import seal, to_content, with_trailer
from proxy.audit.checkpoints.note import Signer
from proxy.audit.reading import Record
from proxy.repositories.naming import Naming

JSON: Final = "application/json"
SUFFIXES: Final = {
    Format.JSON: "json",
    Format.PROOF: "proof.json",
    Format.CSV: "csv",
    Format.PDF: "pdf",
    Format.FHIR: "fhir.json",
}


@dataclass(frozen=True, slots=True)
class Document:
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Press:
    """Writes accounts. `signer` is the log's key, `naming` what FHIR calls people and places."""

    signer: Signer
    naming: Naming

    def write(self, form: Format, account: Account, records: Sequence[Record], proof: Proof | None) -> Document:
        """`records` are those that the account rests upon as its reader may see them."""
        match form, proof:
            case Format.CSV, _:
                return Document(CSV, to_csv(account))
            case Format.JSON, _:
                return Document(JSON, msgspec.json.encode(account))
            case _, None:
                raise ValueError("this form carries a proof")
            case Format.PROOF, Proof():
                return Document(JSON, self._sealed(account, proof))
            case Format.PDF, Proof():
                return Document(PDF, with_trailer(to_pdf(account, self._sealed(account, proof)), self.signer))
            case Format.FHIR, Proof():
                bundle = to_bundle(account, records, self._sealed(account, proof), self.naming, self.signer)
                return Document(FHIR_JSON, msgspec.json.encode(bundle))

    def _sealed(self, account: Account, proof: Proof) -> bytes:
        document: dict[str, Any] = {"account": msgspec.to_builtins(account), "proof": msgspec.to_builtins(proof)}
        return msgspec.json.encode({**document, "seal": seal(to_content(document), self.signer)})
