"""What a worker says: small, typed, and parsed as the words of somebody who may have been taken over."""

from math import isfinite
from typing import Annotated

import msgspec

from rendering import errors
from rendering.content import Preparing, Transport
from rendering.frame import EncodedFrame, Preparation, RenderedImage, TranscodedFrame
from rendering.options import ColorProfile, Encoding, Loss, Omission, RenderOptions, Window
from rendering.sandbox.signatures import begins_as, can_be

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
Origin = Annotated[str, msgspec.Meta(pattern=r"\A(request|image|lut|default|state|none)\Z")]
ColorSpace = Annotated[str, msgspec.Meta(pattern=r"\A(none|srgb|adobergb|rommrgb|source)\Z")]
ColorOrigin = Annotated[str, msgspec.Meta(pattern=r"\A(none|image|stream|name|assumed|damaged)\Z")]
DecoderName = Annotated[str, msgspec.Meta(pattern=r"\A([a-z][a-z0-9.+-]{0,39})?\Z")]
Scale = Annotated[float, msgspec.Meta(gt=0, le=2**20)]
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
    frames: Annotated[int, msgspec.Meta(ge=1, le=2**31)] = 1
    milliseconds: Annotated[int, msgspec.Meta(ge=0, le=2**40)] = 0
    losses: Annotated[tuple[Loss, ...], msgspec.Meta(max_length=len(Loss))] = ()
    scale: Scale = 1.0
    decoder: DecoderName = ""
    source_lossy: bool = False
    ratio: Annotated[float, msgspec.Meta(gt=0, le=1e6)] | None = None
    color_space: ColorSpace = "none"
    color_found: ColorOrigin = "none"
    omissions: Annotated[tuple[Omission, ...], msgspec.Meta(max_length=len(Omission))] = ()


class Given(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    """The frame in another transfer syntax lies in the shared memory; the rest is that of `TranscodedFrame`."""

    length: Annotated[int, msgspec.Meta(ge=1, le=LARGEST_IMAGE)]
    transfer_syntax: Text
    color_space: Annotated[str, msgspec.Meta(pattern=r"\A[A-Z0-9_ ]{1,16}\Z")]
    maximum_error: Annotated[int, msgspec.Meta(ge=0, le=255)] = 0


class Prepared(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    """The frame's values lie in the shared memory; the rest is that of `Preparation`."""

    length: Annotated[int, msgspec.Meta(ge=1, le=LARGEST_IMAGE)]
    rows: Side
    columns: Side
    kind: Annotated[str, msgspec.Meta(pattern=r"\A([|][ui]1|<[ui][24]|<f[48])\Z")]
    color_space: Annotated[str, msgspec.Meta(pattern=r"\AMONOCHROME[12]\Z")]
    decoder: DecoderName
    lossy: bool


class Refused(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    """There is no image, because of an error of the closed table."""

    error: Text
    message: Text


Message = Ready | Made | Given | Prepared | Refused
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
        length=len(image.data),
        encoding=image.encoding,
        columns=image.columns,
        rows=image.rows,
        window=image.window,
        window_from=image.window_from,
        lossy=image.lossy,
        frames=image.frames,
        milliseconds=image.milliseconds,
        losses=image.losses,
        scale=image.scale,
        decoder=image.decoder,
        source_lossy=image.source_lossy,
        ratio=image.ratio,
        color_space=image.color_space,
        color_found=image.color_found,
        omissions=image.omissions,
    )


def to_image(made: Made, data: bytes, asked: RenderOptions) -> RenderedImage:
    """The image that was announced. Raises `WorkerFailed` when it cannot be what was asked for."""
    window = made.window
    finite = window is None or (isfinite(window.center) and isfinite(window.width))
    if made.encoding is not asked.encoding or not begins_as(asked.encoding, data) or not finite:
        raise errors.WorkerFailed("a rendering process answered nonsense")
    return RenderedImage(
        data=data,
        encoding=made.encoding,
        columns=made.columns,
        rows=made.rows,
        window=window,
        window_from=made.window_from,
        lossy=made.lossy,
        marked=bool(asked.watermark),
        frames=made.frames,
        milliseconds=made.milliseconds,
        losses=made.losses,
        scale=made.scale,
        decoder=made.decoder,
        source_lossy=made.source_lossy,
        ratio=made.ratio,
        color_space=made.color_space,
        color_found=made.color_found,
        omissions=made.omissions,
        annotated=asked.annotated(made.omissions),
        described=asked.color_profile is not ColorProfile.NO,
    )


def to_given(frame: TranscodedFrame) -> Given:
    return Given(len(frame.data), frame.transfer_syntax, frame.color_space, frame.maximum_error)


def to_transcoded(given: Given, data: bytes, asked: Transport) -> TranscodedFrame:
    """The frame that was announced. Raises `WorkerFailed` when it cannot be what was asked for."""
    as_asked = given.transfer_syntax == asked.transfer_syntax and given.maximum_error <= asked.maximum_error
    if not as_asked or not can_be(asked, data):
        raise errors.WorkerFailed("a rendering process answered nonsense")
    return TranscodedFrame(data, given.transfer_syntax, given.color_space, given.maximum_error)


def to_prepared(frame: EncodedFrame, done: Preparation) -> Prepared:
    return Prepared(len(frame.data), done.rows, done.columns, done.kind, done.color_space, done.decoder, done.lossy)


def to_frame(prepared: Prepared, data: bytes, asked: Preparing) -> EncodedFrame:
    """The frame that was announced. Raises `WorkerFailed` when it cannot be what was asked for."""
    if len(data) != prepared.rows * prepared.columns * int(prepared.kind[-1]):
        raise errors.WorkerFailed("a rendering process answered nonsense")
    done = Preparation(
        prepared.rows, prepared.columns, prepared.kind, prepared.color_space, prepared.decoder, prepared.lossy
    )
    return EncodedFrame(data, asked.frame.transfer_syntax, asked.frame.attributes, done)


def to_refused(error: errors.RenderingError) -> Refused:
    name = next((kind.__name__ for kind in type(error).__mro__ if kind.__name__ in _ERRORS), "WorkerFailed")
    return Refused(name, str(error)[:_LONGEST_TEXT])


def to_error(refused: Refused) -> errors.RenderingError:
    """The error by its name; one that the table does not know is the worker's failure."""
    kind = _ERRORS.get(refused.error)
    if kind is None or not refused.message.isprintable():
        return errors.WorkerFailed("a rendering process answered nonsense")
    return kind(refused.message)
