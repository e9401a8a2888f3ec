"""Objects that are stored compressed: given under their own name, or made into what is asked (PS3.18 §8.7.3)."""

from collections.abc import AsyncIterator
from email.message import Message
from pathlib import Path

import imagecodecs
import numpy as np
from pydicom import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRLittleEndian, JPEGLSLossless
import pytest

from demo.archive.faults import Fault
from tests.exchange import Exchange, ct, opened_exchange
from tests.proxy.dicomweb.answers import parts_of

INSTANCE = "/dicomweb/studies/1.2.5/series/1.2.5.1/instances/1.2.5.1.{}"
NAMED = f'multipart/related; type="image/jls"; transfer-syntax={JPEGLSLossless}'
AS_STORED = 'multipart/related; type="application/octet-stream"; transfer-syntax=*'
NATIVE = 'multipart/related; type="application/octet-stream"'
FRAMES = [np.full((16, 16), value, "<u2") for value in (11, 12, 13)]


def stored(number: int, count: int) -> Dataset:
    dataset = ct("1.2.5", 1, number, NumberOfFrames=count)
    dataset.file_meta.TransferSyntaxUID = JPEGLSLossless
    dataset.PixelData = encapsulate([imagecodecs.jpegls_encode(frame) for frame in FRAMES[:count]])
    dataset["PixelData"].VR = "OB"
    return dataset


@pytest.fixture
async def exchange(tmp_path: Path) -> AsyncIterator[Exchange]:
    async with opened_exchange(tmp_path, {"general": [stored(1, 1), stored(2, 3)]}) as exchange:
        yield exchange


def values(parts: list[Message]) -> list[int]:
    return [int(imagecodecs.jpegls_decode(part.get_payload(decode=True))[0, 0]) for part in parts]


@pytest.mark.parametrize("accept", ["*/*", AS_STORED, NAMED, 'multipart/related; type="image/jls"'])
@pytest.mark.parametrize(("number", "count"), [(1, 1), (2, 3)])
async def test_bulk_data_of_encoded_pixels_are_named_parts(
    exchange: Exchange, accept: str, number: int, count: int
) -> None:
    link = (await exchange.get(INSTANCE.format(number) + "/metadata")).json()[0]["7FE00010"]["BulkDataURI"]
    parts = parts_of(await exchange.get(link, accept))
    assert values(parts) == [11, 12, 13][:count]
    assert all(part["Content-Type"].endswith(f"; transfer-syntax={JPEGLSLossless}") for part in parts)
    assert [part["Content-Location"].rpartition("/")[2] for part in parts] == ["1", "2", "3"][:count]


@pytest.mark.parametrize("resource", ["/frames/1", "/bulkdata/7FE00010"])
@pytest.mark.parametrize("accept", [NATIVE, "application/octet-stream"])
async def test_octets_without_a_name_are_native_pixels(exchange: Exchange, resource: str, accept: str) -> None:
    """Octets without a transfer syntax promise native pixels (§8.7.3): code streams are not passed off as such."""
    response = await exchange.get(INSTANCE.format(1) + resource, accept)
    alone = accept == "application/octet-stream"
    octets = response.content if alone else parts_of(response)[0].get_payload(decode=True)
    assert octets == FRAMES[0].tobytes()


@pytest.mark.parametrize("resource", ["/frames/1", "/bulkdata/7FE00010"])
@pytest.mark.parametrize("syntax", ["51", "50", "92"])
async def test_who_wants_what_nobody_has_is_told_what_there_is(exchange: Exchange, resource: str, syntax: str) -> None:
    kind = {"51": "image/jpeg", "50": "image/jpeg", "92": "image/jpx"}[syntax]
    accept = f'multipart/related; type="{kind}"; transfer-syntax=1.2.840.10008.1.2.4.{syntax}'
    response = await exchange.get(INSTANCE.format(1) + resource, accept)
    assert response.status_code == 406
    available = response.json()["available"]
    assert available[:2] == [AS_STORED, NAMED]
    assert f"{NATIVE}; transfer-syntax={ExplicitVRLittleEndian}" in available


async def test_an_archive_that_fails_at_decoding_is_asked_what_it_has(exchange: Exchange) -> None:
    """Orthanc without a JPEG 2000 decoder answers 500 where it is asked for native pixels."""
    exchange.archives["general"].faults["frames"] = Fault(status=500, spares="transfer-syntax=*")
    (part,) = parts_of(await exchange.get(INSTANCE.format(1) + "/frames/1", NATIVE))
    assert part.get_payload(decode=True) == FRAMES[0].tobytes()
    exchange.archives["general"].faults["frames"] = Fault(status=500)
    assert (await exchange.get(INSTANCE.format(1) + "/frames/1", NATIVE)).status_code == 502


async def test_what_cannot_be_a_frame_is_not_asked_for(exchange: Exchange) -> None:
    assert (await exchange.get(INSTANCE.format(1) + "/frames/1", "text/html")).status_code == 406
    assert exchange.archives["general"].counts()["frames"] == 0
