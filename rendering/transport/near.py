"""Stored values that may differ from the stored ones by a stated number, and by none where that would mislead.

JPEG-LS near-lossless bounds the error itself (ITU-T T.87 A.4.4). HTJ2K quantises wavelet coefficients, which bounds
nothing in pixels: each stream is decoded and measured before it is given, and finer steps are taken until it holds,
or until the exact stream is no larger.
"""

from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rendering.decode.decoding import decode
from rendering.decode.stored import StoredValues
from rendering.errors import UnsupportedObject
from rendering.frame import EncodedFrame, FrameAttributes
from rendering.transport import syntaxes
from rendering.transport.jpegls import to_jpegls
from rendering.transport.wavelets import to_htj2k, to_htj2k_lossy

Values: TypeAlias = NDArray[Any]

SHARE_OF_RANGE: Final = 64
"""No error is larger than one of so many parts of the values' range."""

_NAMES = frozenset({"1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7"})
"""Segmentation and Label Map Segmentation, whose values are names of segments."""

_STEPS = (0.5, 0.25)
"""Quantisation steps that are tried, as shares of the error: coefficients add up in a pixel, to nearly twice that."""

_SPARE = 1  # other decoders round otherwise than ours


def possible_error(values: Values, attributes: FrameAttributes, wanted: int) -> int:
    """How much of the error that is `wanted` the values bear; 0 where they have to be exact.

    Pixels that mark padding must go on to be told from the others (PS3.3 C.7.5.1.1.2). Values that stand for something
    else, as palette colours and segments do, are near to nothing: raises `UnsupportedObject`.
    """
    is_colored = attributes.photometric_interpretation == "PALETTE COLOR" or attributes.palette is not None
    if is_colored or attributes.sop_class in _NAMES:
        raise UnsupportedObject("values that are no quantities cannot be given with loss")
    error = min(wanted, (1 << attributes.bits_stored) // SHARE_OF_RANGE)
    return 0 if _has_padding(values, attributes, error) else error


def encode_near(
    stored: StoredValues, attributes: FrameAttributes, transfer_syntax: str, error: int
) -> tuple[bytes, int]:
    """The values in the smallest type that holds them, in a lossy transfer syntax; and the error that is in them."""
    bits, rgb = attributes.bits_stored, stored.color_space == "RGB"
    if transfer_syntax == syntaxes.JPEG_LS_NEAR:
        near = 0 if _would_turn_over(stored.values, bits, error) else error
        return to_jpegls(stored.values, bits, rgb, near), near
    exact = to_htj2k(stored.values, bits, rgb)
    for step in _STEPS if error > _SPARE else ():
        stream = to_htj2k_lossy(stored.values, bits, rgb, step * error)
        if len(stream) >= len(exact):
            break
        if _measured(stream, stored.values, attributes) <= error - _SPARE:
            return stream, error
    return exact, 0


def _has_padding(values: Values, attributes: FrameAttributes, error: int) -> bool:
    if attributes.padding is None:
        return False
    least, most = attributes.padding
    return bool(((values >= least - error) & (values <= most + error)).any())


def _would_turn_over(values: Values, bits: int, error: int) -> bool:
    """Whether a bit pattern that is near to that of the largest value may be that of the smallest, or vice versa."""
    if values.dtype.kind != "i":
        return False
    end = 1 << (bits - 1)
    return bool(values.max() > end - 1 - error or values.min() < error - end)


def _measured(stream: bytes, values: Values, attributes: FrameAttributes) -> int:
    """The largest difference between `values` and what comes out of `stream`."""
    frame = EncodedFrame(stream, syntaxes.HTJ2K, attributes)
    return int(np.abs(decode(frame).values.astype(np.int32) - values).max())
