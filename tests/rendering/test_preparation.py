"""A frame that was prepared looks, through every window, like the frame itself."""

from typing import Any

import numpy as np
import pytest

from rendering.content import Preparing
from rendering.errors import WorkerFailed
from rendering.frame import EncodedFrame
from rendering.options import RenderOptions, Viewport, Window
from rendering.preparation import prepare
from rendering.sandbox.messages import Prepared, to_frame, to_prepared
from rendering.sandbox.process import WorkerProcess
from tests.rendering.decode import samples
from tests.rendering.frames import frame_of, shown

WINDOWS = (Window(1000, 900), Window(2048, 4096), Window(300, 1))
SMALL = Viewport(40, 40)


def frames() -> dict[str, EncodedFrame]:
    deep, signed = samples.gray(12), samples.gray(12, signed=True)
    padded = samples.gray(16).astype(np.uint16)
    padded[:10] = 7
    floating = samples.gray(12).astype(np.float32)
    floating[3:5] = np.nan
    return {
        "native": frame_of(deep, bits_stored=12, high_bit=11),
        "signed": frame_of(signed, bits_stored=12, high_bit=11, rescale_slope=2.0, rescale_intercept=-100.0),
        "padded": frame_of(padded, padding=(7, 7)),
        "inverted": frame_of(deep, bits_stored=12, high_bit=11, photometric_interpretation="MONOCHROME1"),
        "tall": frame_of(deep, bits_stored=12, high_bit=11, pixel_aspect=1.5),
        "floating": frame_of(floating, floating_point=True, signed=True),
        "JPEG 2000": samples.encoded_gray(samples.JPEG_2000_LOSSLESS),
        "JPEG-LS": samples.encoded_gray(samples.JPEG_LS),
    }


@pytest.mark.parametrize("name", frames())
@pytest.mark.parametrize("viewport", [None, SMALL, Viewport(200, 150)])
def test_it_looks_the_same_through_every_window(name: str, viewport: Viewport | None) -> None:
    frame = frames()[name]
    prepared = prepare(Preparing(frame, RenderOptions(viewport=viewport)), 10**6)
    for window in WINDOWS:
        asked: dict[str, Any] = {"window": window, "viewport": viewport}
        np.testing.assert_array_equal(shown(prepared, **asked), shown(frame, **asked))


def test_a_region_of_what_was_prepared_whole_is_that_region() -> None:
    frame = frames()["native"]
    prepared = prepare(Preparing(frame, RenderOptions()), 10**6)
    region = Viewport(30, 30, 10, 12, 20, 20, flip_horizontal=True)
    window = WINDOWS[0]
    np.testing.assert_array_equal(
        shown(prepared, viewport=region, window=window), shown(frame, viewport=region, window=window)
    )


async def test_a_worker_prepares() -> None:
    frame = frames()["padded"]
    worker = await WorkerProcess.start(10**6, 60)
    try:
        assert await worker.prepare(Preparing(frame, RenderOptions(viewport=SMALL))) == prepare(
            Preparing(frame, RenderOptions(viewport=SMALL)), 10**6
        )
    finally:
        await worker.end()


def test_values_that_are_too_few_are_not_believed() -> None:
    frame = frames()["native"]
    prepared = prepare(Preparing(frame, RenderOptions()), 10**6)
    assert prepared.prepared is not None
    message: Prepared = to_prepared(prepared, prepared.prepared)
    with pytest.raises(WorkerFailed):
        to_frame(message, bytes(prepared.data)[:-1], Preparing(frame, RenderOptions()))
