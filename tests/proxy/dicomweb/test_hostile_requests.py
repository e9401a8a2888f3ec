"""Requests and objects that ask for more than they may: each is carried out, refused or warned of, never half done."""

from pathlib import Path
from typing import Any

from pydicom import dcmread
from pydicom.uid import EncapsulatedPDFStorage, TwelveLeadECGWaveformStorage
import pytest

from policy.bundle import BundleFile, read_bundle, to_bundle
from policy.engine import CedarEngine
from proxy.dicomweb.rendered import referenced
from proxy.retrieval import cines
from tests.exchange import BUNDLE, REGISTER, Exchange, ct, opened_exchange
from tests.proxy.dicomweb.answers import level, parts_of, picture
from tests.proxy.dicomweb.composites import POSITION, contour, instance, slices, structures
from tests.proxy.dicomweb.test_cine import cine
from tests.proxy.dicomweb.test_key_objects import SELECTION, reference, selection
from tests.proxy.dicomweb.test_papers import PDF, of, path, report
from tests.proxy.dicomweb.test_presentation_states import PARTS, series, state_of
from tests.rendering.frames import FILES
from tests.videos import H264_MP4, MPEG2_PROGRAM, stored_video

FRAME = "/dicomweb/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.1/frames/1"
RULE = """
@id("extra")
@owner("hie")
@basis("none")
{obligation}@says("An extra rule.")
@user_says("An extra rule.")
forbid (principal, action in [{actions}], resource);
"""
TWO_PATIENTS = (
    REGISTER
    + """
[[patients]]
id = "p-second"
consent = "optin"
identifiers = [{ authority = "GENERAL", value = "G-2002" }]

[[relationships]]
subject = "exchange:clinician"
patient = "p-second"
kind = "encounter"
from = 2020-01-01T00:00:00Z
until = 2099-01-01T00:00:00Z
"""
)


def refuse(exchange: Exchange, *capabilities: str, obligation: str = "") -> None:
    """Let policy refuse `capabilities` to everybody from now on."""
    actions = ", ".join(f'HIE::Action::"{one}"' for one in capabilities)
    rule = BundleFile("hie/extra.cedar", RULE.format(actions=actions, obligation=obligation))
    engine = CedarEngine(to_bundle([*read_bundle(BUNDLE).files, rule]))
    exchange.services.rooms.admission._enforcement.adopt(engine=engine)


async def test_who_may_not_have_stored_values_gets_nothing_as_it_is_stored(tmp_path: Path) -> None:
    pdf = of(
        "1.2.12", EncapsulatedPDFStorage, EncapsulatedDocument=PDF, MIMETypeOfEncapsulatedDocument="application/pdf"
    )
    ecg = of("1.2.10", TwelveLeadECGWaveformStorage, dcmread(FILES / "waveform_ecg.dcm"))
    videos = [stored_video("1.2.30", H264_MP4), stored_video("1.2.31", MPEG2_PROGRAM)]
    as_stored = {"1.2.12": "application/pdf", "1.2.10": "image/svg+xml", "1.2.31": "video/mpeg"}
    async with opened_exchange(tmp_path, {"general": [pdf, ecg, *videos]}) as exchange:
        for study, media_type in as_stored.items():
            assert (await exchange.get(f"{path(study)}/rendered", media_type)).status_code == 200
        refuse(exchange, "viewLossless")
        for study, media_type in as_stored.items():
            assert (await exchange.get(f"{path(study)}/rendered", media_type)).status_code == 406
        made = await exchange.get(f"{path('1.2.30')}/rendered", "video/mp4")
        assert made.status_code == 200
        assert "stored" not in made.headers["vitrine-rendering"]
        assert (await exchange.get(f"{path('1.2.12')}/frames/1/rendered", "image/png")).status_code == 200


async def test_a_moving_image_is_not_finished_under_obligations_it_does_not_carry_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cines, "_PIECE_FRAMES", 2)
    async with opened_exchange(tmp_path, {"general": [cine()]}) as exchange:
        several = exchange.services.rooms.frames.several

        async def fetching(*arguments: Any, **options: Any) -> Any:
            refuse(exchange, "viewUnmarked")
            return await several(*arguments, **options)

        monkeypatch.setattr(exchange.services.rooms.frames, "several", fetching)
        response = await exchange.get(FRAME.removesuffix("/frames/1") + "/rendered", "video/mp4")
        assert response.status_code == 403
        again = await exchange.get(FRAME.removesuffix("/frames/1") + "/rendered", "video/mp4")
        assert again.headers["vitrine-rendering"].endswith("watermark=?1")


async def test_an_object_that_names_somebody_elses_study_opens_no_view_of_it(tmp_path: Path) -> None:
    evidence = {"1.2.1": ["1.2.1.1.1"], "1.2.9": ["1.2.9.1.1"]}
    made = selection(reference("1.2.1.1.1"), reference("1.2.9.1.1"), evidence=evidence)
    holdings = {"general": [ct("1.2.1"), ct("1.2.9", patient="G-2002"), made]}
    async with opened_exchange(tmp_path, holdings, register=TWO_PATIENTS) as exchange:
        response = await exchange.get(SELECTION, PARTS)
        assert len(parts_of(response)) == 1
        assert "1 of 2 objects referred to are not shown" in response.headers["warning"]
        assert {event.study for event in exchange.events() if event.study} == {"1.2.1"}
        assert (await exchange.get("/dicomweb/studies/1.2.9/rendered", PARTS)).status_code == 200


async def test_contours_on_somebody_elses_images_open_no_view_of_them(tmp_path: Path) -> None:
    images = slices(1, StudyInstanceUID="1.2.9", PatientID="G-2002")
    square = [(POSITION[0] + x, POSITION[1] + y, POSITION[2]) for x, y in ((5, 5), (9, 5), (9, 9))]
    made = structures({"tumour": ((255, 0, 0), [contour("CLOSED_PLANAR", square, images[0])])}, images)
    made.ReferencedFrameOfReferenceSequence[0].RTReferencedStudySequence[0].ReferencedSOPInstanceUID = "1.2.9"
    holdings = {"general": [*images, made]}
    async with opened_exchange(tmp_path, holdings, register=TWO_PATIENTS) as exchange:
        assert (await exchange.get(f"{instance(made)}/rendered", PARTS)).status_code == 406
        assert {event.study for event in exchange.events() if event.study} == {"1.2.1"}
        assert exchange.archives["general"].counts()["frames"] == 0


async def test_references_cost_no_more_questions_than_there_is_reason_for(tmp_path: Path) -> None:
    """Instances that a series does not have are not asked for one by one, nor are very many studies looked for."""
    absent = selection(reference("1.2.1.1.1"), *(reference(f"1.2.1.1.{number}") for number in range(2, 500)))
    names = {f"1.5.{number}": [f"1.5.{number}.1.1"] for number in range(500)}
    wide = selection(*(reference(one) for (one,) in names.values()), evidence=names)
    wide.SOPInstanceUID = wide.file_meta.MediaStorageSOPInstanceUID = "1.2.1.8.2"
    async with opened_exchange(tmp_path, {"general": [ct("1.2.1"), absent, wide]}) as exchange:
        response = await exchange.get(SELECTION, PARTS)
        assert "498 of 499 objects referred to are not shown" in response.headers["warning"]
        assert len(exchange.archives["general"].requests) < 20
        assert (await exchange.get(SELECTION.replace("1.2.1.8.1", "1.2.1.8.2"), PARTS)).status_code == 404
        assert exchange.archives["general"].counts()["search"] < 3 * referenced.MAXIMUM_SERIES


@pytest.mark.parametrize(("frames", "applies"), [((), True), ((1, 2), True), ((2,), False)])
async def test_a_state_is_applied_to_what_it_refers_to_only(
    tmp_path: Path, frames: tuple[int, ...], applies: bool
) -> None:
    images = [ct("1.2.1", 1, number) for number in (1, 2)]
    by = state_of(series("1.2.1.1", "1.2.1.1.1", frames=frames))
    chosen = (reference("1.2.1.1.1", (1,), by="1.2.1.9.1"), reference("1.2.1.1.2", by="1.2.1.9.1"))
    async with opened_exchange(tmp_path, {"general": [*images, by, selection(*chosen)]}) as exchange:
        parts = parts_of(await exchange.get(SELECTION, PARTS))
    first = level(101, 150, 301) if applies else level(101, 128, 256)
    shown = [int(picture(part.get_payload(decode=True))[0, 0]) for part in parts]
    assert shown == [first, level(102, 128, 256)]
    assert "presentation=" not in parts[1]["Vitrine-Rendering"]
    assert "is not for it" in parts[1]["Warning"]


@pytest.mark.parametrize("resource", ["rendered", "thumbnail"])
async def test_what_is_asked_twice_is_refused_and_what_is_not_known_is_said(exchange: Exchange, resource: str) -> None:
    twice = await exchange.get(f"{FRAME}/{resource}?viewport=8,8&viewport=9,9")
    assert twice.status_code == 400
    unknown = await exchange.get(f"{FRAME}/{resource}?rows=8&%0d%0aX=1")
    assert unknown.status_code == 200
    assert unknown.headers["warning"].endswith("not supported and were ignored: rows")
    assert "warning" not in (await exchange.get(f"{FRAME}/{resource}?viewport=8,8&accept=image/png")).headers
    series_level = await exchange.get(f"{FRAME.partition('/instances')[0]}/{resource}?rows=8", "*/*")
    assert "ignored: rows" in series_level.headers["warning"]


async def test_a_thumbnail_says_that_it_has_no_window(exchange: Exchange) -> None:
    response = await exchange.get(f"{FRAME}/thumbnail?window=40,400,linear&quality=5")
    assert response.headers["warning"].endswith("ignored: window, quality")


@pytest.mark.parametrize("region", ["0,0,1e-99,1e-99", "0,0,0.1,8", "15.9999,0,8,8"])
async def test_a_region_of_less_than_a_pixel_is_refused_and_costs_no_worker(exchange: Exchange, region: str) -> None:
    response = await exchange.get(f"{FRAME}/rendered?viewport=32,32,{region}")
    assert response.status_code == 400
    assert "smaller than a pixel" in response.json()["detail"]


@pytest.mark.parametrize("media_type", ["image/jpeg", "image/png", "image/svg+xml"])
async def test_paper_is_not_enlarged_beyond_measure(tmp_path: Path, media_type: str) -> None:
    ecg = of("1.2.10", TwelveLeadECGWaveformStorage, dcmread(FILES / "waveform_ecg.dcm"))
    async with opened_exchange(tmp_path, {"general": [ecg]}) as exchange:
        large = await exchange.get(f"{path('1.2.10')}/rendered?viewport=1200,1200,0,0,20,20", media_type)
        huge = await exchange.get(f"{path('1.2.10')}/rendered?viewport=2000,2000,0,0,1,1", media_type)
    assert (large.status_code, huge.status_code) == (200, 400)


async def test_a_drawing_that_is_a_document_may_do_nothing(tmp_path: Path) -> None:
    ecg = of("1.2.10", TwelveLeadECGWaveformStorage, dcmread(FILES / "waveform_ecg.dcm"))
    async with opened_exchange(tmp_path, {"general": [ecg]}) as exchange:
        response = await exchange.get(f"{path('1.2.10')}/rendered", "image/svg+xml")
    policy = response.headers["content-security-policy"]
    assert policy == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_text_says_that_it_comes_in_one_charset(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, {"general": [report()]}) as exchange:
        other = await exchange.get(f"{path('1.2.11')}/rendered?charset=latin1", "text/plain")
        same = await exchange.get(f"{path('1.2.11')}/rendered?charset=latin1,UTF-8", "text/plain")
    assert "UTF-8 only" in other.headers["warning"]
    assert "warning" not in same.headers


async def test_of_a_stored_document_nothing_is_claimed(tmp_path: Path) -> None:
    pdf = of(
        "1.2.12", EncapsulatedPDFStorage, EncapsulatedDocument=PDF, MIMETypeOfEncapsulatedDocument="application/pdf"
    )
    async with opened_exchange(tmp_path, {"general": [pdf]}) as exchange:
        response = await exchange.get(f"{path('1.2.12')}/rendered", "application/pdf")
    assert response.headers["vitrine-rendering"] == "stored=?1, watermark=?0"
