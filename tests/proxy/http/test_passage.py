"""The way of a question is read or refused (RFC 9110 §7.6.3)."""

import contextlib

from hypothesis import given
from hypothesis import strategies as st
import pytest

from proxy.errors import BadRequest
from proxy.http.passage import read_via


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ([], ()),
        (["", "1.1 a,, 1.1 b, "], ("a", "b")),
        (["1.1 vitrine-a.test"], ("vitrine-a.test",)),
        (["1.1 vitrine-a.test, HTTP/1.1 nginx (a comment)", "2 Proxy:8080"], ("vitrine-a.test", "nginx", "proxy:8080")),
    ],
)
def test_everybody_who_passed_it_on_is_known(fields: list[str], names: tuple[str, ...]) -> None:
    assert read_via(fields) == names


@pytest.mark.parametrize("field", ["x", "1.1", "1.1 a, b", "1.1 " + "a" * 3000])
def test_what_cannot_be_read_is_refused(field: str) -> None:
    with pytest.raises(BadRequest):
        read_via([field])


@given(st.lists(st.text(max_size=50), max_size=4))
def test_whatever_comes_it_is_a_way_or_refused(fields: list[str]) -> None:
    with contextlib.suppress(BadRequest):
        assert all(name and name == name.lower() for name in read_via(fields))
