"""What a data set says of the colours of a frame: an ICC profile, or the name of a space (PS3.3 C.11.15).

They stand at the top, or with the optical path that a frame of a slide was taken through (C.8.12.5).
"""

import binascii
from collections.abc import Iterator, Mapping

from rendering.frame import ColorDescription
from rendering.reading import tags
from rendering.reading.elements import Dataset, integer, items, text
from rendering.reading.functional_groups import levels

LARGEST_PROFILE = 2 * 2**20
"""Bytes of a profile that is read; those of scanners have some hundred thousand."""


def read_color_description(dataset: Dataset, frame_number: int) -> ColorDescription:
    """What explains the colours of frame `frame_number` (from 1); a profile that cannot be read counts as unread."""
    holder = _holder(dataset, frame_number)
    element = holder.get(tags.ICC_PROFILE)
    profile = _profile(element) if isinstance(element, Mapping) else b""
    return ColorDescription(profile or b"", text(holder, tags.COLOR_SPACE).upper(), profile is None)


def profile_holders(dataset: Dataset) -> Iterator[tuple[tuple[str | int, ...], Dataset]]:
    """Where profiles may stand: the path of each place, and its data set."""
    yield (), dataset
    for position, item in enumerate(items(dataset, tags.OPTICAL_PATH_SEQUENCE)):
        yield (tags.OPTICAL_PATH_SEQUENCE, position), item


def _holder(dataset: Dataset, frame_number: int) -> Dataset:
    path = _optical_path(dataset, frame_number)
    if path is not None and (tags.ICC_PROFILE in path or tags.COLOR_SPACE in path):
        return path
    return dataset


def _optical_path(dataset: Dataset, frame_number: int) -> Dataset | None:
    """The path that the frame names; a slide whose tiles are all there has the frames of one path after the other's."""
    paths = items(dataset, tags.OPTICAL_PATH_SEQUENCE)
    for level in levels(dataset, frame_number, tags.OPTICAL_PATH_IDENTIFICATION_SEQUENCE):
        if level is not dataset and (name := text(level, tags.OPTICAL_PATH_IDENTIFIER)):
            return next((path for path in paths if text(path, tags.OPTICAL_PATH_IDENTIFIER) == name), None)
    frames = integer(dataset, tags.NUMBER_OF_FRAMES) or 1
    return paths[(frame_number - 1) * len(paths) // max(frames, frame_number)] if paths else None


def _profile(element: Mapping[str, object]) -> bytes | None:
    """The profile's bytes, empty when there are none; `None` for those that are elsewhere, too many or no base64."""
    inline = element.get("InlineBinary")
    if inline is None:
        return None if "BulkDataURI" in element else b""
    if not isinstance(inline, str) or len(inline) > LARGEST_PROFILE * 4 // 3 + 4:
        return None
    try:
        profile = binascii.a2b_base64(inline)
    except binascii.Error:
        return None
    return None if inline and not profile else profile
