"""`Vitrine-Rendering`: what was done to make an image, as a dictionary (RFC 8941 §3.2), for viewers to say.

docs/reference/rendering-header.md explains every member.
"""

from collections.abc import Iterator, Sequence

from proxy.resources import FramesRef
from rendering.frame import RenderedImage
from rendering.options import Omission
from rendering.reading.real_world import RealWorldValues

_MOST_QUANTITIES, _LONGEST_UNIT = 4, 64
_OMITTED = {
    Omission.OVERLAY: "The image has an overlay that cannot be read. It is not shown.",
    Omission.PATIENT: "The patient annotation cannot be written on the image legibly. It has not been applied.",
    Omission.TECHNIQUE: "The technique annotation cannot be written on the image legibly. It has not been applied.",
}


def rendering_header(
    source: FramesRef, image: RenderedImage, quantities: Sequence[RealWorldValues] = (), voi_lut: int = 1
) -> str:
    """E.g. `columns=512, rows=512, frame=7, window="40,400,linear", window-from=image, lossy=?1, watermark=?0`.

    `quantities` are what the frame's stored values mean, for whoever measures; `voi_lut` is the number of the VOI LUT
    through which the frame is shown, if it is shown through one.
    """
    return ", ".join(_members(source, image, quantities, voi_lut))


def _members(
    source: FramesRef, image: RenderedImage, quantities: Sequence[RealWorldValues], voi_lut: int
) -> Iterator[str]:
    yield from _size(image)
    yield f"frame={source.frames[0]}"
    yield from _making(image, voi_lut)
    if quantities:
        yield f"real-world=({' '.join(map(_quantity, quantities[:_MOST_QUANTITIES]))})"


def _quantity(values: RealWorldValues) -> str:
    """The unit, with the line or the table that leads to it, and the stored values for which it does."""
    way = "table=?1" if values.entries else f'slope="{values.slope:.12g}";intercept="{values.intercept:.12g}"'
    return f'"{_plain(values.unit)}";{way};first="{values.first:.12g}";last="{values.last:.12g}"'


def _plain(text: str) -> str:
    """What a string of a structured field can hold, which units nearly always are (RFC 8941 §3.3.3)."""
    return "".join(one for one in text if " " <= one <= "~" and one not in '"\\')[:_LONGEST_UNIT]


def moving_header(image: RenderedImage, timed_by: str) -> str:
    """E.g. `columns=512, rows=512, frames=30, duration=1.2, timing=frame-time, …, loses=(detail gray-levels)`.

    `timed_by` is what the times of the frames come from.
    """
    seconds = _decimal(image.milliseconds / 1000)
    motion = f"frames={image.frames}, duration={seconds}, timing={timed_by}, loses=({' '.join(image.losses)})"
    return ", ".join((*_size(image), motion, *_making(image)))


def sheet_header(image: RenderedImage) -> str:
    """Of a sheet of paper, which has no frames."""
    return ", ".join((*_size(image), *_making(image)))


def icon_header(pictogram: str, image: RenderedImage) -> str:
    """Of a drawing that stands for what is not shown."""
    return f'icon="{pictogram}", columns={image.columns}, rows={image.rows}, watermark=?0'


def stored_header() -> str:
    """Of video that is passed on as it is stored: nobody here has looked into it."""
    return "stored=?1, lossy=?1, source-lossy=?1, watermark=?0"


def document_header() -> str:
    """Of a document that is passed on as it is stored, of whose images nobody here knows what they have lost."""
    return "stored=?1, watermark=?0"


def _size(image: RenderedImage) -> Iterator[str]:
    yield f"columns={image.columns}"
    yield f"rows={image.rows}"


def _making(image: RenderedImage, voi_lut: int = 1) -> Iterator[str]:
    if image.window is not None:
        window = image.window
        yield f'window="{window.center:g},{window.width:g},{window.function.value}"'
    yield f"window-from={image.window_from}"
    if image.window_from == "lut":
        yield f"voi-lut={voi_lut}"
    yield f"scale={_decimal(image.scale)}"
    if image.decoder:
        yield f"decoder={image.decoder}"
    yield f"lossy={_boolean(image.lossy or image.source_lossy)}"
    yield f"source-lossy={_boolean(image.source_lossy)}"
    if image.ratio is not None:
        yield f"ratio={_decimal(image.ratio)}"
    yield f"icc={image.color_space};from={image.color_found};embedded={_boolean(image.described)}"
    if image.annotated:
        yield f"annotation=({' '.join(image.annotated)})"
    yield f"watermark={_boolean(image.marked)}"


def rendering_warnings(image: RenderedImage) -> tuple[str, ...]:
    """What a person should know of the image beside what it shows."""
    damaged = image.color_found == "damaged"
    colors = ("The ICC profile of the image cannot be used. Its colours are shown as if they were sRGB.",)
    return (*(colors if damaged else ()), *map(_OMITTED.__getitem__, image.omissions))


def _boolean(value: bool) -> str:
    return f"?{int(value)}"


def _decimal(value: float) -> str:
    """An integer or a decimal of at most three fractional digits (RFC 8941 §3.3.2)."""
    return f"{value:.3f}".rstrip("0").rstrip(".")
