"""Segments over the image they segment: tinted and outlined in their colours (PS3.3 C.8.20.2).

A pixel is tinted by how much of it lies in the segment, of fractional segmentations by how much or how likely. The
outline is where one half is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from rendering.errors import UnsupportedObject
from rendering.layers import Segment, Segments
from rendering.reading.colors import distinct_color
from rendering.reading.plane import Affine
from rendering.sampling import after, averaged, nearest
from rendering.tint import AROUND, BLACK, OUTLINE, Bytes, Mask, extent, line_width, outline, tint

_OPACITY = 0.35
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class _Area:
    """A segment in the part of the image that it takes up."""

    segment: Segment
    place: tuple[slice, slice]
    share: NDArray[np.float32]
    inside: Mask


def lay_segments(
    image: Bytes, segments: Segments, stored: Mapping[int, NDArray[Any]], placement: Affine
) -> tuple[Segment, ...]:
    """Draw over an RGB image; `stored` are the values of the still's frames. The segments that those frames hold.

    `placement` takes positions in the image to those in the frame that it shows.
    """
    known = {segment.number: segment for segment in segments.segments}
    areas: list[_Area] = []
    held: list[Segment] = []
    for frame in segments.frames:
        values, placed = stored[frame.frame], after(frame.placement, placement)
        if frame.segment is None:
            held += _lay_labels(image, known, segments.background, values, placed)
        elif values.any():
            segment = known.get(frame.segment) or _undescribed(frame.segment)
            areas.append(_area(image, segment, segments.whole, values, placed))
    seen = [area for area in areas if area.share.size]
    for area in seen:
        tint(image[area.place], area.share * np.float32(_OPACITY), area.segment.color)
    for area in seen:
        outline(image[area.place], area.inside, area.segment.color, line_width(image))
    return tuple(dict.fromkeys([*held, *(area.segment for area in areas)]))


def _area(image: Bytes, segment: Segment, whole: int, values: NDArray[Any], placement: Affine) -> _Area:
    share = averaged(np.minimum(values, whole) / np.float32(whole), placement, (image.shape[1], image.shape[0]))
    place = extent(share, line_width(image))
    share = share[place]
    # What is smaller than a pixel of the image would have no outline at all.
    threshold = min(_HALF, share.max(initial=0) / 2) if whole == 1 else _HALF
    return _Area(segment, place, share, (share >= threshold) & (share > 0))


def _lay_labels(
    image: Bytes, known: Mapping[int, Segment], background: int, values: NDArray[Any], placement: Affine
) -> list[Segment]:
    """A map of labels in one step, however many there are: no pixel is in two segments."""
    if values.dtype.itemsize > 2:
        raise UnsupportedObject("labels of more than 16 bits are not supported")
    values = values.astype(np.uint16)
    labels = nearest(values, placement, (image.shape[1], image.shape[0]), background)
    present = np.unique(values)
    segments = [known.get(int(label)) or _undescribed(int(label)) for label in present]
    colors = np.array([segment.color for segment in segments], np.float32)
    inks = colors[np.searchsorted(present, labels).clip(0, len(colors) - 1)]
    occupied = labels != background
    edge = _differing(labels, line_width(image))
    tint(image, occupied * np.float32(_OPACITY), inks)
    tint(image, (edge & ~occupied) * np.float32(OUTLINE), BLACK)
    tint(image, edge & occupied, inks)
    return [segment for segment in segments if segment.number != background]


def _differing(labels: NDArray[Any], width: int) -> Mask:
    """Where another label is not more than `width` pixels away."""
    lowest, highest = (change(labels, AROUND, iterations=width) for change in (cv2.erode, cv2.dilate))
    return np.asarray(lowest != highest)


def _undescribed(number: int) -> Segment:
    return Segment(number, f"Segment {number}", distinct_color(number))
