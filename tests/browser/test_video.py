"""Chromium plays what is given as MP4: multi-frame images, stored videos, those that had to be wrapped, and seeks."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page
import pytest

from tests.browser.exchange import exchange_in_a_thread
from tests.exchange import ct
from tests.videos import H264_BARE, H264_MP4, STEP, stored_video, video

pytestmark = pytest.mark.browser

_COUNT = 40
_PLAY = """async (source) => {
  const film = document.createElement('video');
  document.body.append(film);
  const once = (name) => new Promise((resolve, reject) => {
    film.addEventListener(name, resolve, { once: true });
    film.addEventListener('error', () => reject(new Error(`${name}: ${film.error?.message}`)), { once: true });
  });
  const presented = () => new Promise((resolve) =>
    film.requestVideoFrameCallback((_, { mediaTime }) => resolve(mediaTime)));
  const levels = [];
  const look = () => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [film.videoWidth, film.videoHeight];
    const context = canvas.getContext('2d');
    context.drawImage(film, 0, 0);
    return context.getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data[1];
  };
  film.muted = true;
  film.src = source;
  await once('loadedmetadata');
  for (const place of [0.9, 0.1, 0.5]) {
    let frame = presented();
    film.currentTime = film.duration * place;
    while (Math.abs(await frame - film.currentTime) > 0.041) frame = presented();
    levels.push(look());
  }
  film.currentTime = 0;
  await film.play();
  await once('ended');
  return [film.duration, film.videoWidth, film.videoHeight, levels, film.currentTime];
}"""


@dataclass
class Cinema:
    page: Page
    origin: str

    def play(self, study: str) -> Any:
        return self.page.evaluate(
            _PLAY,
            f"{self.origin}/dicomweb/studies/{study}/series/{study}.1/instances/{study}.1.1/rendered?accept=video/mp4",
        )


@pytest.fixture
def cinema(browser: Browser, tmp_path: Path) -> Iterator[Cinema]:
    brightness = np.arange(_COUNT, dtype=np.uint8) * STEP
    frames = np.repeat(brightness, 48 * 64).tobytes()
    cine = ct("1.2.1", Rows=48, Columns=64, BitsAllocated=8, BitsStored=8, HighBit=7, NumberOfFrames=_COUNT)
    cine.FrameTime, cine.PixelData = "40", frames
    holdings = [cine, stored_video("1.2.2", H264_MP4), stored_video("1.2.3", H264_BARE, video(H264_BARE))]
    with exchange_in_a_thread(tmp_path, holdings) as service:
        page = browser.new_page(extra_http_headers=service.bearer())
        page.goto(f"{service.origin}/portal")
        yield Cinema(page, service.origin)
        page.close()


def test_multi_frame_images_and_stored_videos_play_and_seek(cinema: Cinema) -> None:
    for study, white in (("1.2.1", 255), ("1.2.2", 219), ("1.2.3", 219)):
        duration, width, height, levels, ended = cinema.play(study)
        assert duration == pytest.approx(_COUNT * 0.04, abs=0.01)
        assert ended == pytest.approx(duration, abs=0.01)
        assert (width, height) == (64, 48)
        shown = [STEP * int(_COUNT * place) * 255 / white for place in (0.9, 0.1, 0.5)]
        assert levels == pytest.approx(shown, abs=4), study
