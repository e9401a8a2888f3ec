"""OpenJPEG by its C interface, for what no Python binding of it offers: reduced resolution, no GIL held.

It is strict about what is missing unless told otherwise. Told to be, it believes wrong numbers of tile-parts (T.800
A.4.2) and leaves out whole layers without a word. The library is the one inside the imagecodecs wheel. Its callbacks
are made once and find their position in memory that belongs to the stream, so that decoding in several threads shares
nothing.
"""

from contextlib import ExitStack
import ctypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
from numpy.ctypeslib import as_array

from rendering.decode.cells import Array, interleave
from rendering.errors import MalformedFrame

_CODE_STREAM = 0  # OPJ_CODEC_J2K
_END = ctypes.c_size_t(-1).value  # no more to read


class _Parameters(ctypes.Structure):
    """opj_dparameters_t: only its first field is set, the rest is the library's own and shorter than this."""

    _fields_ = (("reduce", ctypes.c_uint32), ("rest", ctypes.c_uint32 * 4095))


class _Component(ctypes.Structure):
    """opj_image_comp_t."""

    _fields_ = (
        *(
            (name, ctypes.c_uint32)
            for name in ("dx", "dy", "width", "height", "x0", "y0", "precision", "depth", "signed")
        ),
        ("resolution", ctypes.c_uint32),
        ("factor", ctypes.c_uint32),
        ("data", ctypes.POINTER(ctypes.c_int32)),
        ("alpha", ctypes.c_uint16),
    )


class _Image(ctypes.Structure):
    """opj_image_t."""

    _fields_ = (
        *((name, ctypes.c_uint32) for name in ("x0", "y0", "x1", "y1", "count")),
        ("color_space", ctypes.c_int),
        ("components", ctypes.POINTER(_Component)),
        ("profile", ctypes.c_void_p),
        ("profile_length", ctypes.c_uint32),
    )


class _Source(ctypes.Structure):
    """The stream's user data: what is read, and how far."""

    _fields_ = (("start", ctypes.c_void_p), ("size", ctypes.c_size_t), ("position", ctypes.c_size_t))


_Image_p = ctypes.POINTER(_Image)
_READ = ctypes.CFUNCTYPE(ctypes.c_size_t, ctypes.c_void_p, ctypes.c_size_t, ctypes.POINTER(_Source))
_MOVE = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, ctypes.POINTER(_Source))
_SEEK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int64, ctypes.POINTER(_Source))
_HANDLE, _FLAG = ctypes.c_void_p, ctypes.c_int

_FUNCTIONS: dict[str, tuple[Any, ...]] = {
    "opj_stream_create": (_HANDLE, ctypes.c_size_t, _FLAG),
    "opj_stream_set_read_function": (None, _HANDLE, _READ),
    "opj_stream_set_skip_function": (None, _HANDLE, _MOVE),
    "opj_stream_set_seek_function": (None, _HANDLE, _SEEK),
    "opj_stream_set_user_data": (None, _HANDLE, ctypes.POINTER(_Source), ctypes.c_void_p),
    "opj_stream_set_user_data_length": (None, _HANDLE, ctypes.c_uint64),
    "opj_stream_destroy": (None, _HANDLE),
    "opj_create_decompress": (_HANDLE, _FLAG),
    "opj_set_default_decoder_parameters": (None, ctypes.POINTER(_Parameters)),
    "opj_setup_decoder": (_FLAG, _HANDLE, ctypes.POINTER(_Parameters)),
    "opj_read_header": (_FLAG, _HANDLE, _HANDLE, ctypes.POINTER(_Image_p)),
    "opj_decode": (_FLAG, _HANDLE, _HANDLE, _Image_p),
    "opj_end_decompress": (_FLAG, _HANDLE, _HANDLE),
    "opj_destroy_codec": (None, _HANDLE),
    "opj_image_destroy": (None, _Image_p),
}
"""What is called: result, then arguments (openjpeg.h)."""


@dataclass(frozen=True, slots=True)
class _Library:
    call: ctypes.CDLL
    read: Any
    skip: Any
    seek: Any


@cache
def _library() -> _Library:
    """Load the library once; nothing else is loaded afterwards, so a sandbox may close the file system."""
    wheel = Path(imagecodecs.__file__).parent.parent / "imagecodecs.libs"
    found = next(wheel.glob("libopenjp2*"), None)
    loaded = ctypes.CDLL(str(found) if found else "libopenjp2.so.7")
    for name, (result, *arguments) in _FUNCTIONS.items():
        function = getattr(loaded, name)
        function.restype, function.argtypes = result, arguments
    return _Library(loaded, _READ(_read), _MOVE(_skip), _SEEK(_seek))


def decode_with_openjpeg(stream: memoryview, reduction: int) -> Array:
    """Decode one code stream, of components that are all alike, at 1/2**reduction of its size.

    Gives (rows, columns) for one component, else (rows, columns, components), in the narrowest type that the
    precision needs. Raises `MalformedFrame` for whatever is not a whole and sound code stream.
    """
    content = np.frombuffer(stream, np.uint8)
    source = _Source(content.ctypes.data, content.nbytes, 0)
    with ExitStack() as cleanup:
        return _decode(_library(), source, reduction, cleanup)


def _decode(held: _Library, source: _Source, reduction: int, cleanup: ExitStack) -> Array:
    call = held.call
    stream, codec, image = _open(held, source, cleanup), call.opj_create_decompress(_CODE_STREAM), _Image_p()
    cleanup.callback(call.opj_destroy_codec, codec)
    cleanup.callback(call.opj_image_destroy, image)
    parameters = _Parameters()
    call.opj_set_default_decoder_parameters(ctypes.byref(parameters))
    parameters.reduce = reduction
    sound = (
        call.opj_setup_decoder(codec, ctypes.byref(parameters))
        and call.opj_read_header(stream, codec, ctypes.byref(image))
        and call.opj_decode(codec, stream, image)
        and call.opj_end_decompress(codec, stream)
    )
    if not sound:
        raise MalformedFrame("the JPEG 2000 code stream is damaged")
    return _samples(image.contents)


def _open(held: _Library, source: _Source, cleanup: ExitStack) -> int:
    call = held.call
    stream: int = call.opj_stream_create(max(source.size, 4096), 1)
    cleanup.callback(call.opj_stream_destroy, stream)
    call.opj_stream_set_read_function(stream, held.read)
    call.opj_stream_set_skip_function(stream, held.skip)
    call.opj_stream_set_seek_function(stream, held.seek)
    call.opj_stream_set_user_data(stream, ctypes.byref(source), None)
    call.opj_stream_set_user_data_length(stream, source.size)
    return stream


def _samples(image: _Image) -> Array:
    components = [image.components[index] for index in range(image.count)]
    if not all(component.data for component in components):
        raise MalformedFrame("the JPEG 2000 code stream is damaged")
    planes = [_plane(component) for component in components]
    return planes[0] if len(planes) == 1 else interleave(planes)


def _plane(component: _Component) -> Array:
    size = 1 if component.precision <= 8 else 2 if component.precision <= 16 else 4
    lent = as_array(component.data, (component.height, component.width))
    return lent.astype(f"{'i' if component.signed else 'u'}{size}")


def _read(target: int, wanted: int, source: Any) -> int:
    held = source.contents
    count = min(wanted, held.size - held.position)
    if not count:
        return _END
    ctypes.memmove(target, held.start + held.position, count)
    held.position += count
    return int(count)


def _skip(distance: int, source: Any) -> int:
    held = source.contents
    distance = max(-held.position, min(distance, held.size - held.position))
    held.position += distance
    return distance


def _seek(position: int, source: Any) -> int:
    held = source.contents
    if not 0 <= position <= held.size:
        return 0
    held.position = position
    return 1
