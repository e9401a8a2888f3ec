"""docs/reference/conformance.md, written from what was found."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
import json
from pathlib import Path
import subprocess

from pydicom import __version__ as pydicom_version
from pydicom.uid import UID
import SimpleITK

from tests.conformance.rendering.by_dcmjs import HERE
from tests.conformance.rendering.comparison import ROUNDING, UNLIKE, Row
from tests.conformance.rendering.explanations import Explanation

PAGE = Path(__file__).resolve().parents[3] / "docs/reference/conformance.md"

_BEGINNING = """# Images compared with other programs

Written by `make conformance`, which renders every frame of every image file in pydicom's packages with Vitrine and with
five independent programs, {versions}.

Grey frames are asked for through one linear window (centre, width), and once more *as it says* where the file says how
to show them and a program can be asked for that. The numbers are the largest difference from Vitrine's image in
grey levels, over all frames of the file. One level is how programs differ that are all right: some round, some cut
off. "–" is a program that makes no image of the file, or cannot be asked. Left out are files that do not say in which
transfer syntax they are.

How images come about, and what is decided where programs differ, is told in
[How an image is made truthful](../explanation/rendering.md).

"""


def write_page(found: Mapping[str, Sequence[Row]], explanations: Sequence[Explanation]) -> None:
    """Write the page from the rows of each package."""
    parts = [_BEGINNING.format(versions=_versions()), _summary(found), listed(explanations)]
    parts += ["".join(_table(package, rows, explanations)) for package, rows in found.items()]
    PAGE.write_text("\n".join(part.rstrip("\n") + "\n" for part in parts), "utf-8")


def listed(explanations: Sequence[Explanation]) -> str:
    """The explained differences as a table, numbered from 1."""
    head = "## Every difference, explained\n\n| | files | differs | right | why | clause |\n|---|---|---|---|---|---|\n"
    rows = (
        f"| {number} | {', '.join(f'`{name}`' for name in one.files)} | {', '.join(one.who)} | {one.right} "
        f"| {one.why} | {one.clause} |\n"
        for number, one in enumerate(explanations, 1)
    )
    return head + "".join(rows)


def _summary(found: Mapping[str, Sequence[Row]]) -> str:
    rows = [row for package in found.values() for row in package]
    counts = Counter[str]()
    for row in rows:
        for name, difference in row.differences.items():
            made = difference is not None and not row.refused
            counts[name, "made"] += made
            counts[name, "alike"] += made and difference <= ROUNDING
    files, images = len({row.name for row in rows}), sum(row.frames for row in rows if not row.refused)
    confirmed, outvoted = sum(row.confirmed for row in rows), sum(row.outvoted for row in rows)
    told = f"{files} files, {images} images. At least two other programs make the same image of {confirmed} of them.\n"
    told += f"Two others make the same image, and not the one that Vitrine makes, of {outvoted}"
    told += f": {_names(row for row in rows if row.outvoted)}.\n"
    told += f"Refused: {_names(row for row in rows if row.refused)}, which are damaged.\n\n"
    head = "| program | rows of the tables below of which it makes an image | the same image |\n|---|---|---|\n"
    return (
        told
        + head
        + "".join(f"| {name} | {counts[name, 'made']} | {counts[name, 'alike']} |\n" for name in rows[0].differences)
    )


def _names(rows: Iterable[Row]) -> str:
    return ", ".join(f"`{name}`" for name in sorted({row.name for row in rows})) or "none"


def _table(package: str, rows: Sequence[Row], explanations: Sequence[Explanation]) -> Iterator[str]:
    names = list(rows[0].differences)
    yield f"## Files of {package}\n\n| file | transfer syntax | frames | asked | {' | '.join(names)} |\n"
    yield "|---" * (4 + len(names)) + "|\n"
    for row in rows:
        cells = (_cell(row, name, explanations) for name in names)
        syntax = UID(row.transfer_syntax).keyword
        yield f"| `{row.name}` | {syntax} | {row.frames} | {row.asked} | {' | '.join(cells)} |\n"


def _cell(row: Row, reference: str, explanations: Sequence[Explanation]) -> str:
    difference = row.differences[reference]
    if difference is None:
        return "–"
    shown = "refused" if row.refused else "size" if difference == UNLIKE else str(difference)
    numbers = [str(number) for number, one in enumerate(explanations, 1) if one.covers(row, reference)]
    return f"{shown} ({', '.join(numbers)})" if reference in row.disagreeing else shown


def _versions() -> str:
    dcmjs = json.loads((HERE / "node_modules/dcmjs-imaging/package.json").read_text("utf-8"))["version"]
    itk = SimpleITK.Version_VersionString()
    return (
        f"DCMTK {_said('dcmj2pnm', '--version', word=2).lstrip('v')}, pydicom {pydicom_version} with numpy, "
        f"SimpleITK {itk}, Orthanc {_said('/usr/sbin/Orthanc', '--version', word=1)} and dcmjs-imaging {dcmjs}"
    )


def _said(*command: str, word: int) -> str:
    answer = subprocess.run(command, capture_output=True, check=True, text=True)
    return answer.stdout.splitlines()[0].split()[word]
