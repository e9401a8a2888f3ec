"""What goes with a question to another exchange, and what of its answer says who is missing there."""

import contextlib

import httpx
from hypothesis import given
from hypothesis import strategies as st
import msgspec
import pytest

from proxy.archives.hubs.beyond import UNNAMED, Beyond, is_partial, plain_name, read_status, status_address
from proxy.archives.hubs.link import Link
from proxy.archives.hubs.linked import Linked
from proxy.archives.transport import token_way
from proxy.errors import AskedAlready, NotPassedOn, NotPermitted
from proxy.passage import Passage, Person, passing, pseudonym_of
from proxy.settings.archives import Archive
from proxy.settings.linking import Hub

PERSON = Person("exchange:clinician", "The clinician", "General", ("clinician",), "TREAT", 2, "s-1")
ADDRESS = httpx.URL("https://north.test/dicomweb/studies?PatientID=1")


def link(hops: int = 2, person: str = "bearer", base_url: str = "https://north.test/dicomweb") -> Link:
    hub = Hub(person=person, hops=hops, audience="" if person == "none" else "north")
    return Link(Archive(id="north-hub", base_url=base_url, hub=hub), "vitrine-south.test", "North")


def passage(via: tuple[str, ...] = (), hops: int | None = None) -> Passage:
    begun = Passage()
    begun.begin(PERSON, via, hops)
    return begun


@pytest.mark.parametrize(
    ("via", "hops", "own", "sent"),
    [
        pytest.param((), None, 2, ("1.1 vitrine-south.test", "2"), id="begun here"),
        pytest.param(("a",), 5, 2, ("1.1 a, 1.1 vitrine-south.test", "2"), id="ours is lower"),
        pytest.param(("a",), 2, 4, ("1.1 a, 1.1 vitrine-south.test", "1"), id="theirs is lower"),
        pytest.param(("a",), 1, 4, ("1.1 a, 1.1 vitrine-south.test", "0"), id="the last one"),
    ],
)
def test_the_way_of_a_question_grows_by_us_and_ends(
    via: tuple[str, ...], hops: int | None, own: int, sent: tuple[str, str]
) -> None:
    with passing(passage(via, hops)):
        fields = link(own).fields()
    assert (fields["Via"], fields["Max-Forwards"]) == sent


def test_where_a_question_comes_from_it_is_not_asked_and_at_its_limit_nowhere() -> None:
    with passing(passage(("vitrine-north.test", "vitrine-b.test"), 3)), pytest.raises(AskedAlready):
        link().fields()
    with passing(passage(("vitrine-b.test",), 0)), pytest.raises(NotPassedOn):
        link().fields()


def test_an_answer_to_a_person_is_nobody_elses() -> None:
    circles = set()
    for one in (passage(), passage(("vitrine-a.test",), 1), passage(("vitrine-a.test",), 2), Passage()):
        with passing(one):
            circles.add(link().circle)
    assert len(circles) == 4
    assert "" not in circles
    with passing(passage()):
        assert link(person="none").circle == ""


def test_a_refusal_is_the_persons_and_a_loop_is_no_failure() -> None:
    link().check(200)
    link(person="none").check(403)
    with pytest.raises(NotPermitted):
        link().check(403)
    with pytest.raises(AskedAlready):
        link(person="none").check(508)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://North.Test/", "vitrine-north.test"),
        ("https://north.test:443/dicomweb", "vitrine-north.test"),
        ("http://127.0.0.1:8080", "vitrine-127.0.0.1-8080"),
        ("https://[::1]:8443/x", "vitrine---1-8443"),
    ],
)
def test_an_exchange_has_one_name_however_its_address_is_written(url: str, name: str) -> None:
    assert pseudonym_of(url) == name


def test_an_archive_has_a_name_among_exchanges() -> None:
    linked = Linked("vitrine-south.test", None, token_way, lambda: 0.0)
    archive = Archive(id="main", base_url="https://pacs.test/dicom-web")
    assert linked.origin_of(archive) == "vitrine-south.test/main"
    assert linked.origin_of(Archive(id="main", base_url="https://pacs.test/", origin="urn:oid:1.2")) == "urn:oid:1.2"
    hub = Archive(id="north-hub", base_url="https://north.test/dicomweb", hub=Hub(audience="north"))
    assert linked.origin_of(hub) == "vitrine-north.test"


@pytest.mark.parametrize(
    ("warnings", "partial"),
    [
        ([], False),
        (["299 https://x: There are 3 additional results that can be requested"], False),
        (["299 https://x: Lakeside failed; its results are missing"], True),
        (["299 https://x: There are 3 additional results, 299 https://x: Lakeside failed"], True),
        (["299 x: The fuzzymatching parameter is not supported. Only literal matching has been performed."], False),
        (["299 x: something else"], True),
    ],
)
def test_a_warning_of_anything_but_pages_and_matching_means_that_something_is_missing(
    warnings: list[str], partial: bool
) -> None:
    assert is_partial(warnings) is partial


def test_the_status_lies_where_a_vitrine_has_it_and_nowhere_else() -> None:
    good = '</federation/status/abc_-1>; rel="describedby"; type="application/json", <x>; rel="next"'
    assert str(status_address(ADDRESS, [good])) == "https://north.test/federation/status/abc_-1"
    for bad in ("https://evil.test/", "/other", "/federation/status/../x", "/federation/status/"):
        assert status_address(ADDRESS, [f'<{bad}>; rel="describedby"']) is None


def test_of_a_status_only_what_is_missing_is_read() -> None:
    sources = [
        {"name": "Here", "state": "answered", "archive": "a", "rows": 3},
        {"name": "Us", "state": "asked-already"},
        {"name": 'Lake, "side"\x07', "state": "timed-out", "origin": "vitrine-north.test/lake"},
        {"name": "Odd", "state": "Not a state!"},
    ]
    found = read_status(msgspec.json.encode({"ended": True, "sources": sources}))
    assert found == [
        Beyond("vitrine-north.test/lake", "Lake   side", "timed-out"),
        Beyond("", "Odd", "failed"),
    ]


@given(
    st.binary()
    | st.lists(st.fixed_dictionaries({"name": st.text(), "state": st.text(), "origin": st.text() | st.none()})).map(
        lambda sources: msgspec.json.encode({"sources": sources})
    )
)
def test_whatever_a_hub_says_it_is_a_status_or_none(body: bytes) -> None:
    with contextlib.suppress(ValueError):
        assert all(isinstance(one, Beyond) for one in read_status(body))


@given(st.text())
def test_a_name_of_another_exchange_fits_in_a_header(text: str) -> None:
    name = plain_name(text)
    assert len(name) <= 80
    assert name.isprintable()
    assert not set(name) & set('",;\\<>\r\n')


def test_what_is_not_named_is_the_hubs_own() -> None:
    assert (UNNAMED.name, UNNAMED.state) == ("", "truncated")
