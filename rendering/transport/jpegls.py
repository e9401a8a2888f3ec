"""Stored values → JPEG-LS of their own precision, lossless or near it, by CharLS (PS3.5 §8.2.3, ITU-T T.87).

Its C interface is called: the Python binding of the library, which lies inside the imagecodecs wheel, knows only
precisions of 8 and 16 bits.
"""

from contextlib import ExitStack
import ctypes
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from rendering.errors import WorkerFailed
from rendering.transport.jpeg import patterns

Values: TypeAlias = NDArray[Any]

_FEWEST_BITS = 2
_HEADERS, _LONGEST_CODE = 1024, 5  # a sample takes at most four times its bits (T.87 A.5.3), and a few are stuffed
_BY_SAMPLE = 2
_ENCODER, _STATUS, _SIZE = ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t


class _FrameInfo(ctypes.Structure):
    """charls_frame_info."""

    _fields_ = (
        *((name, ctypes.c_uint32) for name in ("width", "height")),
        *((name, ctypes.c_int32) for name in ("bits", "components")),
    )


_FUNCTIONS: dict[str, tuple[Any, ...]] = {
    "create": (_ENCODER,),
    "destroy": (None, _ENCODER),
    "set_frame_info": (_STATUS, _ENCODER, ctypes.POINTER(_FrameInfo)),
    "set_interleave_mode": (_STATUS, _ENCODER, ctypes.c_int),
    "set_near_lossless": (_STATUS, _ENCODER, ctypes.c_int),
    "set_destination_buffer": (_STATUS, _ENCODER, ctypes.c_void_p, _SIZE),
    "encode_from_buffer": (_STATUS, _ENCODER, ctypes.c_void_p, _SIZE, ctypes.c_uint32),
    "get_bytes_written": (_STATUS, _ENCODER, ctypes.POINTER(_SIZE)),
}
"""What is called of `charls_jpegls_encoder_*`: result, then arguments (charls_jpegls_encoder.h)."""


def to_jpegls(values: Values, bits: int, _rgb: bool, near: int = 0) -> bytes:
    """JPEG-LS; the samples of a colour pixel stand together, and the stream does not tell what they are.

    No sample changes by more than `near` (T.87 A.4.4).
    """
    samples = patterns(values, bits)
    components = 1 if values.ndim == 2 else values.shape[2]
    info = _FrameInfo(values.shape[1], values.shape[0], max(bits, _FEWEST_BITS), components)
    with ExitStack() as cleanup:
        return _encoded(samples, info, near, cleanup)


def _encoded(samples: Values, info: _FrameInfo, near: int, cleanup: ExitStack) -> bytes:
    call = _library()
    encoder = call["create"]()
    cleanup.callback(call["destroy"], encoder)
    _check(call["set_frame_info"](encoder, ctypes.byref(info)))
    if info.components > 1:
        _check(call["set_interleave_mode"](encoder, _BY_SAMPLE))
    if near:
        _check(call["set_near_lossless"](encoder, near))
    room = np.empty(_HEADERS + _LONGEST_CODE * samples.nbytes, np.uint8)
    _check(call["set_destination_buffer"](encoder, room.ctypes.data, room.nbytes))
    _check(call["encode_from_buffer"](encoder, samples.ctypes.data, samples.nbytes, 0))
    size = _SIZE()
    _check(call["get_bytes_written"](encoder, ctypes.byref(size)))
    return room[: size.value].tobytes()


def _check(status: int) -> None:
    if status:
        raise WorkerFailed("JPEG-LS could not be written")


@cache
def _library() -> dict[str, Any]:
    """Load the library once; nothing else is loaded afterwards, so a sandbox may close the file system."""
    wheel = Path(imagecodecs.__file__).parent.parent / "imagecodecs.libs"
    found = next(wheel.glob("libcharls*"), None)
    loaded = ctypes.CDLL(str(found) if found else "libcharls.so.2")
    functions = {name: getattr(loaded, f"charls_jpegls_encoder_{name}") for name in _FUNCTIONS}
    for name, (result, *arguments) in _FUNCTIONS.items():
        functions[name].restype, functions[name].argtypes = result, arguments
    return functions
