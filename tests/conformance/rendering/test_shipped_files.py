"""The images of pydicom's own files against three programs; `make conformance` has more files and two more."""

import warnings

import pytest

from tests.conformance.rendering.comparison import LOCAL, Row, compare
from tests.conformance.rendering.explanations import read_explanations, unexplained
from tests.conformance.rendering.page import PAGE, listed
from tests.conformance.rendering.specimens import specimens


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    with warnings.catch_warnings(action="ignore"):  # pydicom finds much in its own files
        return list(compare(specimens("pydicom"), LOCAL))


def test_every_difference_is_explained(rows: list[Row]) -> None:
    assert not unexplained(rows, read_explanations())


def test_most_images_are_confirmed_by_two_others(rows: list[Row]) -> None:
    frames = sum(row.frames for row in rows if not row.refused)
    assert frames > 150
    assert sum(row.confirmed for row in rows) > 0.85 * frames


def test_the_page_tells_every_explanation() -> None:
    assert listed(read_explanations()) in PAGE.read_text("utf-8"), "run `make conformance` and commit what it wrote"
