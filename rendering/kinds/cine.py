"""Multi-frame images in motion (PS3.3 C.7.6.5): each frame as it would be shown alone, all through one window."""

from collections.abc import Sequence
from dataclasses import replace

from rendering.animation.animating import animate
from rendering.animation.writing import join
from rendering.content import Cine, Pieces, Still
from rendering.decode.decoding import decode
from rendering.frame import EncodedFrame, RenderedImage
from rendering.options import RenderOptions, Window
from rendering.pipeline import Shown, show
from rendering.window_choice import default_window

_SAMPLES = 9  # frames, spread evenly, whose range is taken for that of all


def render_cine(cine: Cine, options: RenderOptions, maximum_pixels: int) -> RenderedImage:
    """All frames as `options` ask. Raises `RenderingError`; no frame and no image may exceed `maximum_pixels`."""
    window = cine.window
    lacking = [frame for frame in cine.frames if frame.attributes.lacks_window]
    if window is None and options.window is None and lacking:
        window = _suiting_all(lacking, maximum_pixels)
    shown = (_show(frame, options, window, maximum_pixels) for frame in cine.frames)
    aspect = 1.0 if options.viewport else cine.frames[0].attributes.pixel_aspect
    moving = animate(shown, cine.durations, options, aspect)
    return replace(moving, ratio=cine.frames[0].attributes.lossy_ratio)


def render_pieces(pieces: Pieces, options: RenderOptions) -> RenderedImage:
    """The pieces as one; what `RenderedImage` tells beside the bytes is known to whoever had the pieces made."""
    return RenderedImage(join(options.encoding, pieces.pieces), options.encoding, 1, 1, None, "none", lossy=True)


def _show(frame: EncodedFrame, options: RenderOptions, window: Window | None, maximum_pixels: int) -> Shown:
    if window is None or options.window is not None or not frame.attributes.lacks_window:
        return show(Still((frame,)), options, maximum_pixels)
    windowed = replace(frame, attributes=replace(frame.attributes, windows=(window,)))
    return replace(show(Still((windowed,)), options, maximum_pixels), window_from="default")


def _suiting_all(frames: Sequence[EncodedFrame], maximum_pixels: int) -> Window:
    """One window for the ranges that a few of the frames have: brightness that jumps would look like a finding."""
    chosen = frames[:: -(-len(frames) // _SAMPLES)]
    windows = [default_window(decode(frame, maximum_pixels).values, frame.attributes) for frame in chosen]
    lowest = min(one.center - one.width / 2 for one in windows)
    highest = max(one.center + one.width / 2 for one in windows)
    return Window(lowest / 2 + highest / 2, highest - lowest, windows[0].function)
