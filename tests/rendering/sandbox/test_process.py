"""A worker can be taken over, and then it can still do nothing but answer; what it answers is not believed."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
import os
from pathlib import Path
import signal
import subprocess
import sys
import time

import pytest

from rendering.errors import MalformedFrame, TooLarge, WorkerFailed
from rendering.frame import EncodedFrame, FrameAttributes, LookupTable, RenderedImage
from rendering.options import Encoding, RenderOptions
from rendering.sandbox.memory import LARGEST_REQUEST
from rendering.sandbox.messages import LARGEST_IMAGE
from rendering.sandbox.process import WorkerProcess
from tests.rendering.sandbox.misbehaving import COMMAND, SIGNATURE

ATTRIBUTES = FrameAttributes("1.2.840.10008.5.1.4.1.1.7", 1, 1, 1, "MONOCHROME2", 8, 8, 7, signed=False)


def frame(act: str, data: bytes = b"pixels") -> EncodedFrame:
    return EncodedFrame(data, act, ATTRIBUTES)


async def start() -> WorkerProcess:
    return await WorkerProcess.start(1_000_000, 60, COMMAND)


@pytest.fixture
async def worker() -> AsyncIterator[WorkerProcess]:
    started = await start()
    yield started
    await started.end()


async def render(worker: WorkerProcess, act: str, data: bytes = b"pixels") -> RenderedImage:
    async with asyncio.timeout(20):
        return await worker.render(frame(act, data), RenderOptions())


@pytest.mark.parametrize("size", [0, 1, 4095, 4096, 525_000, 9 * 2**20 + 1])
async def test_frames_and_images_of_every_size_arrive_unchanged(worker: WorkerProcess, size: int) -> None:
    data = os.urandom(size)
    assert (await render(worker, "echo", data)).data == SIGNATURE + data
    assert (await render(worker, "echo", memoryview(data))).data == SIGNATURE + data


async def test_attributes_larger_than_a_message_arrive(worker: WorkerProcess) -> None:
    table = LookupTable(65536, 0, 16, os.urandom(131_072))
    one = replace(frame("attributes"), attributes=replace(ATTRIBUTES, voi_luts=(table,) * 4))
    answer = await worker.render(one, RenderOptions(watermark="山田太郎"))
    assert answer.data == SIGNATURE + repr((one.attributes, RenderOptions(watermark="山田太郎"))).encode()


@pytest.mark.parametrize("size", [1000, 33 * 2**20])
async def test_nothing_stays_in_the_shared_memory(worker: WorkerProcess, size: int) -> None:
    data = b"Yamada^Tarou".ljust(size, b"-")
    assert (await worker.render(frame("echo", data), RenderOptions(watermark="Hong^Gildong"))).data.endswith(data)
    with pytest.raises(MalformedFrame):
        await render(worker, "damaged", data)
    room = worker._memory._room
    for start in (0, LARGEST_REQUEST):
        assert not any(room[start : start + size + 10_000])


async def test_a_frame_that_does_not_fit_is_refused(worker: WorkerProcess) -> None:
    with pytest.raises(TooLarge):
        await render(worker, "echo", bytes(LARGEST_REQUEST))
    with pytest.raises(TooLarge):
        await render(worker, "echo", bytes(LARGEST_IMAGE))


async def test_the_shared_memory_keeps_its_size(worker: WorkerProcess) -> None:
    with pytest.raises(PermissionError):
        os.truncate(worker._memory.descriptor, 0)
    with pytest.raises(MalformedFrame):
        await render(worker, "shrink")
    assert (await render(worker, "echo")).data == SIGNATURE + b"pixels"


async def test_the_level_names_all_that_confines(worker: WorkerProcess) -> None:
    assert worker.level.startswith("landlock ABI ")
    assert worker.level.endswith("; seccomp; resource limits")


@pytest.mark.parametrize(
    "act",
    [
        "read file",
        "write file",
        "list folder",
        "tcp socket",
        "unix socket",
        "fork",
        "exec",
        "signal the service",
        "memfd",
        "another descriptor",
        "executable memory",
    ],
)
async def test_the_kernel_refuses(worker: WorkerProcess, act: str) -> None:
    with pytest.raises(MalformedFrame, match=r"^PermissionError$"):
        await render(worker, act)
    assert (await render(worker, "echo")).data == SIGNATURE + b"pixels"


@pytest.mark.parametrize("act", ["memory", "much memory"])
async def test_memory_is_bounded_and_the_worker_goes_on(worker: WorkerProcess, act: str) -> None:
    with pytest.raises(TooLarge):
        await render(worker, act)
    assert (await render(worker, "echo")).data == SIGNATURE + b"pixels"


async def test_errors_come_as_their_own_class_with_their_own_words(worker: WorkerProcess) -> None:
    with pytest.raises(MalformedFrame, match=r"^the frame is damaged$"):
        await render(worker, "damaged")
    with pytest.raises(TooLarge, match=r"^too large in a special way$"):
        await render(worker, "own error")


async def test_an_unforeseen_error_tells_nothing_of_the_values_involved(worker: WorkerProcess) -> None:
    with pytest.raises(WorkerFailed, match=r"^rendering failed with KeyError$"):
        await render(worker, "bug", b"Yamada^Tarou")


@pytest.mark.parametrize("act", ["garbage", "long garbage", "ready again", "header", "text as image", "other encoding"])
async def test_nonsense_is_not_believed(worker: WorkerProcess, act: str) -> None:
    with pytest.raises(WorkerFailed, match=r"^a rendering process answered nonsense$"):
        await render(worker, act)


@pytest.mark.parametrize("act", ["segfault", "exit", "nothing"])
async def test_a_death_is_noticed_at_once(worker: WorkerProcess, act: str) -> None:
    begun = time.monotonic()
    with pytest.raises(WorkerFailed, match=r"^a rendering process ended unexpectedly$"):
        await render(worker, act)
    assert time.monotonic() - begun < 5


async def test_a_worker_that_cannot_start_is_told(tmp_path: Path) -> None:
    for command in ((sys.executable, "-c", "pass"), (str(tmp_path / "missing"),)):
        with pytest.raises(WorkerFailed):
            await WorkerProcess.start(1000, 60, command)


async def test_the_services_environment_stays_with_the_service(
    worker: WorkerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHIVE_PASSWORD", "secret")  # the environment is the process's own: there is no other seam
    other = await start()
    try:
        assert "ARCHIVE_PASSWORD" not in (await render(other, "environment")).data.decode("latin-1")
    finally:
        await other.end()


async def test_descriptors_do_not_pile_up_on_either_side(worker: WorkerProcess) -> None:
    await render(worker, "echo")
    before = open_descriptors("self"), open_descriptors(worker.pid)
    for _ in range(200):
        await render(worker, "echo", bytes(10_000))
        with pytest.raises(MalformedFrame):
            await render(worker, "damaged")
    assert (open_descriptors("self"), open_descriptors(worker.pid)) == before


def open_descriptors(pid: int | str) -> list[str]:
    return sorted(entry.name for entry in Path(f"/proc/{pid}/fd").iterdir())


async def test_interrupting_the_service_does_not_end_a_worker(worker: WorkerProcess) -> None:
    os.kill(worker.pid, signal.SIGINT)
    assert (await render(worker, "echo")).data == SIGNATURE + b"pixels"
    assert os.getpgid(worker.pid) != os.getpgid(0)


_SERVICE = """
import asyncio, sys
from rendering.sandbox.process import WorkerProcess
async def main():
    worker = await WorkerProcess.start(1000, 60, sys.argv[1:])
    print(worker.pid, flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""


def test_a_worker_dies_with_the_service_and_prints_nothing() -> None:
    service = subprocess.Popen(
        [sys.executable, "-c", _SERVICE, *COMMAND], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert service.stdout is not None
    worker = int(service.stdout.readline())
    service.kill()
    assert service.communicate(timeout=10) == ("", "")
    deadline = time.monotonic() + 5
    while _runs(worker) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not _runs(worker)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def test_decoders_complaints_are_printed_nowhere(capfd: pytest.CaptureFixture[str]) -> None:
    worker = await start()
    await render(worker, "scribble")
    await worker.end()
    assert capfd.readouterr() == ("", "")


async def test_png_is_given_when_it_was_asked_for(worker: WorkerProcess) -> None:
    answer = await worker.render(frame("other encoding"), RenderOptions(Encoding.PNG))
    assert answer.encoding is Encoding.PNG
