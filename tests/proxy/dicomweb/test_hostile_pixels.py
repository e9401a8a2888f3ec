"""Hostile and broken pixel data over HTTP: the right status, a safe problem document, and the next request works."""

from collections.abc import AsyncIterator
from pathlib import Path
import struct

import imagecodecs
import numpy as np
from pydicom import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import HTJ2KLossless, JPEG2000Lossless, JPEGBaseline8Bit, JPEGLSLossless, RLELossless
import pytest

from tests.exchange import Exchange, ct, opened_exchange

PIXELS = np.random.default_rng(3).integers(0, 4096, (16, 16), np.uint16)
JPEG_2000 = imagecodecs.jpeg2k_encode(PIXELS, level=0, codecformat="j2k", bitspersample=16)
JPEG_LS = imagecodecs.jpegls_encode(PIXELS)
HTJ2K = imagecodecs.htj2k_encode(PIXELS)
BASELINE = imagecodecs.jpeg8_encode((PIXELS >> 4).astype(np.uint8))


def with_size(stream: bytes, marker: bytes, offset: int, size: bytes) -> bytes:
    """`stream` whose header claims another size, `offset` bytes after the first `marker`."""
    at = stream.index(marker) + offset
    return stream[:at] + size + stream[at + len(size) :]


HOSTILE = {
    "a JPEG-LS frame cut in half": (JPEGLSLossless, JPEG_LS[: len(JPEG_LS) // 2], 502),
    "a JPEG 2000 frame cut in half": (JPEG2000Lossless, JPEG_2000[: len(JPEG_2000) // 2], 502),
    "an HTJ2K frame cut in half": (HTJ2KLossless, HTJ2K[: len(HTJ2K) // 2], 502),
    "a JPEG frame cut in half": (JPEGBaseline8Bit, BASELINE[: len(BASELINE) // 2], 502),
    "a JPEG that claims 65535 x 65535": (
        JPEGBaseline8Bit,
        with_size(BASELINE, b"\xff\xc0", 5, struct.pack(">HH", 65535, 65535)),
        502,
    ),
    "a JPEG 2000 that claims 2^31 columns": (
        JPEG2000Lossless,
        with_size(JPEG_2000, b"\xff\x51", 6, struct.pack(">I", 2**31 - 1)),
        406,
    ),
    "an HTJ2K whose size contradicts the attributes": (
        HTJ2KLossless,
        with_size(HTJ2K, b"\xff\x51", 6, struct.pack(">I", 17)),
        502,
    ),
    "an RLE header that points outside": (RLELossless, struct.pack("<16I", 2, 64, 2**31, *[0] * 13) + b"\0" * 64, 502),
    "an RLE header of 4 billion segments": (RLELossless, b"\xff" * 64, 502),
    "noise": (JPEGLSLossless, np.random.default_rng(4).bytes(4096), 502),
    "a page instead of a frame": (JPEG2000Lossless, b"<html><body>Internal error</body></html>", 502),
}


def hostile(number: int, syntax: str, frame: bytes, **more: object) -> Dataset:
    small = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7} if syntax == JPEGBaseline8Bit else {}
    dataset = ct("1.2.1", 1, number, PixelData=encapsulate([frame]), **small, **more)
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    return dataset


NATIVE = {
    "native pixels that are too few": ({"PixelData": b"\0" * 100}, 502),
    "a billion pixels by its attributes": ({"Rows": 65535, "Columns": 65535}, 413),
    "no rows": ({"Rows": 0}, 502),
    "more bits stored than allocated": ({"BitsStored": 40}, 502),
    "a photometric interpretation of its own": ({"PhotometricInterpretation": "SEPIA"}, 406),
    "a window of no number": ({"WindowWidth": 0}, 200),
}
GOOD = 99


@pytest.fixture(scope="module")
def datasets() -> list[Dataset]:
    encoded = [hostile(number, syntax, frame) for number, (syntax, frame, _) in enumerate(HOSTILE.values(), 1)]
    native = [ct("1.2.1", 1, 50 + number, **more) for number, (more, _) in enumerate(NATIVE.values())]
    return [*encoded, *native, ct("1.2.1", 1, GOOD)]


@pytest.fixture
async def exchange(tmp_path: Path, datasets: list[Dataset]) -> AsyncIterator[Exchange]:
    async with opened_exchange(tmp_path, {"general": datasets}) as exchange:
        yield exchange


def path_of(number: int) -> str:
    return f"/dicomweb/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.{number}/frames/1/rendered"


async def test_each_is_refused_in_safe_words_and_the_next_image_is_shown(exchange: Exchange) -> None:
    cases = [(name, number, status) for number, (name, (_, _, status)) in enumerate(HOSTILE.items(), 1)]
    cases += [(name, 50 + number, status) for number, (name, (_, status)) in enumerate(NATIVE.items())]
    for name, number, status in cases:
        response = await exchange.get(path_of(number))
        assert response.status_code == status, (name, response.text)
        if status != 200:
            assert response.headers["content-type"] == "application/problem+json", name
            assert not {"1.2.1", "Traceback", "SEPIA", "html"} & set(response.text.replace('"', " ").split()), name
        assert (await exchange.get(f"{path_of(GOOD)}?window={100 + number},50,linear")).status_code == 200, name
    assert exchange.services.workers.replaced == 0, "no worker died of it"
