"""HL7 v2: delimiters, escapes, repetitions, character sets, and answers that the sender can read."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
import pytest

from proxy.wire.errors import MalformedHl7
from proxy.wire.hl7 import Message, part, read_header, read_message
from proxy.wire.hl7_answers import Refusal, to_acknowledgement

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
HEADER = "MSH|^~\\&|ADT|GEN|VITRINE|HIE|20261128||ADT^A01^ADT_A01|M1|P|2.5.1||||||"


def message(*lines: str, header: str = HEADER, codec: str = "utf-8", default: str = "UNICODE UTF-8") -> Message:
    data = "\r".join([header, *lines]).encode(codec)
    return read_message(data, read_header(data), default)


def test_fields_are_counted_as_the_standard_counts_them() -> None:
    header = message("PID|1").first("MSH")
    assert (header.text(3), header.text(9, 2), header.text(10), header.text(12)) == ("ADT", "A01", "M1", "2.5.1")


def test_repetitions_components_and_subcomponents_are_told_apart() -> None:
    pid = message("PID|||A^^^GEN&1.2&ISO^MR~B^^^&1.3&ISO").first("PID")
    assert [(part(one, 1), part(one, 4), part(one, 4, 2)) for one in pid.repetitions(3)] == [
        ("A", "GEN", "1.2"),
        ("B", "", "1.3"),
    ]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("a\\S\\b", "a^b"),
        ("a\\F\\b\\R\\c\\T\\d\\E\\e", "a|b~c&d\\e"),
        ("a\\X42\\c", "aBc"),
        ("a\\XC3A9\\c", "aéc"),
        ("a\\XZZ\\c", "ac"),
        ("a\\.br\\c\\H\\", "ac"),
        ('""', ""),
        ("", ""),
    ],
)
def test_escapes_stand_for_what_they_say(written: str, read: str) -> None:
    assert message(f"PID|||{written}").first("PID").text(3) == read


def test_delimiters_are_those_of_the_message() -> None:
    header = "MSH!$%?*!ADT!GEN!!!2026!!ADT$A01!M1!P!2.5"
    pid = message("PID!!!A$$$GEN*1.2%B|^", header=header).first("PID")
    assert [(part(one, 1), part(one, 4, 2)) for one in pid.repetitions(3)] == [("A", "1.2"), ("B|^", "")]


@pytest.mark.parametrize(
    ("named", "codec"),
    [
        ("UNICODE UTF-8", "utf-8"),
        ("8859/1", "latin-1"),
        ("8859/15", "iso8859-15"),
        ("8859/2", "iso8859-2"),
        ("8859/1~UNICODE UTF-8", "latin-1"),
    ],
)
def test_the_character_set_is_the_one_in_msh_18(named: str, codec: str) -> None:
    assert message("PID|||Zürich", header=HEADER + named, codec=codec).first("PID").text(3) == "Zürich"


def test_without_a_name_the_character_set_is_the_senders() -> None:
    assert message("PID|||Zürich", codec="latin-1", default="8859/1").first("PID").text(3) == "Zürich"
    with pytest.raises(MalformedHl7, match="not in the character set"):
        message("PID|||Zürich", codec="latin-1")


@pytest.mark.parametrize("named", ["ISO IR87", "UNICODE UTF-16", "nonsense"])
def test_a_character_set_that_is_not_known_is_refused_and_never_guessed(named: str) -> None:
    with pytest.raises(MalformedHl7, match="not supported") as refusal:
        message("PID|1", header=HEADER + named)
    assert refusal.value.code == 102


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_lines_end_as_their_sender_ends_them(end: str) -> None:
    data = end.join([HEADER, "PID|||A", "PV1|1"]).encode()
    assert [one.name for one in read_message(data, read_header(data)).segments] == ["MSH", "PID", "PV1"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PID|1",
        b"MSH",
        b"MSH|",
        b"MSH|^~\\&",
        b"MSH|^^\\&|||||||M1",
        b"MSHA^~\\&AAAAAAAM1",
        b"MSH|^~\\&|A|B|C|D|E|F|ADT^A01||P",
        b"MSH|^~\\&|A|B|C|D|E|F|ADT^A01|" + b"9" * 200,
        b"MSH|^~\\&|A|B|C|D|E|F|ADT^A01|M\xc3\xa9",
    ],
)
def test_what_cannot_be_answered_by_its_id_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedHl7):
        read_header(data)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_message_or_refused(data: bytes) -> None:
    _read(data)


@given(st.lists(st.text(alphabet='|^~\\&"\rAP1XZ.MSHID ü', max_size=40), max_size=8))
def test_any_lines_after_a_header_are_a_message_or_refused(lines: list[str]) -> None:
    read = _read("\r".join([HEADER, *lines]).encode())
    assert read is not None
    for segment in read.segments:
        for number in range(1, 8):
            assert isinstance(segment.text(number, 2), str)


def _read(data: bytes) -> Message | None:
    try:
        return read_message(data, read_header(data))
    except MalformedHl7:
        return None


def test_an_answer_goes_back_to_where_the_message_came_from() -> None:
    header = read_header(HEADER.encode())
    lines = to_acknowledgement(header, None, "ours", NOON).decode().split("\r")
    assert lines == [
        "MSH|^~\\&|VITRINE|HIE|ADT|GEN|20261128120000+0000||ACK^A01^ACK|ours|P|2.5.1",
        "MSA|AA|M1",
        "",
    ]


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        (Refusal("what|ever", 100), "AR"),
        (Refusal("whatever", 201), "AR"),
        (Refusal("whatever", 204), "AE"),
        (Refusal("whatever", 207, again=True), "AE"),
    ],
)
def test_a_refusal_says_why_and_whether_the_message_is_at_fault(refusal: Refusal, code: str) -> None:
    lines = to_acknowledgement(read_header(HEADER.encode()), refusal, "ours", NOON).decode().split("\r")
    assert lines[1] == f"MSA|{code}|M1"
    assert lines[2] == f"ERR|||{refusal.number}^^HL70357|E||||whatever"


def test_what_could_not_be_read_is_answered_all_the_same() -> None:
    lines = to_acknowledgement(None, Refusal("no", 100), "ours", NOON).decode().split("\r")
    assert lines[0].startswith("MSH|^~\\&|||||2026")
    assert lines[1] == "MSA|AR|"


@given(st.text(alphabet=st.characters(blacklist_characters="|\r\n", blacklist_categories=["Cs"]), max_size=20))
def test_an_answer_is_plain_text_whatever_the_sender_calls_itself(name: str) -> None:
    data = f"MSH|^~\\&|{name}|{name}|A|B|2026||ADT^A01|M1|P|2.5".encode()
    answer = to_acknowledgement(read_header(data), None, "ours", NOON)
    assert answer.isascii()
    assert answer.count(b"\r") == 2
