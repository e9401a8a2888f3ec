"""Stored video (PS3.5 §8.2.5 to §8.2.9): its pictures shown as images are, still or moving, or wrapped anew."""

from dataclasses import replace
from fractions import Fraction

from av.container import InputContainer
from av.video.stream import VideoStream

from rendering.animation.animating import animate
from rendering.content import Film, Rewrapped, Still
from rendering.errors import InvalidOption
from rendering.frame import EncodedFrame, FrameAttributes, RenderedImage
from rendering.options import Encoding, Loss, RenderOptions
from rendering.pipeline import render_still, show
from rendering.video.pictures import Rgb, read_pictures
from rendering.video.rewrapping import wrap
from rendering.video.source import opened

_NATIVE = "1.2.840.10008.1.2.1"
_FLATTEST, _TALLEST = 0.1, 10.0


def render_film(film: Film, options: RenderOptions, maximum_pixels: int) -> RenderedImage:
    """The pictures as `options` ask: all of them as video, the first as anything else.

    Raises `MalformedAttributes` when there is not even the first, and other kinds of `RenderingError`.
    """
    with opened(film.data, film.duration, maximum_pixels) as (container, stream):
        pictures, durations = read_pictures(container, stream, film.first, film.count, film.duration)
        aspect = _pixel_aspect(stream)
        stills = (Still((_to_frame(picture, aspect),)) for picture in pictures)
        if options.encoding is not Encoding.MP4:
            return render_still(next(stills), options, maximum_pixels)
        shown = (show(still, options, maximum_pixels) for still in stills)
        moving = animate(shown, durations, options, 1.0 if options.viewport else aspect)
        return replace(moving, losses=(*moving.losses, *_silenced(container)))


def rewrap(stored: Rewrapped, options: RenderOptions, maximum_pixels: int) -> RenderedImage:
    """The video as MP4 with its pictures as they are. Raises `InvalidOption` for another encoding."""
    if options.encoding is not Encoding.MP4:
        raise InvalidOption("video is not given in this media type")
    wrapped = wrap(stored, maximum_pixels)
    return RenderedImage(
        data=wrapped.data,
        encoding=options.encoding,
        columns=wrapped.columns,
        rows=wrapped.rows,
        window=None,
        window_from="none",
        lossy=False,
        frames=wrapped.pictures,
        milliseconds=wrapped.milliseconds,
        losses=(Loss.SOUND,) if wrapped.silenced else (),
        source_lossy=True,
    )


def _silenced(container: InputContainer) -> tuple[Loss, ...]:
    return (Loss.SOUND,) if container.streams.audio else ()


def _pixel_aspect(stream: VideoStream) -> float:
    """Height over width of a pixel; squares where nothing sensible is said."""
    ratio = stream.codec_context.sample_aspect_ratio or Fraction(1)
    aspect = float(1 / ratio) if ratio else 1.0
    return aspect if _FLATTEST <= aspect <= _TALLEST else 1.0


def _to_frame(picture: Rgb, pixel_aspect: float) -> EncodedFrame:
    rows, columns, samples = picture.shape
    attributes = FrameAttributes(
        sop_class="",
        rows=rows,
        columns=columns,
        samples_per_pixel=samples,
        photometric_interpretation="RGB",
        bits_allocated=8,
        bits_stored=8,
        high_bit=7,
        signed=False,
        pixel_aspect=pixel_aspect,
        lossy=True,
    )
    return EncodedFrame(picture.tobytes(), _NATIVE, attributes)
