"""What is owed is in the pixels that leave: at every address, in every encoding and at every size."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Final

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageSequence
from pydicom import Dataset
from pydicom.uid import EncapsulatedPDFStorage
import pytest

from proxy.settings.server import Server
from rendering.options import Encoding
from tests.exchange import ORIGIN, Exchange, ct, opened_exchange
from tests.proxy.dicomweb.answers import parts_of
from tests.proxy.dicomweb.test_cine import cine
from tests.proxy.dicomweb.test_notices import LOSSY, policy
from tests.proxy.dicomweb.test_papers import PDF, of
from tests.videos import decoded

STUDY: Final = "/dicomweb/studies/1.2.1"
SERIES: Final = f"{STUDY}/series/1.2.1.1"
INSTANCE: Final = f"{SERIES}/instances/1.2.1.1.1"
SINGLE: Final = (f"{INSTANCE}/rendered", f"{INSTANCE}/frames/1/rendered")
SEVERAL: Final = (f"{STUDY}/rendered", f"{SERIES}/rendered")
SMALL: Final = tuple(f"{one}/thumbnail" for one in (STUDY, SERIES, INSTANCE, f"{INSTANCE}/frames/1"))
STILLS: Final = tuple(
    one.value for one in Encoding if one not in {Encoding.SVG, Encoding.MP4, Encoding.PNG_16, Encoding.GIF}
)
MOVING: Final = ("image/gif", "image/webp", "video/mp4")
EVERY_FORM: Final = (*(one.value for one in Encoding), "*/*")
SIZES: Final = ("", "viewport=64,64", "viewport=200,200,20,20,120,120", "quality=100")
CINE: Final = STUDY.replace("1.2.1", "1.2.2") + "/series/1.2.2.1/instances/1.2.2.1.1"
PAGE: Final = STUDY.replace("1.2.1", "1.2.12") + "/series/1.2.12.1/instances/1.2.12.1.1/frames/1"

_VISIBLE: Final = 30
"""Grey levels; what encoding does to a black image is far below."""

_SMALL_SIDE: Final = 100

Picture = NDArray[np.uint8]


def pictures(content: bytes) -> Iterator[Picture]:
    """Each image of an answer, however it is encoded."""
    if content[4:8] == b"ftyp" and content[8:12] not in {b"avif", b"avis"}:
        yield from (one[..., 0] for one in decoded(content))
    elif content.startswith((b"\xff\x0a", b"\0\0\0\x0cJXL ")):
        drawn = np.asarray(imagecodecs.jpegxl_decode(content))
        yield drawn if drawn.ndim == 2 else drawn[..., 0]
    else:
        for one in ImageSequence.Iterator(Image.open(BytesIO(content))):
            yield np.asarray(one.convert("L"))


def is_marked(picture: Picture) -> bool:
    """Whether there is something of a mark in each quarter of what was black all over.

    Letters are no smaller than what can be read, so that one quarter of a very small image may lie between them.
    """
    halves = (np.array_split(side, 2, axis=1) for side in np.array_split(picture, 2))
    marked = [quarter.max() > _VISIBLE for side in halves for quarter in side]
    return sum(marked) >= (4 if min(picture.shape) >= _SMALL_SIDE else 3)


async def given(exchange: Exchange, address: str, form: str) -> list[bytes]:
    """The images at `address`, as one or in parts."""
    response = await exchange.get(address, form)
    assert response.status_code == 200, (address, form, response.text)
    if not response.headers["content-type"].startswith("multipart"):
        return [response.content]
    return [part.get_payload(decode=True) for part in parts_of(response)]


def black() -> list[Dataset]:
    nothing = bytes(2 * 256 * 256)
    page = of(
        "1.2.12", EncapsulatedPDFStorage, EncapsulatedDocument=PDF, MIMETypeOfEncapsulatedDocument="application/pdf"
    )
    still = ct("1.2.1", Rows=256, Columns=256, PixelData=nothing)
    return [still, cine(3, 256, 256, "1.2.2", PixelData=nothing * 3), page]


async def test_the_mark_is_in_every_image_that_leaves(tmp_path: Path) -> None:
    in_parts = [f'multipart/related; type="{one}"' for one in STILLS]
    wanted = [
        *product(SINGLE[:1], STILLS, SIZES),
        *product(SINGLE[1:], STILLS, SIZES[:1]),
        *product(SEVERAL, in_parts, SIZES[:2]),
        *product(SMALL, ("image/jpeg", "image/png"), ("", "viewport=256,256")),
        *product((f"{CINE}/rendered", f"{CINE}/frames/1,3/rendered"), MOVING, SIZES[:2]),
    ]
    async with opened_exchange(tmp_path, {"general": black()}, server=Server(public_url=ORIGIN)) as exchange:
        for address, form, query in wanted:
            for content in await given(exchange, f"{address}?{query}", form):
                drawn = list(pictures(content))
                assert drawn
                assert all(map(is_marked, drawn)), (address, form, query)


async def test_the_mark_is_on_the_pages_of_documents(tmp_path: Path) -> None:
    drawn = {}
    for name, networks in (("inside", ("127.0.0.0/8",)), ("outside", ())):
        (tmp_path / name).mkdir()
        server = Server(public_url=ORIGIN, clinical_networks=networks)
        async with opened_exchange(tmp_path / name, {"general": black()}, server=server) as exchange:
            for query in ("", "viewport=200,200"):
                (content,) = await given(exchange, f"{PAGE}/rendered?{query}", "image/png")
                (drawn[name, query],) = pictures(content)
    for query in ("", "viewport=200,200"):
        clear, marked = drawn["inside", query].astype(int), drawn["outside", query].astype(int)
        assert is_marked(np.abs(clear - marked).astype(np.uint8))


def is_exact(found: Sequence[Picture], stored: Picture) -> bool:
    return any(one.shape == stored.shape and np.array_equal(one, stored) for one in found)


@pytest.mark.parametrize("lossy", [True, False])
async def test_no_address_gives_the_image_without_loss_where_loss_is_owed(tmp_path: Path, lossy: bool) -> None:
    """The window shows each stored value as it is: whatever is exact where nothing is owed is what must not leave."""
    stored = np.random.default_rng(20261124).integers(0, 256, (64, 64)).astype(np.uint8)
    image = ct("1.2.1", Rows=64, Columns=64, PixelData=stored.astype("<u2").tobytes())
    rules = policy(tmp_path, **({"lossy": LOSSY} if lossy else {}))
    addresses = [f"{SINGLE[0]}?quality=100", *(f"{SINGLE[1]}?{query}" for query in ("", "viewport=64,64&quality=100"))]
    addresses += [f"{one}?viewport=64,64&quality=100" for one in SMALL[1:3]]
    exact = []
    async with opened_exchange(tmp_path, {"general": [image]}, policy=rules) as exchange:
        for address, form in product(addresses, EVERY_FORM):
            response = await exchange.get(address, form)
            assert response.status_code in {200, 406}, (address, form)
            if response.status_code == 200 and is_exact(list(pictures(response.content)), stored):
                exact.append((address, form))
        raw = [f"{INSTANCE}/frames/1", f"{INSTANCE}/bulkdata/7FE00010", INSTANCE, SERIES, STUDY]
        whole = [(await exchange.get(one)).status_code for one in raw]
        told = (await exchange.get(f"{INSTANCE}/metadata")).json()
    assert "InlineBinary" not in told[0].get("7FE00010", {})
    assert (exact == []) is lossy, exact
    assert (whole[:2] == [403, 403]) is lossy
    assert set(whole[2:]) <= {403, 406}
