"""XML from strangers: what is well-formed is read, what is dangerous is refused, and nothing is fetched (XML 1.0)."""

from contextlib import suppress
from pathlib import Path

import pytest

from rendering.documents.xml import MAXIMUM_BYTES, Element, read_xml
from rendering.errors import MalformedFrame, RenderingError, TooLarge


def test_elements_attributes_and_texts_in_their_order() -> None:
    root = read_xml(b"<a xmlns='urn:one' k='v'>x<b>y</b>&amp;<b/></a>")
    assert root == Element("a", {"k": "v"}, ["x", Element("b", {}, ["y"]), "&", Element("b", {})])
    assert root.text == "xy &"
    assert len(list(root.children("b"))) == 2


def test_names_of_other_namespaces_keep_them() -> None:
    root = read_xml(b"<a xmlns='urn:one' xmlns:x='urn:two' x:k='2' k='1'><x:a/><a xmlns='urn:two'/><a xmlns=''/></a>")
    names = [one.name for one in root.content if isinstance(one, Element)]
    assert names == ["urn:two a", "urn:two a", "a"], "those of none at all are taken for the document's own"
    assert root.attributes == {"k": "1", "urn:two k": "2"}


BOMB = b"""<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><l>&c;</l>"""


@pytest.mark.parametrize(
    "data",
    [
        BOMB,
        b"<!DOCTYPE a><a/>",
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>',
        b'<!DOCTYPE a PUBLIC "-//x" "file:///etc/passwd"><a/>',
        b'<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]><a/>',
        b'<!DOCTYPE a [<!ATTLIST a k CDATA "default">]><a/>',
        BOMB.decode().encode("utf-16"),
    ],
)
def test_a_document_type_is_refused_before_it_is_read(data: bytes) -> None:
    with pytest.raises(MalformedFrame, match="declares a type"):
        read_xml(data)


def test_no_file_is_read_into_a_document(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    for data in (
        f'<!DOCTYPE a [<!ENTITY s SYSTEM "{secret.as_uri()}">]><a>&s;</a>',
        f'<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include parse="text" href="{secret.as_uri()}"/></a>',
        f'<?xml-stylesheet href="{secret.as_uri()}"?><a/>',
    ):
        with suppress(RenderingError):
            assert "secret" not in read_xml(data.encode()).text


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        b" ",
        b"words",
        b"<a>",
        b"<a></b>",
        b"<a/><b/>",
        b"<a>&undeclared;</a>",
        b"<a>&#0;</a>",
        b"<a k='1' k='2'/>",
        b"<x:a/>",
        b"<a>\xff</a>",
        b"<a>\x07</a>",
        b'<?xml version="1.0" encoding="nonsense"?><a/>',
        b'<?xml version="1.0" encoding="utf-7"?><a/>',
        b'<?xml version="1.0" encoding="shift_jis"?><a/>',
        b'<?xml version="1.0" encoding="utf-16"?><a/>',
        b'<?xml version="1.0" encoding="base64"?><a/>',
        b'<?xml version="1.0" encoding="idna"?><a/>',
        b"\xff\xfe<\0a\0",
    ],
)
def test_what_is_no_xml_is_refused_in_safe_words(data: bytes) -> None:
    with pytest.raises(MalformedFrame, match=r"^the document is not well-formed XML$"):
        read_xml(data)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_encodings_that_are_declared_are_read(encoding: str) -> None:
    declared = encoding.removesuffix("-sig")
    assert read_xml(f'<?xml version="1.0" encoding="{declared}"?><a>Jörg</a>'.encode(encoding)).text == "Jörg"


@pytest.mark.parametrize("padding", [b"", b"\0", b" ", b"\n\0", b"\0" * 100])
def test_padding_to_an_even_length_is_no_part_of_a_document(padding: bytes) -> None:
    assert read_xml(b"<a>words</a>" + padding).text == "words"


def test_the_last_byte_of_utf_16_is_no_padding() -> None:
    assert read_xml("\ufeff<a>words</a>".encode("utf-16-le")).text == "words"


@pytest.mark.parametrize(
    "data",
    [
        b"<a>" * 65 + b"</a>" * 65,
        b"<a>" * 1_000_000,
        b"<a>" + b"<b/>" * 200_000 + b"</a>",
        b"<a>" + b" " * MAXIMUM_BYTES + b"</a>",
    ],
    ids=["deep", "endless", "many", "large"],
)
def test_more_than_is_read_is_refused(data: bytes) -> None:
    with pytest.raises(TooLarge):
        read_xml(data)


def test_the_deepest_document_is_read() -> None:
    assert read_xml(b"<a>" * 64 + b"x" + b"</a>" * 64).text == "x"
