"""What each media type costs, compared with JPEG: one image made and encoded in all of them at their usual quality.

`python -m benchmarks.encodings [--rounds N]`. CPU time of the library call, decoding and windowing included, because
that is what a client's choice of a media type changes; rounds are interleaved.
"""

import argparse
from collections.abc import Mapping
from math import exp, log
from statistics import mean, median
import time

from pydicom.uid import ExplicitVRLittleEndian

from benchmarks import syntaxes
from benchmarks.report import conclude, print_table
from rendering.frame import EncodedFrame
from rendering.options import Encoding, RenderOptions, Window
from rendering.render import MAXIMUM_PIXELS, render

_ENCODINGS = (
    *(Encoding.JPEG, Encoding.PNG, Encoding.JXL, Encoding.JPH),
    *(Encoding.WEBP, Encoding.JP2, Encoding.AVIF, Encoding.GIF),
)
_GRAY = Window(40, 400)

Case = tuple[EncodedFrame, Window | None]
Measured = Mapping[str, Mapping[Encoding, float]]


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.encodings", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    _report({name: _measure(*case, rounds) for name, case in _cases().items()})


def _cases() -> dict[str, Case]:
    return {
        "CT 512": (syntaxes.ct(ExplicitVRLittleEndian).frame, _GRAY),
        "US 1024 RGB": (syntaxes.ultrasound(ExplicitVRLittleEndian).frame, None),
        "DX 3000×2500": (syntaxes.radiograph(ExplicitVRLittleEndian).frame, _GRAY),
    }


def _measure(frame: EncodedFrame, window: Window | None, rounds: int) -> dict[Encoding, float]:
    """Medians of the milliseconds for an image, by media type; one image of each warms up."""
    found: dict[Encoding, list[float]] = {encoding: [] for encoding in _ENCODINGS}
    for number in range(1 + rounds):
        for encoding, spent in found.items():
            begun = time.process_time()
            render(frame, RenderOptions(encoding, window=window), MAXIMUM_PIXELS)
            if number:
                spent.append((time.process_time() - begun) * 1000)
    return {encoding: median(spent) for encoding, spent in found.items()}


def _report(measured: Measured) -> None:
    rows = [
        [
            encoding.value,
            *(f"{one[encoding]:.2f}  × {one[encoding] / one[Encoding.JPEG]:.1f}" for one in measured.values()),
        ]
        for encoding in _ENCODINGS
    ]
    print_table(["CPU ms for each image, × JPEG", *measured], rows)
    others = [one[encoding] / one[Encoding.JPEG] for one in measured.values() for encoding in _ENCODINGS[1:]]
    ratio = exp(mean(map(log, others)))
    span = f"from {min(others):.2g} to {max(others):.2g}"
    says = f"of JPEG's CPU time for an image in another media type (geometric mean, {span})"
    milliseconds = {name: {encoding.value: spent for encoding, spent in one.items()} for name, one in measured.items()}
    conclude("encodings", ratio, says, {"milliseconds": milliseconds})


if __name__ == "__main__":
    main()
