"""How large a displayed area becomes, and where things lie in its image (PS3.3 C.10.4, PS3.18 §8.3.5.1.6).

With a viewport the area is scaled to just fit it; one that is to be magnified is, and what the viewport cannot hold of
its margins is left out. Without a viewport each pixel of the frame has one of the image, or more, where its shape or a
magnification asks for them. The area may exceed the frame.
"""

from dataclasses import dataclass, replace

from rendering.errors import MalformedAttributes
from rendering.frame import FrameAttributes
from rendering.options import RenderOptions
from rendering.presentation.graphics import Points, Units
from rendering.presentation.presented import Presentation
from rendering.viewport import Geometry


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole image as `geometry`, whose region may exceed the frame, and the part of it that shows the frame.

    That part is `inner`, upright, from (`left`, `top`) of the upright image on. The displayed area begins at `origin`
    and spans `extent`, in pixels of the turned image, which may show a part of it.
    """

    geometry: Geometry
    inner: Geometry
    left: int
    top: int
    origin: tuple[float, float]
    extent: tuple[float, float]

    def to_image(self, units: Units, points: Points) -> list[tuple[float, float]]:
        """Where the image shows points, from its upper left corner."""
        pairs = zip(points[::2], points[1::2], strict=True)
        match units:
            case Units.PIXEL | Units.MATRIX:
                return [self.geometry.to_image(x, y) for x, y in pairs]
            case Units.DISPLAY:
                (left, top), (width, height) = self.origin, self.extent
                return [(left + x * width, top + y * height) for x, y in pairs]


def plan(attributes: FrameAttributes, presentation: Presentation, options: RenderOptions) -> Plan:
    """The plan for one frame. Raises `MalformedAttributes` when the area shows nothing of it."""
    whole = _whole(attributes, presentation, options)
    shown = _cropped(whole, presentation, options)
    across, down = shown.scale
    columns, rows = shown.upright
    first, last = _span(shown.left, across, columns, attributes.columns)
    top, bottom = _span(shown.top, down, rows, attributes.rows)
    left, width = _part(shown.left, across, (first, last), attributes.columns)
    above, height = _part(shown.top, down, (top, bottom), attributes.rows)
    inner = Geometry(left, above, width, height, last - first, bottom - top)
    origin = (shown.columns - whole.columns) / 2, (shown.rows - whole.rows) / 2
    return Plan(shown, inner, first, top, origin, (whole.columns, whole.rows))


def _whole(attributes: FrameAttributes, presentation: Presentation, options: RenderOptions) -> Geometry:
    """The displayed area as a whole, turned, in the size that it is to have."""
    area = presentation.area
    width, height = area.right - area.left, area.bottom - area.top
    scale = _scale(attributes, presentation, options)
    columns, rows = max(1, round(width * scale)), max(1, round(height * area.aspect * scale))
    if presentation.rotation % 180:
        columns, rows = rows, columns
    return Geometry(
        area.left, area.top, width, height, columns, rows, presentation.flipped, rotation=presentation.rotation
    )


def _scale(attributes: FrameAttributes, presentation: Presentation, options: RenderOptions) -> float:
    """Columns of the image for one of the frame, before it is turned."""
    area = presentation.area
    scale = max(1.0, 1 / area.aspect) * (area.magnification or 1.0)
    if options.viewport is not None and area.magnification is None:
        width, height = float(area.right - area.left), (area.bottom - area.top) * area.aspect
        if presentation.rotation % 180:
            width, height = height, width
        scale = min(options.viewport.width / width, options.viewport.height / height)
    if options.maximum_side is not None:
        scale = min(scale, options.maximum_side / attributes.longer_side(area.aspect))
    return scale


def _cropped(whole: Geometry, presentation: Presentation, options: RenderOptions) -> Geometry:
    """The middle of a magnified area, as much as the viewport holds."""
    viewport = options.viewport
    if viewport is None or presentation.area.magnification is None:
        return whole
    columns, rows = min(whole.columns, viewport.width), min(whole.rows, viewport.height)
    across, down = whole.scale
    upright = (rows, columns) if whole.rotation % 180 else (columns, rows)
    width, height = upright[0] / across, upright[1] / down
    left, top = whole.left + (whole.width - width) / 2, whole.top + (whole.height - height) / 2
    return replace(whole, left=left, top=top, width=width, height=height, columns=columns, rows=rows)


def _span(start: float, scale: float, count: int, side: int) -> tuple[int, int]:
    """The first pixel of the image that shows the frame, in one direction, and the one behind the last."""
    first, last = max(0, round(-start * scale)), min(count, round((side - start) * scale))
    if first >= last:
        if not (start < side and start + count / scale > 0):
            raise MalformedAttributes("the displayed area of the presentation state shows nothing of the image")
        first = min(first, count - 1)
        last = first + 1
    return first, last


def _part(start: float, scale: float, span: tuple[int, int], side: int) -> tuple[float, float]:
    """Where in the frame a span of the image begins, and how long it is there, in one direction."""
    first, last = max(0.0, start + span[0] / scale), min(float(side), start + span[1] / scale)
    return first, last - first
