"""One hostile frame costs one worker; a queue has an end; whoever goes away takes no place with him."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from functools import partial
import os
from pathlib import Path
import sys

import pytest
import uvloop

from proxy.errors import Overloaded
from proxy.retrieval import workers as module
from proxy.retrieval.workers import RenderingWorkers
from proxy.settings.retrieval import Retrieval
from rendering.errors import MalformedFrame, WorkerFailed
from rendering.frame import EncodedFrame, FrameAttributes
from rendering.options import RenderOptions
from rendering.sandbox.process import WorkerProcess
from rendering.sandbox.warming import frames
from tests.rendering.sandbox.misbehaving import COMMAND, SIGNATURE

ATTRIBUTES = FrameAttributes("1.2.840.10008.5.1.4.1.1.7", 1, 1, 1, "MONOCHROME2", 8, 8, 7, signed=False)
SETTINGS = Retrieval(workers=2, queue=2, render_seconds=2.0, maximum_pixels=1_000_000)
start_misbehaving = partial(WorkerProcess.start, command=COMMAND)


async def render(workers: RenderingWorkers, act: str, data: bytes = b"pixels") -> bytes:
    return (await workers.render(EncodedFrame(data, act, ATTRIBUTES), RenderOptions())).data


@pytest.fixture
async def workers() -> AsyncIterator[RenderingWorkers]:
    async with RenderingWorkers(SETTINGS, start_misbehaving) as opened:
        yield opened


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


async def start(work: Awaitable[bytes], condition: Callable[[], bool]) -> "asyncio.Task[bytes]":
    task = asyncio.ensure_future(work)
    await until(condition)
    return task


async def test_many_frames_at_once_come_back_to_those_who_asked(workers: RenderingWorkers) -> None:
    async def one(number: int) -> bool:
        data = number.to_bytes(4) * 10_000
        while True:
            try:
                return await render(workers, "echo", data) == SIGNATURE + data
            except Overloaded:
                await asyncio.sleep(0.01)

    assert all(await asyncio.gather(*map(one, range(100))))
    assert (workers.busy, workers.waiting, workers.replaced) == (0, 0, 0)


async def test_workers_render_side_by_side(workers: RenderingWorkers) -> None:
    both = [asyncio.create_task(render(workers, "slow")) for _ in range(2)]
    await until(lambda: workers.busy == 2)
    assert await asyncio.gather(*both) == [SIGNATURE + b"pixels"] * 2


@pytest.mark.parametrize("act", ["segfault", "exit", "garbage", "bug", "loop"])
async def test_a_frame_that_breaks_its_worker_disturbs_nobody(workers: RenderingWorkers, act: str) -> None:
    async with asyncio.timeout(10):
        with pytest.raises(WorkerFailed):
            await render(workers, act)
        assert await render(workers, "echo") == SIGNATURE + b"pixels"
    await until(lambda: workers.replaced == 1 and workers.busy == 0)
    assert await asyncio.gather(render(workers, "slow"), render(workers, "slow")) == [SIGNATURE + b"pixels"] * 2


async def test_all_workers_come_back_when_all_were_broken(workers: RenderingWorkers) -> None:
    broken = await asyncio.gather(*(render(workers, "segfault") for _ in range(4)), return_exceptions=True)
    assert [type(error) for error in broken] == [WorkerFailed] * 4
    assert await render(workers, "echo") == SIGNATURE + b"pixels"
    await until(lambda: workers.replaced == 4 and workers.busy == 0)
    assert workers.available


async def test_a_deadline_ends_a_rendering(workers: RenderingWorkers) -> None:
    loop = asyncio.get_running_loop()
    begun = loop.time()
    with pytest.raises(WorkerFailed, match="took too long"):
        await render(workers, "loop")
    assert SETTINGS.render_seconds <= loop.time() - begun < SETTINGS.render_seconds + 3


async def test_a_refused_frame_keeps_its_worker(workers: RenderingWorkers) -> None:
    for _ in range(10):
        with pytest.raises(MalformedFrame):
            await render(workers, "damaged")
    assert workers.replaced == 0


async def test_a_full_queue_is_said_at_once(workers: RenderingWorkers) -> None:
    taken = [asyncio.create_task(render(workers, "slow")) for _ in range(4)]
    await until(lambda: workers.waiting == 2)
    with pytest.raises(Overloaded) as refusal:
        async with asyncio.timeout(0.1):
            await render(workers, "echo")
    assert refusal.value.retry_after > 0
    assert await asyncio.gather(*taken) == [SIGNATURE + b"pixels"] * 4


async def test_nobody_waits_for_ever_for_a_worker() -> None:
    async with RenderingWorkers(Retrieval(workers=1, queue=2, render_seconds=0.5), start_misbehaving) as workers:
        first = await start(render(workers, "loop"), lambda: workers.busy == 1)
        with pytest.raises(Overloaded):
            await asyncio.gather(*(render(workers, "loop") for _ in range(2)))
        with pytest.raises(WorkerFailed):
            await first


async def test_whoever_leaves_the_queue_frees_the_place(workers: RenderingWorkers) -> None:
    taken = [asyncio.create_task(render(workers, "slow")) for _ in range(4)]
    await until(lambda: workers.waiting == 2)
    taken.pop().cancel()
    await until(lambda: workers.waiting == 1)
    assert await render(workers, "echo") == SIGNATURE + b"pixels"
    assert await asyncio.gather(*taken) == [SIGNATURE + b"pixels"] * 3


async def test_whoever_leaves_while_a_worker_renders_costs_no_worker(workers: RenderingWorkers) -> None:
    leaving = await start(render(workers, "slow", b"of another"), lambda: workers.busy == 1)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert workers.busy == 1
    await until(lambda: workers.busy == 0)
    for _ in range(4):
        assert await render(workers, "echo") == SIGNATURE + b"pixels"
    assert workers.replaced == 0


async def test_a_failure_that_nobody_waits_for_is_not_reported(
    workers: RenderingWorkers, caplog: pytest.LogCaptureFixture
) -> None:
    leaving = await start(render(workers, "loop"), lambda: workers.busy == 1)
    leaving.cancel()
    await until(lambda: workers.replaced == 1 and workers.busy == 0)
    assert {record.name for record in caplog.records} <= {"proxy.retrieval.workers"}


async def test_a_worker_that_died_idle_fails_nobody(workers: RenderingWorkers) -> None:
    for pid in children():
        os.kill(pid, 9)
    await until(lambda: not any(runs(pid) for pid in children()))
    assert not workers.available
    assert await render(workers, "echo") == SIGNATURE + b"pixels"


async def test_a_worker_is_replaced_when_it_has_worked_long_enough(
    workers: RenderingWorkers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LIFE_SECONDS", 0.2)  # ten minutes otherwise
    assert await render(workers, "slow") == SIGNATURE + b"pixels"
    await until(lambda: workers.replaced == 1 and workers.busy == 0)


async def test_the_level_is_reported(workers: RenderingWorkers) -> None:
    assert "seccomp" in workers.level


async def test_a_service_whose_workers_cannot_start_does_not_start() -> None:
    before = children()
    with pytest.raises(WorkerFailed):
        async with RenderingWorkers(SETTINGS, partial(WorkerProcess.start, command=(sys.executable, "-c", "pass"))):
            pass
    assert children() == before


async def test_nothing_is_left_when_it_closes_amid_work() -> None:
    before, descriptors = children(), open_descriptors()
    async with RenderingWorkers(SETTINGS, start_misbehaving) as workers:
        tasks = [asyncio.create_task(render(workers, act)) for act in ("loop", "segfault", "loop")]
        await until(lambda: workers.busy == 2)
    await asyncio.gather(*tasks, return_exceptions=True)
    assert children() == before
    assert open_descriptors() == descriptors


async def test_descriptors_do_not_pile_up(workers: RenderingWorkers) -> None:
    await render(workers, "echo")
    before = len(open_descriptors())
    for _ in range(100):
        await asyncio.gather(render(workers, "echo", bytes(10_000)), render(workers, "echo"))
    assert len(open_descriptors()) == before


async def test_the_shipped_worker_renders_and_refuses_a_hostile_frame() -> None:
    good = next(frames())
    async with RenderingWorkers(Retrieval(workers=1)) as workers:
        assert (await workers.render(good, RenderOptions())).data.startswith(SIGNATURE)
        with pytest.raises(MalformedFrame):
            await workers.render(replace(good, data=bytes(good.data)[:-10]), RenderOptions())
        assert workers.replaced == 0


def test_it_runs_on_the_loop_that_the_service_uses() -> None:
    async def work() -> None:
        async with RenderingWorkers(SETTINGS, start_misbehaving) as workers:
            data = os.urandom(9 * 2**20)
            assert await render(workers, "echo", data) == SIGNATURE + data
            with pytest.raises(WorkerFailed):
                await render(workers, "segfault")
            with pytest.raises(WorkerFailed, match="took too long"):
                await render(workers, "loop")
            assert await render(workers, "echo") == SIGNATURE + b"pixels"

    uvloop.run(work())


def open_descriptors() -> list[str]:
    return sorted(entry.name for entry in Path("/proc/self/fd").iterdir())


def children() -> list[int]:
    listed = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text()
    return [int(pid) for pid in listed.split()]


def runs(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
