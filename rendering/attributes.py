"""One frame's attributes out of its instance's DICOM JSON metadata (PS3.18 Annex F; PS3.3 C.7.6.3, C.11)."""

from rendering.errors import InvalidOption, MalformedAttributes, UnsupportedObject
from rendering.frame import SAMPLES_PER_PIXEL, ColorDescription, FrameAttributes
from rendering.kinds.reading import found_kind
from rendering.kinds.table import Kind
from rendering.reading import tags
from rendering.reading.color_description import read_color_description
from rendering.reading.color_range import has_range_palette, read_color_range
from rendering.reading.elements import Dataset, integer, text, values
from rendering.reading.loss import read_loss
from rendering.reading.modality import is_in_hounsfield_units, read_modality
from rendering.reading.overlays import read_overlays
from rendering.reading.padding import read_float_padding, read_padding, stored_range
from rendering.reading.presentation_lut import read_presentation_lut
from rendering.reading.shutters import read_shutter
from rendering.reading.spacing import read_pixel_aspect
from rendering.reading.tables import read_palette
from rendering.reading.voi import read_voi

_OF_FRAMES = {Kind.IMAGE, Kind.SEGMENTATION, Kind.DOSE}
_FLOAT_BITS = {tags.FLOAT_PIXEL_DATA: 32, tags.DOUBLE_FLOAT_PIXEL_DATA: 64}


def is_image(dataset: Dataset) -> bool:
    """Whether the instance holds still frames: it is of a kind that does, and describes a pixel matrix."""
    described = all(values(dataset, tag) for tag in (tags.ROWS, tags.COLUMNS, tags.BITS_ALLOCATED))
    return described and found_kind(dataset) in _OF_FRAMES


def is_colored(dataset: Dataset) -> bool:
    """Whether frames become red, green and blue: by what is stored, or by a palette."""
    photometric = text(dataset, tags.PHOTOMETRIC_INTERPRETATION).upper()
    return not photometric.startswith("MONOCHROME") or has_palette(dataset) or has_range_palette(dataset)


def takes_window(dataset: Dataset) -> bool:
    """Whether a VOI window has a meaning for the frames, or could have: not for colours that are stored as such."""
    photometric = text(dataset, tags.PHOTOMETRIC_INTERPRETATION).upper()
    return not photometric or photometric.startswith("MONOCHROME")


def has_palette(dataset: Dataset) -> bool:
    """PALETTE COLOR, or grey with supplemental colours, as functional images are (C.7.6.19)."""
    supplemental = text(dataset, tags.PIXEL_PRESENTATION) in {"COLOR", "MIXED"} and all(
        tag in dataset for tag in tags.PALETTE_DESCRIPTORS
    )
    photometric = text(dataset, tags.PHOTOMETRIC_INTERPRETATION).upper()
    return photometric == "PALETTE COLOR" or (photometric == "MONOCHROME2" and supplemental)


def number_of_frames(dataset: Dataset) -> int:
    """Number of Frames (0028,0008); absent, empty or zero means a single one, as everybody reads it."""
    count = integer(dataset, tags.NUMBER_OF_FRAMES) or 1
    if not 1 <= count < 2**31:
        raise MalformedAttributes("the number of frames is not possible")
    return count


def read_attributes(dataset: Dataset, frame_number: int, voi_lut: int | None = None) -> FrameAttributes:
    """The attributes of frame `frame_number` (from 1), functional groups resolved.

    With `voi_lut` it is shown through the stored VOI LUT of this number (from 1), and through no other. Raises
    `UnsupportedObject` for pixels that cannot be shown, `MalformedAttributes` when they are not explained,
    `InvalidOption` when there is no such frame or table.
    """
    if not 1 <= frame_number <= number_of_frames(dataset):
        raise InvalidOption("there is no such frame")
    photometric, samples = _read_photometric(dataset)
    floating_point = _is_floating_point(dataset)
    allocated, stored, high = _read_float_bits(dataset) if floating_point else _read_bits(dataset)
    # Colour has no sign (C.7.6.3.1.2), whatever is written.
    signed = floating_point or (samples == 1 and _required(dataset, tags.PIXEL_REPRESENTATION, 0, 1) == 1)
    slope, intercept, table = read_modality(dataset, frame_number, signed)
    lowest, highest = stored_range(stored, signed)
    negative = table is None and min(slope * lowest, slope * highest) + intercept < 0
    lossy, lossy_ratio = read_loss(dataset)
    overlays, unread_overlays = read_overlays(dataset, frame_number)
    windows, voi_luts = read_voi(dataset, frame_number, negative, voi_lut) if samples == 1 else ((), ())
    palette = read_palette(dataset, signed) if has_palette(dataset) or has_range_palette(dataset) else None
    color_range = read_color_range(dataset, frame_number, slope, intercept) if has_range_palette(dataset) else ()
    # Integers are found in the palette itself where no range is told.
    ranged = bool(color_range) or (floating_point and has_range_palette(dataset))
    return FrameAttributes(
        sop_class=text(dataset, tags.SOP_CLASS_UID),
        rows=_required(dataset, tags.ROWS, 1, 65535),
        columns=_required(dataset, tags.COLUMNS, 1, 65535),
        samples_per_pixel=samples,
        photometric_interpretation=photometric,
        bits_allocated=allocated,
        bits_stored=stored,
        high_bit=high,
        signed=signed,
        planar=integer(dataset, tags.PLANAR_CONFIGURATION) == 1,
        rescale_slope=slope,
        rescale_intercept=intercept,
        modality_lut=table,
        windows=color_range or windows,
        voi_luts=voi_luts,
        presentation_lut=read_presentation_lut(dataset) if samples == 1 else None,
        hounsfield=is_in_hounsfield_units(dataset, frame_number),
        padding=_padding(dataset, signed, (lowest, highest), floating_point) if samples == 1 else None,
        palette=None if ranged else palette,
        range_palette=palette if ranged else None,
        pixel_aspect=read_pixel_aspect(dataset, frame_number),
        colors=read_color_description(dataset, frame_number) if is_colored(dataset) else ColorDescription(),
        lossy=lossy,
        lossy_ratio=lossy_ratio,
        floating_point=floating_point,
        shutter=read_shutter(dataset, frame_number),
        overlays=overlays,
        unread_overlays=unread_overlays,
        total_rows=max(0, integer(dataset, tags.TOTAL_PIXEL_MATRIX_ROWS) or 0),
        total_columns=max(0, integer(dataset, tags.TOTAL_PIXEL_MATRIX_COLUMNS) or 0),
    )


def _read_photometric(dataset: Dataset) -> tuple[str, int]:
    photometric = text(dataset, tags.PHOTOMETRIC_INTERPRETATION).upper()
    if not photometric:
        raise MalformedAttributes("the photometric interpretation is missing")
    if photometric not in SAMPLES_PER_PIXEL:
        raise UnsupportedObject("this photometric interpretation is not supported")
    samples = SAMPLES_PER_PIXEL[photometric]
    if (integer(dataset, tags.SAMPLES_PER_PIXEL) or samples) != samples:
        raise MalformedAttributes("samples per pixel and photometric interpretation contradict each other")
    return photometric, samples


def _read_bits(dataset: Dataset) -> tuple[int, int, int]:
    allocated = _required(dataset, tags.BITS_ALLOCATED, 1, 64)
    if allocated not in {1, 8, 16, 32}:
        raise UnsupportedObject("this number of bits for each pixel is not supported")
    stored = _required(dataset, tags.BITS_STORED, 1, allocated)
    high = integer(dataset, tags.HIGH_BIT)
    high = stored - 1 if high is None else high
    if not stored - 1 <= high < allocated:
        raise MalformedAttributes("the high bit does not fit the bits stored")
    return allocated, stored, high


def _is_floating_point(dataset: Dataset) -> bool:
    """Float or Double Float Pixel Data; metadata that leave out pixels have no Bits Stored with as many bits."""
    if tags.PIXEL_DATA in dataset:
        return False
    unexplained = (integer(dataset, tags.BITS_ALLOCATED) or 0) >= 32 and integer(dataset, tags.BITS_STORED) is None
    return unexplained or any(tag in dataset for tag in _FLOAT_BITS)


def _read_float_bits(dataset: Dataset) -> tuple[int, int, int]:
    allocated = _required(dataset, tags.BITS_ALLOCATED, 32, 64)
    told = {bits for tag, bits in _FLOAT_BITS.items() if tag in dataset}
    if allocated not in (told or set(_FLOAT_BITS.values())):
        raise MalformedAttributes("floating point pixels have 32 or 64 bits")
    return allocated, allocated, allocated - 1


def _padding(
    dataset: Dataset, signed: bool, possible: tuple[int, int], floating_point: bool
) -> tuple[float, float] | None:
    return read_float_padding(dataset) if floating_point else read_padding(dataset, signed, possible)


def _required(dataset: Dataset, tag: str, lowest: int, highest: int) -> int:
    value = integer(dataset, tag)
    if value is None or not lowest <= value <= highest:
        raise MalformedAttributes("an attribute that explains the pixels is missing or not possible")
    return value
