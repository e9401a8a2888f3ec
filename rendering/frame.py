"""The one value that flows into rendering: a frame's bytes, their transfer syntax, the attributes explaining them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from rendering.laid_over import OverlayPlane, Rectangle, Shutter
from rendering.options import Encoding, Loss, Omission, Window

if TYPE_CHECKING:
    Body: TypeAlias = bytes | memoryview
else:
    Body = bytes  # a union of the two is none that msgspec reads, and what travels by it has been taken out before

SAMPLES_PER_PIXEL = {
    "MONOCHROME1": 1,
    "MONOCHROME2": 1,
    "PALETTE COLOR": 1,
    "RGB": 3,
    "YBR_FULL": 3,
    "YBR_FULL_422": 3,
    "YBR_PARTIAL_422": 3,
    "YBR_PARTIAL_420": 3,
    "YBR_ICT": 3,
    "YBR_RCT": 3,
    "XYB": 3,
}
"""Photometric interpretations that can be decoded, with their Samples per Pixel (PS3.3 C.7.6.3.1.2)."""


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
class ColorDescription:
    """What the colours of a frame mean: an ICC profile, or the name of a space (PS3.3 C.11.15); sRGB without either.

    `unread` says that there is a profile which could not be had: it is too large, elsewhere, or damaged.
    """

    profile: bytes = b""
    space: str = ""
    unread: bool = False


@dataclass(frozen=True, slots=True)
class FrameAttributes:
    """The attributes that turn one frame's stored values into presentation values, functional groups resolved.

    Names and units are those of PS3.3 C.7.6.3 (image pixel), C.11.1 (modality), C.11.2 (VOI), C.7.5.1.1.2 (padding).
    `pixel_aspect` is physical height over width of one pixel; `padding` an inclusive range of stored values. Pixels of
    `floating_point` (C.7.6.24, C.7.6.25) fill their cells and have a sign.
    `windows` are alternatives of which the first is shown; `voi_luts` are read only where they are shown instead.
    `hounsfield` tells that modality values are Hounsfield units. A `palette` beside a monochrome interpretation is
    supplemental: it colours what it maps and no more (C.7.6.19). A `range_palette` colours all that is windowed; its
    input spans the window (C.7.6.16.2.26).
    `colors` explain red, green and blue. `lossy` says that information was lost before, `lossy_ratio` at which ratio
    (C.7.6.1.1.5). There are `unread_overlays` beside `overlays`, which cannot be shown. With `areas` nothing of the
    frame is shown but what lies in them. `total_rows` and `total_columns` are those of the matrix of which the frame is
    a tile (C.8.12.4.1.1), else 0.
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
    presentation_lut: LookupTable | None = None
    hounsfield: bool = False
    padding: tuple[float, float] | None = None
    palette: Palette | None = None
    range_palette: Palette | None = None
    pixel_aspect: float = 1.0
    colors: ColorDescription = ColorDescription()
    lossy: bool = False
    lossy_ratio: float | None = None
    floating_point: bool = False
    shutter: Shutter | None = None
    overlays: tuple[OverlayPlane, ...] = ()
    unread_overlays: int = 0
    areas: tuple[Rectangle, ...] | None = None
    total_rows: int = 0
    total_columns: int = 0

    @property
    def lacks_window(self) -> bool:
        """Whether nothing says how the grey values of the frame are to be windowed."""
        gray = self.photometric_interpretation in {"MONOCHROME1", "MONOCHROME2"}
        return gray and not self.windows and not self.voi_luts

    def longer_side(self, aspect: float = 1.0) -> float:
        """Columns, or rows of the height `aspect`, of all that the frame is or is a tile of, whichever are more."""
        return max(self.columns, self.total_columns, max(self.rows, self.total_rows) * aspect)


@dataclass(frozen=True, slots=True)
class Preparation:
    """What was done to a frame ahead: it is decoded and scaled, and its bytes are values of numpy's type `kind`.

    There are `rows` × `columns` of them; the rest is that of `StoredValues`.
    """

    rows: int
    columns: int
    kind: str
    color_space: str
    decoder: str
    lossy: bool


@dataclass(frozen=True, slots=True)
class EncodedFrame:
    """One frame as WADO-RS delivers it: bare code stream or native bytes without items (PS3.18 §8.7.3.3).

    A frame that is looked at through one window after another may be prepared.
    """

    data: Body
    transfer_syntax: str
    attributes: FrameAttributes
    prepared: Preparation | None = None


@dataclass(frozen=True, slots=True)
class TranscodedFrame:
    """A frame in another transfer syntax than it is stored in, its stored values unchanged unless that one is lossy.

    `color_space` is the photometric interpretation that its values have, which may be another than the data set's:
    decoders of lossy JPEG give RGB. No value differs by more than `maximum_error` from what is stored.
    """

    data: bytes
    transfer_syntax: str
    color_space: str
    maximum_error: int = 0


@dataclass(frozen=True, slots=True)
class RenderedImage:
    """An encoded image and what was done to make it, so that a viewer can say so truthfully.

    `window` is the VOI window applied (`None` for colour or LUT), `window_from` one of `request`, `image`, `lut`,
    `default`, `state` for a presentation state, `none`; `columns`/`rows` the size of the image in pixels; `lossy`
    whether the encoding loses information; `marked` whether a watermark is burnt in. A moving image has `frames`, plays
    for `milliseconds`, and has the `losses` that its encoding brings; a document has as many pages as `frames`.

    `scale` is the number of its columns for one column of the source, `decoder` what took the source apart; the source
    had lost information before if `source_lossy`, at the `ratio` that its data set tells. `color_space` is `srgb`,
    `adobergb`, `rommrgb`, `source` or, for grey, `none`; what the source's own is was told by the `image`, the
    `stream` or the `name` of a space, or is `assumed`, or `damaged` and assumed (`color_found`). `described` says that
    an ICC profile is embedded. `omissions` are what it should show and does not,
    `annotated` says with what it is annotated: `patient`, `technique`.
    """

    data: bytes
    encoding: Encoding
    columns: int
    rows: int
    window: Window | None
    window_from: str
    lossy: bool
    marked: bool = False
    frames: int = 1
    milliseconds: int = 0
    losses: tuple[Loss, ...] = ()
    scale: float = 1.0
    decoder: str = ""
    source_lossy: bool = False
    ratio: float | None = None
    color_space: str = "none"
    color_found: str = "none"
    described: bool = False
    omissions: tuple[Omission, ...] = ()
    annotated: tuple[str, ...] = ()
