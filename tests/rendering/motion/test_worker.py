"""Moving images and videos are made by processes that can open no file and start no thread."""

from collections.abc import AsyncIterator

import numpy as np
import pytest
import pytest_asyncio

from rendering.content import Cine, Film, Icon, Pieces, Rewrapped
from rendering.errors import MalformedFrame
from rendering.options import Encoding, RenderOptions, Viewport
from rendering.pictograms import Pictogram
from rendering.sandbox.process import WorkerProcess
from tests.rendering.frames import frame_of, pixels
from tests.videos import H264_BARE, VARIETIES, numbers, video


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def worker() -> AsyncIterator[WorkerProcess]:
    started = await WorkerProcess.start(10_000_000, 60)
    assert started.level.endswith("; seccomp; resource limits")
    yield started
    await started.end()


@pytest.mark.asyncio(loop_scope="module")
async def test_frames_move(worker: WorkerProcess) -> None:
    values = np.random.default_rng(1).integers(0, 255, (70, 50, 3)).astype(np.uint8)
    for frame in (frame_of(values), frame_of(values[..., 0].astype(np.uint16) * 16)):
        for encoding in (Encoding.GIF, Encoding.WEBP, Encoding.MP4):
            options = RenderOptions(encoding, viewport=Viewport(100, 100), watermark="A clinician, 山田")
            image = await worker.render(Cine((frame, frame), (40_000, 40_000)), options)
            assert (image.frames, image.milliseconds, image.marked) == (2, 80, True)
            joined = await worker.render(Pieces((image.data, image.data)), options)
            assert len(joined.data) > len(image.data)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("variety", VARIETIES)
async def test_videos_of_every_kind(worker: WorkerProcess, variety: tuple[str, str]) -> None:
    stored = video(variety)
    still = await worker.render(Film(stored, 40_000, 20), RenderOptions(Encoding.PNG))
    assert float(pixels(still).mean()) == pytest.approx(100 * 255 / 219, abs=3)
    moving = await worker.render(Film(stored, 40_000, 10, 5), RenderOptions(Encoding.MP4))
    assert numbers(moving.data) == [10, 11, 12, 13, 14]


@pytest.mark.asyncio(loop_scope="module")
async def test_another_container_and_what_is_damaged(worker: WorkerProcess) -> None:
    stored = video(H264_BARE)
    assert (await worker.render(Rewrapped(stored, 40_000), RenderOptions(Encoding.MP4))).frames == 40
    with pytest.raises(MalformedFrame):
        await worker.render(Rewrapped(stored[:-40], 40_000), RenderOptions(Encoding.MP4))


@pytest.mark.asyncio(loop_scope="module")
async def test_every_pictogram_is_drawn_and_differs_from_the_others(worker: WorkerProcess) -> None:
    options = RenderOptions(Encoding.PNG, viewport=Viewport(64, 48))
    drawn = {}
    for pictogram in Pictogram:
        image = pixels(await worker.render(Icon(pictogram), options))
        assert image.shape == (48, 48)
        assert image.std() > 10
        drawn[image.tobytes()] = pictogram
    assert len(drawn) == len(Pictogram)
