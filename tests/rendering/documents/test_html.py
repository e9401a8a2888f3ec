"""What a browser may do with a page, and how its parts are marked up."""

from base64 import b64encode
from hashlib import sha256
import re

import pytest

from rendering.documents.blocks import Document, Fact, Facts, Listing, Paragraph, Section, Table, printable
from rendering.documents.html import CONTENT_SECURITY_POLICY, to_html
from rendering.documents.plain import to_plain
from tests.rendering.documents.pages import checked, rows, said_once_in_order


def test_the_policy_lets_a_page_have_its_own_style_and_nothing_else() -> None:
    found = re.search("<style>(.*?)</style>", to_html(Document("Letter", ())), re.DOTALL)
    assert found is not None
    digest = b64encode(sha256(found[1].encode()).digest()).decode()
    assert CONTENT_SECURITY_POLICY.split("; ")[:2] == ["default-src 'none'", f"style-src 'sha256-{digest}'"]
    assert "allow-scripts" not in CONTENT_SECURITY_POLICY
    assert not re.search(r"url\(|@import", found[1])


def test_a_mark_stands_above_and_below_and_is_text() -> None:
    document = Document("Letter", (Paragraph(("Body",)),))
    for written in (checked(document, "<b>Seen by</b>").said, to_plain(document, "<b>Seen by</b>")):
        first, last = written.index("<b>Seen by</b>"), written.rindex("<b>Seen by</b>")
        assert first < written.index("Letter") < written.index("Body") < last


def test_headings_go_on_being_headings_however_deep() -> None:
    block = Section("S9", (Paragraph(("deepest",)),))
    for number in range(8, 0, -1):
        block = Section(f"S{number}" if number != 3 else "", (block,))
    page = checked(Document("Letter", (block,)))
    assert [tag for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)] == [
        *("h1", "h2", "h3", "h4", "h5", "h6"),
        *["h6"] * 3,
    ]


def test_all_kinds_of_blocks_say_the_same_in_both_ways() -> None:
    named = Table(("", "Left"), ((("Upper",), ("1",)), (("Lower",), ("2",))), "Pressures", named_rows=True)
    entries = ((Paragraph(("first",)),), (Paragraph(("second",)), Facts((Fact("why", ("because",)),))))
    document = Document("Letter", (named, Listing(entries, ordered=True), Facts(())), notices=("Mind this",))
    said_once_in_order(
        document, "Letter", "Mind this", "Pressures", "Left", "Upper", "Lower", "first", "second", "why", "because"
    )
    assert rows(document)[1] == [("th", "Upper"), ("td", "1")]
    assert checked(document).all("ol") == [{}]
    assert len(checked(document).all("dl")) == 1, "none without facts"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\r\nb\rc\n\td", "a\nb\nc\n\td"),
        ("\x00\x1b[31m\x7f\x85", "  [31m  "),
        ("\u202eabc\u2066", " abc "),
        ("\u00a0\u3000\u2028", "   "),
        ("نمی\u200cخواهم", "نمی\u200cخواهم"),
        ("क\u094d\u200dष", "क\u094d\u200dष"),
        ("\ud800\uffff", "\N{REPLACEMENT CHARACTER}" * 2),
    ],
)
def test_what_can_be_printed_stays_as_it_is(text: str, shown: str) -> None:
    assert printable(text) == shown
