"""Frames in a transfer syntax that their archive does not have: made here, exactly, and only for who may (§8.7.3)."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000Lossless, JPEGBaseline8Bit, SecondaryCaptureImageStorage
import pytest

from demo.archive.faults import Fault
from proxy.settings.server import Server
from rendering.decode.decoding import decode
from rendering.frame import EncodedFrame, FrameAttributes
from rendering.transport import syntaxes
from tests.exchange import ORIGIN, Exchange, ct, opened_exchange
from tests.proxy.dicomweb.answers import parts_of

INSTANCE = "/dicomweb/studies/1.2.5/series/1.2.5.1/instances/1.2.5.1.{}"
KINDS = {
    syntaxes.EXPLICIT_LITTLE_ENDIAN: "application/octet-stream",
    syntaxes.RLE: "image/dicom-rle",
    syntaxes.JPEG_LOSSLESS_FIRST_ORDER: "image/jpeg",
    syntaxes.JPEG_LS: "image/jls",
    syntaxes.JPEG_XL_LOSSLESS: "image/jxl",
    syntaxes.HTJ2K_LOSSLESS: "image/jphc",
    syntaxes.HTJ2K_LOSSLESS_RPCL: "image/jphc",
}
SIGNED = np.random.default_rng(4).integers(-2048, 2048, (3, 20, 30)).astype("<i2")
WIDE = np.random.default_rng(5).integers(0, 2**32, (6, 5), dtype="<u4")
COLORS = np.random.default_rng(6).integers(0, 256, (16, 16, 3), dtype=np.uint8)


def stored_as_jpeg2000() -> Dataset:
    """Three frames of twelve bits with a sign, as CT has them."""
    dataset = ct(
        "1.2.5",
        1,
        1,
        NumberOfFrames=3,
        Rows=20,
        Columns=30,
        BitsStored=12,
        HighBit=11,
        PixelRepresentation=1,
    )
    dataset.file_meta.TransferSyntaxUID = JPEG2000Lossless
    streams = [
        imagecodecs.jpeg2k_encode(frame, level=0, codecformat="j2k", reversible=True, bitspersample=12)
        for frame in SIGNED
    ]
    dataset.PixelData = encapsulate(streams)
    dataset["PixelData"].VR = "OB"
    return dataset


def stored_as_jpeg() -> Dataset:
    """A photograph that metadata describe as YBR, which no decoder gives."""
    dataset = ct("1.2.5", 1, 2, SamplesPerPixel=3, PhotometricInterpretation="YBR_FULL_422", PlanarConfiguration=0)
    dataset.SOPClassUID = SecondaryCaptureImageStorage
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
    dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    dataset.PixelData = encapsulate([imagecodecs.jpeg8_encode(COLORS, level=95)])
    dataset["PixelData"].VR = "OB"
    return dataset


def stored_natively() -> Dataset:
    return ct("1.2.5", 1, 3, Rows=6, Columns=5, BitsAllocated=32, BitsStored=32, HighBit=31, PixelData=WIDE.tobytes())


HOLDINGS = {"general": [stored_as_jpeg2000(), stored_as_jpeg(), stored_natively()]}


@pytest.fixture
async def exchange(tmp_path: Path) -> AsyncIterator[Exchange]:
    async with opened_exchange(tmp_path, HOLDINGS) as exchange:
        yield exchange


def asking(syntax: str) -> str:
    return f'multipart/related; type="{KINDS[syntax]}"; transfer-syntax={syntax}'


def values(content: bytes, syntax: str) -> NDArray[Any]:
    attributes = FrameAttributes("1.2", 20, 30, 1, "MONOCHROME2", 16, 12, 11, signed=True)
    return decode(EncodedFrame(content, syntax, attributes)).values


async def test_one_and_several_frames_are_exact(exchange: Exchange) -> None:
    for syntax, kind in KINDS.items():
        for numbers in ([1], [1, 3], [1, 2, 3]):
            path = f"{INSTANCE.format(1)}/frames/{','.join(map(str, numbers))}"
            response = await exchange.get(path, asking(syntax))
            parts = parts_of(response)
            assert f"transfer-syntax={syntax}" in response.headers["content-type"]
            for number, part in zip(numbers, parts, strict=True):
                assert part["Content-Location"] == f"{ORIGIN}{INSTANCE.format(1)}/frames/{number}"
                assert part["Content-Type"] == f"{kind}; transfer-syntax={syntax}"
                np.testing.assert_array_equal(values(part.get_payload(decode=True), syntax), SIGNED[number - 1])
            assert "warning" not in response.headers


async def test_several_frames_cost_the_archive_no_more_than_asking_it(exchange: Exchange) -> None:
    """Once in the way that was asked for, once as they are stored: all frames at a time."""
    await exchange.get(INSTANCE.format(1) + "/frames/1,2,3", asking(syntaxes.HTJ2K_LOSSLESS))
    assert exchange.archives["general"].counts()["frames"] <= 3


async def test_one_frame_may_come_alone(exchange: Exchange) -> None:
    response = await exchange.get(INSTANCE.format(1) + "/frames/2", "image/jls")
    assert response.headers["content-type"] == f"image/jls; transfer-syntax={syntaxes.JPEG_LS}"
    assert (int(response.headers["content-length"]), response.headers["vary"]) == (len(response.content), "Accept")
    np.testing.assert_array_equal(values(response.content, syntaxes.JPEG_LS), SIGNED[1])
    octets = await exchange.get(INSTANCE.format(1) + "/frames/2", "application/octet-stream")
    assert octets.content == SIGNED[1].tobytes()


async def test_what_the_archive_has_comes_from_the_archive(exchange: Exchange) -> None:
    """Although the client would rather have something that would have to be made: nothing is lost by it."""
    accept = f'{asking(syntaxes.JPEG_LS)}, multipart/related; type="image/jp2"; q=0.5'
    (part,) = parts_of(await exchange.get(INSTANCE.format(1) + "/frames/1", accept))
    assert part["Content-Type"] == f"image/jp2; transfer-syntax={JPEG2000Lossless}"


async def test_bulk_data_are_made_like_frames(exchange: Exchange) -> None:
    parts = parts_of(await exchange.get(INSTANCE.format(1) + "/bulkdata/7FE00010", asking(syntaxes.JPEG_LS)))
    assert [int(values(part.get_payload(decode=True), syntaxes.JPEG_LS)[0, 0]) for part in parts] == [
        int(frame[0, 0]) for frame in SIGNED
    ]


async def test_a_loss_has_to_be_asked_for_by_name(exchange: Exchange) -> None:
    path = INSTANCE.format(1) + "/frames/1"
    (exact,) = parts_of(await exchange.get(path, 'multipart/related; type="image/jphc"'))
    assert exact["Content-Type"].endswith(syntaxes.HTJ2K_LOSSLESS)
    named = f'multipart/related; type="image/jphc"; transfer-syntax={syntaxes.HTJ2K}'
    (lossy,) = parts_of(await exchange.get(path, named))
    assert lossy["Content-Type"].endswith(syntaxes.HTJ2K)
    assert np.abs(values(lossy.get_payload(decode=True), syntaxes.HTJ2K).astype(int) - SIGNED[0]).max() <= 4


async def test_colours_that_metadata_do_not_describe_are_told(exchange: Exchange) -> None:
    response = await exchange.get(INSTANCE.format(2) + "/frames/1", "application/octet-stream")
    assert response.content == imagecodecs.jpeg8_decode(imagecodecs.jpeg8_encode(COLORS, level=95)).tobytes()
    assert "photometric interpretation of these frames is RGB" in response.headers["warning"]


async def test_what_cannot_be_exact_is_406(exchange: Exchange) -> None:
    response = await exchange.get(INSTANCE.format(3) + "/frames/1", asking(syntaxes.JPEG_LS))
    assert response.status_code == 406
    assert response.headers["content-type"] == "application/problem+json"
    next_best = f"{asking(syntaxes.JPEG_LS)}, {asking(syntaxes.RLE)};q=0.5"
    (part,) = parts_of(await exchange.get(INSTANCE.format(3) + "/frames/1", next_best))
    assert part["Content-Type"] == f"image/dicom-rle; transfer-syntax={syntaxes.RLE}"


async def test_a_damaged_frame_is_not_made_into_anything(tmp_path: Path) -> None:
    damaged = stored_as_jpeg2000()
    damaged.NumberOfFrames = 1
    damaged.PixelData = encapsulate([imagecodecs.jpeg2k_encode(SIGNED[0], codecformat="j2k")[:200]])
    async with opened_exchange(tmp_path, {"general": [damaged]}) as exchange:
        response = await exchange.get(INSTANCE.format(1) + "/frames/1", asking(syntaxes.JPEG_LS))
    assert (response.status_code, response.json()["type"]) == (502, "urn:vitrine:problem:damaged-object")


async def test_an_archive_that_cannot_decode_does_not_stand_in_the_way(exchange: Exchange) -> None:
    """It fails, refuses, dies or stops where it is asked for native pixels."""
    for trouble in ({"status": 500}, {"status": 406}, {"drop": 40}, {"truncate": 40}):
        exchange.archives["general"].faults["frames"] = Fault(**trouble, spares="transfer-syntax=*")
        response = await exchange.get(INSTANCE.format(1) + "/frames/1", "application/octet-stream")
        assert response.content == SIGNED[0].tobytes(), trouble


async def test_nobody_gets_more_for_asking_otherwise(tmp_path: Path) -> None:
    """Outside the clinical network there are no frames in full fidelity, in whatever transfer syntax."""
    server = Server(public_url=ORIGIN, clinical_networks=())
    async with opened_exchange(tmp_path, HOLDINGS, server=server) as exchange:
        for syntax in (*KINDS, syntaxes.HTJ2K):
            accept = (
                asking(syntax) if syntax in KINDS else f'multipart/related; type="image/jphc"; transfer-syntax={syntax}'
            )
            assert (await exchange.get(INSTANCE.format(1) + "/frames/1", accept)).status_code == 403
        assert exchange.archives["general"].counts()["frames"] == 0
