"""Who is asking: the person behind a verified token or session, as the proxy's side of a policy subject."""

from dataclasses import dataclass
from typing import Final

from policy.request import Network, PurposeOfUse
from proxy.resources import PatientIdentifier, Uid

HIGHEST_ASSURANCE: Final = 3
"""The surest level of identification (NIST SP 800-63)."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What a share link shows: `study`, or one `series` of it. `by` is the account that made the link."""

    link: str
    by: str
    study: Uid
    series: Uid | None = None

    def covers(self, study: Uid, series: Uid | None) -> bool:
        """Whether the link shows `series` of `study`, or with None all of the study."""
        return study == self.study and self.series in {None, series}


@dataclass(frozen=True, slots=True)
class Caller:
    """A verified caller. `subject` is `issuer-id:sub`; `token_id` the token's `jti`; `expires` in Unix seconds.

    `name` is for the caller's own screen and the watermark only; it is never logged outside the audit log.
    `organization_id` and `person_id` are what registers elsewhere know organization and person by. `sign_in` names the
    session at the provider (`sid`), `authenticated` is when the person last proved who it is, `issued` when the token
    was made, in Unix seconds; 0 where nobody said. `bound_to` is the thumbprint of the key that the request was shown
    to come from (RFC 9449), empty for a bearer's. `hops` says how often a question of another exchange's person may be
    passed on; it is None for everybody else. `shared` is
    what whoever opened a share link may see at most; `patient` is then the one who made the link, if a patient did.
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
    organization_id: str = ""
    person_id: str = ""
    sign_in: str = ""
    authenticated: int = 0
    issued: int = 0
    bound_to: str = ""
    hops: int | None = None
    shared: Shared | None = None

    def is_signed_in_as(self, other: "Caller") -> bool:
        """Whether `other` is the same person by the same token."""
        return (self.subject, self.token_id) == (other.subject, other.token_id)

    @property
    def issuer(self) -> str:
        """The id of the issuer who vouches for the caller."""
        return self.subject.partition(":")[0]
