"""High-throughput JPEG 2000 by OpenJPH, twice as fast as OpenJPEG, where its results can be trusted (T.814)."""

from collections.abc import Iterator
from contextlib import contextmanager
import sys
import threading

import imagecodecs
import numpy as np

from rendering.decode.cells import Array
from rendering.decode.jpeg2000_header import Jpeg2000Header
from rendering.errors import MalformedFrame

_watching = threading.Lock()


def is_exact_with_openjph(header: Jpeg2000Header, reduction: int) -> bool:
    """Whether OpenJPH gives what the standard says.

    The binding does not clamp what wavelets overshoot. Whole reversible images do not overshoot, and unsigned samples
    of 9 to 15 bits leave room to see that they did.
    """
    whole = header.reversible and not reduction
    return header.high_throughput and (whole or _has_room(header))


def decode_with_openjph(stream: memoryview, header: Jpeg2000Header, reduction: int) -> Array:
    """Decode one code stream for which `is_exact_with_openjph` holds, at 1/2**reduction of its size."""
    try:
        with _watching, _swallowed_failures_raised():
            samples: Array = imagecodecs.htj2k_decode(stream, planar=False, skipres=reduction)  # type: ignore[arg-type]  # any buffer will do
    except (RuntimeError, ValueError):
        raise MalformedFrame("the HTJ2K code stream is damaged") from None
    return samples if not _has_room(header) else _clamped(samples, header.precision)


def _has_room(header: Jpeg2000Header) -> bool:
    return header.components == 1 and not header.signed and 9 <= header.precision <= 15


def _clamped(samples: Array, precision: int) -> Array:
    numbers = samples.view(np.int16)
    return np.clip(numbers, 0, (1 << precision) - 1, out=numbers).view(np.uint16)


@contextmanager
def _swallowed_failures_raised() -> Iterator[None]:
    """The binding lets OpenJPH's exceptions go no further than the interpreter's hook for the unraisable."""
    failures = []

    def note(unraisable: "sys.UnraisableHookArgs") -> None:
        if "imagecodecs" in str(unraisable.object):
            failures.append(True)
        else:
            previous(unraisable)

    previous, sys.unraisablehook = sys.unraisablehook, note
    try:
        yield
    finally:
        sys.unraisablehook = previous
    if failures:
        raise MalformedFrame("the HTJ2K code stream is damaged")
