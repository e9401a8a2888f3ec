"""What policy refuses of a view is done to the image: outside the clinical network it is smaller, and marked."""

from io import BytesIO
from pathlib import Path

from PIL import Image
import pytest

from proxy.settings.server import Server
from tests.exchange import ORIGIN, ct, opened_exchange

FRAME = "/dicomweb/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.1/frames/1"


@pytest.mark.parametrize("inside", [True, False])
async def test_outside_the_clinical_network_an_image_is_reduced_and_marked(tmp_path: Path, inside: bool) -> None:
    large = ct("1.2.1", Rows=1536, Columns=1536, PixelData=bytes(2 * 1536 * 1536))
    server = Server(public_url=ORIGIN, clinical_networks=("127.0.0.0/8",) if inside else ())
    async with opened_exchange(tmp_path, {"general": [large]}, server=server) as exchange:
        rendered = await exchange.get(f"{FRAME}/rendered", "image/png")
        stored = await exchange.get(FRAME)
    image = Image.open(BytesIO(rendered.content))
    brightest = image.getextrema()[1]
    told = rendered.headers["vitrine-rendering"]
    if inside:
        assert (image.size, brightest, stored.status_code) == ((1536, 1536), 0, 200)
        assert told.endswith("watermark=?0")
    else:
        assert (max(image.size), stored.status_code) == (1024, 403)
        assert brightest > 0
        assert told.endswith("watermark=?1")


@pytest.mark.parametrize("inside", [True, False])
async def test_stored_values_do_not_leave_as_an_image_of_16_bits(tmp_path: Path, inside: bool) -> None:
    """A window over all values would put each of them into the image."""
    server = Server(public_url=ORIGIN, clinical_networks=("127.0.0.0/8",) if inside else ())
    async with opened_exchange(tmp_path, {"general": [ct("1.2.1")]}, server=server) as exchange:
        for path in (f"{FRAME}/rendered", FRAME.removesuffix("/frames/1") + "/rendered"):
            for form in ("image/png; bits=16", 'multipart/related; type="image/png; bits=16"'):
                deep = await exchange.get(f"{path}?window=32768,65536,linear", form)
                assert deep.status_code == (200 if inside else 406), form
                if not inside:
                    assert deep.json()["type"] == "urn:vitrine:problem:not-acceptable"
                    assert not any("bits" in one for one in deep.json()["available"])
        either = await exchange.get(f"{FRAME}/rendered", "image/png; bits=16, image/png; q=0.5")
    assert ("bits=16" in either.headers["content-type"]) is inside
