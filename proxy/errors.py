"""What can go wrong, in the proxy's own words: safe to show, free of status codes (the table is `http/problems.py`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Source:
    """The archive whose answer failed, and the series or instance that it was asked for; never shown to anybody."""

    archive: str
    series: str = ""
    instance: str = ""


class VitrineError(Exception):
    """Root of what the proxy raises on purpose; the message never names a patient, token, UID or archive address.

    `source` is whose failure it is, where another archive may be asked instead. `on_record` says that the audit log
    knows of it, and why.
    """

    source: Source | None = None
    on_record: bool = False

    def recorded(self) -> Self:
        self.on_record = True
        return self


class BadRequest(VitrineError):
    """The request breaks the grammar of PS3.18 §8.3 or asks for what the target cannot give."""


class NotAuthenticated(VitrineError):
    """There is no valid token or session; one error and one text for every cause."""


class OtherSite(NotAuthenticated):
    """A page of another site sent the request, with the cookie of whoever is signed in here."""


class ProofRequired(NotAuthenticated):
    """The token must be bound to a key, and the request show that it comes from whoever holds it (RFC 9449)."""


class NotPermitted(VitrineError):
    """Policy refuses what the caller may know to exist; the message is the rule's own sentence for the caller."""


class FullFidelityUnconfirmed(VitrineError):
    """A person took so much in full fidelity that more of it has to be asked for on purpose; rendered images go on."""


class RefusedElsewhere(NotPermitted):
    """Another exchange does not permit it to the person on whose behalf it was asked; others may have it too."""

    def __init__(self) -> None:
        super().__init__("the exchange that holds this does not permit it to you")


class InsufficientAuthentication(NotPermitted):
    """The caller may, once it is surer who it is (`assurance`) or it was proved within `seconds` (RFC 9470)."""

    def __init__(self, message: str, assurance: int, seconds: int | None = None) -> None:
        super().__init__(message)
        self.assurance = assurance
        self.seconds = seconds


class NotFound(VitrineError):
    """Nothing is there, or nothing that this caller may know of: one answer, with the same words, for both."""

    def __init__(self, message: str = "there is nothing here, or nothing that you may know of") -> None:
        super().__init__(message)


class NotAcceptable(VitrineError):
    """None of the media types asked for can be given; `available` lists those that can (PS3.18 §8.7.8)."""

    def __init__(self, message: str, available: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.available = tuple(available)


class TooLarge(VitrineError):
    """The answer would exceed a limit of this service."""


class RangeNotSatisfiable(VitrineError):
    """The byte range asked for lies behind the end of what has `length` bytes."""

    def __init__(self, length: int) -> None:
        super().__init__("there are no such bytes")
        self.length = length


class Overloaded(VitrineError):
    """A bounded queue is full; worth trying again after `retry_after` seconds."""

    def __init__(self, message: str, retry_after: int = 2) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class TooFast(Overloaded):
    """Somebody takes more in a short time than viewing needs."""


class TooOften(VitrineError):
    """Somebody has done something as often as anybody may; it may be done again after `retry_after` seconds."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class EmergenciesUnavailable(VitrineError):
    """Declared emergencies cannot be read or written now, so nothing is shown under one."""


class LinkRefused(VitrineError):
    """A share link or its code is not good, or not now: one error and one text for every cause."""

    def __init__(self) -> None:
        super().__init__("the link or the code is not good, or not any more; ask whoever gave you the link")


class LinkOver(VitrineError):
    """Nothing is open by a share link, or not any longer."""

    def __init__(self) -> None:
        super().__init__("what the link showed is over; open the link again, if it is still good")


class LinksUnavailable(VitrineError):
    """Share links cannot be read or written now, so none is made, opened or revoked."""


class AuditUnavailable(VitrineError):
    """The audit log could not commit, so nothing may be shown."""


class ArchiveFailed(VitrineError):
    """An archive was unreachable, or answered wrongly; `institution` is the public name to show beside it.

    `retry_after` seconds are known for archives that are not asked before.
    """

    def __init__(self, message: str, institution: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.institution = institution
        self.retry_after = retry_after


class ArchiveTimedOut(ArchiveFailed):
    """An archive did not answer within its deadline."""


class ArchiveBrokeOff(ArchiveFailed):
    """An archive's answer ended before it was whole; asking once more may help."""


class ArchiveRefused(ArchiveFailed):
    """An archive does not understand or support what it was asked; asking again would not help."""


class ArchiveResting(ArchiveFailed):
    """An archive is not asked now, because it said so or its owner allows no more today; it has not failed."""


class OutsideHours(ArchiveResting):
    """An archive is not asked at this hour, which its owner has decided."""


class NotPassedOn(ArchiveFailed):
    """A question that another exchange passed on is not passed on once more; its hop limit is reached."""


class AskedAlready(VitrineError):
    """An exchange is not asked a question that came by way of itself: what it has, it answers there."""


class LoopDetected(VitrineError):
    """A question came back that this exchange had passed on itself (RFC 5842 §7.2)."""


class RenderedOnly(ArchiveResting):
    """An archive gives no more pixels in full fidelity today; rendered images go on."""


class ConsentsUnanswered(VitrineError):
    """Nobody says now what patients consented to, so that nothing tells what is hidden from what is not there."""

    def __init__(self) -> None:
        super().__init__("the consent register does not answer; what depends on it is not shown until it does")


class PatientIndexFailed(VitrineError):
    """The patient index was unreachable, or answered wrongly, when somebody was looked up in it."""


class PolicyStepRefused(VitrineError):
    """A change of the policy may not be made, or not in this way; the message says why, for the officer."""


class PolicyVersionsUnavailable(VitrineError):
    """The versions of the policy cannot be read or written now; what is in force stays."""


class ConfigurationError(VitrineError):
    """The configuration cannot be used; the message says which entry and why, for the operator."""
