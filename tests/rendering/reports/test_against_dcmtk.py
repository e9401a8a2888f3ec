"""Reports against DCMTK's dsrdump and dsr2html: what they say of a content item, so do we."""

from collections import Counter
from html import unescape
from pathlib import Path
import re
import subprocess

from pydicom import Dataset, dcmwrite
from pydicom.uid import generate_uid
import pytest

from rendering.documents.blocks import Document
from rendering.documents.plain import to_plain
from rendering.paper_file import read_document
from tests.rendering.documents.pages import checked
from tests.rendering.frames import FILES
from tests.rendering.reports.contents import code, container, content, item, number, reference, report

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


def dumped(file: Path) -> list[str]:
    """One line for each content item."""
    return _asked("dsrdump", "-Ph", "+Pl", "+Pu", "-q", "+U8", file).splitlines()


def _asked(program: str, *arguments: str | Path) -> str:
    answer = subprocess.run([program, *arguments], capture_output=True, check=True, timeout=30)
    return answer.stdout.decode("utf-8", "replace")


def texts(line: str) -> list[str]:
    """What a line quotes: names, meanings, texts, identifiers, numbers, without what is shown as it is not stored."""
    found = [one for one in _QUOTED.findall(line) if one]
    if re.search(r"(DATE|TIME|PNAME):", line):
        return found[:-1]
    return [" ".join(re.sub(r"\\[rn]", " ", one).split()) for one in found]


def made() -> Dataset:
    person = content("PNAME", "Reader", "HAS OBS CONTEXT", PersonName="Riesmeier^Jörg")
    lesion = container(
        "Lesion",
        content("TEXT", "Comment", TextValue='Says "mass" & <b>more</b>\r\nin two lines'),
        number("Diameter", 12.5, "mm", content("CODE", "Method", "HAS CONCEPT MOD", ConceptCodeSequence=[code("Cal")])),
        number("Volume", None, NumericValueQualifierCodeSequence=[code("Measurement failure")]),
        content("CODE", "Side", ConceptCodeSequence=[code("Left")]),
        content("UIDREF", "Tracking", UID="1.2.3.4"),
        content("IMAGE", "Seen in", ReferencedSOPSequence=[reference("1.2.5", ReferencedFrameNumber=[3])]),
        content("WAVEFORM", "Heard in", ReferencedSOPSequence=[reference("1.2.6", "1.2.840.10008.5.1.4.1.1.9.1.1")]),
    )
    return report(
        person,
        lesion,
        container("Story", content("TEXT", "Part", TextValue="All"), content("TEXT", "Part", TextValue="well."),
                  ContinuityOfContent="CONTINUOUS"),
        SpecificCharacterSet="ISO_IR 192",
        VerificationFlag="UNVERIFIED",
        InstanceNumber="1",
        ReferencedPerformedProcedureStepSequence=[],
        CurrentRequestedProcedureEvidenceSequence=[
            item(
                StudyInstanceUID="1.2",
                ReferencedSeriesSequence=[
                    item(SeriesInstanceUID="1.2.1", ReferencedSOPSequence=[reference("1.2.5"), reference("1.2.6")])
                ],
            )
        ],
    )  # fmt: skip


@pytest.fixture(params=["test-SR.dcm", "made"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param != "made":
        return FILES / str(request.param)
    dataset, written = made(), tmp_path / "made.dcm"
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = generate_uid()
    dcmwrite(written, dataset, enforce_file_format=True)
    return written


def flat(document: Document) -> tuple[str, str]:
    return " ".join(checked(document).said.split()), " ".join(to_plain(document).split())


def test_every_text_that_dsrdump_prints_is_said_as_often(file: Path) -> None:
    """Names of items within a continuous text are not: it is read as one."""
    wanted = Counter(text for line in dumped(file) for text in texts(line) if not _is_spoken(line))
    assert len(wanted) > 10
    for written in flat(read_document(file)):
        assert {text: count for text, count in wanted.items() if written.count(text) < count} == {}


def _is_spoken(line: str) -> bool:
    return '"Text Code"' in line or '"Part"' in line


def test_values_within_a_continuous_text_are_said_too(file: Path) -> None:
    values = [texts(line)[-1] for line in dumped(file) if _is_spoken(line)]
    assert values
    for written in flat(read_document(file)):
        assert all(value in written for value in values)


def test_every_heading_and_label_of_the_page_that_dsr2html_writes_is_said(file: Path) -> None:
    content = _asked("dsr2html", "-q", "+U8", file).partition("<hr>")[2]
    labels = re.findall(r"<h[1-6]>([^<]+)</h|<b>([^<]+):</b>", content)
    wanted = {unescape(heading or label) for heading, label in labels} - {"Annex"}
    assert len(wanted) > 2
    for written in flat(read_document(file)):
        assert {one for one in wanted if one not in written} == set()
