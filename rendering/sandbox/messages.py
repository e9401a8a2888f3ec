"""What a worker says: small, typed, and parsed as the words of somebody who may have been taken over."""

from math import isfinite
from typing import Annotated

import msgspec

from rendering import errors
from rendering.frame import RenderedImage
from rendering.options import Encoding, RenderOptions, Window
from rendering.sandbox.signatures import begins_as

LARGEST_MESSAGE = 4096
LARGEST_IMAGE = 128 * 2**20
_LONGEST_TEXT = 200
_ERRORS: dict[str, type[errors.RenderingError]] = {
    kind.__name__: kind
    for kind in (
        errors.UnsupportedObject,
        errors.MalformedAttributes,
        errors.MalformedFrame,
        errors.TooLarge,
        errors.InvalidOption,
        errors.WorkerFailed,
    )
}

Text = Annotated[str, msgspec.Meta(max_length=_LONGEST_TEXT)]
Origin = Annotated[str, msgspec.Meta(pattern=r"\A(request|image|lut|default|none)\Z")]
Side = Annotated[int, msgspec.Meta(ge=1, le=2**20)]


class Ready(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    """The worker has locked itself down, up to `level`."""

    level: Text


class Made(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    """The image lies in the shared memory, `length` bytes of it; the rest is that of `RenderedImage`."""

    length: Annotated[int, msgspec.Meta(ge=1, le=LARGEST_IMAGE)]
    encoding: Encoding
    columns: Side
    rows: Side
    window: Window | None
    window_from: Origin
    lossy: bool


class Refused(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    """There is no image, because of an error of the closed table."""

    error: Text
    message: Text


Message = Ready | Made | Refused
_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(Message)


def to_bytes(message: Message) -> bytes:
    return _encoder.encode(message)


def read_message(received: bytes) -> Message:
    """Parse one message. Raises `WorkerFailed` when it is not one."""
    try:
        return _decoder.decode(received)
    except msgspec.MsgspecError:
        raise errors.WorkerFailed("a rendering process answered nonsense") from None


def to_made(image: RenderedImage) -> Made:
    return Made(
        len(image.data), image.encoding, image.columns, image.rows, image.window, image.window_from, image.lossy
    )


def to_image(made: Made, data: bytes, asked: RenderOptions) -> RenderedImage:
    """The image that was announced. Raises `WorkerFailed` when it cannot be what was asked for."""
    window = made.window
    finite = window is None or (isfinite(window.center) and isfinite(window.width))
    if made.encoding is not asked.encoding or not begins_as(asked.encoding, data) or not finite:
        raise errors.WorkerFailed("a rendering process answered nonsense")
    marked = bool(asked.watermark)
    return RenderedImage(data, made.encoding, made.columns, made.rows, window, made.window_from, made.lossy, marked)


def to_refused(error: errors.RenderingError) -> Refused:
    name = next((kind.__name__ for kind in type(error).__mro__ if kind.__name__ in _ERRORS), "WorkerFailed")
    return Refused(name, str(error)[:_LONGEST_TEXT])


def to_error(refused: Refused) -> errors.RenderingError:
    """The error by its name; one that the table does not know is the worker's failure."""
    kind = _ERRORS.get(refused.error)
    if kind is None or not refused.message.isprintable():
        return errors.WorkerFailed("a rendering process answered nonsense")
    return kind(refused.message)
