"""Who is asking: the person behind a verified token or session, as the proxy's side of a policy subject."""

from dataclasses import dataclass

from policy.request import Network, PurposeOfUse
from proxy.resources import PatientIdentifier


@dataclass(frozen=True, slots=True)
class Caller:
    """A verified caller. `subject` is `issuer-id:sub`; `token_id` the token's `jti`; `expires` in Unix seconds.

    `name` is for the caller's own screen and the watermark only; it is never logged outside the audit log.
    """

    subject: str
    name: str
    roles: frozenset[str]
    organization: str
    purpose: PurposeOfUse
    network: Network
    token_id: str
    expires: int
    address: str = ""
    assurance: int = 1
    patient: PatientIdentifier | None = None
