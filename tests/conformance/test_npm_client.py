"""The dicomweb-client package of npm, on which OHIF and Slim are built, over real sockets."""

import asyncio
import json
from pathlib import Path

from tests.conformance.npm import install
from tests.exchange import ct
from tests.service import running_exchange

HERE = Path(__file__).parent
HOLDINGS = {
    "general": [ct("1.2.1", 1, number) for number in (1, 2, 3)],
    "lakeside": [ct("1.2.1", 2, 1, "77-201"), ct("1.2.3", 1, 1, "77-201", StudyDate="20240101")],
}
PIXELS = [102, 0, 102, 0]


async def test_search_metadata_frames_bulk_data_and_images(tmp_path: Path) -> None:
    install()
    async with running_exchange(tmp_path, HOLDINGS) as (service, _):
        command = ("node", str(HERE / "dicomweb_client.mjs"), f"{service.origin}/dicomweb", service.issuer.token())
        node = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        output, errors = await asyncio.wait_for(node.communicate(), 60)
    assert node.returncode == 0, errors.decode()
    results = json.loads(output)
    assert results["studies"] == ["1.2.1", "1.2.3"]
    assert results["found"] == ["1.2.3"]
    assert results["none"] == []
    assert results["series"] == ["1.2.1.1", "1.2.1.2"]
    assert results["instances"] == ["1.2.1.1.1", "1.2.1.1.2", "1.2.1.1.3"]
    assert results["metadata"] == [4, 16, 16]
    assert results["frame"] == results["plain"] == results["bulkdata"] == PIXELS
    assert bytes(results["frameRendered"]) == b"\x89PNG"
    assert bytes(results["rendered"][:2]) == bytes(results["thumbnail"][:2]) == b"\xff\xd8"
    assert results["refused"] == 403
