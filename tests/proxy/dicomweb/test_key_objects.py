"""Key object selections: what was chosen, in its order, as it is to be shown (PS3.3 A.35.4)."""

from pathlib import Path
from typing import Any

from pydicom.dataset import FileDataset
import pytest

from rendering.presentation.reading.key_objects import key_images
from tests.exchange import Exchange, ct, opened_exchange
from tests.proxy.dicomweb.answers import level, parts_of, picture
from tests.proxy.dicomweb.test_presentation_states import CT, PARTS, series, state_of
from tests.rendering.presentation.states import item, state

KEY_OBJECTS = "1.2.840.10008.5.1.4.1.1.88.59"
SELECTION = "/dicomweb/studies/1.2.1/series/1.2.1.8/instances/1.2.1.8.1/rendered"


def reference(instance: str, frames: tuple[int, ...] = (), by: str = "") -> Any:
    made = item(ReferencedSOPClassUID=CT, ReferencedSOPInstanceUID=instance)
    if frames:
        made.ReferencedFrameNumber = list(frames)
    if by:
        made.ReferencedSOPSequence = [item(ReferencedSOPClassUID=CT, ReferencedSOPInstanceUID=by)]
    return made


def selection(*chosen: Any, title: str = "113000", evidence: dict[str, list[str]] | None = None) -> FileDataset:
    """A selection in the study 1.2.1 of objects whose UIDs begin with those of their series."""
    named = [*chosen, *(one.ReferencedSOPSequence[0] for one in chosen if "ReferencedSOPSequence" in one)]
    uids = dict.fromkeys(str(one.ReferencedSOPInstanceUID) for one in named)
    places = evidence if evidence is not None else {"1.2.1": list(uids)}
    made = state(
        KEY_OBJECTS,
        StudyInstanceUID="1.2.1",
        SeriesInstanceUID="1.2.1.8",
        SOPInstanceUID="1.2.1.8.1",
        PatientID="G-1001",
        Modality="KO",
        ValueType="CONTAINER",
        ContinuityOfContent="SEPARATE",
        ConceptNameCodeSequence=[item(CodeValue=title, CodingSchemeDesignator="DCM", CodeMeaning="A title")],
        CurrentRequestedProcedureEvidenceSequence=[
            item(
                StudyInstanceUID=study,
                ReferencedSeriesSequence=[
                    item(SeriesInstanceUID=one.rpartition(".")[0], ReferencedSOPSequence=[reference(one)])
                    for one in instances
                ],
            )
            for study, instances in places.items()
        ],
        ContentSequence=[
            item(RelationshipType="CONTAINS", ValueType="TEXT", TextValue="Look at these."),
            *(item(RelationshipType="CONTAINS", ValueType="IMAGE", ReferencedSOPSequence=[one]) for one in chosen),
        ],
    )
    made.file_meta.MediaStorageSOPInstanceUID = "1.2.1.8.1"
    return made


def levels(parts: list) -> list[int]:
    return [int(picture(part.get_payload(decode=True))[0, 0]) for part in parts]


async def shown(exchange: Exchange, path: str = SELECTION) -> Any:
    return await exchange.get(path, PARTS)


async def test_what_was_chosen_in_its_order(tmp_path: Path) -> None:
    images = [ct("1.2.1", number, one) for number in (1, 2) for one in (1, 2)]
    made = selection(reference("1.2.1.2.2"), reference("1.2.1.1.2"), reference("1.2.1.1.1"))
    async with opened_exchange(tmp_path, {"general": [*images, made]}) as exchange:
        response = await shown(exchange)
        parts = parts_of(response)
        windowed = parts_of(await shown(exchange, f"{SELECTION}?window=100,50,linear"))
        study = parts_of(await shown(exchange, "/dicomweb/studies/1.2.1/rendered"))
    assert levels(parts) == [level(value, 128, 256) for value in (202, 102, 101)]
    assert levels(windowed) == [level(value, 100, 50) for value in (202, 102, 101)]
    assert parts[0]["Content-Location"].endswith("/series/1.2.1.2/instances/1.2.1.2.2/frames/1")
    assert "warning" not in response.headers
    assert len(study) == 4, "a study has each image once"


async def test_one_image_may_come_alone_and_one_frame_of_many(tmp_path: Path) -> None:
    pixels = b"".join(bytes([value, 0]) * 256 for value in (20, 120, 220))
    many = ct("1.2.1", 1, 1, NumberOfFrames=3, PixelData=pixels)
    async with opened_exchange(tmp_path, {"general": [many, selection(reference("1.2.1.1.1", (2,)))]}) as exchange:
        response = await exchange.get(SELECTION, "image/png")
    assert set(picture(response.content).ravel()) == {level(120, 128, 256)}


async def test_an_image_by_the_state_that_was_chosen_with_it(tmp_path: Path) -> None:
    images = [ct("1.2.1", 1, one) for one in (1, 2)]
    by = state_of(series("1.2.1.1", "1.2.1.1.1"))
    made = selection(reference("1.2.1.1.1", by="1.2.1.9.1"), reference("1.2.1.1.2", by="1.2.1.9.7"))
    async with opened_exchange(tmp_path, {"general": [*images, by, made]}) as exchange:
        parts = parts_of(await shown(exchange))
    assert levels(parts) == [level(101, 150, 301), level(102, 128, 256)]
    assert "presentation=" in parts[0]["Vitrine-Rendering"]
    assert "presentation state that was chosen" in parts[1]["Warning"]


async def test_what_is_missing_is_counted(tmp_path: Path) -> None:
    made = selection(
        reference("1.2.1.1.1"),
        reference("1.2.1.1.7"),
        reference("1.2.4.1.1"),
        reference("1.2.6.1.1"),
        evidence={"1.2.1": ["1.2.1.1.1", "1.2.1.1.7"], "1.2.4": ["1.2.4.1.1"]},
    )
    holdings = {"general": [ct("1.2.1", 1, 1), made], "lakeside": [ct("1.2.4", 1, 1, "77-300")]}
    async with opened_exchange(tmp_path, holdings) as exchange:
        response = await shown(exchange)
    assert len(parts_of(response)) == 1
    assert "3 of 4 objects referred to are not shown" in response.headers["warning"]


async def test_nothing_that_may_be_seen_is_404(tmp_path: Path) -> None:
    made = selection(reference("1.2.4.1.1"), evidence={"1.2.4": ["1.2.4.1.1"]})
    holdings = {"general": [made], "lakeside": [ct("1.2.4", 1, 1, "77-300")]}
    async with opened_exchange(tmp_path, holdings) as exchange:
        assert (await shown(exchange)).status_code == 404


@pytest.mark.parametrize(
    ("title", "words"), [("113001", "rejected for quality"), ("113037", "rejected for patient safety"), ("113000", "")]
)
async def test_what_was_rejected_says_so(tmp_path: Path, title: str, words: str) -> None:
    made = selection(reference("1.2.1.1.1"), title=title)
    async with opened_exchange(tmp_path, {"general": [ct("1.2.1", 1, 1), made]}) as exchange:
        warning = (await shown(exchange)).headers.get("warning", "")
    assert words in warning
    assert bool(words) is bool(warning)


def test_key_images_are_those_of_interest_the_best_first() -> None:
    interesting = selection(reference("1.2.1.1.1"), reference("1.2.1.1.2"))
    best = selection(reference("1.2.1.1.3"), reference("1.2.1.1.1"), title="113013")
    other = selection(reference("1.2.1.1.9"), title="113004")
    rejected = [selection(reference("1.2.1.1.5"), title=title) for title in ("113001", "113030", "113038")]
    datasets = [one.to_json_dict() for one in (*rejected, other, interesting, best, ct("1.2.1"))]
    found = [(one.study, one.series, one.instance) for one in key_images(datasets)]
    assert found == [("1.2.1", "1.2.1.1", f"1.2.1.1.{number}") for number in (3, 1, 2, 9)]
