"""The simulated archives of the search benchmark are many, each itself, and share copies with their neighbours."""

import asyncio
import json
import time

from benchmarks.crowd import ROOT, SLOWEST, Crowd, address_of, identifier_of, latency_of, study_rows


async def answer(port: int, number: int, path: str) -> tuple[object, float]:
    """What archive `number` says, and after how many seconds."""
    began = time.monotonic()
    reader, writer = await asyncio.open_connection(address_of(number), port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: archive\r\n\r\n".encode("ascii"))
    head = await reader.readuntil(b"\r\n\r\n")
    body = await reader.readexactly(int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0]))
    writer.close()
    return json.loads(body), time.monotonic() - began


async def test_each_answers_for_itself_when_its_time_has_come() -> None:
    async with await asyncio.start_server(Crowd(3, {"/jwks": b"{}"}).talk, "0.0.0.0", 0) as server:
        port = server.sockets[0].getsockname()[1]
        for number in (0, 1, 300):
            rows, seconds = await answer(port, number, f"{ROOT}/studies")
            assert rows == study_rows(number, 3)
            assert latency_of(number) <= seconds < latency_of(number) + 1
        assert (await answer(port, 1, f"{ROOT}/studies?offset=3"))[0] == []
        assert (await answer(port, 1, "/jwks"))[0] == {}
        series, _ = await answer(port, 1, f"{ROOT}/studies/1.2.3/series")
        assert isinstance(series, list)
        assert series[0]["0020000D"]["Value"] == ["1.2.3"]
        server.close()
        await asyncio.sleep(0.05)  # until its connections have seen the end of theirs


def test_a_copy_is_the_study_of_the_archive_before_under_an_identifier_of_its_own() -> None:
    one, other = study_rows(6, 20), study_rows(7, 20)
    copy = other[0]
    original = next(row for row in one if row["0020000D"] == copy["0020000D"])
    assert original["00100020"]["Value"] == [identifier_of(6)[1]]
    assert copy["00100020"]["Value"] == [identifier_of(7)[1]]
    uids = [row["0020000D"]["Value"][0] for number in range(10) for row in study_rows(number, 20)]
    assert len(uids) - len(set(uids)) == 18, "two of each but the first"
    assert max(map(latency_of, range(500))) == latency_of(0) == SLOWEST
