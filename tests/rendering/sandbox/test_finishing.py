"""What is made of a frame behind the worker's locks: every encoding, colour management, every transfer syntax."""

from collections.abc import AsyncIterator
from dataclasses import replace

import numpy as np
import pytest

from rendering.content import Transport
from rendering.errors import RenderingError, UnsupportedObject, WorkerFailed
from rendering.frame import ColorDescription, EncodedFrame
from rendering.icc.spaces import ADOBE_RGB
from rendering.icc.writing import profile_of
from rendering.options import EMBEDDING_PROFILES, ColorProfile, Encoding, RenderOptions
from rendering.render import render
from rendering.sandbox.process import WorkerProcess
from rendering.sandbox.signatures import can_be
from rendering.transport import syntaxes
from rendering.transport.syntaxes import LOSSLESS, LOSSY
from rendering.transport.transcoding import transcode
from tests.rendering.frames import frame_of
from tests.rendering.sandbox.misbehaving import COMMAND, TRANSPORTED

MAXIMUM_PIXELS = 1_000_000
STILLS = [one for one in Encoding if one not in {Encoding.SVG, Encoding.MP4}]
NOISE = np.random.default_rng(7)
GREY = frame_of(NOISE.integers(0, 4096, (300, 290), dtype=np.uint16), bits_stored=12, high_bit=11)
COLOR = frame_of(NOISE.integers(0, 256, (300, 290, 3), dtype=np.uint8))
FRAMES = {"grey": GREY, "colour": COLOR}


@pytest.fixture
async def worker() -> AsyncIterator[WorkerProcess]:
    started = await WorkerProcess.start(MAXIMUM_PIXELS, 60)
    yield started
    await started.end()


@pytest.mark.parametrize("name", FRAMES)
async def test_every_encoding_is_the_same_as_without_locks(worker: WorkerProcess, name: str) -> None:
    for encoding in STILLS:
        for quality in (60, 100):
            options = RenderOptions(encoding, quality=quality)
            assert await worker.render(FRAMES[name], options) == render(FRAMES[name], options), (encoding, quality)


@pytest.mark.parametrize("name", FRAMES)
async def test_colours_are_managed_as_without_locks(worker: WorkerProcess, name: str) -> None:
    profile = ColorDescription(profile_of(ADOBE_RGB))
    frame = replace(FRAMES[name], attributes=replace(FRAMES[name].attributes, colors=profile))
    for encoding in EMBEDDING_PROFILES - {Encoding.PNG_16}:
        for asked in ColorProfile:
            options = RenderOptions(encoding, color_profile=asked)
            assert await worker.render(frame, options) == render(frame, options), (encoding, asked)


async def test_a_hostile_profile_costs_its_colours_and_no_worker(worker: WorkerProcess) -> None:
    sound = profile_of(ADOBE_RGB)
    for place in range(0, len(sound), 8):
        profile = sound[:place] + b"\xff" * 7 + sound[place + 7 :]
        frame = replace(COLOR, attributes=replace(COLOR.attributes, colors=ColorDescription(profile)))
        image = await worker.render(frame, RenderOptions(color_profile=ColorProfile.SRGB))
        assert image.color_found in {"image", "damaged"}


@pytest.mark.parametrize("name", FRAMES)
async def test_every_transfer_syntax_is_the_same_as_without_locks(worker: WorkerProcess, name: str) -> None:
    for syntax in sorted(LOSSLESS | LOSSY):
        transport = Transport(FRAMES[name], syntax)
        made = await worker.transcode(transport)
        assert made == transcode(transport, MAXIMUM_PIXELS), syntax
        assert can_be(transport, made.data)


async def test_what_has_no_place_is_refused_and_the_worker_goes_on(worker: WorkerProcess) -> None:
    wide = frame_of(np.ones((4, 4), np.uint32))
    with pytest.raises(UnsupportedObject):
        await worker.transcode(Transport(wide, syntaxes.JPEG_LS))
    with pytest.raises(RenderingError):
        await worker.transcode(Transport(replace(GREY, data=GREY.data[:10]), syntaxes.JPEG_LS))
    assert (await worker.transcode(Transport(wide, syntaxes.EXPLICIT_LITTLE_ENDIAN))).data == wide.data


@pytest.mark.parametrize("act", TRANSPORTED)
async def test_nonsense_is_not_taken_for_a_frame(act: str) -> None:
    misbehaving = await WorkerProcess.start(MAXIMUM_PIXELS, 60, COMMAND)
    try:
        transport = Transport(EncodedFrame(b"pixels", act, GREY.attributes), syntaxes.JPEG_LS)
        with pytest.raises(WorkerFailed, match=r"^a rendering process answered nonsense$"):
            await misbehaving.transcode(transport)
    finally:
        await misbehaving.end()


async def test_a_frame_is_not_taken_for_an_image() -> None:
    misbehaving = await WorkerProcess.start(MAXIMUM_PIXELS, 60, COMMAND)
    try:
        with pytest.raises(WorkerFailed, match=r"^a rendering process answered nonsense$"):
            await misbehaving.render(EncodedFrame(b"pixels", "frame for image", GREY.attributes), RenderOptions())
    finally:
        await misbehaving.end()


@pytest.mark.parametrize("syntax", sorted(LOSSLESS | LOSSY))
def test_bytes_of_something_else_cannot_be_a_frame(syntax: str) -> None:
    for data in (b"<script>", bytes(300 * 290), b"%PDF-1.7", b"GIF89a"):
        assert not can_be(Transport(GREY, syntax), data)
