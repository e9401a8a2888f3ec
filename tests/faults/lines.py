"""Bad lines to a real Orthanc, and an Orthanc that stops: what becomes of an image that is asked for."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
import signal
import subprocess
import time
from urllib.parse import urlsplit

import httpx
import numpy as np
from PIL import Image
from pydicom import dcmwrite

from benchmarks.line import Line, Relay, relayed
from tests.exchange import ct
from tests.faults.outcome import Outcome, problem_in
from tests.peers.orthanc import orthanc_process, upload
from tests.service import running_service

SIZE = 256
"""Rows and columns: 131,072 bytes, a second at 1 Mb/s."""

DEADLINE = 4.0
_LIMITS = f"""limits = {{ connect_seconds = {DEADLINE}, search_seconds = {DEADLINE}, retrieve_seconds = {DEADLINE} }}
"""
_PATH = "/dicomweb/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.{}/frames/1/rendered"
_WELL = Line("well", 1000, 0)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A line for one image, or what is done to the Orthanc behind it before and after; the last of `times` counts."""

    fault: str
    line: Line = _WELL
    before: signal.Signals | None = None
    after: signal.Signals | None = None
    times: int = 1


def _line(
    fault: str, megabits: float, round_trip: float, stalls: int | None = None, breaks: int | None = None
) -> Trouble:
    return Trouble(fault, Line(fault, megabits, round_trip, stalls, breaks))


TROUBLES: Sequence[Trouble] = (
    _line("a line of 1000 Mb/s, 5 ms there and back", 1000, 5),
    _line("a line that falls silent after 60 kB", 100, 5, stalls=60_000),
    _line("a line of 100 Mb/s, 50 ms there and back", 100, 50),
    _line("a line that is reset after 60 kB", 100, 5, breaks=60_000),
    _line("a line of 100 Mb/s, 200 ms there and back", 100, 200),
    _line("a line that is reset at once", 100, 5, breaks=0),
    _line("a line of 10 Mb/s, 80 ms there and back", 10, 80),
    Trouble("Orthanc is stopped (SIGSTOP)", before=signal.SIGSTOP, after=signal.SIGCONT),
    Trouble("Orthanc goes on"),
    _line("a line of 1 Mb/s, 20 ms there and back", 1, 20),
    Trouble("Orthanc is killed (SIGKILL)", before=signal.SIGKILL),
    Trouble("… and is asked ten times more", times=10),
)


async def line_outcomes(folder: Path, troubles: Sequence[Trouble] = TROUBLES) -> list[Outcome]:
    """What came of each, one after the other, each with an image that was not asked for before."""
    async with _standing(folder, len(troubles)) as (client, relay, orthanc):
        found = []
        for number, trouble in enumerate(troubles, 1):
            relay.change(trouble.line)
            if trouble.before is not None:
                orthanc.send_signal(trouble.before)
            try:
                found.append([await _ask(client, number) for _ in range(trouble.times)][-1])
            finally:
                if trouble.after is not None:
                    orthanc.send_signal(trouble.after)
        return found


@asynccontextmanager
async def _standing(
    folder: Path, count: int
) -> AsyncIterator[tuple[httpx.AsyncClient, Relay, "subprocess.Popen[bytes]"]]:
    async with AsyncExitStack() as stack:
        (folder / "orthanc").mkdir()
        url, orthanc = stack.enter_context(orthanc_process(folder / "orthanc"))
        upload(url, list(_files(folder, count)))
        relay = stack.enter_context(relayed(_WELL, urlsplit(url).port or 0))
        archives = {"general": f"http://127.0.0.1:{relay.port}/dicom-web"}
        service = await stack.enter_async_context(running_service(folder, archives, options=_LIMITS))
        client = await stack.enter_async_context(service.client())
        assert (await client.get("/dicomweb/studies/1.2.1/metadata")).status_code == 200
        yield client, relay, orthanc


def _files(folder: Path, count: int) -> Sequence[Path]:
    paths = []
    for number in range(1, count + 1):
        pixels = np.full((SIZE, SIZE), number, "<u2").tobytes()
        made = ct("1.2.1", 1, number, Rows=SIZE, Columns=SIZE, PixelData=pixels)
        made.file_meta.MediaStorageSOPClassUID, made.file_meta.MediaStorageSOPInstanceUID = (
            made.SOPClassUID,
            made.SOPInstanceUID,
        )
        paths.append(folder / f"{number}.dcm")
        dcmwrite(paths[-1], made, enforce_file_format=True)
    return paths


async def _ask(client: httpx.AsyncClient, number: int) -> Outcome:
    began = time.monotonic()
    answer = await client.get(_PATH.format(number), headers={"Accept": "image/png"})
    seconds = time.monotonic() - began
    if answer.status_code != 200:
        return Outcome(answer.status_code, seconds, problem_in(answer))
    shown = np.asarray(Image.open(BytesIO(answer.content)).convert("L"))
    assert set(np.unique(shown)) == {number}, "another image than the right one"
    return Outcome(200, seconds, "The image.")
