"""What a JPEG XL code stream says about itself before its pixels (ISO/IEC 18181-1, Annex D and F)."""

from dataclasses import dataclass

from rendering.errors import MalformedFrame, UnsupportedObject

_SIGNATURE_BITS = 16
_GRAY = 1  # the colour space of that number; all others have three channels
_XYB = 2
_CUSTOM = 2  # the white point or the primaries follow as numbers
_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
_SIZES = ((9, 1), (13, 1), (18, 1), (30, 1))
_ENUMERATED = ((0, 0), (0, 1), (4, 2), (6, 18))
_COORDINATE = ((19, 0), (19, 524_288), (20, 1_048_576), (21, 2_097_152))


@dataclass(frozen=True, slots=True)
class JpegXlHeader:
    """Size, channels and bits; `xyb` when colours were transformed to XYB, which loses information.

    `modular` and `ycbcr` are those of the first frame, `None` where an embedded profile or extensions hide it: the
    lossless way of coding, and components that libjxl transforms to RGB.
    """

    rows: int
    columns: int
    channels: int
    precision: int
    xyb: bool
    modular: bool | None = None
    ycbcr: bool | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """Rows, columns, channels."""
        return self.rows, self.columns, self.channels


class _Bits:
    """Bits from the least significant of each byte on; those behind the end do not exist."""

    def __init__(self, data: bytes) -> None:
        self._number = int.from_bytes(data, "little")
        self._left = 8 * len(data)
        self._read = 0

    def take(self, count: int) -> int:
        if count > self._left:
            raise MalformedFrame("the JPEG XL header is cut off")
        value = self._number & ((1 << count) - 1)
        self._number >>= count
        self._left -= count
        self._read += count
        return value

    def flag(self) -> bool:
        return bool(self.take(1))

    def choice(self, *ways: tuple[int, int]) -> int:
        """One of four ways to write a number, each as so many bits and what is added to them (U32)."""
        bits, offset = ways[self.take(2)]
        return self.take(bits) + offset

    def align(self) -> None:
        self.take(-self._read % 8)


def read_jpegxl_header(beginning: bytes) -> JpegXlHeader:
    """Read the headers up to the first frame's.

    Raises `MalformedFrame` when they are cut off, `UnsupportedObject` for what is no still image of integers: turned,
    animated, with a preview, with further channels, floating point.
    """
    bits = _Bits(beginning)
    bits.take(_SIGNATURE_BITS)
    rows, columns = _size(bits)
    if bits.flag():
        return JpegXlHeader(rows, columns, 3, 8, xyb=True)
    extra = bits.flag()
    if extra:
        _check_still(bits)
    precision = _precision(bits)
    bits.flag()  # whether 16 bits suffice for computing
    if bits.choice((0, 0), (0, 1), (4, 2), (12, 1)):
        raise UnsupportedObject("JPEG XL images with further channels are not supported")
    xyb = bits.flag()
    channels, simple = _color(bits)
    modular, ycbcr = _first_frame(bits, extra, xyb) if simple else (None, None)
    return JpegXlHeader(rows, columns, channels, precision, xyb, modular, ycbcr)


def _size(bits: _Bits) -> tuple[int, int]:
    small = bits.flag()
    rows = _side(bits, small)
    ratio = bits.take(3)
    if not ratio:
        return rows, _side(bits, small)
    across, down = _RATIOS[ratio - 1]
    return rows, rows * across // down


def _side(bits: _Bits, small: bool) -> int:
    return 8 * (bits.take(5) + 1) if small else bits.choice(*_SIZES)


def _check_still(bits: _Bits) -> None:
    turned = bits.take(3) > 0
    if bits.flag():
        _size(bits)  # for which the image was made
    if turned or bits.flag() or bits.flag():
        raise UnsupportedObject("JPEG XL images that are turned, animated or with a preview are not supported")


def _precision(bits: _Bits) -> int:
    if bits.flag():
        raise UnsupportedObject("JPEG XL images of floating point are not supported")
    return bits.choice((0, 8), (0, 10), (0, 12), (6, 1))


def _color(bits: _Bits) -> tuple[int, bool]:
    """How many channels colour has, and whether no profile of unknown length follows."""
    if bits.flag():
        return 3, True
    profile, space = bits.flag(), bits.choice(*_ENUMERATED)
    channels = 1 if space == _GRAY else 3
    if profile:
        return channels, False
    if space != _XYB:
        _skip_points(bits, 1)
        if space != _GRAY:
            _skip_points(bits, 3)
        bits.take(24) if bits.flag() else bits.choice(*_ENUMERATED)
    bits.choice(*_ENUMERATED)
    return channels, True


def _skip_points(bits: _Bits, count: int) -> None:
    """A white point or primaries."""
    if bits.choice(*_ENUMERATED) == _CUSTOM:
        for _ in range(2 * count):
            bits.choice(*_COORDINATE)


def _first_frame(bits: _Bits, extra: bool, xyb: bool) -> tuple[bool | None, bool | None]:
    """Whether the first frame is modular, and whether it is YCbCr; `None` when what is before it cannot be passed."""
    if extra and not bits.flag():
        bits.take(16 + 16 + 1 + 16)  # tone mapping
    if bits.take(2) or not bits.flag():
        return None, None  # extensions, or transformations of its own
    bits.align()
    if bits.flag():
        return False, False
    bits.take(2)  # its kind
    modular = bits.flag()
    _skip_long(bits)
    return modular, not xyb and bits.flag()


def _skip_long(bits: _Bits) -> None:
    """A number of up to 64 bits, in as few as it takes (U64)."""
    way = bits.take(2)
    bits.take((0, 4, 8, 12)[way])
    while way == 3 and bits.flag():
        bits.take(8)
