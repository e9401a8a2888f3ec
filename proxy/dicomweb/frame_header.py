"""`Vitrine-Frame`: what was done to a frame that is not given as it is stored (RFC 8941 §3.2).

docs/reference/delivery-profiles.md explains every member.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from proxy.retrieval.objects import Dataset
from proxy.wire import dicomjson, tags
from rendering.frame import EncodedFrame, TranscodedFrame
from rendering.transport import syntaxes

FRAME_HEADER: Final = "Vitrine-Frame"

_METHODS: Final[Mapping[str, str]] = {syntaxes.JPEG_LS_NEAR: "ISO_14495_1", syntaxes.HTJ2K: "ISO_15444_15"}
"""Lossy Image Compression Methods (PS3.3 C.7.6.1.1.5.1)."""

_DECODED_AS_RGB = frozenset({"YBR_RCT", "YBR_ICT", "XYB"})


def frame_header(stored: EncodedFrame, made: TranscodedFrame) -> str:
    """E.g. `profile=lossy16, lossy=?1, source-lossy=?0, maximum-error=4, method="ISO_14495_1", ratio=4.3`."""
    return ", ".join(_members(stored, made))


def _members(stored: EncodedFrame, made: TranscodedFrame) -> Iterator[str]:
    one, loses = stored.attributes, made.maximum_error > 0
    yield f"profile={'lossy16' if loses else 'lossless'}"
    yield f"lossy=?{int(loses or one.lossy)}"
    yield f"source-lossy=?{int(one.lossy)}"
    yield f"maximum-error={made.maximum_error}"
    if loses:
        native = one.rows * one.columns * one.samples_per_pixel * one.bits_allocated / 8
        yield f'method="{_METHODS[made.transfer_syntax]}"'
        yield f"ratio={native / len(made.data):.1f}"


def color_warnings(dataset: Dataset, frame: TranscodedFrame) -> tuple[str, ...]:
    """Decoding lossy JPEG gives RGB, which metadata cannot say, as they describe what is stored (PS3.5 §8.2.1)."""
    described = dicomjson.text(dataset, tags.PHOTOMETRIC_INTERPRETATION)
    expected = "RGB" if described in _DECODED_AS_RGB else described
    if frame.color_space == expected:
        return ()
    return (f"The photometric interpretation of these frames is {frame.color_space}, not that of the metadata.",)
