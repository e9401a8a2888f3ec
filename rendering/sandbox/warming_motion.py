"""Tiny moving images, pieces of them and video, rendered once for the same reason as `warming` renders its frames."""

from rendering.content import Cine, Film, Icon, Pieces, Rewrapped
from rendering.frame import EncodedFrame
from rendering.options import BEST_QUALITY, Encoding, RenderOptions
from rendering.pictograms import Pictogram
from rendering.sandbox.worker import Render

_DURATION = 40_000
_OPTIONS = (
    RenderOptions(Encoding.GIF),
    RenderOptions(Encoding.WEBP),
    RenderOptions(Encoding.WEBP, quality=BEST_QUALITY),
    RenderOptions(Encoding.MP4),
)
_VIDEO = RenderOptions(Encoding.MP4, watermark="A")


def warm_motion(render: Render, frame: EncodedFrame, maximum_pixels: int) -> None:
    """With `frame` moving, which must be small."""
    cine = Cine((frame, frame), (_DURATION, _DURATION))
    for options in _OPTIONS:
        piece = render(cine, options, maximum_pixels).data
        render(Pieces((piece, piece)), options, maximum_pixels)
    video = render(cine, _VIDEO, maximum_pixels).data
    render(Film(video, _DURATION, count=2), _VIDEO, maximum_pixels)
    render(Film(video, _DURATION), RenderOptions(Encoding.JPEG), maximum_pixels)
    render(Rewrapped(video, _DURATION), _VIDEO, maximum_pixels)
    render(Icon(Pictogram.OBJECT), RenderOptions(Encoding.PNG), maximum_pixels)
