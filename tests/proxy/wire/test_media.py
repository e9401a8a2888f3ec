"""Media types and Accept: what browsers, viewers and archives really write, and what none of them means."""

from dicomweb_client.web import DICOMwebClient
from hypothesis import given
from hypothesis import strategies as st
import pytest

from proxy.wire.errors import MalformedMediaType
from proxy.wire.media import (
    EXPLICIT_LITTLE_ENDIAN,
    TRANSFER_SYNTAXES,
    MediaType,
    choose,
    default_transfer_syntax,
    media_type_of,
    read_accept,
    read_media_type,
)

JPEG = MediaType("image", "jpeg")
PNG = MediaType("image", "png")
DICOM_JSON = MediaType("application", "dicom+json")
OCTETS = MediaType("application", "octet-stream")
JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
JPEG_LS = "1.2.840.10008.1.2.4.80"

CHROMIUM_IMG = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
CHROMIUM_PAGE = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,"
    "application/signed-exchange;v=b3;q=0.7"
)
OHIF_FRAMES = "multipart/related; type=application/octet-stream; transfer-syntax=*"
OHIF_SLIDES = (
    'multipart/related; type="image/jls"; transfer-syntax=1.2.840.10008.1.2.4.80, '
    'multipart/related; type="image/jp2"; transfer-syntax=1.2.840.10008.1.2.4.90, '
    'multipart/related; type="application/octet-stream"; transfer-syntax=*, '
    'multipart/related; type="image/jpeg"; transfer-syntax=1.2.840.10008.1.2.4.50'
)
ORTHANC_INSTANCES = 'multipart/related; type="application/dicom"'


def parts(essence: str, transfer_syntax: str | None = None) -> MediaType:
    syntax = {"transfer-syntax": transfer_syntax} if transfer_syntax else {}
    return MediaType("multipart", "related", {"type": essence, **syntax})


@pytest.mark.parametrize(
    ("header", "best"),
    [
        pytest.param(CHROMIUM_IMG, JPEG, id="Chromium's <img>"),
        pytest.param(CHROMIUM_PAGE, JPEG, id="Chromium's address bar"),
        pytest.param("*/*", JPEG, id="fetch"),
        pytest.param("image/png", PNG, id="one"),
        pytest.param("image/png, image/jpeg", JPEG, id="a tie goes to the first offer"),
        pytest.param("image/jpeg;q=0.5, image/png", PNG, id="quality"),
        pytest.param("image/*;q=0.9, image/jpeg;q=0.1", PNG, id="the narrowest range decides"),
        pytest.param("image/jpeg;q=0, */*", PNG, id="refused by quality 0"),
        pytest.param("IMAGE/PNG", PNG, id="upper case"),
        pytest.param("image/png;q=0.5 , , ;;;, image/jpeg;q=high", PNG, id="malformed entries are passed over"),
        pytest.param("text/html", None, id="nothing"),
        pytest.param("", None, id="empty"),
        pytest.param("*/jpeg", None, id="no range at all"),
        pytest.param("image/jpeg;q=2", None, id="no quality at all"),
    ],
)
def test_the_rendered_image_a_client_prefers(header: str, best: MediaType | None) -> None:
    assert choose(read_accept(header), [JPEG, PNG]) == best


@pytest.mark.parametrize("header", ["application/dicom+json", "application/json, application/dicom+json;q=0.5", "*/*"])
def test_metadata_clients_admit_dicom_json(header: str) -> None:
    assert choose(read_accept(header), [DICOM_JSON]) == DICOM_JSON


@pytest.mark.parametrize("header", ["*/*", "image/*", "image/*, */*;q=0.1"])
def test_any_type_means_the_default_of_its_category(header: str) -> None:
    assert choose(read_accept(header), [JPEG, PNG]) == JPEG
    assert choose(read_accept(header), [PNG, JPEG]) == PNG


@pytest.mark.parametrize(
    ("header", "stored", "admitted"),
    [
        (OHIF_FRAMES, parts("application/octet-stream", JPEG_LS), True),
        (OHIF_SLIDES, parts("image/jls", JPEG_LS), True),
        (OHIF_SLIDES, parts("image/jls", "1.2.840.10008.1.2.4.81"), False),
        (OHIF_SLIDES, parts("image/jpeg", JPEG_BASELINE), True),
        (ORTHANC_INSTANCES, parts("application/octet-stream", JPEG_LS), False),
        ('multipart/related; type="application/octet-stream"', parts("application/octet-stream", JPEG_LS), False),
        ("multipart/related; type=image/jpeg", parts("image/jpeg", JPEG_BASELINE), False),
        ("multipart/related; type=image/jpeg", parts("image/jpeg", "1.2.840.10008.1.2.4.70"), True),
        ('multipart/related; type="image/*"; transfer-syntax=*', parts("image/jpeg", JPEG_BASELINE), True),
        ("multipart/related; type='image/jpeg'; transfer-syntax='*'", parts("image/jpeg", JPEG_BASELINE), True),
        ('multipart/related; type="image/x-jls"; transfer-syntax=*', parts("image/jls", JPEG_LS), True),
        ('multipart/related; type="image/jls;transfer-syntax=*"', parts("image/jls", JPEG_LS), True),
        ('multipart/related; type="*/*"', parts("image/jls", JPEG_LS), True),
        ('multipart/related; type="*/*"', parts("image/jls", "1.2.840.10008.1.2.4.81"), False),
        ("multipart/related", parts("image/jls", JPEG_LS), True),
        ('multipart/related; type="image/jls"; transfer-syntax="*, a/b"', parts("image/jls", JPEG_LS), False),
        ('multipart/related; type="image/jls; transfer-syntax=\x01"', parts("image/jls", JPEG_LS), False),
        ("image/jls", parts("image/jls", JPEG_LS), False),
        ("*/*", parts("image/jls", JPEG_LS), True),
        (f"*/*; transfer-syntax={JPEG_LS}", parts("image/jls", JPEG_LS), True),
        (f"*/*; transfer-syntax={JPEG_BASELINE}", parts("image/jls", JPEG_LS), False),
    ],
)
def test_frames_are_admitted_by_type_and_transfer_syntax(header: str, stored: MediaType, admitted: bool) -> None:
    assert any(one.admits(stored) for one in read_accept(header)) is admitted


@pytest.mark.parametrize("essence", [*TRANSFER_SYNTAXES, "*/*", "image/*"])
def test_what_dicomweb_client_writes_is_understood(essence: str) -> None:
    header = DICOMwebClient._build_multipart_accept_header_field_value(((essence, "*"),), {"*": (essence,)})
    (asked,) = read_accept(header)
    assert asked.media_type.is_multipart
    assert asked.media_type.root.essence == essence
    assert asked.media_type.root.transfer_syntax == "*"


@pytest.mark.parametrize(
    ("text", "essence", "parameters"),
    [
        ("text/plain", "text/plain", {}),
        ("Text/Plain; Charset=UTF-8", "text/plain", {"charset": "UTF-8"}),
        ('a/b;x="1;2,3"', "a/b", {"x": "1;2,3"}),
        (r'a/b; x="say \"hello\""', "a/b", {"x": 'say "hello"'}),
        ("a/b;;x=1;", "a/b", {"x": "1"}),
        ("a/b; x=", "a/b", {"x": ""}),
        ("a/b; x=1; x=2", "a/b", {"x": "1"}),
        (" a/b ;\tx = 1", "a/b", {"x": "1"}),
        (
            "multipart/related; type=image/jls; boundary=a/b:c",
            "multipart/related",
            {"type": "image/jls", "boundary": "a/b:c"},
        ),
        (
            "multipart/related; type='image/jls'; boundary='b'",
            "multipart/related",
            {"type": "image/jls", "boundary": "'b'"},
        ),
    ],
)
def test_a_media_type_is_read(text: str, essence: str, parameters: dict[str, str]) -> None:
    read = read_media_type(text)
    assert (read.essence, read.parameters) == (essence, parameters)


@pytest.mark.parametrize(
    "text",
    ["", "a", "a/", "/b", "a b/c", "a/b x", 'a/b; x="1', "a/b; =1", 'a/b; x="1"2', "a/b;x=\x00", "ä/b", "a/b," * 4000],
)
def test_what_is_no_media_type_is_refused(text: str) -> None:
    with pytest.raises(MalformedMediaType):
        read_media_type(text)


@given(st.text() | st.text("abq*/;=\"'\\, .01", max_size=40))
def test_no_text_breaks_the_reader_and_what_is_read_is_written_back(text: str) -> None:
    try:
        read = read_media_type(text)
    except MalformedMediaType:
        return
    assert read_media_type(str(read)) == read


@given(st.text() | st.text("abq*/;=\"'\\, .01", max_size=80))
def test_no_accept_header_breaks_the_reader(header: str) -> None:
    ranges = read_accept(header)
    assert all(0 <= one.quality <= 1 for one in ranges)
    assert [one.quality for one in ranges] == sorted((one.quality for one in ranges), reverse=True)


@pytest.mark.parametrize("entry", ["image/jpeg,", '"', "\\", ",", 'a/b;x="', "a/b;x=1;"])
def test_a_long_header_is_cut_and_not_pondered(entry: str) -> None:
    assert len(read_accept(entry * 200_000)) <= 64


def test_every_transfer_syntax_has_one_media_type_which_implies_its_first() -> None:
    for essence, syntaxes in TRANSFER_SYNTAXES.items():
        assert default_transfer_syntax(read_media_type(essence)) == syntaxes[0]
        for syntax in syntaxes:
            found = media_type_of(syntax)
            assert found is not None
            assert found.transfer_syntax == syntax
    found = media_type_of(EXPLICIT_LITTLE_ENDIAN)
    assert found is not None
    assert found.essence == "application/octet-stream"


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99", "", "*"])
def test_what_may_not_be_on_the_web_has_no_media_type(syntax: str) -> None:
    """Implicit VR, Big Endian and deflated data are never labels of frames (PS3.18 §8.7.3)."""
    assert media_type_of(syntax) is None


def test_the_root_of_a_multipart_type_is_what_its_parts_are() -> None:
    inside = read_media_type(f'multipart/related; type="image/jls; transfer-syntax={JPEG_LS}"; boundary=b')
    beside = read_media_type(f"multipart/related; type=image/jls; transfer-syntax={JPEG_LS}; boundary=b")
    assert inside.root == beside.root == MediaType("image", "jls", {"transfer-syntax": JPEG_LS})
    assert read_media_type("multipart/related; boundary=b").root.essence == "*/*"
    assert read_media_type('multipart/related; type="?"').root.essence == "*/*"
    assert JPEG.root == JPEG


def test_a_media_type_is_written_as_rfc_9110_says() -> None:
    assert str(parts("image/jls", JPEG_LS)) == f'multipart/related; type="image/jls"; transfer-syntax={JPEG_LS}'
    assert str(MediaType("a", "b", {"x": 'a"b\\'})) == r'a/b; x="a\"b\\"'
