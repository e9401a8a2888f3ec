"""Problem documents: a status for every error, and nothing in them that is not safe to say."""

import json

import pytest
from starlette.requests import Request

from proxy import errors
from proxy.http.problems import PROBLEMS, problem_of, to_response
from rendering import errors as rendering_errors


def request() -> Request:
    return Request({"type": "http", "headers": [], "state": {"request_id": "r-1"}})


def _all(kind: type[Exception]) -> list[type[Exception]]:
    return [kind, *(one for below in kind.__subclasses__() for one in _all(below))]


@pytest.mark.parametrize("kind", [*_all(errors.VitrineError), *_all(rendering_errors.RenderingError)])
def test_every_error_that_a_request_can_raise_has_a_problem(kind: type[Exception]) -> None:
    internal = {errors.VitrineError, errors.ConfigurationError}
    assert (problem_of(kind.__new__(kind)).kind == "internal") == (kind in internal)


def test_what_was_not_foreseen_says_nothing() -> None:
    response = to_response(request(), ValueError("Yamada^Tarou 1.2.3"))
    assert response.status_code == 500
    assert b"Yamada" not in response.body
    assert b"1.2.3" not in response.body


def test_all_absences_read_the_same() -> None:
    one, other = (to_response(request(), errors.NotFound(words)) for words in ("no such study", "hidden from you"))
    assert (one.status_code, one.body, one.raw_headers) == (other.status_code, other.body, other.raw_headers)


def test_a_failed_archive_is_named() -> None:
    response = to_response(request(), errors.ArchiveTimedOut("the archive did not answer in time", "General Hospital"))
    document = json.loads(response.body)
    assert response.status_code == 504
    assert document["institution"] == "General Hospital"
    assert document["type"] == "urn:vitrine:problem:archive-timed-out"
    assert document["instance"] == "urn:vitrine:request:r-1"


def test_a_client_hears_when_to_come_back_and_how_to_sign_in() -> None:
    assert to_response(request(), errors.Overloaded("busy", 7)).headers["retry-after"] == "7"
    assert to_response(request(), errors.NotAuthenticated("sign in")).headers["www-authenticate"].startswith("Bearer")


def test_what_can_be_had_instead_is_listed() -> None:
    document = json.loads(to_response(request(), errors.NotAcceptable("none of these", ["image/png"])).body)
    assert document["available"] == ["image/png"]


def test_kinds_are_distinct_in_meaning() -> None:
    by_kind: dict[str, set[tuple[int, str]]] = {}
    for problem in PROBLEMS.values():
        by_kind.setdefault(problem.kind, set()).add((problem.status, problem.title))
    assert all(len(meanings) == 1 for meanings in by_kind.values())
