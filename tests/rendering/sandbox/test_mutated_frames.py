"""A locked-down worker under hostile frames: it refuses or renders, in time, keeps its size, and goes on."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
import random
import time

import pytest

from rendering.errors import RenderingError, WorkerFailed
from rendering.frame import EncodedFrame
from rendering.options import Encoding, RenderOptions, Viewport
from rendering.sandbox.process import WorkerProcess
from tests.rendering.decode import samples
from tests.rendering.decode.mutations import Change, mutated

SEED, MUTATIONS = 20, 400
LONGEST_SECONDS = 2
MOST_GROWTH = 8 * 2**20
SOUND = {
    f"{syntax} {kind}": encode(syntax)
    for syntax in samples.ENCODED_SYNTAXES
    for kind, encode in (("grey", samples.encoded_gray), ("colour", samples.encoded_color))
}
OPTIONS = (RenderOptions(), RenderOptions(Encoding.PNG), RenderOptions(viewport=Viewport(9, 7)))


@pytest.fixture
async def worker() -> AsyncIterator[WorkerProcess]:
    started = await WorkerProcess.start(1_000_000, 60)
    yield started
    await started.end()


def mutations(frame: EncodedFrame, chance: random.Random) -> Iterator[EncodedFrame]:
    for _ in range(MUTATIONS):
        changes = [_change(chance) for _ in range(chance.randint(1, 4))]
        data = mutated(bytes(frame.data), chance.choice(["anywhere", "header"]), changes)
        yield EncodedFrame(data, frame.transfer_syntax, frame.attributes)


def _change(chance: random.Random) -> Change:
    kind = chance.choice(["cut", "set", "insert", "remove"])
    return kind, chance.random(), chance.randbytes(chance.randint(1, 8))


def resident(pid: int | str) -> int:
    """Bytes of memory that a process holds of its own."""
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    return int(status.partition("RssAnon:")[2].split()[0]) * 1024


async def test_mutated_frames_of_every_syntax(worker: WorkerProcess) -> None:
    chance = random.Random(SEED)
    good = {name: (await worker.render(frame, OPTIONS[1])).data for name, frame in SOUND.items()}
    sizes = {pid: resident(pid) for pid in ("self", worker.pid)}
    refused = rendered = 0
    for name, frame in SOUND.items():
        for hostile in mutations(frame, chance):
            begun = time.monotonic()
            try:
                async with asyncio.timeout(10 * LONGEST_SECONDS):
                    await worker.render(hostile, chance.choice(OPTIONS))
                rendered += 1
            except WorkerFailed as error:
                pytest.fail(f"{name}: {error}")
            except RenderingError:
                refused += 1
            assert time.monotonic() - begun < LONGEST_SECONDS, name
        assert (await worker.render(frame, OPTIONS[1])).data == good[name], name
    assert refused > rendered > 0
    assert all(resident(pid) - size < MOST_GROWTH for pid, size in sizes.items())
