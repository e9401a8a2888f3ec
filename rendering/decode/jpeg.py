"""JPEG baseline, extended and lossless (PS3.5 §8.2.1, ITU-T T.81)."""

from typing import Any

import imagecodecs
import simplejpeg

from rendering.decode.agreement import check_stream
from rendering.decode.cells import Array, color_space, to_stored_of_lossy, to_stored_of_stream
from rendering.decode.jpeg_header import JpegHeader, Process, read_jpeg_header
from rendering.decode.stored import StoredValues
from rendering.errors import MalformedFrame, UnsupportedObject
from rendering.frame import EncodedFrame

_RGB_IDS = {b"RGB", b"rgb"}
_NUMBERED_IDS = b"\1\2\3"
_NO_TRANSFORM, _YCBCR = 0, 1


def decode_jpeg(frame: EncodedFrame) -> StoredValues:
    """Decode by the process of the frame header; lossy colour comes out RGB, whatever it was in the stream."""
    attributes = frame.attributes
    header = read_jpeg_header(frame.data)
    check_stream(attributes, header.shape, header.precision)
    lossless = header.process is Process.LOSSLESS
    _check_process(header, lossless)
    transformed = not lossless and _is_ycbcr(header, attributes.photometric_interpretation)
    values = _to_stored(_samples(frame.data, header, transformed), frame, header)
    if len(header.component_ids) == 1:
        return StoredValues(values, attributes.photometric_interpretation)
    is_rgb = not lossless or header.component_ids in _RGB_IDS
    return StoredValues(values, "RGB" if is_rgb else color_space(attributes))


def _check_process(header: JpegHeader, lossless: bool) -> None:
    if header.process is Process.JPEG_LS or (lossless and header.subsampled):
        raise UnsupportedObject("the JPEG process is not one of this transfer syntax")
    if not (2 <= header.precision <= 16 if lossless else header.precision in {8, 12}):
        raise MalformedFrame("the JPEG precision is not one of its process")


def _is_ycbcr(header: JpegHeader, photometric_interpretation: str) -> bool:
    """What lossy components are: by their names, else by Adobe's word, JFIF, sub-sampling, and last by DICOM's."""
    if header.component_ids in _RGB_IDS:
        return False
    if header.transform is not None:
        return header.transform != _NO_TRANSFORM
    return header.jfif or header.subsampled or photometric_interpretation != "RGB"


def _to_stored(samples: Array, frame: EncodedFrame, header: JpegHeader) -> Array:
    """Lossless samples may come with bits above their precision: differences are modulo 2**16 (T.81 H.1.2.1)."""
    if samples.shape[:2] != (header.rows, header.columns):
        raise MalformedFrame("the JPEG stream decodes to another size")
    convert = to_stored_of_stream if header.process is Process.LOSSLESS else to_stored_of_lossy
    return convert(samples, header.precision, frame.attributes)


def _samples(data: bytes | memoryview, header: JpegHeader, transformed: bool) -> Array:
    """One component as it is; three transformed to RGB if they are YCbCr, else as they are."""
    try:
        return _narrow(data, header, transformed) if header.precision <= 8 else _wide(data, header, transformed)
    except (RuntimeError, ValueError):
        raise MalformedFrame("the JPEG stream is damaged") from None


def _narrow(data: bytes | memoryview, header: JpegHeader, transformed: bool) -> Array:
    """Up to 8 bits, by the binding that takes a warning for an error."""
    samples: Array
    if len(header.component_ids) == 1:
        samples = simplejpeg.decode_jpeg(data, "GRAY", strict=True)
        return samples[..., 0]
    samples = simplejpeg.decode_jpeg(_declared(data, header, transformed), "RGB", strict=True)
    return samples


def _wide(data: Any, header: JpegHeader, transformed: bool) -> Array:
    """More bits, by a binding that passes over warnings: damage inside a scan goes unseen, its missing end does not."""
    if len(header.component_ids) == 1:
        return imagecodecs.jpeg8_decode(data)
    return imagecodecs.jpeg8_decode(data, colorspace="YCBCR" if transformed else "RGB", outcolorspace="RGB")


def _declared(data: bytes | memoryview, header: JpegHeader, transformed: bool) -> bytes | memoryview:
    """The stream such that libjpeg takes its components for what they are: it believes JFIF first, then Adobe."""
    if _believed(header) is transformed:
        return data
    adobe = b"\xff\xee\x00\x0eAdobe\x00\x64\0\0\0\0" + bytes([_YCBCR if transformed else _NO_TRANSFORM])
    kept, position = [bytes(data[:2]), adobe], 2
    for start, end in header.application:
        kept.append(bytes(data[position:start]))
        position = end
    return b"".join([*kept, data[position:]])


def _believed(header: JpegHeader) -> bool | None:
    """Whether libjpeg takes the components for YCbCr by itself; `None` where it is not asked to guess."""
    if header.jfif:
        return True
    if header.transform is not None:
        return {_NO_TRANSFORM: False, _YCBCR: True}.get(header.transform)
    if header.component_ids == _NUMBERED_IDS:
        return header.process is not Process.LOSSLESS
    return None
