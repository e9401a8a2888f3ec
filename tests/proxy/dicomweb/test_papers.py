"""Waveforms, reports and documents through the service: what each is given as, and to whom."""

from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
import re
from typing import Any
from xml.etree import ElementTree as ET

from PIL import Image
from pydicom import Dataset, dcmread
from pydicom.uid import (
    BasicTextSRStorage,
    EncapsulatedCDAStorage,
    EncapsulatedPDFStorage,
    EncapsulatedSTLStorage,
    ExplicitVRLittleEndian,
    KeyObjectSelectionDocumentStorage,
    TwelveLeadECGWaveformStorage,
)
import pytest
import pytest_asyncio

from proxy.settings.server import Server
from tests.exchange import ORIGIN, Exchange, ct, opened_exchange
from tests.proxy.dicomweb.answers import parts_of
from tests.rendering.frames import FILES
from tests.rendering.kinds.test_page import SIZES, pdf

pytestmark = pytest.mark.asyncio(loop_scope="module")

PDF = pdf()
HOSTILE = '<script>alert("x")</script> & \x07 <b>'
CDA = """<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"><title>Letter</title>
<component><structuredBody><component><section><title>Findings</title>
<text><paragraph>No <content styleCode="Bold">fracture</content>. &lt;script&gt;</paragraph>
<table><tr><th>Side</th></tr><tr><td>left</td></tr></table></text></section></component></structuredBody></component>
</ClinicalDocument>"""


def path(study: str) -> str:
    return f"/dicomweb/studies/{study}/series/{study}.1/instances/{study}.1.1"


def of(study: str, sop_class: str, source: Dataset | None = None, **more: Any) -> Dataset:
    """An object of the exchange's patient, with what makes up `source`."""
    made = ct(study)
    for tag in [element.tag for element in made if element.tag.group in {0x0028, 0x7FE0}]:
        del made[tag]
    for element in source or ():
        if element.tag not in made:
            made.add(element)
    made.SOPClassUID = sop_class
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    for name, value in more.items():
        setattr(made, name, value)
    return made


def code(value: str, meaning: str) -> list[Dataset]:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "DCM", meaning
    return [item]


def content(value_type: str, name: str, **more: Any) -> Dataset:
    item = Dataset()
    item.RelationshipType, item.ValueType, item.ConceptNameCodeSequence = "CONTAINS", value_type, code("1", name)
    for keyword, value in more.items():
        setattr(item, keyword, value)
    return item


def reference() -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", "1.2.1.1.1"
    return item


def evidence() -> Dataset:
    series, study = Dataset(), Dataset()
    series.SeriesInstanceUID, series.ReferencedSOPSequence = "1.2.1.1", [reference()]
    study.StudyInstanceUID, study.ReferencedSeriesSequence = "1.2.1", [series]
    return study


def report() -> Dataset:
    items = [
        content("TEXT", "Finding", TextValue=HOSTILE),
        content("IMAGE", "Image", ReferencedSOPSequence=[reference()]),
    ]
    return of(
        "1.2.11",
        BasicTextSRStorage,
        ValueType="CONTAINER",
        ContinuityOfContent="SEPARATE",
        ConceptNameCodeSequence=code("126000", "Imaging Report"),
        CompletionFlag="PARTIAL",
        VerificationFlag="UNVERIFIED",
        ContentSequence=items,
        CurrentRequestedProcedureEvidenceSequence=[evidence()],
    )


def key_objects() -> Dataset:
    return of(
        "1.2.15",
        KeyObjectSelectionDocumentStorage,
        ValueType="CONTAINER",
        ContinuityOfContent="SEPARATE",
        ConceptNameCodeSequence=code("113000", "Of Interest"),
        ContentSequence=[content("IMAGE", "", ReferencedSOPSequence=[reference()])],
        CurrentRequestedProcedureEvidenceSequence=[evidence()],
    )


def holdings() -> list[Dataset]:
    letter = {"MIMETypeOfEncapsulatedDocument": "text/XML", "EncapsulatedDocument": CDA.encode().ljust(1000)}
    return [
        ct("1.2.1"),
        of("1.2.10", TwelveLeadECGWaveformStorage, dcmread(FILES / "waveform_ecg.dcm")),
        report(),
        of(
            "1.2.12",
            EncapsulatedPDFStorage,
            EncapsulatedDocument=PDF,
            MIMETypeOfEncapsulatedDocument="application/pdf",
        ),
        of("1.2.13", EncapsulatedCDAStorage, **letter),
        of("1.2.14", EncapsulatedSTLStorage, EncapsulatedDocument=b"solid", MIMETypeOfEncapsulatedDocument="model/stl"),
        key_objects(),
        of("1.2.16", EncapsulatedPDFStorage, EncapsulatedDocument=b"%PDF-1.4 broken", BurnedInAnnotation="YES"),
    ]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def exchange(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Exchange]:
    async with opened_exchange(tmp_path_factory.mktemp("exchange"), {"general": holdings()}) as opened:
        yield opened


async def test_an_electrocardiogram_is_an_image_of_its_paper(exchange: Exchange) -> None:
    rendered = f"{path('1.2.10')}/rendered"
    for accept, kind in (("*/*", "image/jpeg"), ("image/png", "image/png"), ("image/svg+xml", "image/svg+xml")):
        response = await exchange.get(rendered, accept)
        assert (response.status_code, response.headers["content-type"].split(";")[0]) == (200, kind)
        assert "watermark=?0" in response.headers["vitrine-rendering"]
    assert ET.fromstring(response.content).tag.endswith("svg")
    sized = await exchange.get(f"{rendered}?viewport=400,300", "image/png")
    assert max(Image.open(BytesIO(sized.content)).size) in {300, 400}
    (part,) = parts_of(await exchange.get(rendered, 'multipart/related; type="image/png"'))
    assert part["Content-Location"].endswith(path("1.2.10"))


async def test_what_paper_does_not_have_is_warned_of_or_refused(exchange: Exchange) -> None:
    rendered = f"{path('1.2.10')}/rendered"
    response = await exchange.get(f"{rendered}?window=40,400,linear&iccprofile=srgb")
    assert response.status_code == 200
    assert "window does not apply" in response.headers["warning"]
    assert "No ICC profile" in response.headers["warning"]
    assert (await exchange.get(f"{rendered}?window=nonsense")).status_code == 400
    assert (await exchange.get(f"{path('1.2.10')}/frames/1/rendered")).status_code == 400
    assert (await exchange.get(rendered, "text/html")).status_code == 406


async def test_the_patient_is_written_on_the_paper_when_asked_for(exchange: Exchange) -> None:
    plain, named = [
        (await exchange.get(f"{path('1.2.10')}/rendered{query}", "image/svg+xml")).text
        for query in ("", "?annotation=patient")
    ]
    assert "Yamada" not in plain
    assert "Yamada" in named


async def test_a_report_is_a_page_that_runs_nothing(exchange: Exchange) -> None:
    response = await exchange.get(f"{path('1.2.11')}/rendered", "text/html,*/*;q=0.1")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "sandbox" in response.headers["content-security-policy"]
    assert "<script" not in response.text
    assert "&lt;script&gt;" in response.text
    assert "UNVERIFIED" in response.text
    assert "PARTIAL" in response.text
    assert '<html lang="en"' in response.text
    (link,) = re.findall(r'href="([^"#]+)"', response.text)
    shown = await exchange.get(link.removeprefix("http://127.0.0.1:8080"), "image/jpeg")
    assert shown.headers["content-type"] == "image/jpeg"


async def test_a_report_is_plain_text_and_xml_too(exchange: Exchange) -> None:
    plain = await exchange.get(f"{path('1.2.11')}/rendered", "text/plain")
    assert "Imaging Report" in plain.text
    assert HOSTILE.replace("\x07", " ") in plain.text
    xml = await exchange.get(f"{path('1.2.11')}/rendered", "text/xml")
    assert ET.fromstring(xml.content).tag == "{http://www.w3.org/1999/xhtml}html"
    warned = await exchange.get(f"{path('1.2.11')}/rendered?viewport=10,10", "text/html")
    assert "viewport" in warned.headers["warning"]
    assert (await exchange.get(f"{path('1.2.11')}/rendered", "image/png")).status_code == 406
    assert (await exchange.get(f"{path('1.2.11')}/frames/1/rendered", "text/html")).status_code == 400


async def test_a_selection_of_key_objects_is_a_list_too(exchange: Exchange) -> None:
    response = await exchange.get(f"{path('1.2.15')}/rendered", "text/html")
    assert "Of Interest" in response.text
    image = await exchange.get(f"{path('1.2.15')}/rendered", "image/png")
    assert image.headers["content-type"] == "image/png"


async def test_a_document_is_given_as_it_is_and_page_by_page(exchange: Exchange) -> None:
    whole = await exchange.get(f"{path('1.2.12')}/rendered")
    assert whole.headers["content-type"] == "application/pdf"
    assert whole.content.rstrip(b"\0") == PDF.rstrip(b"\0")
    pages = parts_of(
        await exchange.get(f"{path('1.2.12')}/rendered?viewport=100,100", 'multipart/related; type="image/png"')
    )
    sizes = [Image.open(BytesIO(page.get_payload(decode=True))).size for page in pages]
    assert sizes == [(75, 100), (100, 33)]
    assert [page["Content-Location"][-9:] for page in pages] == ["/frames/1", "/frames/2"]
    second = await exchange.get(f"{path('1.2.12')}/frames/2/rendered", "image/png")
    assert Image.open(BytesIO(second.content)).size == tuple(round(side * 150 / 72) for side in SIZES[1])
    assert "pages=2, " in second.headers["vitrine-rendering"]
    assert (await exchange.get(f"{path('1.2.12')}/frames/3/rendered", "image/png")).status_code == 404
    fetched = exchange.archives["general"].counts()["bulkdata"]
    await exchange.get(f"{path('1.2.12')}/frames/1/rendered?viewport=50,50", "image/png")
    assert exchange.archives["general"].counts()["bulkdata"] == fetched, "all pages are of one fetch"


async def test_a_damaged_document_ends_in_words(exchange: Exchange) -> None:
    response = await exchange.get(f"{path('1.2.16')}/frames/1/rendered", "image/png")
    assert response.status_code == 502
    assert "damaged" in response.json()["detail"]


async def test_a_clinical_document_is_its_narrative(exchange: Exchange) -> None:
    response = await exchange.get(f"{path('1.2.13')}/rendered")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    for words in ("Letter", "Findings", "No fracture. &lt;script&gt;", "<td", "left"):
        assert words in response.text
    assert "<script" not in response.text
    assert "No fracture. <script>" in (await exchange.get(f"{path('1.2.13')}/rendered", "text/plain")).text
    assert (await exchange.get(f"{path('1.2.13')}/rendered", "text/xml")).status_code == 406


async def test_what_nobody_draws_is_406(exchange: Exchange) -> None:
    response = await exchange.get(f"{path('1.2.14')}/rendered")
    assert response.status_code == 406
    assert response.json()["type"].endswith("not-renderable")


async def test_outside_the_clinical_network_all_of_it_is_marked(tmp_path: Path) -> None:
    """Nobody gets a drawing or a document without the mark that is owed."""
    async with opened_exchange(tmp_path, {"general": holdings()}, server=Server(public_url=ORIGIN)) as exchange:
        for study, kind in (("1.2.11", "text/html"), ("1.2.13", "text/plain"), ("1.2.15", "text/html")):
            text = await exchange.get(f"{path(study)}/rendered", kind)
            assert text.text.count("The clinician") == 2
            assert text.headers["vitrine-rendering"] == "watermark=?1"
        drawn = await exchange.get(f"{path('1.2.10')}/rendered", "image/png")
        assert drawn.headers["vitrine-rendering"].endswith("watermark=?1")
        assert max(Image.open(BytesIO(drawn.content)).size) == 1024
        assert (await exchange.get(f"{path('1.2.10')}/rendered", "image/svg+xml")).status_code == 406
        assert (await exchange.get(f"{path('1.2.12')}/rendered", "application/pdf")).status_code == 406
        page = await exchange.get(f"{path('1.2.12')}/frames/1/rendered", "image/png")
        assert page.headers["vitrine-rendering"].endswith("watermark=?1")
        assert (await exchange.get(f"{path('1.2.12')}/bulkdata/00420011", "*/*")).status_code == 403
