"""What other objects say about an image, as values to lay over it: segments, dose, structures, and their legend.

Positions are in pixels of the image's own frame from its upper left corner, so that the first pixel's centre is
(0.5, 0.5).
"""

from dataclasses import dataclass

from rendering.laid_over import Color
from rendering.reading.plane import Affine


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment of a segmentation (PS3.3 C.8.20.4)."""

    number: int
    label: str
    color: Color


@dataclass(frozen=True, slots=True)
class SegmentFrame:
    """One frame of a segmentation: `frame` tells which of the still's frames it is, `placement` where it lies.

    `placement` takes positions in the image to those in the frame. Without a `segment` its values are segment numbers.
    """

    frame: int
    segment: int | None
    placement: Affine


@dataclass(frozen=True, slots=True)
class Segments:
    """`whole` is the stored value of a pixel that lies in its segment as a whole, `background` that of no segment."""

    segments: tuple[Segment, ...]
    frames: tuple[SegmentFrame, ...]
    whole: int = 1
    background: int = 0


@dataclass(frozen=True, slots=True)
class Dose:
    """One plane of a dose (PS3.3 C.8.8.3): `frame` of the still, placed as frames of segmentations are.

    A stored value times `scaling` is the dose in `unit`, which is empty for doses relative to another one.
    """

    frame: int
    placement: Affine
    scaling: float
    unit: str


@dataclass(frozen=True, slots=True)
class Contour:
    """A line through `points`, each an x and a y in turn, `closed` from the last to the first; one point is a mark."""

    points: tuple[float, ...]
    closed: bool


@dataclass(frozen=True, slots=True)
class Structure:
    """The contours of one region of interest in one image (PS3.3 C.8.8.6); closed ones exclude what lies in two."""

    label: str
    color: Color
    contours: tuple[Contour, ...]


@dataclass(frozen=True, slots=True)
class Layers:
    """What is laid over an image, and `remarks` about it for the legend."""

    segments: Segments | None = None
    dose: Dose | None = None
    structures: tuple[Structure, ...] = ()
    remarks: tuple[str, ...] = ()
