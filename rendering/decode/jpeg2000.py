"""JPEG 2000 and high-throughput JPEG 2000, at full or reduced resolution (PS3.5 §8.2.4, §8.2.14, ITU-T T.800)."""

from rendering.decode.agreement import check_stream
from rendering.decode.cells import Array, color_space, to_stored_of_lossy, to_stored_of_stream
from rendering.decode.htj2k import decode_with_openjph, is_exact_with_openjph
from rendering.decode.jpeg2000_header import Jpeg2000Header, bare_code_stream, read_jpeg2000_header
from rendering.decode.openjpeg import decode_with_openjpeg
from rendering.decode.reduction import choose_reduction, reduced
from rendering.decode.stored import StoredValues
from rendering.errors import MalformedFrame
from rendering.frame import EncodedFrame


def decode_jpeg2000(frame: EncodedFrame, smallest: tuple[int, int] | None) -> StoredValues:
    """Decode at the lowest resolution that still has `smallest` rows and columns; `None` asks for all there are."""
    attributes = frame.attributes
    stream = bare_code_stream(frame.data)
    header = read_jpeg2000_header(stream)
    check_stream(attributes, header.shape, header.precision)
    most = header.levels if header.at_origin else 0
    reduction = choose_reduction(header.shape, attributes, header.signed, smallest, most)
    openjph = is_exact_with_openjph(header, reduction)
    samples = _samples(stream, header, reduction, openjph)
    exact = header.reversible and not reduction
    convert = to_stored_of_stream if exact else to_stored_of_lossy
    return StoredValues(
        values=convert(samples, header.precision, attributes),
        color_space="RGB" if header.transformed else color_space(attributes),
        decoder="openjph" if openjph else "openjpeg",
        lossy=not header.reversible,
        reduction=reduction,
        shift=((1 << reduction) - 1) / 2,  # wavelets keep every second pixel, from the first on, where it is
    )


def _samples(stream: memoryview, header: Jpeg2000Header, reduction: int, openjph: bool) -> Array:
    samples = decode_with_openjph(stream, header, reduction) if openjph else decode_with_openjpeg(stream, reduction)
    shape = reduced(header.rows, reduction), reduced(header.columns, reduction), header.components
    if samples.shape != (shape if header.components > 1 else shape[:2]):
        raise MalformedFrame("the JPEG 2000 code stream decodes to another size")
    return samples
