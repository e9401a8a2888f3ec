"""A frame of every transfer syntax that is decoded, from an archive that stores it so, through the service's routes."""

from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image
from pydicom import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRLittleEndian
import pytest
import pytest_asyncio

from rendering.decode.decoding import TRANSFER_SYNTAXES
from rendering.options import Window
from tests.exchange import Exchange, ct, opened_exchange
from tests.rendering.decode import samples
from tests.rendering.frames import frame_of, shown

pytestmark = pytest.mark.asyncio(loop_scope="module")

JPEG = f"{samples.BASE}.4."
NATIVE = {samples.IMPLICIT, samples.EXPLICIT, samples.DEFLATED, samples.BIG_ENDIAN}
PRIVATE = "1.2.840.113619.5.2"  # whose frames an archive has to give as explicit little endian, or not at all
RETIRED = {f"{JPEG}{number}" for number in (*range(52, 57), *range(58, 67))}
PROGRESSIVE = {f"{JPEG}{number}" for number in (53, 54, 55, 56)}
ALIKE = {
    samples.HTJ2K_RPCL: samples.HTJ2K_LOSSLESS,
    samples.HTJ2K: samples.HTJ2K_LOSSLESS,
    samples.JPEG_2000: samples.JPEG_2000_LOSSLESS,
    samples.JPEG_LS_NEAR: samples.JPEG_LS,
    f"{JPEG}92": samples.JPEG_2000_LOSSLESS,
    f"{JPEG}93": samples.JPEG_2000_LOSSLESS,
    **dict.fromkeys(RETIRED, samples.BASELINE),
}
LOSSY = {samples.BASELINE, samples.EXTENDED, samples.JPEG_XL, samples.JPEG_XL_JPEG, *RETIRED}
SYNTAXES = sorted(TRANSFER_SYNTAXES - {PRIVATE})


def bits_of(syntax: str) -> int:
    return 8 if syntax in {samples.BASELINE, samples.JPEG_XL_JPEG, *RETIRED} else 12


def encoded(syntax: str) -> bytes:
    if syntax in PROGRESSIVE:
        written = BytesIO()
        Image.fromarray(samples.gray(8)).save(written, "JPEG", quality=95, progressive=True)
        return written.getvalue()
    return bytes(samples.encoded_gray(ALIKE.get(syntax, syntax)).data)


def stored(number: int, syntax: str) -> Dataset:
    bits = bits_of(syntax)
    values = samples.gray(bits)
    rows, columns = values.shape
    wide = {"BitsAllocated": 8 if bits == 8 else 16, "BitsStored": bits, "HighBit": bits - 1}
    window = {"WindowCenter": 1 << (bits - 1), "WindowWidth": 1 << bits}
    dataset = ct("1.2.1", 1, number, Rows=rows, Columns=columns, **wide, **window)
    dataset.file_meta.TransferSyntaxUID = syntax
    if syntax in NATIVE:
        order = ">" if syntax == samples.BIG_ENDIAN else "<"
        dataset.PixelData = values.astype(values.dtype.newbyteorder(order)).tobytes()
        dataset["PixelData"].VR = "OW"
    else:
        dataset.PixelData = encapsulate([encoded(syntax)])
        dataset["PixelData"].VR = "OB"
    return dataset


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def exchange(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Exchange]:
    holdings = [stored(number, syntax) for number, syntax in enumerate(SYNTAXES, 1)]
    async with opened_exchange(tmp_path_factory.mktemp("exchange"), {"general": holdings}) as opened:
        yield opened


@pytest.mark.parametrize("syntax", SYNTAXES)
async def test_a_frame_of_each_syntax_is_seen_as_it_is(exchange: Exchange, syntax: str) -> None:
    number, bits = SYNTAXES.index(syntax) + 1, bits_of(syntax)
    path = f"/dicomweb/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.{number}/frames/1/rendered"
    response = await exchange.get(path, "image/png")
    assert response.status_code == 200, response.text
    seen = np.asarray(Image.open(BytesIO(response.content))).astype(int)
    whole: dict[str, Any] = {"bits_stored": bits, "high_bit": bits - 1}
    window = Window(1 << (bits - 1), 1 << bits)
    expected = shown(frame_of(samples.gray(bits), **whole), window=window).astype(int)
    differences = np.abs(seen - expected)
    assert differences.mean() < 4 if syntax in LOSSY else differences.max() <= 1
    assert ("source-lossy=?1" in response.headers["vitrine-rendering"]) is (syntax in LOSSY)


async def test_native_syntaxes_come_as_explicit_little_endian(exchange: Exchange) -> None:
    """DICOMweb knows no other (PS3.18 §8.7.3); what an archive keeps is its own affair."""
    for syntax in NATIVE:
        number = SYNTAXES.index(syntax) + 1
        path = f"/dicomweb/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.{number}/frames/1"
        response = await exchange.get(path, 'multipart/related; type="application/octet-stream"; transfer-syntax=*')
        assert f"transfer-syntax={ExplicitVRLittleEndian}".encode() in response.content
