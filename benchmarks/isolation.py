"""What it costs to render in locked-down processes instead of threads, and whether the service still answers meanwhile.

`python -m benchmarks.isolation [--rounds N] [--seconds S]`. The same frames are rendered by as many threads of one
process as there are cores, and by as many workers as the service would start; what counts is images per second of
wall time. Then a 12-megapixel JPEG 2000 image is rendered again and again while a task of the service's event loop
asks to be woken every millisecond: the longest it was overdue is what a viewer would have waited.
"""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from math import exp, log
import os
from statistics import mean, median
import time

from pydicom.uid import (
    UID,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)
import uvloop

from benchmarks import syntaxes
from benchmarks.report import conclude, print_table
from proxy.retrieval.workers import RenderingWorkers
from proxy.settings.retrieval import Retrieval
from rendering.frame import EncodedFrame
from rendering.options import RenderOptions, Viewport, Window
from rendering.render import render

_CORES = len(os.sched_getaffinity(0))
_LARGE = 4000, 3000
_SCREEN = RenderOptions(window=Window(40, 400), viewport=Viewport(1024, 1024))
_FULL = RenderOptions(window=Window(40, 400))

Case = tuple[EncodedFrame, RenderOptions]


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.isolation", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each case, target and round")
    arguments = parser.parse_args()
    _report(*uvloop.run(_measure(_cases(), arguments.rounds, arguments.seconds)))


def _cases() -> dict[str, Case]:
    def ct(syntax: UID) -> Case:
        return syntaxes.ct(syntax).frame, _FULL

    return {
        "CT 512, native": ct(ExplicitVRLittleEndian),
        "CT 512, RLE": ct(RLELossless),
        "CT 512, JPEG lossless": ct(JPEGLosslessSV1),
        "CT 512, JPEG-LS": ct(JPEGLSLossless),
        "US 1024 RGB, JPEG": (syntaxes.ultrasound(JPEGBaseline8Bit).frame, RenderOptions()),
        "DX at 853×1024, native": (syntaxes.radiograph(ExplicitVRLittleEndian).frame, _SCREEN),
        "DX at 853×1024, JPEG 2000": (syntaxes.radiograph(JPEG2000Lossless).frame, _SCREEN),
    }


async def _measure(
    cases: Mapping[str, Case], rounds: int, seconds: float
) -> tuple[dict[str, tuple[float, float]], float]:
    """Images per second by threads and by workers, and the longest delay of the event loop in milliseconds."""
    settings = Retrieval(workers=_CORES)
    with ThreadPoolExecutor(_CORES) as threads:
        async with RenderingWorkers(settings) as workers:
            rates: dict[str, tuple[float, float]] = {}
            for name, case in cases.items():
                found: list[tuple[float, float]] = []
                for _ in range(rounds):
                    by_threads = await _rate(partial(_by_thread, threads, case), seconds)
                    by_workers = await _rate(partial(workers.render, *case), seconds)
                    found.append((by_threads, by_workers))
                rates[name] = median(one for one, _ in found), median(other for _, other in found)
            return rates, await _longest_delay(workers)


async def _by_thread(threads: ThreadPoolExecutor, case: Case) -> object:
    return await asyncio.get_running_loop().run_in_executor(threads, render, *case)


async def _rate(make: Callable[[], Awaitable[object]], seconds: float) -> float:
    made, end = 0, time.perf_counter() + seconds

    async def repeat() -> None:
        nonlocal made
        while time.perf_counter() < end:
            await make()
            made += 1

    begun = time.perf_counter()
    await asyncio.gather(*(repeat() for _ in range(_CORES)))
    return made / (time.perf_counter() - begun)


async def _longest_delay(workers: RenderingWorkers) -> float:
    frame = syntaxes.radiograph(JPEG2000Lossless, _LARGE).frame
    delays: list[float] = []

    async def watch() -> None:
        while True:
            begun = time.perf_counter()
            await asyncio.sleep(0.001)
            delays.append((time.perf_counter() - begun - 0.001) * 1000)

    watching = asyncio.create_task(watch())
    for _ in range(5):
        await workers.render(frame, _FULL)
    watching.cancel()
    return max(delays)


def _report(rates: Mapping[str, tuple[float, float]], delay: float) -> None:
    rows = [[name, f"{t:.0f}", f"{w:.0f}", f"{w / t:.2f}"] for name, (t, w) in rates.items()]
    print_table(["images per second", f"{_CORES} threads", f"{_CORES} workers", "workers / threads"], rows)
    print(f"longest delay of the event loop while 12 megapixels of JPEG 2000 are rendered: {delay:.1f} ms")
    ratio = exp(mean(log(w / t) for t, w in rates.values()))
    says = f"of the throughput of threads, in locked-down workers (geometric mean of {len(rates)} cases)"
    conclude("isolation", ratio, says, {"per_second": rates, "longest_delay_ms": delay})


if __name__ == "__main__":
    main()
