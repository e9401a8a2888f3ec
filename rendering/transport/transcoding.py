"""Stored frames in another transfer syntax: decoded and encoded again (PS3.18 §8.7.3).

Every stored value stays as it was, or in a lossy transfer syntax as near to it as is asked for.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rendering.content import Transport
from rendering.decode.decoding import decode
from rendering.decode.stored import StoredValues
from rendering.errors import UnsupportedObject
from rendering.frame import FrameAttributes, TranscodedFrame
from rendering.transport import syntaxes
from rendering.transport.jpeg import to_jpeg_lossless, to_jpegxl
from rendering.transport.jpegls import to_jpegls
from rendering.transport.native import to_native, to_rle
from rendering.transport.near import encode_near, possible_error
from rendering.transport.wavelets import to_htj2k, to_htj2k_rpcl, to_jpeg2000

Values: TypeAlias = NDArray[Any]

_OF_CELLS: Mapping[str, Callable[[Values, FrameAttributes], bytes]] = {
    syntaxes.EXPLICIT_LITTLE_ENDIAN: to_native,
    syntaxes.RLE: to_rle,
}
_OF_STREAMS: Mapping[str, Callable[[Values, int, bool], bytes]] = {
    syntaxes.JPEG_LOSSLESS: to_jpeg_lossless,
    syntaxes.JPEG_LOSSLESS_FIRST_ORDER: to_jpeg_lossless,
    syntaxes.JPEG_LS: to_jpegls,
    syntaxes.JPEG_2000_LOSSLESS: to_jpeg2000,
    syntaxes.JPEG_2000: to_jpeg2000,
    syntaxes.JPEG_XL_LOSSLESS: to_jpegxl,
    syntaxes.JPEG_XL: to_jpegxl,
    syntaxes.HTJ2K_LOSSLESS: to_htj2k,
    syntaxes.HTJ2K_LOSSLESS_RPCL: to_htj2k_rpcl,
}
_DEEPEST_STREAM = 16


def transcode(transport: Transport, maximum_pixels: int) -> TranscodedFrame:
    """The frame as asked for. Raises `RenderingError`: `UnsupportedObject` where it has no place there."""
    attributes = transport.frame.attributes
    if attributes.floating_point:
        raise UnsupportedObject("floating point pixels are given as they are stored")
    stored = decode(transport.frame, maximum_pixels)
    if transport.transfer_syntax in syntaxes.LOSSY:
        return _near(stored, transport)
    data = _encoded(stored, attributes, transport.transfer_syntax)
    return TranscodedFrame(data, transport.transfer_syntax, stored.color_space)


def _near(stored: StoredValues, transport: Transport) -> TranscodedFrame:
    attributes = transport.frame.attributes
    _check_depth(attributes)
    error = possible_error(stored.values, attributes, transport.maximum_error)
    values = _narrow(stored.values, attributes.bits_stored)
    data, error = encode_near(replace(stored, values=values), attributes, transport.transfer_syntax, error)
    return TranscodedFrame(data, transport.transfer_syntax, stored.color_space, error)


def _encoded(stored: StoredValues, attributes: FrameAttributes, transfer_syntax: str) -> bytes:
    if of_cells := _OF_CELLS.get(transfer_syntax):
        return of_cells(stored.values, attributes)
    of_streams = _OF_STREAMS.get(transfer_syntax)
    if of_streams is None:
        raise UnsupportedObject("this transfer syntax is not one that frames are put into")
    _check_depth(attributes)
    values = _narrow(stored.values, attributes.bits_stored)
    return of_streams(values, attributes.bits_stored, stored.color_space == "RGB")


def _check_depth(attributes: FrameAttributes) -> None:
    if attributes.bits_allocated == 1 or attributes.bits_stored > _DEEPEST_STREAM:
        raise UnsupportedObject("this transfer syntax has no place for values of so many bits")


def _narrow(values: Values, bits: int) -> Values:
    """The values in the smallest type that `bits` bits need."""
    return np.ascontiguousarray(values, f"{values.dtype.kind}{1 if bits <= 8 else 2}")
