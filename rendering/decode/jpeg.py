"""JPEG: baseline, extended, progressive and lossless by Huffman codes (PS3.5 §8.2.1, ITU-T T.81)."""

from typing import Any

import imagecodecs
import simplejpeg

from rendering.decode.agreement import check_stream
from rendering.decode.cells import Array, color_space, to_stored_of_lossy, to_stored_of_stream
from rendering.decode.jpeg_header import JpegHeader, Process, read_jpeg_header
from rendering.decode.jpeg_scan import (
    check_lossless_scan,
    check_lossy_scans,
    check_scans,
    with_usual_parameters,
)
from rendering.decode.reduction import choose_reduction, reduced
from rendering.decode.stored import StoredValues
from rendering.errors import MalformedFrame, UnsupportedObject
from rendering.frame import EncodedFrame, FrameAttributes

_RGB_IDS = {b"RGB", b"rgb"}
_NUMBERED_IDS = b"\1\2\3"
_NO_TRANSFORM, _YCBCR = 0, 1
_MOST_SCANS = 100  # each of them can cost as much as a whole image
_MOST_REDUCED = 2  # a further halving would show nothing but the mean of each block
_LEAST_REDUCED = 64  # rows and columns; below, there is nothing to save


def decode_jpeg(frame: EncodedFrame, smallest: tuple[int, int] | None) -> StoredValues:
    """Decode by the process of the frame header, lossy 8 bits at the lowest size that `smallest` allows.

    Lossy colour comes out RGB, whatever it was in the stream, but for the retired range of YBR_PARTIAL.
    """
    attributes = frame.attributes
    header = read_jpeg_header(frame.data)
    check_stream(attributes, header.shape, header.precision)
    _check_process(header)
    space = _color_space(header, attributes)
    reduction = _reduction(header, attributes, smallest)
    samples = _samples(frame.data, header, space == "RGB" and _is_ycbcr(header, attributes), reduction)
    if samples.shape[:2] != (reduced(header.rows, reduction), reduced(header.columns, reduction)):
        raise MalformedFrame("the JPEG stream decodes to another size")
    # Lossless samples may come with bits above their precision: differences are modulo 2**16 (T.81 H.1.2.1).
    convert = to_stored_of_stream if header.process is Process.LOSSLESS else to_stored_of_lossy
    values = convert(samples, header.precision, attributes)
    return StoredValues(values, space, "libjpeg-turbo", header.lossy, reduction)


def _check_process(header: JpegHeader) -> None:
    lossless = header.process is Process.LOSSLESS
    if header.process is Process.JPEG_LS or (lossless and header.subsampled):
        raise UnsupportedObject("the JPEG process is not one of this transfer syntax")
    if not (2 <= header.precision <= 16 if lossless else header.precision in {8, 12}):
        raise MalformedFrame("the JPEG precision is not one of its process")


def _color_space(header: JpegHeader, attributes: FrameAttributes) -> str:
    """What the samples are once they are decoded; lossy YCbCr is transformed to RGB unless it has the other range."""
    if len(header.component_ids) == 1:
        return attributes.photometric_interpretation
    if header.component_ids in _RGB_IDS:
        return "RGB"
    if header.process is Process.LOSSLESS:
        return color_space(attributes)
    partial = color_space(attributes) == "YBR_PARTIAL" and not header.jfif  # JFIF has no such range
    return "YBR_PARTIAL" if partial and _is_ycbcr(header, attributes) else "RGB"


def _is_ycbcr(header: JpegHeader, attributes: FrameAttributes) -> bool:
    """What lossy components are: by their names, else by Adobe's word, JFIF, sub-sampling, and last by DICOM's."""
    if header.process is Process.LOSSLESS or header.component_ids in _RGB_IDS:
        return False
    if header.transform is not None:
        return header.transform != _NO_TRANSFORM
    return header.jfif or header.subsampled or attributes.photometric_interpretation != "RGB"


def _reduction(header: JpegHeader, attributes: FrameAttributes, smallest: tuple[int, int] | None) -> int:
    """Blocks of 8 bits can be decoded at half and at quarter size."""
    whole = header.process is Process.LOSSLESS or header.precision > 8
    if whole or min(header.rows, header.columns) < _LEAST_REDUCED:
        return 0
    return choose_reduction(header.shape, attributes, False, smallest, _MOST_REDUCED)


def _samples(data: bytes | memoryview, header: JpegHeader, transformed: bool, reduction: int) -> Array:
    """One component as it is; three transformed to RGB if they are to be, else as they are."""
    if bytes(data).count(b"\xff\xda") > _MOST_SCANS:
        raise UnsupportedObject("the JPEG stream has too many scans")
    data = with_usual_parameters(data, header)
    try:
        if header.process is Process.PROGRESSIVE or len(header.component_ids) > 1:
            check_scans(data, header)
        if header.precision > 8:
            return _wide(data, header, transformed)
        return _narrow(data, header, transformed, reduction)
    except (RuntimeError, ValueError):
        raise MalformedFrame("the JPEG stream is damaged") from None


def _narrow(data: bytes | memoryview, header: JpegHeader, transformed: bool, reduction: int) -> Array:
    """Up to 8 bits, by the binding that takes a warning for an error. Only lossy streams may be reduced."""
    size = {
        "min_height": reduced(header.rows, reduction) if reduction else 0,
        "min_width": reduced(header.columns, reduction) if reduction else 0,
    }
    samples: Array
    if len(header.component_ids) == 1:
        samples = simplejpeg.decode_jpeg(data, "GRAY", strict=True, **size)
        return samples[..., 0]
    samples = simplejpeg.decode_jpeg(_declared(data, header, transformed), "RGB", strict=True, **size)
    return samples


def _wide(data: Any, header: JpegHeader, transformed: bool) -> Array:
    """More bits, by a binding that passes over warnings: whether the scans are whole is found out here."""
    samples: Array
    if header.process is not Process.LOSSLESS:
        check_lossy_scans(data, header)
    if len(header.component_ids) == 1:
        samples = imagecodecs.jpeg8_decode(data)
    else:
        samples = imagecodecs.jpeg8_decode(data, colorspace="YCBCR" if transformed else "RGB", outcolorspace="RGB")
    if header.process is Process.LOSSLESS:
        check_lossless_scan(data, header, samples)
    return samples


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
