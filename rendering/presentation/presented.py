"""What a presentation state makes of one frame, as values: what remains when its look-up tables have replaced others'.

The state's modality and VOI transformations, shutter and colour profile stand where the frame's own stood.
"""

from dataclasses import dataclass

from rendering.frame import LookupTable, Palette
from rendering.presentation.graphics import Layer
from rendering.reading.plane import Affine


@dataclass(frozen=True, slots=True)
class Area:
    """The Specified Displayed Area in pixels of the frame from its upper left corner (PS3.3 C.10.4).

    It may exceed the frame. `aspect` is height over width of a pixel as it is to be shown; with a `magnification`, so
    many pixels of the image, one way, are to show one of the frame.
    """

    left: int
    top: int
    right: int
    bottom: int
    aspect: float
    magnification: float | None = None


@dataclass(frozen=True, slots=True)
class Subtraction:
    """The mean of all frames behind the first is taken from it, but for the part that is to stay visible (C.7.6.10).

    `tables` are those that make values logarithmic, one for each frame, or none at all.
    """

    visible: float = 0.0
    tables: tuple[LookupTable | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Superimposition:
    """The second frame, coloured by the `palette`, over the first one's grey (PS3.4 N.2.4).

    `placement` takes positions in the first to those in the second; outside of that the first is shown alone.
    """

    opacity: float
    placement: Affine
    palette: Palette


@dataclass(frozen=True, slots=True)
class Presentation:
    """How a frame is shown; layers are in the order in which they are drawn.

    A `palette` colours what leaves the VOI transformation (PS3.4 N.2.2), in place of a presentation LUT.
    """

    area: Area
    presentation_lut: LookupTable | None = None
    inverted: bool = False
    palette: Palette | None = None
    rotation: int = 0
    flipped: bool = False
    layers: tuple[Layer, ...] = ()
    subtraction: Subtraction | None = None
    superimposition: Superimposition | None = None
