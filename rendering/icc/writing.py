"""ICC profiles of colour spaces and of their greys, version 2, which JP2 and every reader admit (ICC.1:2001-04)."""

from collections.abc import Iterable
from functools import cache
import struct

import numpy as np

from rendering.icc.spaces import PCS_WHITE, Curve, Space

_HEADER = struct.Struct(">I4s4s4s4s4s6H4s4sI4s4sQIiii4s44x")
_VERSION = b"\x02\x40\0\0"
_MADE = (2026, 1, 1, 0, 0, 0)  # fixed, so that equal images have equal bytes
_CURVE_POINTS = 1024
_PRIMARIES = (b"r", b"g", b"b")
_TERMS = b"No copyright: made from the published definition of the colour space.\0"


@cache
def profile_of(space: Space) -> bytes:
    """The profile of RGB values in `space`: three matrix columns and a tone curve."""
    tags = {primary + b"XYZ": _xyz_type(column) for primary, column in zip(_PRIMARIES, space.to_xyz().T, strict=True)}
    curve = _curve_type(space.curve)
    return _profile(space.name, b"RGB ", tags | {primary + b"TRC": curve for primary in _PRIMARIES})


@cache
def gray_profile_of(space: Space) -> bytes:
    """The profile of grey values with the tone curve of `space`: equal red, green and blue of it."""
    return _profile(f"Grey of {space.name}", b"GRAY", {b"kTRC": _curve_type(space.curve)})


def _profile(name: str, kind: bytes, tags: dict[bytes, bytes]) -> bytes:
    tags = {
        b"desc": _description_type(name),
        b"cprt": b"text" + bytes(4) + _TERMS,
        b"wtpt": _xyz_type(PCS_WHITE),
        **tags,
    }
    start, places, body = _HEADER.size + 4 + 12 * len(tags), {}, b""
    for content in dict.fromkeys(tags.values()):
        places[content] = start + len(body), len(content)
        body += content + bytes(-len(content) % 4)
    table = [struct.pack(">4sII", tag, *places[content]) for tag, content in tags.items()]
    return b"".join([_header(start + len(body), kind), struct.pack(">I", len(tags)), *table, body])


def _header(size: int, kind: bytes) -> bytes:
    white = [_fixed(value) for value in PCS_WHITE]
    return _HEADER.pack(
        size, b"", _VERSION, b"mntr", kind, b"XYZ ", *_MADE, b"acsp", b"", 0, b"", b"", 0, 0, *white, b""
    )


def _fixed(value: float) -> int:
    """s15Fixed16Number."""
    return round(value * 65536)


def _xyz_type(values: Iterable[float]) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *map(_fixed, values))


def _curve_type(curve: Curve) -> bytes:
    """A power alone as such, in 256ths; anything else point by point."""
    if not curve.start:
        return b"curv" + bytes(4) + struct.pack(">IH", 1, round(curve.gamma * 256))
    points = np.rint(curve.to_light(np.linspace(0, 1, _CURVE_POINTS)) * 65535).astype(">u2")
    return b"curv" + bytes(4) + struct.pack(">I", _CURVE_POINTS) + points.tobytes()


def _description_type(name: str) -> bytes:
    text = name.encode("ascii") + b"\0"
    return b"desc" + bytes(4) + struct.pack(">I", len(text)) + text + bytes(4 + 4 + 2 + 1 + 67)
