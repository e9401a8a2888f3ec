"""What a provider ended: one sign-in, or all of a person up to a moment (OpenID Connect Back-Channel Logout §2.4)."""

from dataclasses import dataclass

from proxy.access.caller import Caller
from proxy.access.tokens import VerifiedToken


@dataclass(frozen=True, slots=True)
class Ending:
    """`subject` is `issuer-id:sub`, empty when only the sign-in is named; `sign_in` the provider's `sid`, or empty.

    Without a `sign_in`, tokens issued until `moment` (Unix seconds) are over; later ones come from a new sign-in. With
    one, so are those of the subject that do not say which sign-in they come from.
    """

    issuer: str
    subject: str
    sign_in: str
    moment: int

    @property
    def keys(self) -> tuple[tuple[str, ...], ...]:
        """Under which it is found for a caller."""
        if not self.sign_in:
            return (("everywhere", self.subject),)
        unnamed = (("unnamed", self.subject),) if self.subject else ()
        return (("sign-in", self.issuer, self.sign_in), *unnamed)

    def covers(self, caller: Caller) -> bool:
        if caller.issuer != self.issuer or (self.subject and caller.subject != self.subject):
            return False
        if self.sign_in and caller.sign_in:
            return caller.sign_in == self.sign_in
        return bool(self.subject) and caller.issued <= self.moment


def keys_of(caller: Caller) -> tuple[tuple[str, ...], ...]:
    """Under which whatever ended the sign-in behind `caller` is found."""
    named = ("sign-in", caller.issuer, caller.sign_in) if caller.sign_in else ("unnamed", caller.subject)
    return named, ("everywhere", caller.subject)


def to_ending(token: VerifiedToken) -> Ending:
    """What a verified logout token says."""
    claims, issuer = token.claims, token.issuer.id
    subject = f"{issuer}:{claims['sub']}" if "sub" in claims else ""
    return Ending(issuer, subject, str(claims.get("sid", "")), claims["iat"])
