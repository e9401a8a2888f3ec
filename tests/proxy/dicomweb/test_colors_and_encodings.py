"""Every media type of stills, and colours that are what the image's own profile says (PS3.18 §8.7.4, §8.3.5)."""

import io
from pathlib import Path
from typing import Any

import httpx
import imagecodecs
import numpy as np
from PIL import Image
from pydicom import Dataset
from pydicom.uid import VLPhotographicImageStorage
import pytest

from demo.archive.faults import Fault
from rendering.icc.spaces import ADOBE_RGB, SRGB
from rendering.icc.writing import profile_of
from tests.exchange import Exchange, ct, opened_exchange
from tests.proxy.dicomweb.answers import parts_of

FRAME = "/dicomweb/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.{}/frames/1/rendered"
COLORS = np.random.default_rng(2).integers(0, 256, (16, 16, 3), dtype=np.uint8)
PROFILE = profile_of(ADOBE_RGB) + bytes(4000)  # too large to stand in the metadata


def photograph(number: int, **more: Any) -> Dataset:
    return ct(
        "1.2.1",
        1,
        number,
        **{
            "SOPClassUID": VLPhotographicImageStorage,
            "SamplesPerPixel": 3,
            "PhotometricInterpretation": "RGB",
            "PlanarConfiguration": 0,
            "BitsAllocated": 8,
            "BitsStored": 8,
            "HighBit": 7,
            "PixelData": COLORS.tobytes(),
            **more,
        },
    )


async def shown(exchange: Exchange, number: int, accept: str = "image/png", query: str = "") -> httpx.Response:
    return await exchange.get(FRAME.format(number) + query, accept)


def picture(response: httpx.Response) -> np.ndarray:
    assert response.status_code == 200, response.text
    return np.asarray(Image.open(io.BytesIO(response.content)))


def embedded(response: httpx.Response) -> bytes:
    return Image.open(io.BytesIO(response.content)).info.get("icc_profile") or b""


FORMATS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/avif": "AVIF",
    "image/jp2": "JPEG2000",
    "image/jph": "JPEG2000",
    "image/jxl": "",
}


async def test_every_media_type_is_given_alone_and_in_parts(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, {"general": [ct("1.2.1", 1, 1), photograph(2)]}) as exchange:
        for media_type, name in FORMATS.items():
            for number in (1, 2):
                response = await shown(exchange, number, media_type, "?quality=80&viewport=64,64")
                assert (response.status_code, response.headers["content-type"]) == (200, media_type)
                assert format_of(response.content) == (name, (64, 64))
                lossy = media_type not in {"image/png", "image/gif"} or (media_type == "image/gif" and number == 2)
                assert f" lossy=?{int(lossy)}," in response.headers["vitrine-rendering"]
            series = "/dicomweb/studies/1.2.1/series/1.2.1.1/rendered"
            parts = parts_of(await exchange.get(series, f'multipart/related; type="{media_type}"'))
            assert [part["Content-Type"] for part in parts] == [media_type] * 2


def format_of(content: bytes) -> tuple[str | None, tuple[int, ...]]:
    if content.startswith(b"\xff\x0a"):
        return "", imagecodecs.jpegxl_decode(content).shape[1::-1]
    opened = Image.open(io.BytesIO(content))
    return opened.format, opened.size


async def test_grey_comes_in_sixteen_bits_for_who_asks_and_colour_does_not(tmp_path: Path) -> None:
    ramp = np.arange(256, dtype="<u2").reshape(16, 16) * 16
    wide = ct("1.2.1", 1, 1, PixelData=ramp.tobytes(), WindowCenter=2048, WindowWidth=4096)
    async with opened_exchange(tmp_path, {"general": [wide, photograph(2)]}) as exchange:
        response = await shown(exchange, 1, "image/png; bits=16")
        assert response.headers["content-type"] == "image/png; bits=16"
        assert np.array_equal(picture(response), np.rint(ramp / 4095 * 65535))
        assert (await shown(exchange, 1)).headers["content-type"] == "image/png"
        refused = await shown(exchange, 2, "image/png; bits=16")
        assert (refused.status_code, "image/png" in refused.json()["available"]) == (406, True)


async def test_a_profile_that_metadata_only_link_to_is_applied(tmp_path: Path) -> None:
    light = ADOBE_RGB.curve.to_light(COLORS / 255) @ ADOBE_RGB.to_xyz().T @ np.linalg.inv(SRGB.to_xyz()).T
    expected = np.rint(SRGB.curve.to_encoded(light.clip(0, 1)) * 255)
    async with opened_exchange(tmp_path, {"general": [photograph(1, ICCProfile=PROFILE)]}) as exchange:
        plain = await shown(exchange, 1)
        assert np.abs(picture(plain).astype(int) - expected).max() <= 1
        assert "icc=srgb;from=image;embedded=?0" in plain.headers["vitrine-rendering"]
        assert (embedded(plain), "warning" in plain.headers) == (b"", False)
        own = await shown(exchange, 1, query="?iccprofile=yes")
        assert np.array_equal(picture(own), COLORS)
        assert embedded(own).startswith(PROFILE[:100])
        assert exchange.archives["general"].counts()["bulkdata"] == 1
        srgb = await shown(exchange, 1, "image/jpeg", "?iccprofile=srgb")
        assert embedded(srgb) == profile_of(SRGB)
        for media_type in ("image/gif", "image/jxl"):
            assert (await shown(exchange, 1, media_type, "?iccprofile=srgb")).status_code == 400
            assert (await shown(exchange, 1, media_type, "?iccprofile=no")).status_code == 200


@pytest.mark.parametrize("fault", [None, Fault(status=404), Fault(status=500), Fault(truncate=10)])
async def test_a_profile_that_cannot_be_used_is_warned_of(tmp_path: Path, fault: Fault | None) -> None:
    profile = PROFILE if fault else b"not a profile".ljust(3000)
    async with opened_exchange(tmp_path, {"general": [photograph(1, ICCProfile=profile)]}) as exchange:
        if fault:
            exchange.archives["general"].faults["bulkdata"] = fault
        response = await shown(exchange, 1)
        assert np.array_equal(picture(response), COLORS)
        assert "ICC profile of the image cannot be used" in response.headers["warning"]
        assert "icc=srgb;from=damaged" in response.headers["vitrine-rendering"]
        series = "/dicomweb/studies/1.2.1/series/1.2.1.1/rendered"
        many = await exchange.get(series, 'multipart/related; type="image/png"')
        assert b"ICC profile of the image cannot be used" in many.content


async def test_what_was_lost_before_is_told(tmp_path: Path) -> None:
    before = photograph(1, LossyImageCompression="01", LossyImageCompressionRatio=[8, 12.5])
    async with opened_exchange(tmp_path, {"general": [before]}) as exchange:
        told = (await shown(exchange, 1)).headers["vitrine-rendering"]
    assert "lossy=?1, source-lossy=?1, ratio=12.5" in told
    assert "scale=1, decoder=native" in told


async def test_a_window_for_colours_is_warned_of(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, {"general": [photograph(1)]}) as exchange:
        plain = await shown(exchange, 1)
        windowed = await shown(exchange, 1, query="?window=40,400,linear")
    assert windowed.content == plain.content
    assert "A window does not apply" in windowed.headers["warning"]
    assert "warning" not in plain.headers
