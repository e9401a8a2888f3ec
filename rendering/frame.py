"""The one value that flows into rendering: a frame's bytes, their transfer syntax, the attributes explaining them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from rendering.options import Encoding, Window

if TYPE_CHECKING:
    Body: TypeAlias = bytes | memoryview
else:
    Body = bytes  # a union of the two is none that msgspec reads, and what travels by it has been taken out before


@dataclass(frozen=True, slots=True)
class LookupTable:
    """A modality, VOI or palette look-up table as stored (PS3.3 C.11.1.1.1, C.11.2.1.1, C.7.6.3.1.5).

    `entries` is the resolved count (0 in the descriptor means 65536), `first` the first mapped value with its sign
    resolved, `bits` per entry as declared, `data` the little-endian LUT data, unexpanded.
    """

    entries: int
    first: int
    bits: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Palette:
    """Red, green and blue palette colour look-up tables (PS3.3 C.7.9)."""

    red: LookupTable
    green: LookupTable
    blue: LookupTable


@dataclass(frozen=True, slots=True)
class FrameAttributes:
    """The attributes that turn one frame's stored values into presentation values, functional groups resolved.

    Names and units are those of PS3.3 C.7.6.3 (image pixel), C.11.1 (modality), C.11.2 (VOI), C.7.5.1.1.2 (padding).
    `pixel_aspect` is physical height over width of one pixel; `padding` an inclusive range of stored values.
    `windows` are alternatives of which the first is shown; `voi_luts` are read only where there is no window. A
    `palette` beside a monochrome interpretation is supplemental: it colours what it maps and no more (C.7.6.19).
    """

    sop_class: str
    rows: int
    columns: int
    samples_per_pixel: int
    photometric_interpretation: str
    bits_allocated: int
    bits_stored: int
    high_bit: int
    signed: bool
    planar: bool = False
    rescale_slope: float = 1.0
    rescale_intercept: float = 0.0
    modality_lut: LookupTable | None = None
    windows: tuple[Window, ...] = ()
    voi_luts: tuple[LookupTable, ...] = ()
    padding: tuple[int, int] | None = None
    palette: Palette | None = None
    pixel_aspect: float = 1.0


@dataclass(frozen=True, slots=True)
class EncodedFrame:
    """One frame as WADO-RS delivers it: bare code stream or native bytes without items (PS3.18 §8.7.3.3)."""

    data: Body
    transfer_syntax: str
    attributes: FrameAttributes


@dataclass(frozen=True, slots=True)
class RenderedImage:
    """An encoded image and what was done to make it, so that a viewer can say so truthfully.

    `window` is the VOI window applied (`None` for colour or LUT), `window_from` one of `request`, `image`, `lut`,
    `default`, `none`; `columns`/`rows` the size of the image in pixels; `lossy` whether the encoding loses information;
    `marked` whether a watermark is burnt in.
    """

    data: bytes
    encoding: Encoding
    columns: int
    rows: int
    window: Window | None
    window_from: str
    lossy: bool
    marked: bool = False
