"""What a provider ended: one sign-in, or all of a person up to a moment (OpenID Connect Back-Channel Logout §2.4)."""

from dataclasses import dataclass

from proxy.access.caller import Caller
from proxy.access.tokens import VerifiedToken


@dataclass(frozen=True, slots=True)
class Ending:
    """`subject` is `issuer-id:sub`, empty when only the sign-in is named; `sign_in` the provider's `sid`, or empty.

    Without a `sign_in`, tokens issued until `moment` (Unix seconds) are over; later ones come from a new sign-in.
    """

    issuer: str
    subject: str
    sign_in: str
    moment: int

    @property
    def key(self) -> tuple[str, str]:
        """Under which it is found for a caller."""
        return (self.issuer, self.sign_in) if self.sign_in else (self.subject, "")

    def covers(self, caller: Caller) -> bool:
        if caller.issuer != self.issuer or (self.subject and caller.subject != self.subject):
            return False
        if self.sign_in:
            return caller.sign_in == self.sign_in
        return caller.issued <= self.moment


def to_ending(token: VerifiedToken) -> Ending:
    """What a verified logout token says."""
    claims, issuer = token.claims, token.issuer.id
    subject = f"{issuer}:{claims['sub']}" if "sub" in claims else ""
    return Ending(issuer, subject, str(claims.get("sid", "")), claims["iat"])
