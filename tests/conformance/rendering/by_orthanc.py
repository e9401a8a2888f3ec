"""Orthanc as a reference: its DICOMweb plug-in asked for rendered frames, started again whenever a file ends it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from io import BytesIO
from pathlib import Path
import tempfile
from typing import Any

import httpx
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.conformance.rendering.specimens import Specimen
from tests.peers.orthanc import start_orthanc


@contextmanager
def orthanc_images() -> Iterator[Callable[[Specimen], NDArray[Any] | None]]:
    with tempfile.TemporaryDirectory(prefix="vitrine-conformance-") as folder, ExitStack() as running:
        yield _Orthanc(Path(folder), running).image


class _Orthanc:
    """Holds one instance at a time, because files of the packages share their UIDs."""

    def __init__(self, folder: Path, running: ExitStack) -> None:
        self._folder = folder
        self._running = running
        self._client = self._start()
        self._file: Path | None = None
        self._instance: str | None = None

    def image(self, specimen: Specimen) -> NDArray[Any] | None:
        """Unasked it stretches grey values to what the frame holds, so it is asked through a window only."""
        if specimen.is_gray and specimen.window is None:
            return None
        try:
            return self._ask(specimen)
        except httpx.TransportError:
            self._client, self._file, self._instance = self._start(), specimen.file, None
            return None

    def _start(self) -> httpx.Client:
        self._running.close()
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        url = self._running.enter_context(start_orthanc(folder))
        return self._running.enter_context(httpx.Client(base_url=url, trust_env=False, timeout=60))

    def _ask(self, specimen: Specimen) -> NDArray[Any] | None:
        if self._file != specimen.file:
            self._store(specimen.file)
        if self._instance is None:
            return None
        answer = self._client.get(_path(specimen), headers={"Accept": "image/png"})
        if answer.status_code != 200:
            return None
        return np.asarray(Image.open(BytesIO(answer.content)).convert("L" if specimen.is_gray else "RGB"))

    def _store(self, file: Path) -> None:
        if self._instance is not None:
            self._client.delete(f"/instances/{self._instance}")
        self._file, self._instance = file, None
        answer = self._client.post("/instances", content=file.read_bytes())
        if answer.status_code == 200:
            self._instance = answer.json()["ID"]


def _path(specimen: Specimen) -> str:
    one = specimen.dataset
    place = f"studies/{one.StudyInstanceUID}/series/{one.SeriesInstanceUID}/instances/{one.SOPInstanceUID}"
    window = specimen.window
    asked = "" if window is None else f"?window={window.center},{window.width},linear"
    return f"/dicom-web/{place}/frames/{specimen.frame}/rendered{asked}"
