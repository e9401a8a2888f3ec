"""One of everything that presentation states ask for: rendered once, before a worker can load nothing any longer."""

from dataclasses import replace
import struct

from rendering.content import Presented
from rendering.frame import EncodedFrame, LookupTable, Palette
from rendering.laid_over import OverlayPlane
from rendering.options import Encoding, RenderOptions
from rendering.presentation.graphics import Graphic, Justification, Layer, Placed, Shape, Text, Units
from rendering.presentation.presented import Area, Presentation, Subtraction, Superimposition
from rendering.reading.plane import IDENTITY
from rendering.sandbox.worker import Render

_POINTS = (2.0, 2.0, 14.0, 2.0, 8.0, 4.0, 8.0, 14.0)
_EXACT = {Shape.POINT: 2, Shape.CIRCLE: 4}
_RAMP = LookupTable(256, 0, 16, struct.pack("<256H", *range(0, 65536, 256)))


def warm_presented(render: Render, frame: EncodedFrame, maximum_pixels: int) -> None:
    """Render `frame`, grey of integers, in every way in which a state may have it shown."""
    options = RenderOptions(Encoding.PNG, watermark="A")
    for presentation in _presentations(frame):
        render(Presented((frame, frame), presentation), options, maximum_pixels)


def _presentations(frame: EncodedFrame) -> tuple[Presentation, ...]:
    attributes = frame.attributes
    plane = OverlayPlane(0x6000, attributes.rows, attributes.columns, bits=bytes(attributes.rows * attributes.columns))
    graphics = tuple(
        Graphic(shape, Units.PIXEL, _POINTS[: _EXACT.get(shape)], shape is Shape.ELLIPSE, fill=(9, 8, 7))
        for shape in Shape
    )
    text = Text(
        ("Aé山",),
        Placed(Units.DISPLAY, (0.0, 0.0, 1.0, 0.5)),
        Justification.CENTER,
        Placed(Units.PIXEL, (9.0, 9.0)),
        True,
    )
    layers = (Layer(overlays=(plane,), graphics=graphics, texts=(text,)), Layer(color=(255, 0, 0), graphics=graphics))
    drawn = Presentation(
        area=Area(-2, -2, attributes.columns, attributes.rows, 1.0),
        presentation_lut=_RAMP,
        rotation=90,
        flipped=True,
        layers=layers,
    )
    palette = Palette(_RAMP, _RAMP, _RAMP)
    colored = replace(drawn, presentation_lut=None, palette=palette, layers=())
    return (
        drawn,
        colored,
        replace(drawn, subtraction=Subtraction(0.5)),
        replace(colored, superimposition=Superimposition(0.5, IDENTITY, palette)),
    )
