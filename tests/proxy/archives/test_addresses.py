"""Every address that is ever asked lies inside the archive, and means the same to every server on its way."""

from collections.abc import Sequence
import re
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st
import pytest
from starlette.responses import Response

from proxy.archives.addresses import Addresses, read_scope
from proxy.errors import ArchiveFailed, BadRequest
from proxy.resources import FramesRef, InstanceRef, SeriesRef, StudyRef, Uid
from tests.proxy.archives.fakes import BASE, asking_app, dicom_json, targets

TARGET = re.compile(
    r"/dicom-web/(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2}|/)*"
    r"(?:\?(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?",
    re.ASCII,
)

uids = st.from_regex(r"\A(0|[1-9][0-9]{0,8})(\.(0|[1-9][0-9]{0,8})){0,4}\Z").map(Uid)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
queries = st.lists(st.tuples(texts, texts), max_size=4)
scraps = st.sampled_from(
    [
        *(
            "http://archive.test",
            "https://archive.test",
            "http://archive.test/dicom-web",
            "//archive.test",
            "/dicom-web/",
        ),
        *("..", "/", "//", "%2e%2e", "%2E.", "%252e", "%2f", "\\", "..;", ".", "studies", "?", "#", "@", ":", ":8080"),
        *(
            "admin",
            "\r\n",
            "\x00",
            " ",
            "ä",
            "．．",
            "。",
            "／",
            "[::1]",
            "169.254.169.254",
            "archive.test.",
            "%",
            "%zz",
        ),
    ]
)
links = st.lists(scraps, max_size=8).map("".join) | texts


def is_inside(url: httpx.URL) -> bool:
    """The request target follows RFC 3986 below the base path, with no step that could be read as leading up."""
    target = url.raw_path.decode("ascii")
    path = target.partition("?")[0]
    steps = unquote(unquote(path)).split("/")
    return (
        (url.scheme, url.host, url.port, url.userinfo, url.fragment) == ("http", "archive.test", None, b"", "")
        and TARGET.fullmatch(target) is not None
        and not {"..", "..;"} & set(steps)
        and "\\" not in unquote(path)
    )


@given(links)
def test_a_link_leads_inside_the_archive_or_nowhere(uri: str) -> None:
    url = Addresses(BASE).link(uri, httpx.URL(f"{BASE}/studies/1.2/metadata"))
    assert url is None or is_inside(url)


@given(links)
@settings(deadline=None)
async def test_what_is_sent_for_a_link_is_inside_the_archive(uri: str) -> None:
    async with asking_app(lambda _: Response(b"x")) as asked:
        try:
            async with asked.client.bulkdata(uri):
                pass
        except ArchiveFailed:
            assert asked.requests == []
        for request in asked.requests:
            assert request.method == "GET"
            assert is_inside(request.url)


@given(uids, uids, uids, st.lists(st.integers(1, 9999), min_size=1, max_size=5, unique=True).map(sorted), queries)
@settings(deadline=None)
def test_every_built_address_is_inside_the_archive(
    study: Uid, series: Uid, instance: Uid, numbers: list[int], query: list[tuple[str, str]]
) -> None:
    addresses = Addresses(BASE)
    frames = FramesRef(study, series, instance, tuple(numbers))
    built = [
        addresses.metadata(StudyRef(study)),
        addresses.metadata(SeriesRef(study, series)),
        addresses.metadata(InstanceRef(study, series, instance)),
        addresses.frames(frames),
        addresses.search(read_scope("studies"), query),
        addresses.search(read_scope(f"studies/{study}/series/{series}/instances"), query),
    ]
    assert all(map(is_inside, built))
    assert str(addresses.frames(frames)).endswith(f"instances/{instance}/frames/{','.join(map(str, numbers))}")


@given(queries)
@settings(deadline=None)
async def test_a_query_arrives_as_it_was_meant(query: Sequence[tuple[str, str]]) -> None:
    async with asking_app(lambda _: dicom_json()) as asked:
        await asked.client.search("studies", query)
    (target,) = targets(asked.requests)
    assert target.startswith("/dicom-web/studies")
    assert parse_qsl(urlsplit(target).query, keep_blank_values=True, separator="&") == list(query)


def test_only_commas_that_separate_are_left_as_they_are() -> None:
    query = [("includefield", "00080061,00081030"), ("StudyInstanceUID", "1.2,1.3"), ("PatientName", "Wang,Xiao*")]
    url = Addresses(BASE).search(read_scope("studies"), query)
    assert url.raw_path.partition(b"?")[2] == (
        b"includefield=00080061,00081030&StudyInstanceUID=1.2,1.3&PatientName=Wang%2CXiao*"
    )


@pytest.mark.parametrize(
    ("base", "path"),
    [("http://a.test", "/studies"), ("http://a.test/", "/studies"), ("http://[::1]:8042/x/y/", "/x/y/studies")],
)
def test_a_base_url_may_be_any_folder(base: str, path: str) -> None:
    url = Addresses(base).search(read_scope("studies"), [])
    assert url.path == path
    assert Addresses(base).link(str(url)) == url


@given(st.text() | st.text("studies/instances/series/12.\n", max_size=40))
def test_no_other_search_is_read(path: str) -> None:
    try:
        scope = read_scope(path)
    except BadRequest:
        return
    assert scope.path == path
