"""JPEG 2000 and high-throughput JPEG 2000, at full or reduced resolution (PS3.5 §8.2.4, §8.2.14, ITU-T T.800)."""

from rendering.decode.agreement import check_stream
from rendering.decode.cells import Array, color_space, is_signed, to_stored_of_lossy, to_stored_of_stream
from rendering.decode.htj2k import decode_with_openjph, is_exact_with_openjph
from rendering.decode.jpeg2000_header import Jpeg2000Header, bare_code_stream, read_jpeg2000_header
from rendering.decode.openjpeg import decode_with_openjpeg
from rendering.decode.stored import StoredValues
from rendering.errors import MalformedFrame
from rendering.frame import EncodedFrame, FrameAttributes


def decode_jpeg2000(frame: EncodedFrame, smallest: tuple[int, int] | None) -> StoredValues:
    """Decode at the lowest resolution that still has `smallest` rows and columns; `None` asks for all there are."""
    attributes = frame.attributes
    stream = bare_code_stream(frame.data)
    header = read_jpeg2000_header(stream)
    check_stream(attributes, header.shape, header.precision)
    reduction = _reduction(header, attributes, smallest) if smallest else 0
    samples = _samples(stream, header, reduction)
    exact = header.reversible and not reduction
    convert = to_stored_of_stream if exact else to_stored_of_lossy
    values = convert(samples, header.precision, attributes)
    return StoredValues(values, "RGB" if header.transformed else color_space(attributes), reduction)


def reduced(size: int, reduction: int) -> int:
    """Rows or columns that remain of `size` (T.800 B-15)."""
    return -(-size >> reduction)


def _reduction(header: Jpeg2000Header, attributes: FrameAttributes, smallest: tuple[int, int]) -> int:
    """How often to halve; never where an average means nothing: palette indices, cells that hold other bits as well."""
    only_bits = header.signed is not is_signed(attributes) or attributes.high_bit >= attributes.bits_stored
    if only_bits or not header.at_origin or attributes.photometric_interpretation == "PALETTE COLOR":
        return 0
    reduction = 0
    while reduction < header.levels and all(
        reduced(size, reduction + 1) >= enough for size, enough in zip(header.shape, smallest, strict=False)
    ):
        reduction += 1
    return reduction


def _samples(stream: memoryview, header: Jpeg2000Header, reduction: int) -> Array:
    if is_exact_with_openjph(header, reduction):
        samples = decode_with_openjph(stream, header, reduction)
    else:
        samples = decode_with_openjpeg(stream, reduction)
    shape = reduced(header.rows, reduction), reduced(header.columns, reduction), header.components
    if samples.shape != (shape if header.components > 1 else shape[:2]):
        raise MalformedFrame("the JPEG 2000 code stream decodes to another size")
    return samples
