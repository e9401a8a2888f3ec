"""Frames in fewer bytes: compressed without loss, with a bounded loss, or only their first resolutions."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import HTJ2KLosslessRPCL
import pytest

from proxy.settings.retrieval import Retrieval
from proxy.settings.server import Server
from rendering.decode.decoding import decode
from rendering.frame import EncodedFrame, FrameAttributes
from rendering.transport import syntaxes
from tests.exchange import ORIGIN, Exchange, ct, opened_exchange
from tests.proxy.dicomweb.answers import parts_of
from tests.rendering.decode import samples

FRAME = "/dicomweb/studies/1.2.6/series/1.2.6.1/instances/1.2.6.1.{}/frames/1"
SMOOTH = samples.gray(12, rows=256, columns=256).astype("<u2")
NOISE = np.random.default_rng(1).integers(0, 2**16, (64, 64)).astype("<u2")
OCTETS = 'multipart/related; type="application/octet-stream"'


def jphc(syntax: str = syntaxes.HTJ2K_LOSSLESS) -> str:
    return f'multipart/related; type="image/jphc"; transfer-syntax={syntax}'


def holdings() -> list[Dataset]:
    smooth = {"Rows": 256, "Columns": 256, "BitsStored": 12, "HighBit": 11}
    padded = SMOOTH.clip(100)
    padded[:40, :40] = 0
    progressive = ct("1.2.6", 1, 4, **smooth)
    progressive.file_meta.TransferSyntaxUID = HTJ2KLosslessRPCL
    stream = imagecodecs.htj2k_encode(SMOOTH, reversible=True, tlm=True, tilepart=1)
    progressive.PixelData = encapsulate([bytes(stream)])
    progressive["PixelData"].VR = "OB"
    return [
        ct("1.2.6", 1, 1, **smooth, PixelData=SMOOTH.tobytes()),
        ct("1.2.6", 1, 2, Rows=64, Columns=64, PixelData=NOISE.tobytes()),
        ct("1.2.6", 1, 3, **smooth, PixelData=padded.tobytes(), PixelPaddingValue=0),
        progressive,
        ct("1.2.6", 1, 5, **smooth, NumberOfFrames=2, PixelData=SMOOTH.tobytes() + SMOOTH[::-1].tobytes()),
        ct("1.2.6", 1, 6, **smooth, PixelData=SMOOTH.tobytes(), LossyImageCompression="01"),
        ct("1.2.6", 1, 7, **smooth, PixelData=SMOOTH.tobytes(), SOPClassUID="1.2.840.999.1"),
        ct("1.2.6", 1, 8, **smooth, PixelData=SMOOTH.tobytes(), RescaleSlope="1e31"),
    ]


@pytest.fixture
async def exchange(tmp_path: Path) -> AsyncIterator[Exchange]:
    async with opened_exchange(tmp_path, {"general": holdings()}) as exchange:
        yield exchange


def values(content: bytes, syntax: str, bits: int = 12) -> NDArray[Any]:
    attributes = FrameAttributes("1.2", 256, 256, 1, "MONOCHROME2", 16, bits, bits - 1, signed=False)
    return decode(EncodedFrame(content, syntax, attributes)).values


def members(told: str) -> dict[str, str]:
    return dict(one.split("=", 1) for one in told.split(", "))


@pytest.mark.parametrize("syntax", [syntaxes.HTJ2K_LOSSLESS, syntaxes.HTJ2K_LOSSLESS_RPCL])
@pytest.mark.parametrize("liking", [f"{OCTETS}; q=0.9", OCTETS, f"{OCTETS}; transfer-syntax=*; q=0.5"])
async def test_native_frames_are_compressed_for_who_names_htj2k(exchange: Exchange, liking: str, syntax: str) -> None:
    response = await exchange.get(FRAME.format(1), f"{jphc(syntax)}, {liking}")
    (part,) = parts_of(response)
    content = part.get_payload(decode=True)
    assert part["Content-Type"] == f"image/jphc; transfer-syntax={syntax}"
    assert len(content) < SMOOTH.nbytes
    np.testing.assert_array_equal(values(content, syntax), SMOOTH)
    assert members(part["Vitrine-Frame"]) == {
        "profile": "lossless",
        "lossy": "?0",
        "source-lossy": "?0",
        "maximum-error": "0",
    }
    assert exchange.archives["general"].counts()["frames"] == 1


async def test_several_frames_are_compressed_alike(exchange: Exchange) -> None:
    response = await exchange.get(FRAME.format(5) + ",2", f"{jphc()}, {OCTETS}")
    first, second = (part.get_payload(decode=True) for part in parts_of(response))
    np.testing.assert_array_equal(values(first, syntaxes.HTJ2K_LOSSLESS), SMOOTH)
    np.testing.assert_array_equal(values(second, syntaxes.HTJ2K_LOSSLESS), SMOOTH[::-1])


@pytest.mark.parametrize(
    "accept",
    [
        *(OCTETS, f"{OCTETS}; transfer-syntax=*", "*/*", f"{OCTETS}, {jphc()}; q=0.5"),
        f"{jphc(syntaxes.HTJ2K)}, {OCTETS}; q=0.5",
    ],
)
async def test_others_get_frames_as_they_are_stored(exchange: Exchange, accept: str) -> None:
    """Whoever takes anything, likes octets better, or names a syntax with loss beside them."""
    (part,) = parts_of(await exchange.get(FRAME.format(1), accept))
    assert part.get_payload(decode=True) == SMOOTH.tobytes()
    assert "Vitrine-Frame" not in part


async def test_what_would_not_get_smaller_stays_as_it_is(exchange: Exchange) -> None:
    (part,) = parts_of(await exchange.get(FRAME.format(2), f"{jphc()}, {OCTETS}"))
    assert part["Content-Type"] == f"application/octet-stream; transfer-syntax={syntaxes.EXPLICIT_LITTLE_ENDIAN}"
    assert part.get_payload(decode=True) == NOISE.tobytes()


@pytest.mark.parametrize("number", [7, 8])
async def test_what_nobody_can_explain_stays_as_it_is(exchange: Exchange, number: int) -> None:
    """An object of a class that is not known, and one with a rescale that cannot be."""
    (part,) = parts_of(await exchange.get(FRAME.format(number), f"{jphc()}, {OCTETS}"))
    assert part.get_payload(decode=True) == SMOOTH.tobytes()


async def test_compressed_frames_pass_untouched(exchange: Exchange) -> None:
    accept = f"{jphc(syntaxes.HTJ2K_LOSSLESS_RPCL)}, {OCTETS}"
    stored = await exchange.get(FRAME.format(4), f"{OCTETS}; transfer-syntax=*")
    (kept,), (given,) = parts_of(stored), parts_of(await exchange.get(FRAME.format(4), accept))
    assert kept.get_payload(decode=True) == given.get_payload(decode=True)
    assert "Vitrine-Frame" not in given


@pytest.mark.parametrize(
    ("syntax", "essence", "method"),
    [(syntaxes.JPEG_LS_NEAR, "image/jls", '"ISO_14495_1"'), (syntaxes.HTJ2K, "image/jphc", '"ISO_15444_15"')],
)
@pytest.mark.parametrize("error", [4, 12])
async def test_a_loss_is_bounded_by_the_configuration_and_told(
    tmp_path: Path, syntax: str, essence: str, method: str, error: int
) -> None:
    retrieval = Retrieval(workers=1, lossy_error=error)
    async with opened_exchange(tmp_path, {"general": holdings()}, retrieval=retrieval) as exchange:
        alone = await exchange.get(FRAME.format(1), f"{essence}; transfer-syntax={syntax}")
        several = await exchange.get(
            FRAME.format(5) + ",2", f'multipart/related; type="{essence}"; transfer-syntax={syntax}'
        )
    parts = [(part["Vitrine-Frame"], part.get_payload(decode=True)) for part in parts_of(several)]
    given = [(alone.headers["vitrine-frame"], alone.content), *parts]
    for (told, content), stored in zip(given, (SMOOTH, SMOOTH, SMOOTH[::-1]), strict=True):
        difference = np.abs(values(content, syntax).astype(int) - stored)
        assert 0 < difference.max() <= error
        expected = {"profile": "lossy16", "lossy": "?1", "source-lossy": "?0", "maximum-error": str(error)}
        ratio = float(members(told)["ratio"])
        assert members(told) == {**expected, "method": method, "ratio": str(ratio)}
        assert ratio == pytest.approx(SMOOTH.nbytes / len(content), abs=0.06)


async def test_padding_is_exact_and_said_to_be(exchange: Exchange) -> None:
    response = await exchange.get(FRAME.format(3), f"image/jls; transfer-syntax={syntaxes.JPEG_LS_NEAR}")
    assert members(response.headers["vitrine-frame"])["maximum-error"] == "0"
    assert values(response.content, syntaxes.JPEG_LS_NEAR)[:40, :40].max() == 0


async def test_an_earlier_loss_is_not_denied(exchange: Exchange) -> None:
    response = await exchange.get(FRAME.format(6), "image/jls")
    told = members(response.headers["vitrine-frame"])
    assert (told["profile"], told["lossy"], told["source-lossy"]) == ("lossless", "?1", "?1")


async def test_metadata_go_on_to_describe_what_is_stored(exchange: Exchange) -> None:
    (dataset,) = (await exchange.get(FRAME.format(1).partition("/frames")[0] + "/metadata")).json()
    assert "00282110" not in dataset
    assert dataset["00083002"]["Value"] == [syntaxes.EXPLICIT_LITTLE_ENDIAN]


@pytest.mark.parametrize("number", [1, 4])
async def test_the_first_resolutions_are_a_range_of_bytes(exchange: Exchange, number: int) -> None:
    """Of a frame compressed here as of one that is stored so; they decode to what the whole gives at that size."""
    accept = f"image/jphc; transfer-syntax={syntaxes.HTJ2K_LOSSLESS_RPCL}"
    whole = await exchange.get(FRAME.format(number), accept)
    assert (whole.status_code, whole.headers["accept-ranges"]) == (200, "bytes")
    length = len(whole.content)
    beginning = await exchange.get(FRAME.format(number), accept, headers={"Range": f"bytes=0-{length // 3}"})
    assert beginning.status_code == 206
    assert beginning.headers["content-range"] == f"bytes 0-{length // 3}/{length}"
    assert beginning.content == whole.content[: length // 3 + 1]
    small = imagecodecs.htj2k_decode(beginning.content, skipres=2)
    assert small.shape == (64, 64)
    np.testing.assert_array_equal(small, imagecodecs.htj2k_decode(whole.content, skipres=2))

    conditions = {"Range": f"bytes={length // 3 + 1}-", "If-Range": beginning.headers["etag"]}
    rest = await exchange.get(FRAME.format(number), accept, headers=conditions)
    assert beginning.content + rest.content == whole.content
    beyond = await exchange.get(FRAME.format(number), accept, headers={"Range": f"bytes={length}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{length}")


async def test_nobody_is_given_ranges_without_the_right_to_the_whole(tmp_path: Path) -> None:
    outside = Server(public_url=ORIGIN, clinical_networks=())
    async with opened_exchange(tmp_path, {"general": holdings()}, server=outside) as exchange:
        response = await exchange.get(FRAME.format(1), "image/jphc", headers={"Range": "bytes=0-99"})
    assert response.status_code == 403
