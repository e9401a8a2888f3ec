"""What operators read of a running service: durations by route, and amounts by the parts' own names."""

from pathlib import Path
import re

from tests.exchange import ct, opened_exchange

FRAME = "/dicomweb/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.1/frames/1/rendered"


async def test_parts_tell_what_they_hold_and_do(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, {"general": [ct("1.2.1")]}) as exchange:
        for _ in range(2):
            assert (await exchange.get(FRAME)).status_code == 200
        text = (await exchange.client.get("/metrics")).text
    told = dict(re.findall(r"^(\w+) (\S+)$", text, re.MULTILINE))
    kinds = dict(re.findall(r"^# TYPE (\w+) (\w+)$", text, re.MULTILINE))
    assert (told["vitrine_rendered_cache_hits_total"], told["vitrine_rendered_cache_misses_total"]) == ("1", "1")
    assert int(told["vitrine_rendered_cache_bytes"]) > 0
    assert (told["vitrine_rendering_waiting"], told["vitrine_rendering_busy"]) == ("0", "0")
    assert kinds["vitrine_frames_cache_hits_total"] == "counter"
    assert kinds["vitrine_frames_cache_bytes"] == "gauge"
    assert re.search(
        r'vitrine_request_seconds_count\{method="GET",route="/dicomweb/.*/rendered",status="200"\} 2', text
    )
