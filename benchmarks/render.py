"""What an image costs in CPU time: by Vitrine, Orthanc's DICOMweb renderer, DCMTK, a plain script, and decoding alone.

`python -m benchmarks.render [--rounds N] [--only TEXT]`. All make a JPEG of quality 90 from the same instances, in
interleaved rounds. Vitrine is measured as a library call, and through the locked-down worker as the service uses it
(both processes together). Orthanc has its GDCM plug-in and its time is that of its whole process, HTTP and parsing
included; it keeps what it has decoded, so each of its instances is asked for once. DCMTK's is what each further frame
of a multi-frame file adds. The script is pydicom with pylibjpeg and Pillow, file in memory.
"""

import argparse
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from math import exp, log
from pathlib import Path
from statistics import mean, median
import tempfile
import time

import numpy as np
from PIL import Image
from pydicom import dcmread
from pydicom.pixels.processing import apply_modality_lut, apply_windowing
from pydicom.uid import (
    UID,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)
import uvloop

from benchmarks import syntaxes
from benchmarks.dcmtk import Dcmtk
from benchmarks.orthanc import Orthanc, orthanc
from benchmarks.report import conclude, print_table
from rendering.decode.decoding import decode
from rendering.options import RenderOptions, Viewport, Window
from rendering.render import render
from rendering.sandbox.process import WorkerProcess

MAXIMUM_PIXELS = 200_000_000
QUALITY = 90
TARGETS = ("decoding", "library", "worker", "Orthanc", "DCMTK", "script")
PEERS = ("Orthanc", "DCMTK", "script")
_WINDOW = Window(40, 400)
_ALIKE = 4.0  # grey levels that images may differ by on average: JPEG, rounding, ways to scale


@dataclass(frozen=True, slots=True)
class Case:
    """A specimen and what is asked of it; `images` in each round, each an instance of its own at Orthanc."""

    name: str
    specimen: syntaxes.Specimen
    window: Window | None
    viewport: tuple[int, int] | None
    images: int

    @property
    def options(self) -> RenderOptions:
        viewport = Viewport(*self.viewport) if self.viewport else None
        return RenderOptions(window=self.window, viewport=viewport, quality=QUALITY)

    @property
    def query(self) -> str:
        window = f"&window={self.window.center:g},{self.window.width:g},linear" if self.window else ""
        viewport = f"&viewport={self.viewport[0]},{self.viewport[1]}" if self.viewport else ""
        return f"quality={QUALITY}{window}{viewport}"


Make = Callable[[int], Awaitable[bytes | None]]
"""Makes the image number … of a case; `None` if it cannot."""


@dataclass(frozen=True, slots=True)
class Renderer:
    """Somebody who renders a case, and the CPU seconds used so far by the processes that do."""

    make: Make
    spent: Callable[[], float]


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.render", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="cases whose name holds this")
    arguments = parser.parse_args()
    cases = [case for case in _cases() if arguments.only in case.name]
    _report(uvloop.run(_measure_all(cases, arguments.rounds)))


_SYNTAXES = {
    "native": ExplicitVRLittleEndian,
    "RLE": RLELossless,
    "JPEG 12 bit": JPEGExtended12Bit,
    "JPEG lossless": JPEGLosslessSV1,
    "JPEG-LS": JPEGLSLossless,
    "JPEG 2000": JPEG2000Lossless,
    "HTJ2K": HTJ2KLossless,
}
_COLOR = {"native": ExplicitVRLittleEndian, "RLE": RLELossless, "JPEG": JPEGBaseline8Bit}


def _cases() -> Iterator[Case]:
    for name, syntax in _SYNTAXES.items():
        yield Case(f"CT 512, {name}", syntaxes.ct(syntax), _WINDOW, None, 20 if _is_quick(syntax) else 5)
    for name, syntax in _COLOR.items():
        yield Case(f"US 1024 RGB, {name}", syntaxes.ultrasound(syntax), None, None, 5)
    for name, syntax in _SYNTAXES.items():
        specimen, images = syntaxes.radiograph(syntax), 3 if _is_quick(syntax) else 1
        yield Case(f"DX 3000×2500, {name}", specimen, _WINDOW, None, images)
        yield Case(f"DX at 853×1024, {name}", specimen, _WINDOW, (853, 1024), images)


def _is_quick(syntax: UID) -> bool:
    return syntax != JPEG2000Lossless


async def _measure_all(cases: Sequence[Case], rounds: int) -> dict[str, dict[str, float | None]]:
    """Milliseconds of CPU time for each image, by case and target."""
    measured: dict[str, dict[str, float | None]] = {}
    with tempfile.TemporaryDirectory(prefix="vitrine-bench-") as folder:
        worker = await WorkerProcess.start(MAXIMUM_PIXELS, 3600)
        try:
            for number, case in enumerate(cases, 1):
                with orthanc(Path(folder) / f"orthanc-{number}") as peer:
                    renderers = _renderers(case, f"2.25.7.{number}", worker, peer, rounds, Path(folder))
                    measured[case.name] = await _measure(case, renderers, rounds)
        finally:
            await worker.end()
    return measured


def _renderers(
    case: Case, series: str, worker: WorkerProcess, peer: Orthanc, rounds: int, folder: Path
) -> dict[str, Renderer]:
    for number in range(rounds * case.images + 1):
        peer.store(syntaxes.part10(case.specimen, series, number))
    file = syntaxes.part10(case.specimen, series, 0)
    frame = case.specimen.frame
    dcmtk = Dcmtk(case.specimen, case.window, case.viewport, folder)

    async def by_decoding(_: int) -> bytes:
        decode(frame, MAXIMUM_PIXELS)
        return b""

    async def by_library(_: int) -> bytes:
        return render(frame, case.options, MAXIMUM_PIXELS).data

    async def by_worker(_: int) -> bytes:
        return (await worker.render(frame, case.options)).data

    async def by_orthanc(number: int) -> bytes | None:
        return peer.rendered(series, f"{series}.{number}", case.query)

    async def by_dcmtk(_: int) -> bytes | None:
        return dcmtk.frame()

    async def by_script(_: int) -> bytes | None:
        return _plainly(file, case)

    return {
        "decoding": Renderer(by_decoding, time.process_time),
        "library": Renderer(by_library, time.process_time),
        "worker": Renderer(by_worker, lambda: time.process_time() + process_seconds(worker.pid)),
        "Orthanc": Renderer(by_orthanc, lambda: process_seconds(peer.pid)),
        "DCMTK": Renderer(by_dcmtk, lambda: dcmtk.seconds),
        "script": Renderer(by_script, time.process_time),
    }


async def _measure(case: Case, renderers: Mapping[str, Renderer], rounds: int) -> dict[str, float | None]:
    """Medians over the rounds; an image made before warms up and is compared with the others'."""
    first = {name: await renderer.make(0) for name, renderer in renderers.items()}
    _require_alike(case, first)
    able = {name: renderer for name, renderer in renderers.items() if first[name] is not None}
    found: dict[str, list[float]] = {name: [] for name in able}
    for number in range(rounds):
        for name, renderer in able.items():
            begun = renderer.spent()
            for image in range(case.images):
                await renderer.make(1 + number * case.images + image)
            found[name].append((renderer.spent() - begun) / case.images * 1000)
    return {name: median(found[name]) if name in found else None for name in renderers}


def _require_alike(case: Case, images: Mapping[str, bytes | None]) -> None:
    decoded = {name: _gray(image) for name, image in images.items() if image}
    ours = decoded["library"]
    for name, image in decoded.items():
        if max(np.abs(np.subtract(image.shape, ours.shape))) > 1:  # who is told a width rounds the height
            raise RuntimeError(f"{name} makes an image of `{case.name}` of another size: {image.shape}")
        rows, columns = np.minimum(image.shape, ours.shape)
        difference = float(np.abs(image[:rows, :columns] - ours[:rows, :columns]).mean())
        if difference > _ALIKE:
            raise RuntimeError(f"{name} makes another image of `{case.name}`: {difference:.1f} grey levels away")


def _gray(image: bytes) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    return np.asarray(Image.open(BytesIO(image)).convert("L"), np.float64)


def _plainly(file: bytes, case: Case) -> bytes | None:
    """What a script without further packages does; `None` where pydicom has no decoder then."""
    dataset = dcmread(BytesIO(file))
    with suppress(RuntimeError, NotImplementedError):  # pydicom's words for a decoder that is missing or not known
        pixels = dataset.pixel_array
        if case.window:
            dataset.WindowCenter, dataset.WindowWidth = case.window.center, case.window.width
            values = apply_windowing(apply_modality_lut(pixels, dataset), dataset)
            low, high = dataset.RescaleIntercept, dataset.RescaleIntercept + 2**dataset.BitsStored - 1
            pixels = np.clip((values - low) / (high - low) * 255, 0, 255).astype(np.uint8)
        image, written = Image.fromarray(pixels), BytesIO()
        if case.viewport:
            image.thumbnail(case.viewport)
        image.save(written, "JPEG", quality=QUALITY)
        return written.getvalue()
    return None


def process_seconds(pid: int) -> float:
    """CPU time of another process with all its threads, finer than /proc tells it (clock_getcpuclockid(3))."""
    return time.clock_gettime(~pid << 3 | 2)


def _report(measured: Mapping[str, Mapping[str, float | None]]) -> None:
    rows = []
    for case, found in measured.items():
        ours = found["worker"] or 0.0
        times = ["–" if spent is None else f"{spent:.2f}" for spent in found.values()]
        compared = ["–" if (peer := found[name]) is None else f"× {peer / ours:.1f}" for name in PEERS]
        rows.append([case, *times, *compared])
    print_table(["CPU ms for each image", *TARGETS, *(f"{name} / worker" for name in PEERS)], rows)
    ratios = _ratios(measured, "worker")
    says = (
        f"of Orthanc's CPU time for an image, made in a locked-down worker (geometric mean of {len(ratios)} cases, "
        f"from {min(ratios):.2g} to {max(ratios):.2g}; as library call {_mean(_ratios(measured, 'library')):.2g})"
    )
    conclude("render", _mean(ratios), says, {"milliseconds": measured})


def _ratios(measured: Mapping[str, Mapping[str, float | None]], name: str) -> list[float]:
    return [
        ours / peer
        for found in measured.values()
        if (ours := found[name]) is not None and (peer := found["Orthanc"]) is not None
    ]


def _mean(ratios: Sequence[float]) -> float:
    return exp(mean(map(log, ratios)))


if __name__ == "__main__":
    main()
