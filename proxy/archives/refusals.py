"""What an archive's refusals and failures mean in the proxy's own words; nothing that it sent is repeated."""

from collections.abc import Generator
from contextlib import contextmanager

import httpx

from proxy.errors import ArchiveFailed, ArchiveTimedOut, NotAcceptable, NotFound, Overloaded, TooLarge, VitrineError
from proxy.wire.errors import WireError

_LONGEST_RETRY = 3600
_DEFAULT_RETRY = 5


@contextmanager
def in_own_words(institution: str) -> Generator[None]:
    """Turns whatever goes wrong on the way to an archive into `ArchiveFailed` or `ArchiveTimedOut`."""
    try:
        yield
    except (TimeoutError, httpx.TimeoutException):
        raise ArchiveTimedOut("the archive did not answer in time", institution) from None
    except (httpx.ConnectError, ConnectionError):
        raise ArchiveFailed("the archive cannot be reached", institution) from None
    except WireError as error:
        raise ArchiveFailed(f"the archive answered wrongly: {error}", institution) from None
    except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, OSError, ValueError):
        raise ArchiveFailed("the archive broke off or did not speak HTTP", institution) from None


def refusal(status: int, headers: httpx.Headers, institution: str) -> VitrineError:
    """The error that an answer with `status`, other than 200, stands for.

    An archive's 401 and 403 concern the proxy's credentials, never the user, and must not look like the user's.
    """
    match status:
        case 404 | 410:
            return NotFound()
        case 406:
            return NotAcceptable("the archive gives none of the media types asked for")
        case 413:
            return TooLarge("the archive holds more than it gives in one answer")
        case 429 | 503:
            return Overloaded("the archive is busy", _retry_after(headers))
        case _:
            return ArchiveFailed(_words(status), institution)


def _words(status: int) -> str:
    match status:
        case 401 | 403:
            return "the archive does not accept this service's credentials; its configuration must be corrected"
        case 400:
            return "the archive refused the request"
        case _ if 300 <= status < 400:
            return "the archive sends elsewhere, where this service does not follow"
        case _ if status >= 500:
            return "the archive failed"
        case _:
            return "the archive gave an unexpected answer"


def _retry_after(headers: httpx.Headers) -> int:
    text = headers.get("retry-after", "").strip()
    return min(int(text), _LONGEST_RETRY) if text.isascii() and text.isdigit() and len(text) < 9 else _DEFAULT_RETRY
