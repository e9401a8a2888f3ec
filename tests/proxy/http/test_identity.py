"""The cookie that names a session is read exactly: no neighbouring host plants one beside it or under a like name."""

import pytest
from starlette.requests import Request

from proxy.http.identity import read_cookie

NAME = "__Host-vitrine"


def request(*lines: bytes) -> Request:
    return Request({"type": "http", "headers": [(b"cookie", line) for line in lines]})


@pytest.mark.parametrize(
    ("lines", "value"),
    [
        ([b"__Host-vitrine=abc"], "abc"),
        ([b"theme=dark; __Host-vitrine=abc;\tother=1"], "abc"),
        ([b"theme=dark", b"__Host-vitrine=abc"], "abc"),
        ([b"__Host-vitrine=a=b"], "a=b"),
        ([b'__Host-vitrine="abc"'], '"abc"'),
        ([b"__Host-vitrine="], ""),
        ([b"__Host-vitrine"], None),
        ([b"vitrine=abc"], None),
        ([b"__host-vitrine=abc"], None),
        ([b"\xa0__Host-vitrine=planted"], None),
        ([b"\x85__Host-vitrine=planted"], None),
        ([b"__Host-vitrine\xa0=planted; __Host-vitrine=abc"], "abc"),
        ([b"__Host-vitrine=abc; __Host-vitrine=planted"], None),
        ([b"__Host-vitrine=abc", b"__Host-vitrine=abc"], None),
        ([], None),
    ],
)
def test_the_cookie(lines: list[bytes], value: str | None) -> None:
    assert read_cookie(request(*lines), NAME) == value
