"""Entity tags: strong, of the bytes alone, and matched as RFC 9110 §13.1.2 says."""

import pytest
from starlette.requests import Request

from proxy.http.conditional import answer, is_current, to_validator

TAG = to_validator(b"image")


def asking(*if_none_match: str) -> Request:
    return Request(
        {"type": "http", "method": "GET", "headers": [(b"if-none-match", one.encode()) for one in if_none_match]}
    )


def test_a_tag_is_of_the_bytes_and_of_their_coding() -> None:
    assert to_validator(b"image") == TAG
    assert len({TAG, to_validator(b"other"), to_validator(b"image", "gzip")}) == 3


@pytest.mark.parametrize("named", [(TAG,), (f"W/{TAG}",), ("*",), (f'"a", {TAG}',), ('"a"', TAG), (f'"x,y",{TAG}',)])
def test_a_client_that_has_it_is_recognised(named: tuple[str, ...]) -> None:
    assert is_current(asking(*named), TAG)


@pytest.mark.parametrize("named", [(), ("",), ('"a"',), (TAG.strip('"'),), (TAG[:-1],), ("* ,",), (f'"{TAG}',)])
def test_others_are_not(named: tuple[str, ...]) -> None:
    assert not is_current(asking(*named), TAG)


async def test_what_may_be_kept_is_asked_about_each_time_and_the_rest_is_not_stored() -> None:
    kept = await answer(asking(), b"image", {"Vary": "Accept"}, "image/png", kept=True)
    assert (kept.status_code, kept.body, kept.headers["cache-control"]) == (200, b"image", "private, no-cache")
    gone = await answer(asking(), b"image", {}, "image/png", kept=False)
    assert gone.headers["cache-control"] == "private, no-store"


async def test_there_is_no_content_for_who_has_it() -> None:
    same = await answer(asking(TAG), b"image", {"Vary": "Accept"}, "image/png", kept=True)
    assert (same.status_code, same.body) == (304, b"")
    assert dict(same.headers) == {"vary": "Accept", "cache-control": "private, no-cache", "etag": TAG}


async def test_large_images_have_the_tag_of_all_their_bytes() -> None:
    large = bytes(3 * 2**20)
    assert (await answer(asking(), large, {}, "image/png", kept=False)).headers["etag"] == to_validator(large)
