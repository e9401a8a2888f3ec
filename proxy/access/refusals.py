"""Why somebody was turned away where no rule decided it: refusals that policy knows nothing of."""

from enum import StrEnum

from proxy.access.caller import Caller
from proxy.access.tokens import REFUSED
from proxy.errors import NotAuthenticated


class Cause(StrEnum):
    SIGN_IN_OVER = "sign-in-over"
    OTHER_SITE = "other-site"
    PROVE_AGAIN = "prove-again"
    NOT_FOR_CALLER = "not-for-caller"
    OTHER_EXCHANGE = "other-exchange"
    TOO_OFTEN = "too-often"
    TOO_FAST = "too-fast"
    NOT_ANONYMOUS = "not-anonymous"
    ARCHIVE_RESTS = "archive-rests"
    ARCHIVE_FAILED = "archive-failed"
    PATIENT_INDEX_FAILED = "patient-index-failed"
    EMERGENCIES_UNAVAILABLE = "emergencies-unavailable"

    @property
    def is_meant(self) -> bool:
        """Whether somebody wanted it so; otherwise something has failed."""
        return self not in {Cause.ARCHIVE_FAILED, Cause.PATIENT_INDEX_FAILED, Cause.EMERGENCIES_UNAVAILABLE}


class SignInOver(NotAuthenticated):
    """`caller` was signed in, and is not any longer; who asks is told what everybody is told who is not signed in."""

    def __init__(self, caller: Caller) -> None:
        super().__init__(REFUSED)
        self.caller = caller
