"""JPEG XL: lossless, lossy, and JPEG compressed once more (PS3.5 §8.2.15, ISO/IEC 18181)."""

from dataclasses import replace

import imagecodecs

from rendering.decode.agreement import check_stream
from rendering.decode.cells import Array, color_space, to_stored_of_lossy, to_stored_of_stream
from rendering.decode.jpeg import decode_jpeg
from rendering.decode.jpegxl_container import read_jpegxl_frame
from rendering.decode.jpegxl_header import JpegXlHeader, read_jpegxl_header
from rendering.decode.stored import StoredValues
from rendering.errors import MalformedFrame, UnsupportedObject
from rendering.frame import EncodedFrame, FrameAttributes

_DEEPEST = 16
_JPEG_HEADERS = 2**20


def decode_jpegxl(frame: EncodedFrame) -> StoredValues:
    """Decode; a JPEG stream that was compressed once more is put together again and decoded as the JPEG it is."""
    read = read_jpegxl_frame(frame.data)
    header = read_jpegxl_header(read.beginning)
    check_stream(frame.attributes, header.shape, header.precision)
    if header.precision > _DEEPEST:
        raise UnsupportedObject("JPEG XL images of more than 16 bits are not supported")
    if read.holds_jpeg:
        return _recompressed(frame, header)
    lossy = header.xyb or header.modular is False
    convert = to_stored_of_lossy if lossy else to_stored_of_stream
    values = convert(_samples(frame.data, header), header.precision, frame.attributes)
    return StoredValues(values, _color_space(header, frame.attributes), "libjxl", lossy)


def _color_space(header: JpegXlHeader, attributes: FrameAttributes) -> str:
    """libjxl gives RGB of XYB and of JPEG's YCbCr; samples that were not transformed are what the attributes say."""
    if header.channels == 1:
        return attributes.photometric_interpretation
    if header.xyb or header.ycbcr or attributes.photometric_interpretation == "YBR_FULL_422":
        return "RGB"
    if header.ycbcr is None and attributes.photometric_interpretation != "RGB":
        raise UnsupportedObject("the JPEG XL code stream does not tell how its colours were transformed")
    return color_space(attributes)


def _recompressed(frame: EncodedFrame, header: JpegXlHeader) -> StoredValues:
    most = _JPEG_HEADERS + 2 * header.rows * header.columns * header.channels
    try:
        stream = imagecodecs.jpegxl_decode_jpeg(frame.data, numthreads=1, out=most)  # type: ignore[arg-type]  # any buffer will do
    except (RuntimeError, ValueError):
        raise MalformedFrame("the JPEG in a JPEG XL file is damaged") from None
    return replace(decode_jpeg(replace(frame, data=bytes(stream)), None), decoder="libjxl")


def _samples(data: bytes | memoryview, header: JpegXlHeader) -> Array:
    try:
        samples: Array = imagecodecs.jpegxl_decode(data, numthreads=1)  # type: ignore[arg-type]  # any buffer will do
    except (RuntimeError, ValueError):
        raise MalformedFrame("the JPEG XL code stream is damaged") from None
    if samples.shape != (header.shape if header.channels > 1 else header.shape[:2]) or samples.dtype.kind != "u":
        raise MalformedFrame("the JPEG XL code stream decodes to another size")
    return samples
