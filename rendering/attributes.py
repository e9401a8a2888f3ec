"""One frame's attributes out of its instance's DICOM JSON metadata (PS3.18 Annex F; PS3.3 C.7.6.3, C.11)."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from rendering.errors import InvalidOption, MalformedAttributes, UnsupportedObject
from rendering.frame import ColorDescription, FrameAttributes
from rendering.kinds.reading import found_kind
from rendering.kinds.table import Kind
from rendering.presentation.reading.bulk import bulk_elements
from rendering.reading import tags
from rendering.reading.color_description import LARGEST_PROFILE, profile_holders, read_color_description
from rendering.reading.color_range import has_range_palette, read_color_range
from rendering.reading.elements import Dataset, integer, items, text, values
from rendering.reading.loss import read_loss
from rendering.reading.modality import is_in_hounsfield_units, modality_lut, read_modality
from rendering.reading.overlays import GROUPS, overlay_bytes, read_overlays
from rendering.reading.padding import read_float_padding, read_padding, stored_range
from rendering.reading.presentation_lut import presentation_lut, read_presentation_lut
from rendering.reading.shutters import read_shutter
from rendering.reading.spacing import read_pixel_aspect
from rendering.reading.tables import read_palette
from rendering.reading.voi import read_voi, shown_voi_lut

Path = tuple[str | int, ...]
"""Where an element stands: tags and item numbers (from 0) in turn, the element's own tag last."""

MAXIMUM_REFERENCES = 256
_MAXIMUM_PROFILES = 8
_LARGEST_OVERLAYS = 32 * 2**20
_SAMPLES = {
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
_OF_FRAMES = {Kind.IMAGE, Kind.SEGMENTATION, Kind.DOSE}
_FLOAT_BITS = {tags.FLOAT_PIXEL_DATA: 32, tags.DOUBLE_FLOAT_PIXEL_DATA: 64}


@dataclass(frozen=True, slots=True)
class BulkReference:
    """A look-up table, a colour profile, or an overlay's data, that rendering uses and the metadata only points to.

    What is not `required` may be missing, or have more than `maximum_bytes`, and is then said to be missing.
    """

    path: Path
    uri: str
    required: bool = True
    maximum_bytes: int = LARGEST_PROFILE


def is_image(dataset: Dataset) -> bool:
    """Whether the instance holds still frames: it is of a kind that does, and describes a pixel matrix."""
    described = all(values(dataset, tag) for tag in (tags.ROWS, tags.COLUMNS, tags.BITS_ALLOCATED))
    return described and found_kind(dataset) in _OF_FRAMES


def is_colored(dataset: Dataset) -> bool:
    """Whether frames become red, green and blue: by what is stored, or by a palette."""
    photometric = text(dataset, tags.PHOTOMETRIC_INTERPRETATION).upper()
    return not photometric.startswith("MONOCHROME") or _has_palette(dataset) or has_range_palette(dataset)


def takes_window(dataset: Dataset) -> bool:
    """Whether a VOI window has a meaning for the frames, or could have: not for colours that are stored as such."""
    photometric = text(dataset, tags.PHOTOMETRIC_INTERPRETATION).upper()
    return not photometric or photometric.startswith("MONOCHROME")


def number_of_frames(dataset: Dataset) -> int:
    """Number of Frames (0028,0008); absent, empty or zero means a single one, as everybody reads it."""
    count = integer(dataset, tags.NUMBER_OF_FRAMES) or 1
    if not 1 <= count < 2**31:
        raise MalformedAttributes("the number of frames is not possible")
    return count


def read_attributes(dataset: Dataset, frame_number: int) -> FrameAttributes:
    """The attributes of frame `frame_number` (from 1), functional groups resolved.

    Raises `UnsupportedObject` for pixels that cannot be shown, `MalformedAttributes` when they are not explained,
    `InvalidOption` when there is no such frame.
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
    windows, voi_luts = read_voi(dataset, frame_number, negative) if samples == 1 else ((), ())
    palette = read_palette(dataset, signed) if _has_palette(dataset) or has_range_palette(dataset) else None
    color_range = read_color_range(dataset, frame_number, slope, intercept)
    # Integers are found in the palette itself where no range is told.
    ranged = has_range_palette(dataset) and (bool(color_range) or floating_point)
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
        windows=color_range if ranged and color_range else windows,
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
    )


def bulk_references(dataset: Dataset) -> list[BulkReference]:
    """What rendering some frame uses and has to be fetched: tables, profiles and overlays, of each only so many."""
    if found_kind(dataset) is Kind.PRESENTATION:
        return list(islice(_of_state(dataset), MAXIMUM_REFERENCES))
    if not is_image(dataset):
        return []
    found = (
        BulkReference((*path, tag), uri)
        for path, holder, tag in _tables(dataset)
        if (uri := _reference(holder, tag)) is not None
    )
    return [*islice(found, MAXIMUM_REFERENCES), *islice(_profiles(dataset), _MAXIMUM_PROFILES), *_overlays(dataset)]


def with_bulk(dataset: Dataset, path: Path, data: bytes) -> Dataset:
    """`dataset` with `data` inline at `path`, which comes from `bulk_references`; shares all else with the original."""
    tag, *rest = path
    element = dict(dataset[str(tag)])
    if rest:
        position = int(rest[0])
        held = list(element["Value"])
        held[position] = with_bulk(held[position], tuple(rest[1:]), data)
        element["Value"] = held
    else:
        element = {"vr": "OW", "InlineBinary": base64.b64encode(data).decode("ascii")}
    return {**dataset, str(tag): element}


def _read_photometric(dataset: Dataset) -> tuple[str, int]:
    photometric = text(dataset, tags.PHOTOMETRIC_INTERPRETATION).upper()
    if not photometric:
        raise MalformedAttributes("the photometric interpretation is missing")
    if photometric not in _SAMPLES:
        raise UnsupportedObject("this photometric interpretation is not supported")
    samples = _SAMPLES[photometric]
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


def _has_palette(dataset: Dataset) -> bool:
    """PALETTE COLOR, or grey with supplemental colours, as functional images are (C.7.6.19)."""
    supplemental = text(dataset, tags.PIXEL_PRESENTATION) in {"COLOR", "MIXED"} and all(
        tag in dataset for tag in tags.PALETTE_DESCRIPTORS
    )
    photometric = text(dataset, tags.PHOTOMETRIC_INTERPRETATION).upper()
    return photometric == "PALETTE COLOR" or (photometric == "MONOCHROME2" and supplemental)


def _required(dataset: Dataset, tag: str, lowest: int, highest: int) -> int:
    value = integer(dataset, tag)
    if value is None or not lowest <= value <= highest:
        raise MalformedAttributes("an attribute that explains the pixels is missing or not possible")
    return value


def _tables(dataset: Dataset) -> Iterator[tuple[Path, Dataset, str]]:
    """Every element with table data that rendering reads: its item's path, the item, its tag."""
    if _has_palette(dataset) or has_range_palette(dataset):
        yield from (((), dataset, tag) for tag in (*tags.PALETTE_DATA, *tags.SEGMENTED_PALETTE_DATA))
    if (modality := modality_lut(dataset)) is not None:
        yield (tags.MODALITY_LUT_SEQUENCE, 0), modality, tags.LUT_DATA
    for path, level in _voi_levels(dataset):
        if (table := shown_voi_lut(dataset, level)) is not None:
            yield (*path, tags.VOI_LUT_SEQUENCE, 0), table, tags.LUT_DATA
    if (presentation := presentation_lut(dataset)) is not None:
        yield (tags.PRESENTATION_LUT_SEQUENCE, 0), presentation, tags.LUT_DATA


def _of_state(dataset: Dataset) -> Iterator[BulkReference]:
    """What has to be fetched of a presentation state."""
    for path, holder, tag, required in bulk_elements(dataset):
        if (uri := _reference(holder, tag)) is not None:
            size = overlay_bytes(holder, int(tag[:4], 16)) if tag.endswith(tags.OVERLAY_DATA) else LARGEST_PROFILE
            yield BulkReference((*path, tag), uri, required, min(size, _LARGEST_OVERLAYS))


def _profiles(dataset: Dataset) -> Iterator[BulkReference]:
    """The colour profiles that have to be fetched."""
    for path, holder in profile_holders(dataset) if is_colored(dataset) else ():
        if (uri := _reference(holder, tags.ICC_PROFILE)) is not None:
            yield BulkReference((*path, tags.ICC_PROFILE), uri, required=False)


def _overlays(dataset: Dataset) -> Iterator[BulkReference]:
    """The data of overlays that have to be fetched, as long as all of them together are not too large."""
    room = _LARGEST_OVERLAYS
    for group in GROUPS:
        tag, size = tags.in_group(group, tags.OVERLAY_DATA), overlay_bytes(dataset, group)
        if 0 < size <= room and (uri := _reference(dataset, tag)) is not None:
            room -= size
            yield BulkReference((tag,), uri, required=False, maximum_bytes=size)


def _voi_levels(dataset: Dataset) -> Iterator[tuple[Path, Dataset]]:
    yield (), dataset
    for groups in (tags.SHARED_FUNCTIONAL_GROUPS, tags.PER_FRAME_FUNCTIONAL_GROUPS):
        for position, group in enumerate(items(dataset, groups)):
            for level in items(group, tags.FRAME_VOI_LUT_SEQUENCE)[:1]:
                yield (groups, position, tags.FRAME_VOI_LUT_SEQUENCE, 0), level


def _reference(holder: Dataset, tag: str) -> str | None:
    element: Any = holder.get(tag)
    uri = element.get("BulkDataURI") if isinstance(element, dict) else None
    return uri if isinstance(uri, str) and uri and "InlineBinary" not in element and "Value" not in element else None
