"""A sheet as SVG in its physical size: every sample that is drawn is a point, to a thousandth of a millimetre."""

from collections.abc import Iterator
from html import escape

from rendering.documents.blocks import printable
from rendering.viewport import Geometry
from rendering.waveforms.drawing import Lettering, Sheet, Stroke, grid_lines


def to_svg(sheet: Sheet, geometry: Geometry, pixels_per_millimetre: float, *, is_scaled: bool) -> bytes:
    """The region that `geometry` names: in its physical size, unless it `is_scaled` to a size in pixels."""
    left, top, width, height = (
        side / pixels_per_millimetre for side in (geometry.left, geometry.top, geometry.width, geometry.height)
    )
    across, down = -1 if geometry.flip_horizontal else 1, -1 if geometry.flip_vertical else 1
    size = (f"{geometry.columns}", f"{geometry.rows}") if is_scaled else (f"{width:g}mm", f"{height:g}mm")
    mirrored = (
        f"matrix({across} 0 0 {down} {2 * left + width if across < 0 else 0:g} {2 * top + height if down < 0 else 0:g})"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{size[0]}" height="{size[1]}" '
        f'viewBox="{left:g} {top:g} {width:g} {height:g}">\n<title>{_text(sheet.title)}</title>\n'
        f'<rect width="{sheet.width:g}" height="{sheet.height:g}" fill="#ffffff"/>\n'
        f'<g transform="{mirrored}" fill="none" stroke-linejoin="round" stroke-linecap="round" '
        'font-family="DejaVu Sans, sans-serif">\n'
        f"{''.join(_lines(sheet))}</g></svg>\n"
    ).encode()


def _lines(sheet: Sheet) -> Iterator[str]:
    for step in (1, 5):
        for grid in sheet.grids:
            yield from map(_stroke, grid_lines(grid, step))
    yield from map(_stroke, sheet.strokes)
    yield from map(_lettering, sheet.letterings)


def _stroke(stroke: Stroke) -> str:
    points = " ".join(f"{x:.3f},{y:.3f}" for x, y in stroke.points.tolist())
    named = f"<title>{_text(stroke.name)}</title>" if stroke.name else ""
    return f'<polyline stroke="{stroke.ink}" stroke-width="{stroke.width:g}" points="{points}">{named}</polyline>\n'


def _lettering(lettering: Lettering) -> str:
    end = ' text-anchor="end"' if lettering.ends else ""
    place = f'x="{lettering.x:.3f}" y="{lettering.y:.3f}" font-size="{lettering.size:g}"'
    return f'<text {place} fill="{lettering.ink}"{end}>{_text(lettering.text)}</text>\n'


def _text(text: str) -> str:
    return escape(printable(text))
