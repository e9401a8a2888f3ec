"""The boxes of a JP2 or JPH file around a code stream (ITU-T T.800 Annex I, T.814 Annex D)."""

import struct

_SIGNATURE = b"\r\n\x87\n"
_WAVELETS = 7  # the only compression type of the family
_ENUMERATED, _RESTRICTED_ICC = 1, 2
_SRGB, _GREYSCALE = 16, 17


def file_of(brand: bytes, stream: bytes, shape: tuple[int, ...], profile: bytes = b"") -> bytes:
    """The file of `brand` (`jp2 ` or `jph `) for an image of 8 bits and `shape` (rows, columns) or (rows, columns, 3).

    A `profile` must be one of matrices and tone curves, as JP2 admits no other (T.800 I.5.3.3).
    """
    components = 1 if len(shape) == 2 else shape[2]
    image = struct.pack(">IIHBBBB", *shape[:2], components, 7, _WAVELETS, 0, 0)
    header = _box(b"ihdr", image) + _box(b"colr", _color(components, profile))
    return b"".join(
        [
            _box(b"jP  ", _SIGNATURE),
            _box(b"ftyp", brand + bytes(4) + brand),
            _box(b"jp2h", header),
            _box(b"jp2c", stream),
        ]
    )


def _color(components: int, profile: bytes) -> bytes:
    if profile:
        return bytes([_RESTRICTED_ICC, 0, 0]) + profile
    return struct.pack(">BBBI", _ENUMERATED, 0, 0, _GREYSCALE if components == 1 else _SRGB)


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + kind + content
