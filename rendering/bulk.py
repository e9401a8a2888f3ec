"""What rendering uses and the metadata only point to: bulk data that have to be fetched (PS3.18 §10.4.3.3.2)."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from rendering.attributes import has_palette, is_colored, is_image
from rendering.kinds.reading import found_kind
from rendering.kinds.table import Kind
from rendering.presentation.reading.bulk import bulk_elements
from rendering.reading import tags
from rendering.reading.color_description import LARGEST_PROFILE, profile_holders
from rendering.reading.color_range import has_range_palette
from rendering.reading.elements import Dataset, items
from rendering.reading.modality import modality_lut
from rendering.reading.overlays import GROUPS, overlay_bytes
from rendering.reading.presentation_lut import presentation_lut
from rendering.reading.voi import chosen_voi_lut, shown_voi_lut

Path = tuple[str | int, ...]
"""Where an element stands: tags and item numbers (from 0) in turn, the element's own tag last."""

MAXIMUM_REFERENCES = 256
_MAXIMUM_PROFILES = 8
_LARGEST_OVERLAYS = 32 * 2**20


@dataclass(frozen=True, slots=True)
class BulkReference:
    """A look-up table, a colour profile, or an overlay's data, that rendering uses and the metadata only points to.

    What is not `required` may be missing, or have more than `maximum_bytes`, and is then said to be missing.
    """

    path: Path
    uri: str
    required: bool = True
    maximum_bytes: int = LARGEST_PROFILE


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


def voi_lut_reference(dataset: Dataset, frame_number: int, number: int) -> BulkReference | None:
    """What has to be fetched to show a frame through its VOI LUT `number` (from 1); `None` if nothing has to be.

    Raises `InvalidOption` when there is no such table.
    """
    chosen = chosen_voi_lut(dataset, frame_number, number)
    uri = _reference(chosen, tags.LUT_DATA)
    for path, level in _voi_levels(dataset, frame_number) if uri is not None else ():
        for position, table in enumerate(items(level, tags.VOI_LUT_SEQUENCE)):
            if table is chosen:
                return BulkReference((*path, tags.VOI_LUT_SEQUENCE, position, tags.LUT_DATA), str(uri))
    return None


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


def _tables(dataset: Dataset) -> Iterator[tuple[Path, Dataset, str]]:
    """Every element with table data that rendering reads: its item's path, the item, its tag."""
    if has_palette(dataset) or has_range_palette(dataset):
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


def _voi_levels(dataset: Dataset, frame_number: int | None = None) -> Iterator[tuple[Path, Dataset]]:
    """Of one frame, or of all; frames that are alike may have one group together, each in a place of its own."""
    yield (), dataset
    own = slice(frame_number and frame_number - 1, frame_number)
    for groups, among in ((tags.SHARED_FUNCTIONAL_GROUPS, slice(None)), (tags.PER_FRAME_FUNCTIONAL_GROUPS, own)):
        for position, group in enumerate(items(dataset, groups)[among], start=among.start or 0):
            for level in items(group, tags.FRAME_VOI_LUT_SEQUENCE)[:1]:
                yield (groups, position, tags.FRAME_VOI_LUT_SEQUENCE, 0), level


def _reference(holder: Dataset, tag: str) -> str | None:
    element: Any = holder.get(tag)
    uri = element.get("BulkDataURI") if isinstance(element, dict) else None
    return uri if isinstance(uri, str) and uri and "InlineBinary" not in element and "Value" not in element else None
