"""What it costs to turn a window: a frame that has been looked at before, through one window after another.

`python -m benchmarks.turning [--rounds N]`. Vitrine renders from what it has prepared, in the locked-down worker, both
processes together; Orthanc keeps the instance that it decoded last, and is asked for the same one again and again.
"""

import argparse
from collections.abc import Awaitable, Callable
from dataclasses import replace
from math import exp, log
from pathlib import Path
from statistics import mean, median
import tempfile
import time

from pydicom.uid import ExplicitVRLittleEndian, JPEG2000Lossless, JPEGLSLossless
import uvloop

from benchmarks import syntaxes
from benchmarks.orthanc import Orthanc, orthanc
from benchmarks.render import MAXIMUM_PIXELS, Case, process_seconds
from benchmarks.report import conclude, print_table
from rendering.content import Preparing
from rendering.options import RenderOptions, Window
from rendering.sandbox.process import WorkerProcess

_IMAGES = 20
_SERIES = "2.25.9"

Turn = Callable[[int], Awaitable[object]]


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.turning", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    _report(uvloop.run(_measure_all(parser.parse_args().rounds)))


def _cases() -> list[Case]:
    window = Window(40, 400)
    return [
        Case("CT 512, native", syntaxes.ct(ExplicitVRLittleEndian), window, None, _IMAGES),
        Case("CT 512, JPEG-LS", syntaxes.ct(JPEGLSLossless), window, None, _IMAGES),
        Case("DX at 853×1024, native", syntaxes.radiograph(ExplicitVRLittleEndian), window, (853, 1024), _IMAGES),
        Case("DX at 853×1024, JPEG 2000", syntaxes.radiograph(JPEG2000Lossless), window, (853, 1024), _IMAGES),
    ]


async def _measure_all(rounds: int) -> dict[str, tuple[float, float]]:
    """Milliseconds of CPU time for each turn, by Vitrine and by Orthanc."""
    measured: dict[str, tuple[float, float]] = {}
    with tempfile.TemporaryDirectory(prefix="vitrine-bench-") as folder:
        worker = await WorkerProcess.start(MAXIMUM_PIXELS, 3600)
        try:
            for number, case in enumerate(_cases()):
                with orthanc(Path(folder) / f"orthanc-{number}") as peer:
                    measured[case.name] = await _measure(case, worker, peer, rounds)
        finally:
            await worker.end()
    return measured


async def _measure(case: Case, worker: WorkerProcess, peer: Orthanc, rounds: int) -> tuple[float, float]:
    peer.store(syntaxes.part10(case.specimen, _SERIES, 1))
    whole = RenderOptions(viewport=case.options.viewport)
    prepared = await worker.prepare(Preparing(case.specimen.frame, whole))

    async def by_vitrine(center: int) -> object:
        return await worker.render(prepared, replace(case.options, window=Window(center, 400)))

    async def by_orthanc(center: int) -> object:
        image = peer.rendered(_SERIES, f"{_SERIES}.1", case.query.replace("window=40,", f"window={center},"))
        if image is None:
            raise RuntimeError(f"Orthanc does not render `{case.name}`")
        return image

    ours: list[float] = []
    theirs: list[float] = []
    await by_orthanc(0)
    for number in range(rounds):
        centers = range(number * _IMAGES, (number + 1) * _IMAGES)
        ours.append(await _spent(by_vitrine, centers, lambda: time.process_time() + process_seconds(worker.pid)))
        theirs.append(await _spent(by_orthanc, centers, lambda: process_seconds(peer.pid)))
    return median(ours), median(theirs)


async def _spent(turn: Turn, centers: range, clock: Callable[[], float]) -> float:
    begun = clock()
    for center in centers:
        await turn(center)
    return (clock() - begun) / len(centers) * 1000


def _report(measured: dict[str, tuple[float, float]]) -> None:
    rows = [[name, f"{ours:.2f}", f"{peer:.2f}", f"× {peer / ours:.1f}"] for name, (ours, peer) in measured.items()]
    print_table(["CPU ms for each turn", "Vitrine", "Orthanc", "Orthanc / Vitrine"], rows)
    ratio = exp(mean(log(ours / peer) for ours, peer in measured.values()))
    says = f"of Orthanc's CPU time for a turn of the window (geometric mean of {len(measured)} cases)"
    conclude("turning", ratio, says, {"milliseconds": measured})


if __name__ == "__main__":
    main()
