"""JPEG-LS, lossless and near-lossless (PS3.5 §8.2.3, ITU-T T.87)."""

import imagecodecs

from rendering.decode.agreement import check_stream
from rendering.decode.cells import Array, color_space, interleave, to_stored_of_stream
from rendering.decode.jpeg_header import JpegHeader, Process, read_jpeg_header
from rendering.decode.stored import StoredValues
from rendering.errors import MalformedFrame, UnsupportedObject
from rendering.frame import EncodedFrame


def decode_jpegls(frame: EncodedFrame) -> StoredValues:
    """Decode; the stream knows neither sign nor colour, the attributes give both."""
    header = read_jpeg_header(frame.data)
    check_stream(frame.attributes, header.shape, header.precision)
    if header.process is not Process.JPEG_LS or header.subsampled:
        raise UnsupportedObject("the JPEG process is not one of this transfer syntax")
    values = to_stored_of_stream(_samples(frame.data, header), header.precision, frame.attributes)
    return StoredValues(values, color_space(frame.attributes), "charls", header.lossy)


def _samples(data: bytes | memoryview, header: JpegHeader) -> Array:
    try:
        samples: Array = imagecodecs.jpegls_decode(data)  # type: ignore[arg-type]  # any buffer will do
    except (RuntimeError, ValueError):
        raise MalformedFrame("the JPEG-LS stream is damaged") from None
    rows, columns, components = header.shape
    if components > 1 and samples.shape == (components, rows, columns):
        samples = interleave(list(samples))
    if samples.shape != ((rows, columns) if components == 1 else header.shape):
        raise MalformedFrame("the JPEG-LS stream decodes to another size")
    return samples
