"""Syslog messages and their frames, read as a receiver reads them (RFC 5424, RFC 5425)."""

from datetime import UTC, datetime
import re

from hypothesis import given
from hypothesis import strategies as st
import pytest

from proxy.wire.syslog import Header, to_frame, to_message

AT = datetime(2026, 3, 14, 15, 9, 26, 535897, tzinfo=UTC)
MESSAGE = re.compile(
    rb"<(?P<priority>\d{1,3})>1 (?P<at>[0-9T:.\-]+Z) (?P<host>[\x21-\x7e]{1,255}) (?P<application>[\x21-\x7e]{1,48}) "
    rb'- (?P<id>[\x21-\x7e]{1,32}) \[meta sequenceId="(?P<place>\d+)"\] \xef\xbb\xbf(?P<body>.*)',
    re.DOTALL,
)


def header(**more: object) -> Header:
    return Header(
        **{"host": "view.test", "application": "vitrine", "message_id": "DICOM+RFC3881", "at": AT, "sequence": 7} | more
    )  # type: ignore[arg-type]  # each test gives its own


def frames(stream: bytes) -> list[bytes]:
    """As a receiver takes a stream apart."""
    found = []
    while stream:
        count, _, rest = stream.partition(b" ")
        found.append(rest[: int(count)])
        stream = rest[int(count) :]
    return found


def test_a_message_as_the_standard_writes_it() -> None:
    expected = (
        b"<85>1 2026-03-14T15:09:26.535897Z view.test vitrine - DICOM+RFC3881 "
        b'[meta sequenceId="7"] \xef\xbb\xbf<AuditMessage/>'
    )
    assert to_message(header(), b"<AuditMessage/>") == expected


@pytest.mark.parametrize(("sequence", "place"), [(1, 1), (2**31 - 1, 2**31 - 1), (2**31, 1), (2**31 + 4, 5)])
def test_places_begin_anew_after_the_largest(sequence: int, place: int) -> None:
    found = MESSAGE.fullmatch(to_message(header(sequence=sequence), b""))
    assert found is not None
    assert int(found["place"]) == place


@given(st.text(max_size=300), st.text(max_size=60), st.binary(max_size=200))
def test_whatever_the_names_a_message_has_its_form(host: str, application: str, body: bytes) -> None:
    found = MESSAGE.fullmatch(to_message(header(host=host, application=application), body))
    assert found is not None
    assert found["body"] == body


@given(st.lists(st.binary(min_size=1, max_size=100), max_size=5))
def test_frames_come_apart_as_they_were_put_together(messages: list[bytes]) -> None:
    assert frames(b"".join(map(to_frame, messages))) == messages
