"""What an archive's refusals and failures mean in the proxy's own words; nothing that it sent is repeated."""

from types import TracebackType

import httpx

from proxy.archives.authorization.transport import AuthorizationFailed
from proxy.archives.http1.egress import EgressRefused
from proxy.archives.http1.tls import tls_words
from proxy.errors import (
    ArchiveBrokeOff,
    ArchiveFailed,
    ArchiveRefused,
    ArchiveTimedOut,
    NotAcceptable,
    NotFound,
    Overloaded,
    TooLarge,
    VitrineError,
)
from proxy.wire.errors import CutShort, WireError

_RETRY_SECONDS = 5  # of an archive that does not say for how long it is busy; one that does is not asked before
_BROKE_OFF = "the archive broke off or did not speak HTTP"


class in_own_words:  # noqa: N801 - what it does to the words of a `with`
    """Turns whatever goes wrong on the way to an archive into `ArchiveFailed` or `ArchiveTimedOut`.

    A class, because it is entered for each piece of each frame, where a generator would cost three times as much.
    """

    __slots__ = ("_institution",)

    def __init__(self, institution: str) -> None:
        self._institution = institution

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        told = None if error is None else _told(error, self._institution)
        try:
            if told is not None:
                raise told from None
        finally:
            del told  # else it and this frame hold each other, and what was read of the answer


def _told(error: BaseException, institution: str) -> ArchiveFailed | None:  # noqa: PLR0911 - a table
    match error:
        case TimeoutError() | httpx.TimeoutException():
            return ArchiveTimedOut("the archive did not answer in time", institution)
        case AuthorizationFailed() | EgressRefused():
            return ArchiveFailed(str(error), institution)
        case httpx.ConnectError() | ConnectionError():
            return ArchiveFailed(tls_words(error) or "the archive cannot be reached", institution)
        case CutShort():
            return ArchiveBrokeOff(f"the archive broke off: {error}", institution)
        case WireError():
            return ArchiveFailed(f"the archive answered wrongly: {error}", institution)
        case httpx.RemoteProtocolError() | httpx.ReadError():
            return ArchiveBrokeOff(tls_words(error) or _BROKE_OFF, institution)
        case httpx.HTTPError() | httpx.StreamError() | httpx.InvalidURL() | OSError() | ValueError():
            return ArchiveFailed(tls_words(error) or _BROKE_OFF, institution)
        case _:
            return None


def refusal(status: int, institution: str) -> VitrineError:
    """The error that an answer with `status`, other than 200, stands for.

    An archive's 401 and 403 concern the proxy's credentials, never the user, and must not look like the user's.
    """
    match status:
        case 404 | 410:
            return NotFound()
        case 406:
            return NotAcceptable("the archive gives none of the media types asked for")
        case 400 | 405 | 501:
            return ArchiveRefused(_words(status), institution)
        case 413:
            return TooLarge("the archive holds more than it gives in one answer")
        case 429 | 503:
            return Overloaded("the archive is busy", _RETRY_SECONDS)
        case _:
            return ArchiveFailed(_words(status), institution)


def _words(status: int) -> str:
    match status:
        case 401 | 403:
            return "the archive does not accept this service's credentials; its configuration must be corrected"
        case 400 | 405 | 501:
            return "the archive refused the request"
        case _ if 300 <= status < 400:
            return "the archive sends elsewhere, where this service does not follow"
        case _ if status >= 500:
            return "the archive failed"
        case _:
            return "the archive gave an unexpected answer"
