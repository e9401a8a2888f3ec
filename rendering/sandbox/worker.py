"""The worker's life: lock down, say so, then render one frame after another until the service hangs up."""

from collections.abc import Callable
import mmap
import os
import signal
import sys

from rendering.content import Task
from rendering.errors import RenderingError, TooLarge, WorkerFailed
from rendering.frame import EncodedFrame, Preparation, RenderedImage, TranscodedFrame
from rendering.options import RenderOptions
from rendering.sandbox import limits
from rendering.sandbox.lockdown import lock_down
from rendering.sandbox.memory import LABEL_BYTES, SHARED_BYTES, open_memory, put_image, unpack
from rendering.sandbox.messages import Message, Ready, to_bytes, to_given, to_made, to_prepared, to_refused

Result = RenderedImage | TranscodedFrame | EncodedFrame
Render = Callable[[Task, RenderOptions, int], Result]

_CHANNEL = 0
_BASE_BYTES = 2**30
_BYTES_PER_PIXEL = 16  # stored values, a decoder's wider ones, and what they become


def serve(render: Render) -> None:
    """Serve the socket that is standard input, whatever comes.

    Arguments: the service's process id, the descriptor of the shared memory, pixels and CPU seconds at most.
    Everything that `render` imports or opens must have been used before.
    """
    service, descriptor, maximum_pixels, cpu_seconds = map(int, sys.argv[1:])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    limits.die_with(service)
    room = open_memory(descriptor)
    level = _lock_down_silently(_BASE_BYTES + SHARED_BYTES + _BYTES_PER_PIXEL * maximum_pixels, cpu_seconds)
    _say(Ready(level))
    while label := os.read(_CHANNEL, LABEL_BYTES):
        _say(_answer(room, label, render, maximum_pixels))


def _lock_down_silently(memory_bytes: int, cpu_seconds: int) -> str:
    """Errors go to nobody from here on, as standard output does: a decoder's complaint could hold what it decodes."""
    os.dup2(sys.stdout.fileno(), sys.stderr.fileno())
    return lock_down(memory_bytes, cpu_seconds)


def _answer(room: mmap.mmap, label: bytes, render: Render, maximum_pixels: int) -> Message:
    try:
        result = render(*unpack(room, label), maximum_pixels)
        put_image(room, result.data)
    except RenderingError as error:
        return to_refused(error)
    except MemoryError:
        return to_refused(TooLarge("the frame needs more memory than rendering may take"))
    except Exception as error:  # whatever goes wrong is told, and the worker replaced
        return to_refused(WorkerFailed(f"rendering failed with {type(error).__name__}"))
    return _to_message(result)


def _to_message(result: Result) -> Message:
    match result:
        case RenderedImage():
            return to_made(result)
        case TranscodedFrame():
            return to_given(result)
        case EncodedFrame(prepared=Preparation() as done):
            return to_prepared(result, done)
        case EncodedFrame():
            return to_refused(WorkerFailed("rendering prepared nothing"))


def _say(message: Message) -> None:
    os.write(_CHANNEL, to_bytes(message))
