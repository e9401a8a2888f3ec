"""What is put together of several things, moves or has no frames is on record by all that can be seen in it."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydicom import Dataset
from pydicom.uid import BasicTextSRStorage, EncapsulatedPDFStorage
import pytest

from tests.exchange import ct, opened_exchange
from tests.proxy.dicomweb.composites import RED, description, instance, segmentation, slices
from tests.proxy.dicomweb.test_cine import cine
from tests.proxy.dicomweb.test_frames_on_record import view_of
from tests.proxy.dicomweb.test_papers import PDF, of
from tests.proxy.dicomweb.test_presentation_states import series, state_of
from tests.proxy.dicomweb.test_segmentations import masks
from tests.videos import H264_MP4, stored_video

INSTANCE = "/dicomweb/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.1"
STATE = "/dicomweb/studies/1.2.1/series/1.2.1.9/instances/1.2.1.9.1"
PNGS = 'multipart/related; type="image/png"'
WHOLE = ((0, 0),)


def segmented() -> list[Dataset]:
    images = slices(3)
    where = masks(3, (1, 0, 20, 60, 60, 120), (2, 0, 20, 60, 60, 120))
    return [*images, segmentation(images, where, [description(1, "Liver", RED)])]


SEGMENTED = segmented()
STATES = [*(ct("1.2.1", 1, number) for number in (1, 2, 3)), state_of(series("1.2.1.1", "1.2.1.1.3", "1.2.1.1.1"))]
REPORT = of("1.2.1", BasicTextSRStorage, ValueType="CONTAINER", ContentSequence=[])
PAPER = of("1.2.1", EncapsulatedPDFStorage, EncapsulatedDocument=PDF, MIMETypeOfEncapsulatedDocument="application/pdf")


@pytest.mark.parametrize(
    ("holding", "path", "accept", "rendered", "native"),
    [
        ([cine()], f"{INSTANCE}/rendered", "image/gif", {"1.2.1.1.1": ((1, 6),)}, {}),
        ([cine()], f"{INSTANCE}/frames/2,3/rendered", "image/gif", {"1.2.1.1.1": ((2, 3),)}, {}),
        (STATES, f"{STATE}/rendered", PNGS, {"1.2.1.1.1": ((1, 1),), "1.2.1.1.3": ((1, 1),)}, {}),
        ([stored_video("1.2.1", H264_MP4)], f"{INSTANCE}/rendered", "video/mp4", {}, {"1.2.1.1.1": ((1, 40),)}),
        ([stored_video("1.2.1", H264_MP4)], f"{INSTANCE}/frames/7/rendered", "*/*", {"1.2.1.1.1": ((7, 7),)}, {}),
        ([REPORT], f"{INSTANCE}/rendered", "text/html", {"1.2.1.1.1": WHOLE}, {}),
        ([PAPER], f"{INSTANCE}/rendered", "application/pdf", {}, {"1.2.1.1.1": WHOLE}),
        ([PAPER], f"{INSTANCE}/frames/2/rendered", "image/png", {"1.2.1.1.1": ((2, 2),)}, {}),
    ],
)
async def test_all_that_can_be_seen_is_on_record(
    tmp_path: Path, holding: Sequence[Dataset], path: str, accept: str, rendered: dict[str, Any], native: dict[str, Any]
) -> None:
    async with opened_exchange(tmp_path, {"general": list(holding)}) as exchange:
        response = await exchange.get(path, accept)
        assert response.status_code == 200, response.text
        view = await view_of(exchange)
    assert view.rendered == ({"1.2.1.1": rendered} if rendered else {})
    assert view.native == ({"1.2.1.1": native} if native else {})
    assert view.octets == len(response.content)
    (closed,) = [event for event in exchange.events() if event.kind == "view-closed"]
    seen = {one.SOPInstanceUID: one.SOPClassUID for one in holding if one.SOPInstanceUID in {**rendered, **native}}
    classes = Counter(seen.values())
    assert closed.detail["sop-classes"] == " ".join(f"{one}={count}" for one, count in classes.items())


async def test_with_a_segmentation_the_images_under_it_are_seen(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, {"general": SEGMENTED}) as exchange:
        assert (await exchange.get(f"{instance(SEGMENTED[-1])}/rendered", PNGS)).status_code == 200
        view = await view_of(exchange)
    over = SEGMENTED[-1]
    assert view.rendered == {
        over.SeriesInstanceUID: {over.SOPInstanceUID: ((1, 2),)},
        "1.2.1.1": {"1.2.1.1.2": ((1, 1),), "1.2.1.1.3": ((1, 1),)},
    }


async def test_of_a_film_that_is_sought_in_only_what_was_sent_counts(tmp_path: Path) -> None:
    film = stored_video("1.2.1", H264_MP4)
    async with opened_exchange(tmp_path, {"general": [film]}) as exchange:
        part = await exchange.get(f"{INSTANCE}/rendered", "video/mp4", headers={"Range": "bytes=100-299"})
        assert (part.status_code, len(part.content)) == (206, 200)
        view = await view_of(exchange)
    assert view.octets == 200
    assert view.native == {"1.2.1.1": {"1.2.1.1.1": ((1, 40),)}}
    assert view.native_pixels == 40 * film.Rows * film.Columns


async def test_a_pictogram_shows_no_frame(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, {"general": [stored_video("1.2.1", H264_MP4)]}) as exchange:
        assert (await exchange.get(f"{INSTANCE}/thumbnail")).status_code == 200
        view = await view_of(exchange)
    assert (view.seen, view.octets) == (0, 0)
