"""What an archive says of when to come back is obeyed in both of its forms (RFC 9110 §10.2.3)."""

from datetime import UTC, datetime

import httpx
import pytest

from proxy.archives.gentleness.retry_after import Rest, read_retry_after
from tests.times import Hand

NOW = datetime(2026, 11, 27, 12, 0, 0, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 7 ", 7),
        ("86400", 3600),
        ("9" * 50, 3600),
        ("Fri, 27 Nov 2026 12:00:30 GMT", 30),
        ("Friday, 27-Nov-26 12:01:00 GMT", 60),
        ("Fri Nov 27 12:00:05 2026", 5),
        ("Fri, 27 Nov 2026 11:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 3600),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("Fri, 99 Nov 2026 12:00:30 GMT", None),
    ],
)
def test_a_pause_is_read_from_seconds_and_from_dates(text: str, seconds: int | None) -> None:
    headers = httpx.Headers([(b"retry-after", text.encode())])
    assert read_retry_after(headers, NOW) == seconds


def test_without_the_header_nothing_is_said() -> None:
    assert read_retry_after(httpx.Headers(), NOW) is None


def test_a_later_answer_does_not_shorten_a_rest() -> None:
    timer = Hand(50)
    rest = Rest(timer)
    assert rest.seconds == 0
    rest.begin(30)
    timer.now += 10
    rest.begin(5)
    assert (rest.seconds, rest.since) == (20, 50)
    timer.now += 20
    assert rest.seconds == 0
