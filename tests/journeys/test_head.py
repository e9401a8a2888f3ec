"""HEAD says what GET says and sends nothing, for every resource of the table (RFC 9110 §9.3.2)."""

from pathlib import Path
import re
from typing import Any, cast

import httpx

from proxy.dicomweb.rooms import Rooms
from proxy.dicomweb.routes import ROOT, resources
from tests.exchange import ct
from tests.journeys.test_streaming import standing
from tests.service import running_exchange

OWN = {"date", "server", "vitrine-request", "x-request-id", "content-type", "transfer-encoding"}
NAMES = {"study": "1.2.1", "series": "1.2.1.1", "instance": "1.2.1.1.1", "frames": "1", "path:path": "7FE00010"}
_BOUNDARY = re.compile(r"boundary=[^;]+")
_STATUS = re.compile(r"(?<=status/)[^>]+")


def paths() -> list[str]:
    """Each line of the table of routes, for an image that there is."""
    rooms = Rooms("", *[cast(Any, None)] * (len(Rooms.__dataclass_fields__) - 1))
    table = [one.path for one in resources(rooms)]
    return [ROOT + re.sub(r"\{([^}]+)\}", lambda found: NAMES[found[1]], path) for path in table]


def said(answer: httpx.Response) -> dict[str, str]:
    """The headers that must be alike; boundaries and addresses of statuses are never the same twice."""
    kept = {name: value for name, value in answer.headers.items() if name not in OWN}
    kept["link"] = _STATUS.sub("", answer.headers.get("link", ""))
    return kept | {"content-type": _BOUNDARY.sub("boundary", answer.headers["content-type"])}


async def test_every_resource_answers_head_as_it_answers_get(tmp_path: Path) -> None:
    images = [ct("1.2.1", 1, number, PixelData=bytes(512) * 4, Rows=32, Columns=32) for number in (1, 2)]
    async with running_exchange(tmp_path, {"general": images}) as (service, _), service.client() as client:
        for path in paths():
            get = await client.get(path)
            head = await client.head(path)
            assert (head.status_code, head.content) == (get.status_code, b""), path
            assert said(head) == said(get), path
            assert get.status_code == (403 if path.endswith(("1.2.1", "1.2.1.1", "1.2.1.1.1")) else 200), path


async def test_head_of_what_is_streamed_takes_no_stream_from_the_archive(tmp_path: Path) -> None:
    async with standing(tmp_path) as here, here.service.client() as client:
        for path in paths():
            await client.head(path)
            assert await here.archive.is_idle(1), path
        assert here.archive.line.open <= 8
