"""The encodings of moving images behind one seam: add images, finish, join what was finished."""

from collections.abc import Sequence
from typing import Any, Protocol

from numpy.typing import NDArray

from rendering.animation import gif, mp4, webp
from rendering.encode.encoding import is_lossy
from rendering.errors import InvalidOption
from rendering.options import BEST_QUALITY, Encoding, Loss, RenderOptions


class Writer(Protocol):
    """Takes images of 8 bits and one shape, (rows, columns) or (rows, columns, 3)."""

    def add(self, image: NDArray[Any], duration: int) -> None:
        """Show `image` for so many microseconds, as `rendering.reading.timing.as_played` gives them."""
        ...

    def finish(self) -> bytes:
        """All that was added, as a whole."""
        ...


def open_writer(options: RenderOptions, shape: tuple[int, ...], count: int, pixel_aspect: float) -> Writer:
    """For `count` images of `shape` at most. Raises `InvalidOption` where there is no moving image in an encoding."""
    rows, columns = shape[:2]
    match options.encoding:
        case Encoding.GIF:
            return gif.GifWriter(rows, columns)
        case Encoding.WEBP:
            return webp.WebpWriter(rows, columns, options.quality)
        case Encoding.MP4:
            return mp4.Mp4Writer(rows, columns, count, options.quality, pixel_aspect)
        case _:
            raise InvalidOption("there are no moving images of this media type")


def join(encoding: Encoding, pieces: Sequence[bytes | memoryview]) -> bytes:
    """What writers of `encoding` finished with the same options and shape, one behind the other."""
    match encoding:
        case Encoding.GIF:
            return gif.join(pieces)
        case Encoding.WEBP:
            return webp.join(pieces)
        case Encoding.MP4:
            return mp4.join(pieces)
        case _:
            raise InvalidOption("there are no moving images of this media type")


def losses_of(image: NDArray[Any], options: RenderOptions) -> set[Loss]:
    """What `image` loses in a moving image."""
    color = image.ndim == 3
    match options.encoding:
        case Encoding.GIF:
            return {Loss.COLORS} if is_lossy(image, options.encoding, options.quality) else set()
        case Encoding.WEBP if options.quality == BEST_QUALITY:
            return set()
        case _:
            return {Loss.DETAIL, Loss.GRAY_LEVELS, *({Loss.COLOR_RESOLUTION} if color else ())}
