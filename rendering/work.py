"""What a worker does: render what is to be looked at, prepare it, or put it into another transfer syntax."""

from rendering.content import Preparing, Task, Transport
from rendering.frame import EncodedFrame, RenderedImage, TranscodedFrame
from rendering.options import RenderOptions
from rendering.preparation import prepare
from rendering.render import render
from rendering.transport.transcoding import transcode


def perform(task: Task, options: RenderOptions, maximum_pixels: int) -> RenderedImage | TranscodedFrame | EncodedFrame:
    """`task` done; `options` are for what is rendered. Raises `RenderingError`."""
    match task:
        case Transport():
            return transcode(task, maximum_pixels)
        case Preparing():
            return prepare(task, maximum_pixels)
        case content:
            return render(content, options, maximum_pixels)
