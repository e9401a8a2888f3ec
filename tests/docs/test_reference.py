"""Reference pages say what the code says."""

import os
import runpy

import pytest

from rendering.kinds.table import KINDS
from tests.docs.pages import TREE


@pytest.fixture(scope="module")
def generated() -> dict[str, str]:
    columns = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = "100"
    try:
        return runpy.run_path(str(TREE / "docs/generate.py"))["pages"]()
    finally:
        os.environ.pop("COLUMNS")
        os.environ.update({"COLUMNS": columns} if columns else {})


@pytest.mark.parametrize("page", ["configuration", "routes", "problems", "command-line", "rendering"])
def test_generated_pages_are_current(page: str, generated: dict[str, str]) -> None:
    written = (TREE / "docs/reference" / f"{page}.md").read_text("utf-8")
    assert written == generated[f"reference/{page}.md"].rstrip("\n") + "\n", "run `make docs` and commit what it wrote"


def test_the_first_page_counts_what_is_shown(generated: dict[str, str]) -> None:
    """The rows of the table of transfer syntaxes are between the headings around it, after two of its own."""
    _, after = generated["reference/rendering.md"].split("## Transfer syntaxes\n")
    syntaxes = after.split("\n## ")[0].count("\n| `")
    assert f"all {len(KINDS)} SOP classes and {syntaxes} transfer syntaxes" in (TREE / "README.md").read_text("utf-8")
