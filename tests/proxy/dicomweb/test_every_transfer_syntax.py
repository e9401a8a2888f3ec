"""A frame of every transfer syntax that is decoded, from an archive that stores it so, through the service's routes."""

from collections.abc import AsyncIterator
from io import BytesIO

import numpy as np
from PIL import Image
from pydicom import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRLittleEndian
import pytest
import pytest_asyncio

from rendering.decode.decoding import TRANSFER_SYNTAXES
from tests.exchange import Exchange, ct, opened_exchange
from tests.proxy.dicomweb.composites import instance, picture
from tests.rendering.decode import samples

pytestmark = pytest.mark.asyncio(loop_scope="module")

JPEG = f"{samples.BASE}.4."
GE = "1.2.840.113619.5.2"
BIG_ENDIAN = {samples.BIG_ENDIAN, GE}
NATIVE = {samples.IMPLICIT, samples.EXPLICIT, samples.DEFLATED, samples.ENCAPSULATED, *BIG_ENDIAN}
PROGRESSIVE = {f"{JPEG}53", f"{JPEG}55"}
EIGHT_BITS = {samples.BASELINE, samples.JPEG_XL_JPEG, *PROGRESSIVE}
LOSSY = {
    *(samples.EXTENDED, samples.JPEG_LS_NEAR, samples.JPEG_2000, samples.HTJ2K, f"{JPEG}93", samples.JPEG_XL),
    *EIGHT_BITS,
}
ARITHMETIC = [f"{JPEG}{number}" for number in (52, 54, 56, 58)]
HIERARCHICAL = [f"{JPEG}{number}" for number in range(59, 67)]
SYNTAXES = sorted(TRANSFER_SYNTAXES)


def bits_of(syntax: str) -> int:
    return 8 if syntax in EIGHT_BITS else 12


def encoded(syntax: str) -> bytes:
    values = samples.gray(bits_of(syntax))
    match syntax:
        case "1.2.840.10008.1.2.4.53" | "1.2.840.10008.1.2.4.55":
            written = BytesIO()
            Image.fromarray(values).save(written, "JPEG", quality=95, progressive=True)
            return written.getvalue()
        case samples.JPEG_LS_NEAR:
            return samples.jpeg_ls(values, 12, near=3)
        case samples.JPEG_2000 | "1.2.840.10008.1.2.4.93":
            return samples.jpeg_2000(values, 12, reversible=False, level=60)
        case samples.HTJ2K:
            return samples.htj2k(values, 12, reversible=False, level=0.001)
        case samples.HTJ2K_RPCL:
            return samples.htj2k(values, 12, tlm=True, tilepart=1)
        case "1.2.840.10008.1.2.4.92":
            return samples.jpeg_2000(values, 12)
    if syntax in {*ARITHMETIC, *HIERARCHICAL}:
        return otherwise_coded(syntax)
    return bytes(samples.encoded_gray(syntax).data)


def otherwise_coded(syntax: str) -> bytes:
    """A stream that says that it is coded by arithmetic, or that more of the same image follows (T.81 B.2.2, B.3)."""
    stream = samples.encoded_gray(samples.BASELINE).data
    start = stream.index(b"\xff\xc0\x00\x0b")
    if syntax in ARITHMETIC:
        return stream[:start] + b"\xff\xc9" + stream[start + 2 :]
    return stream[:start] + b"\xff\xde" + stream[start + 2 : start + 13] + stream[start:]


def stored(number: int, syntax: str) -> Dataset:
    bits = bits_of(syntax)
    values = samples.gray(bits)
    rows, columns = values.shape
    wide = {"BitsAllocated": 8 if bits == 8 else 16, "BitsStored": bits, "HighBit": bits - 1}
    dataset = ct("1.2.1", 1, number, Rows=rows, Columns=columns, **wide)
    dataset.file_meta.TransferSyntaxUID = syntax
    if syntax in NATIVE - {samples.ENCAPSULATED}:
        dataset.PixelData = values.astype(values.dtype.newbyteorder(">" if syntax in BIG_ENDIAN else "<")).tobytes()
        dataset["PixelData"].VR = "OW"
    else:
        dataset.PixelData = encapsulate([encoded(syntax)])
        dataset["PixelData"].VR = "OB"
    return dataset


@pytest.fixture(scope="module")
def held() -> dict[str, Dataset]:
    return {syntax: stored(number, syntax) for number, syntax in enumerate((*SYNTAXES, *ARITHMETIC, *HIERARCHICAL), 1)}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def exchange(tmp_path_factory: pytest.TempPathFactory, held: dict[str, Dataset]) -> AsyncIterator[Exchange]:
    async with opened_exchange(tmp_path_factory.mktemp("exchange"), {"general": list(held.values())}) as opened:
        yield opened


@pytest.mark.parametrize("syntax", SYNTAXES)
async def test_a_frame_of_each_syntax_is_seen_as_it_is(
    exchange: Exchange, held: dict[str, Dataset], syntax: str
) -> None:
    whole = 1 << bits_of(syntax)
    path = f"{instance(held[syntax])}/frames/1/rendered?window={whole // 2},{whole},linear-exact"
    response = await exchange.get(path, "image/png")
    assert response.status_code == 200, response.text
    differences = np.abs(picture(response.content)[..., 0] - samples.gray(bits_of(syntax)) * (255 / whole))
    assert differences.max() < 30 and differences.mean() < 4 if syntax in LOSSY else differences.max() <= 1
    assert ("source-lossy=?1" in response.headers["vitrine-rendering"]) is (syntax in LOSSY)


@pytest.mark.parametrize("syntax", SYNTAXES)
async def test_a_frame_of_each_syntax_is_labelled_with_it(
    exchange: Exchange, held: dict[str, Dataset], syntax: str
) -> None:
    """DICOMweb knows no other native syntax than explicit little endian (PS3.18 §8.7.3)."""
    accept = 'multipart/related; type="application/octet-stream"; transfer-syntax=*'
    response = await exchange.get(f"{instance(held[syntax])}/frames/1", accept)
    label = ExplicitVRLittleEndian if syntax in NATIVE else syntax
    assert f"transfer-syntax={label}".encode() in response.content.partition(b"\r\n\r\n")[0]
    data = samples.gray(12).tobytes() if syntax in NATIVE else encoded(syntax)
    assert data in response.content


@pytest.mark.parametrize("syntax", [*ARITHMETIC, *HIERARCHICAL])
async def test_retired_processes_that_are_not_decoded_are_refused(
    exchange: Exchange, held: dict[str, Dataset], syntax: str
) -> None:
    response = await exchange.get(f"{instance(held[syntax])}/frames/1/rendered", "image/png")
    assert response.status_code == 406
    assert "arithmetic and hierarchical" in response.json()["detail"].lower()
