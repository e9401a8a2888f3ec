"""Images in their order → one moving image, and what was done to them."""

from collections.abc import Iterable, Sequence

from rendering.animation.writing import losses_of, open_writer
from rendering.errors import InvalidOption
from rendering.frame import RenderedImage
from rendering.options import ColorProfile, Loss, RenderOptions, Window
from rendering.pipeline import Shown
from rendering.reading.timing import as_played

_UNNOTICED = 0.01  # part of the whole time


def animate(
    images: Iterable[Shown], durations: Sequence[int], options: RenderOptions, pixel_aspect: float = 1.0
) -> RenderedImage:
    """At least one image, each shown for the next of `durations` in microseconds, of which there may be more.

    `pixel_aspect` is the height over the width of the images' pixels, for encodings that can say it.
    """
    if options.color_profile is not ColorProfile.NO:
        raise InvalidOption("moving images carry no ICC profile here")
    pairs = zip(images, as_played(durations, options.encoding), strict=False)
    first, duration = next(pairs)
    rows, columns = first.image.shape[:2]
    writer = open_writer(options, first.image.shape, len(durations), pixel_aspect)
    writer.add(first.image, duration)
    windows, losses, count, elapsed = {first.window}, losses_of(first.image, options), 1, duration
    omissions = dict.fromkeys(first.omissions)
    for shown, duration in pairs:
        writer.add(shown.image, duration)
        windows.add(shown.window)
        losses |= losses_of(shown.image, options)
        omissions |= dict.fromkeys(shown.omissions)
        count, elapsed = count + 1, elapsed + duration
    return RenderedImage(
        data=writer.finish(),
        encoding=options.encoding,
        columns=columns,
        rows=rows,
        window=_only(windows),
        window_from=first.window_from,
        lossy=bool(losses),
        marked=bool(options.watermark),
        frames=count,
        milliseconds=elapsed // 1000,
        losses=_in_order(losses | _timing(elapsed, sum(durations[:count]))),
        scale=first.scale,
        decoder=first.decoder,
        source_lossy=first.source_lossy,
        color_space=first.colors.space,
        color_found=first.colors.found,
        omissions=tuple(omissions),
    )


def _only(windows: set[Window | None]) -> Window | None:
    """The window of all images, `None` where they have several."""
    return next(iter(windows)) if len(windows) == 1 else None


def _timing(elapsed: int, meant: int) -> set[Loss]:
    return {Loss.TIMING} if abs(elapsed - meant) > _UNNOTICED * meant else set()


def _in_order(losses: set[Loss]) -> tuple[Loss, ...]:
    return tuple(loss for loss in Loss if loss in losses)
