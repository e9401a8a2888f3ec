"""Content negotiation (PS3.18 §8.7.8) with the Accept headers that browsers and DICOMweb clients really send."""

import pytest
from starlette.requests import Request

from proxy.dicomweb.negotiation import accepted, alone, as_parts, choose_rendered, require_json
from proxy.dicomweb.rendered.stills import GRAY_ENCODINGS
from proxy.dicomweb.wanted import read_wanted
from proxy.errors import BadRequest, NotAcceptable
from proxy.wire.media import read_accept, read_media_type

CHROMIUM_IMG = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
FIREFOX_IMG = "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5"
SAFARI_IMG = "image/webp,image/avif,image/jxl,image/heic,image/heic-sequence,video/*;q=0.8,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5"  # noqa: E501 - as it is sent
SINGLE = alone(("image/jpeg", "image/png"))
MULTIPART = as_parts(("image/jpeg", "image/png"))
EVERYTHING = alone(GRAY_ENCODINGS) + as_parts(GRAY_ENCODINGS)
OHIF_FRAMES = "multipart/related; type=application/octet-stream; transfer-syntax=*"


def request(accept: str | None, query: str = "") -> Request:
    headers = [(b"accept", accept.encode())] if accept is not None else []
    return Request({"type": "http", "headers": headers, "query_string": query.encode()})


@pytest.mark.parametrize(
    ("accept", "query", "chosen"),
    [
        (CHROMIUM_IMG, "", "image/jpeg"),
        (FIREFOX_IMG, "", "image/png"),
        (SAFARI_IMG, "", "image/png"),
        ("*/*", "", "image/jpeg"),
        (None, "", "image/jpeg"),
        ("image/png", "", "image/png"),
        ("image/jpeg;q=0.1, image/png;q=0.2", "", "image/png"),
        ("image/*;q=0, image/png", "", "image/png"),
        ("*/*", "accept=image/png", "image/png"),
        ("image/jpeg", "accept=image/png", "image/jpeg"),
        ("*/*", "accept=image/jpeg;q=0.1,image/png;q=0.9", "image/png"),
        ("image/*", "accept=image/gif", "image/jpeg"),
        ('multipart/related; type="image/jpeg"', "", "multipart/related; type=image/jpeg"),
        ("multipart/related; type=image/png", "", "multipart/related; type=image/png"),
    ],
)
def test_one_rendered_frame(accept: str | None, query: str, chosen: str) -> None:
    offer = choose_rendered(request(accept, query), SINGLE + MULTIPART)
    assert str(offer.media_type).replace('"', "") == chosen


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (CHROMIUM_IMG, "image/jpeg"),
        (FIREFOX_IMG, "image/png"),
        (SAFARI_IMG, "image/png"),
        ("*/*", "image/jpeg"),
        ("image/*", "image/jpeg"),
        (None, "image/jpeg"),
        ("image/avif,image/webp", "image/webp"),
        ("image/avif,image/webp;q=0.9", "image/avif"),
        ("image/avif,image/gif", "image/avif"),
        ("image/gif", "image/gif"),
        ("image/jxl,image/jp2", "image/jxl"),
        ("image/jp2", "image/jp2"),
        ("image/jph", "image/jph"),
        ("image/jpeg;q=0,image/*", "image/png"),
        ("image/png", "image/png"),
        ("image/png;bits=16", "image/png; bits=16"),
        ("image/png;bits=8", "image/png"),
        ('image/png; bits="16"', "image/png; bits=16"),
        ("image/png;bits=16, image/png;q=0.9, */*;q=0.1", "image/png; bits=16"),
        ("image/png;bits=16;q=0.5, image/png", "image/png"),
        ('multipart/related; type="image/webp"', "multipart/related; type=image/webp"),
        ('multipart/related; type="image/png; bits=16"', "multipart/related; type=image/png; bits=16"),
    ],
)
def test_what_nobody_needs_is_not_made_for_who_takes_something_quicker(accept: str | None, chosen: str) -> None:
    offer = choose_rendered(request(accept), EVERYTHING)
    assert str(offer.media_type).replace('"', "") == chosen


@pytest.mark.parametrize("accept", ["image/png;bits=12", "image/jpeg;bits=16", "image/tiff"])
def test_a_depth_that_is_not_made_is_406(accept: str) -> None:
    with pytest.raises(NotAcceptable):
        choose_rendered(request(accept), EVERYTHING)


@pytest.mark.parametrize("accept", ["*/*", "image/*", "application/dicom,image/png"])
def test_an_accept_parameter_has_no_wildcards_and_mixes_nothing(accept: str) -> None:
    with pytest.raises(BadRequest):
        choose_rendered(request("*/*", f"accept={accept}"), SINGLE)


@pytest.mark.parametrize("accept", ["image/gif", "text/html", "image/jpeg;q=0", "application/dicom", ""])
def test_what_cannot_be_given_is_406_with_what_can(accept: str) -> None:
    with pytest.raises(NotAcceptable) as refusal:
        choose_rendered(request(accept), SINGLE)
    assert refusal.value.available == ("image/jpeg", "image/png")


def test_several_frames_are_parts() -> None:
    assert choose_rendered(request("*/*"), MULTIPART).multipart
    with pytest.raises(NotAcceptable):
        choose_rendered(request("image/jpeg"), MULTIPART)


@pytest.mark.parametrize("accept", ["application/dicom+json", "application/json", "*/*", "application/*", None])
def test_metadata_is_dicom_json(accept: str | None) -> None:
    require_json(request(accept))


@pytest.mark.parametrize("accept", ['multipart/related; type="application/dicom+xml"', "text/html"])
def test_metadata_is_nothing_else(accept: str) -> None:
    with pytest.raises(NotAcceptable):
        require_json(request(accept))


STORED = read_media_type("image/jls; transfer-syntax=1.2.840.10008.1.2.4.80")
NATIVE = read_media_type("application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1")


def label(accept: str, part, *, several: bool = False) -> str | None:
    form = read_wanted(read_accept(accept), several=several).label(part)
    return None if form is None else str(form).replace('"', "")


def test_frames_as_stored_keep_octets_as_their_name_for_who_asks_so() -> None:
    given = "multipart/related; type=application/octet-stream; transfer-syntax=1.2.840.10008.1.2.4.80"
    assert label(OHIF_FRAMES, STORED) == given
    assert label('multipart/related; type="image/jls"', STORED) == given.replace(
        "application/octet-stream", "image/jls"
    )
    assert label("*/*", STORED) == given.replace("application/octet-stream", "image/jls")


def test_frames_in_another_encoding_are_not_passed_off_as_what_was_asked() -> None:
    assert label('multipart/related; type="application/octet-stream"', STORED) is None
    assert label('multipart/related; type="image/jp2"', STORED) is None
    assert label('multipart/related; type="image/jls"; transfer-syntax=1.2.840.10008.1.2.4.81', STORED) is None


def test_native_frames_need_no_name() -> None:
    assert label('multipart/related; type="application/octet-stream"', NATIVE) is not None


def test_one_frame_may_come_alone_several_may_not() -> None:
    assert label("application/octet-stream", NATIVE) == "application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1"
    with pytest.raises(NotAcceptable):
        read_wanted(read_accept("application/octet-stream"), several=True)


@pytest.mark.parametrize(
    ("accept", "several", "made"),
    [
        ('multipart/related; type="application/octet-stream"', True, [".1"]),
        ("application/octet-stream", False, [".1"]),
        ('multipart/related; type="image/jphc"; transfer-syntax=1.2.840.10008.1.2.4.202', True, [".4.202"]),
        ('multipart/related; type="image/jphc"', True, [".4.201"]),
        ('multipart/related; type="image/jphc"; transfer-syntax=*', True, [".4.201", ".4.202", ".4.203"]),
        ('multipart/related; type="image/jp2"; q=0.5, multipart/related; type="image/jls"', True, [".4.80", ".4.90"]),
        ('multipart/related; type="image/jpeg"', True, [".4.70"]),
        ('multipart/related; type="image/jpeg"; transfer-syntax=1.2.840.10008.1.2.4.50', True, []),
        ('multipart/related; type="image/jls"; transfer-syntax=1.2.840.10008.1.2.4.81', True, [".4.81"]),
        ('multipart/related; type="image/jls"; transfer-syntax=*', True, [".4.80", ".4.81"]),
        ('multipart/related; type="application/octet-stream"; transfer-syntax=1.2.840.10008.1.2.5', True, [".5"]),
        ('multipart/related; type="video/mp4"', True, []),
        ("image/jls;q=0, image/jxl", False, [".4.110"]),
    ],
)
def test_what_this_service_could_put_frames_into(accept: str, several: bool, made: list[str]) -> None:
    forms = read_wanted(read_accept(accept), several=several).makeable()
    assert [form.root.transfer_syntax for form in forms] == [f"1.2.840.10008.1.2{suffix}" for suffix in made]
    assert all(form.is_multipart is several for form in forms)


def test_a_client_that_takes_anything_costs_no_more_than_a_few_tries() -> None:
    assert len(read_wanted(read_accept("*/*"), several=False).makeable()) == 4


def test_an_unreadable_entry_is_ignored_alone() -> None:
    assert [str(one.media_type) for one in accepted(request("image/png, ///, image/jpeg;;;"))][:1] == ["image/png"]
