"""The worker as it is shipped renders every transfer syntax behind its locks, and refuses what is hostile."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
import subprocess
import sys

import cv2
import numpy as np
import pytest

from rendering.errors import MalformedFrame, RenderingError, TooLarge
from rendering.frame import EncodedFrame
from rendering.options import Encoding, RenderOptions, Viewport
from rendering.render import render
from rendering.sandbox import landlock
from rendering.sandbox.process import WorkerProcess
from rendering.sandbox.warming import frames

MAXIMUM_PIXELS = 1_000_000
FRAMES = {f"{one.transfer_syntax} {one.attributes.photometric_interpretation}": one for one in frames()}
OPTIONS = {
    "jpeg": RenderOptions(),
    "png": RenderOptions(Encoding.PNG),
    "small": RenderOptions(viewport=Viewport(5, 5)),
    "large": RenderOptions(viewport=Viewport(300, 300)),
    "marked": RenderOptions(watermark="Люкceмбypг Wang^XiaoDong=王^小东", viewport=Viewport(300, 300)),
}


@pytest.fixture
async def worker() -> AsyncIterator[WorkerProcess]:
    started = await WorkerProcess.start(MAXIMUM_PIXELS, 60)
    yield started
    await started.end()


async def test_every_syntax_comes_through_as_it_does_without_locks(worker: WorkerProcess) -> None:
    for name, frame in FRAMES.items():
        for way, options in OPTIONS.items():
            assert await worker.render(frame, options) == render(frame, options, MAXIMUM_PIXELS), (name, way)


async def test_a_native_frame_keeps_its_pixels(worker: WorkerProcess) -> None:
    values = np.arange(256, dtype=np.uint8).reshape(16, 16)
    attributes = FRAMES["1.2.840.10008.1.2.1 RGB"].attributes
    color = np.stack([values, values[::-1], values[:, ::-1]], axis=-1)
    image = await worker.render(
        EncodedFrame(color.tobytes(), "1.2.840.10008.1.2.1", attributes), RenderOptions(Encoding.PNG)
    )
    decoded = cv2.imdecode(np.frombuffer(image.data, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert np.array_equal(decoded, color)


@pytest.mark.parametrize("name", [name for name in FRAMES if "2.4." in name or "2.5 " in name])
async def test_damaged_frames_are_refused_and_the_worker_goes_on(worker: WorkerProcess, name: str) -> None:
    frame = FRAMES[name]
    data = bytes(frame.data)
    for damaged in (b"", data[:10], data[: len(data) // 2], bytes(len(data)), data[::-1]):
        with pytest.raises(MalformedFrame):
            await worker.render(replace(frame, data=damaged), RenderOptions())
    assert (await worker.render(frame, RenderOptions())).columns == 16


async def test_a_frame_that_claims_to_be_huge_is_refused(worker: WorkerProcess) -> None:
    frame = FRAMES["1.2.840.10008.1.2.4.90 MONOCHROME2"]
    huge = replace(frame, attributes=replace(frame.attributes, rows=60_000, columns=60_000))
    with pytest.raises(TooLarge):
        await worker.render(huge, RenderOptions())
    header = bytes(frame.data).replace(b"\0\0\0\x10" * 2, b"\0\0\xea\x60" * 2, 1)
    with pytest.raises(RenderingError):
        await worker.render(replace(frame, data=header), RenderOptions())


_CONFINED = """
import asyncio, os, sys
from pathlib import Path
from rendering.options import RenderOptions
from rendering.sandbox import landlock
from rendering.sandbox.process import WorkerProcess
from rendering.sandbox.warming import frames

async def main():
    worker = await WorkerProcess.start(1_000_000, 60)
    print(worker.level)
    print((await worker.render(next(frames()), RenderOptions())).columns)
    await worker.end()

landlock.restrict(write=[Path(sys.argv[1]), Path(os.devnull)], read=None)
asyncio.run(main())
"""


@pytest.mark.skipif(not landlock.level().abi, reason=f"on this kernel: {landlock.level()}")
def test_workers_start_from_a_confined_service(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-B", "-c", _CONFINED, tmp_path], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.stderr == ""
    level = landlock.level()
    assert done.stdout.splitlines() == [f"{level}; seccomp; resource limits", "16"]
    assert list(tmp_path.iterdir()) == []
