"""Anything that can be rendered, rendered: each type of content by its own renderer."""

from rendering.content import Cine, Content, Film, Icon, Page, Pieces, Presented, Rewrapped, Still
from rendering.errors import NotAnonymous
from rendering.frame import EncodedFrame, RenderedImage
from rendering.kinds.cine import render_cine, render_pieces
from rendering.kinds.icon import render_icon
from rendering.kinds.page import render_page
from rendering.kinds.presented import render_presented
from rendering.kinds.video import render_film, rewrap
from rendering.kinds.waveform import render_waveform
from rendering.options import RenderOptions
from rendering.pipeline import render_still
from rendering.waveforms.recording import Recording

MAXIMUM_PIXELS = 200_000_000


def render(  # noqa: PLR0911  # one for each type of content
    content: Content, options: RenderOptions, maximum_pixels: int = MAXIMUM_PIXELS
) -> RenderedImage:
    """`content` as `options` ask. Raises `RenderingError`; no frame and no image may exceed `maximum_pixels`."""
    if options.masked and not _is_anonymous(content):
        raise NotAnonymous("this cannot be shown without saying whose it is")
    match content:
        case EncodedFrame():
            return render_still(Still((content,)), options, maximum_pixels)
        case Still():
            return render_still(content, options, maximum_pixels)
        case Presented():
            return render_presented(content, options, maximum_pixels)
        case Cine():
            return render_cine(content, options, maximum_pixels)
        case Pieces():
            return render_pieces(content, options)
        case Film():
            return render_film(content, options, maximum_pixels)
        case Rewrapped():
            return rewrap(content, options, maximum_pixels)
        case Recording():
            return render_waveform(content, options, maximum_pixels)
        case Page():
            return render_page(content, options, maximum_pixels)
        case Icon():
            return render_icon(content, options)


def _is_anonymous(content: Content) -> bool:
    """Whether of all that is shown it is known where no name is; a drawing has none, nor what was rendered before."""
    match content:
        case EncodedFrame():
            return content.attributes.areas is not None
        case Still(layers=None) | Cine():
            return all(frame.attributes.areas is not None for frame in content.frames)
        case Pieces() | Icon():
            return True
        case _:
            return False
