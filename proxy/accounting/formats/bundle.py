"""An account as a FHIR R4 Bundle of the AuditEvents that IHE's Basic Audit Log Patterns describe, with its proof."""

import base64
from collections.abc import Iterable
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from proxy.accounting.account import Account
from proxy.accounting.disclosures import KEPT, REFUSED, SHOWN
from proxy.accounting.seal import SealBroken, check_seal, read_base64, seal, to_base64, to_content
from proxy.audit.canonical import to_time
from proxy.audit.checkpoints.note import Signer, Verifier
from proxy.audit.reading import Record
from proxy.repositories.balp.events import to_audit_events
from proxy.repositories.naming import Naming

MEDIA_TYPE: Final = "application/fhir+json"
_VERIFICATION: Final = {
    "system": "urn:iso-astm:E1762-95:2013",
    "code": "1.2.840.10065.1.12.1.5",
    "display": "Verification Signature",
}


def to_bundle(
    account: Account, records: Iterable[Record], proof: bytes, naming: Naming, signer: Signer
) -> dict[str, Any]:
    """`records` as the reader may see them; `proof` is the account as `Format.PROOF` gives it, carried as a Binary."""
    shown = [record for record in records if record.event.kind in SHOWN | KEPT | REFUSED]
    resources: list[dict[str, Any]] = [one for record in shown for one in to_audit_events(record, naming)]
    binary = {"resourceType": "Binary", "contentType": "application/json", "data": base64.b64encode(proof).decode()}
    made = to_time(account.made)
    bundle: dict[str, Any] = {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": made,
        "entry": [
            *({"fullUrl": f"{naming.public_url}/fhir/AuditEvent/{one['id']}", "resource": one} for one in resources),
            {"fullUrl": f"urn:uuid:{uuid5(NAMESPACE_URL, f'{naming.log} {made}')}", "resource": binary},
        ],
    }
    signature = {
        "type": [_VERIFICATION],
        "when": made,
        "who": {"display": naming.name},
        "sigFormat": "text/plain",
    }
    note = seal(to_content({**bundle, "signature": signature}), signer)
    return {**bundle, "signature": {**signature, "data": to_base64(note)}}


def open_bundle(bundle: dict[str, Any], verifier: Verifier) -> bytes:
    """The proof in `bundle`, once its signature holds. Raises `SealBroken`."""
    try:
        signature = {name: value for name, value in bundle["signature"].items() if name != "data"}
        note = read_base64(bundle["signature"]["data"].encode())
        proofs = [one["resource"] for one in bundle["entry"] if one["resource"]["resourceType"] == "Binary"]
        proof = base64.b64decode(proofs[0]["data"], validate=True)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        raise SealBroken("it is not the bundle of an account") from None
    check_seal(note, to_content({**bundle, "signature": signature}), verifier)
    return proof
