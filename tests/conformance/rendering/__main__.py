"""Render everything that pydicom's packages hold, here and by five other programs, and compare (`make conformance`).

`python -m tests.conformance.rendering [--only TEXT]`. Exits with 1 for a difference that nobody has explained. Without
`--only` it writes docs/reference/conformance.md, and also exits with 1 for an explanation of nothing.
"""

import argparse
from collections.abc import Sequence
import logging
import sys
import warnings

from tests.conformance.rendering.comparison import Row, all_references, compare
from tests.conformance.rendering.explanations import outdated, read_explanations, unexplained
from tests.conformance.rendering.page import write_page
from tests.conformance.rendering.specimens import PACKAGES, specimens


def main() -> int:
    parser = argparse.ArgumentParser("python -m tests.conformance.rendering", description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="files whose name holds this")
    only = parser.parse_args().only
    logging.disable()
    warnings.simplefilter("ignore")  # as for the logs, what pydicom says about damaged files
    found: dict[str, list[Row]] = {}
    with all_references() as references:
        for package in PACKAGES:
            chosen = (one for one in specimens(package) if only in one.name)
            found[package] = [_told(row) for row in compare(chosen, references)]
    rows, explanations = [row for package in found.values() for row in package], read_explanations()
    problems = unexplained(rows, explanations)
    if not only:
        problems += outdated(rows, explanations)
        write_page(found, explanations)
    for problem in problems:
        print(f"not explained: {problem}", file=sys.stderr)
    print(_summary(rows, len(problems)))
    return 1 if problems else 0


def _summary(rows: Sequence[Row], problems: int) -> str:
    files, images = len({row.name for row in rows}), sum(row.frames for row in rows if not row.refused)
    confirmed, outvoted = sum(row.confirmed for row in rows), sum(row.outvoted for row in rows)
    return (
        f"conformance: {files} files, {images} images; {confirmed} are what two others make, of {outvoted} two others "
        f"make another; {sum(bool(row.disagreeing) for row in rows)} rows with differences, {problems} problems"
    )


def _told(row: Row) -> Row:
    differences = ", ".join(f"{name} {'–' if one is None else one}" for name, one in row.differences.items())
    print(f"{row.name}, {row.asked}: {row.refused or differences}", flush=True)
    return row


if __name__ == "__main__":
    sys.exit(main())
