"""A worker whose renderer does what the frame's transfer syntax says, as one that hostile pixels have taken over."""

from collections.abc import Callable
import ctypes
import mmap
import os
from pathlib import Path
import socket
import sys
import time

from rendering.content import Transport
from rendering.errors import MalformedFrame, TooLarge
from rendering.frame import EncodedFrame, RenderedImage, TranscodedFrame
from rendering.options import Encoding, RenderOptions
from rendering.sandbox.worker import serve

COMMAND = (sys.executable, "-B", __file__)
SIGNATURE = b"\xff\xd8\xff"


def image(data: bytes) -> RenderedImage:
    return RenderedImage(SIGNATURE + data, Encoding.JPEG, 1, 1, None, "none", lossy=True)


def echo(frame: EncodedFrame) -> RenderedImage:
    return image(bytes(frame.data))


def loop(_: EncodedFrame) -> None:
    while True:
        pass


def slow(frame: EncodedFrame) -> RenderedImage:
    time.sleep(0.5)
    return echo(frame)


def memory(_: EncodedFrame) -> None:
    bytearray(2**40)


def much_memory(_: EncodedFrame) -> None:
    kept = []
    while True:
        kept.append(bytearray(2**26))


def executable_memory(_: EncodedFrame) -> None:
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC)


def damaged(_: EncodedFrame) -> None:
    raise MalformedFrame("the frame is damaged")


def own_error(_: EncodedFrame) -> None:
    class Special(TooLarge):
        pass

    raise Special("too large in a special way")


def bug(frame: EncodedFrame) -> None:
    raise KeyError(bytes(frame.data).decode())


def say(words: bytes) -> Callable[[EncodedFrame], None]:
    def act(_: EncodedFrame) -> None:
        os.write(0, words)

    return act


def scribble(frame: EncodedFrame) -> RenderedImage:
    sys.stderr.write("Buc^Jérôme")
    sys.stderr.flush()
    os.write(1, b"G-1001")
    return echo(frame)


def given(data: bytes, syntax: str = "1.2.840.10008.1.2.4.80", color_space: str = "RGB") -> TranscodedFrame:
    return TranscodedFrame(data, syntax, color_space)


ACTS = {
    "echo": echo,
    "slow": slow,
    "loop": loop,
    "memory": memory,
    "much memory": much_memory,
    "damaged": damaged,
    "own error": own_error,
    "bug": bug,
    "scribble": scribble,
    "environment": lambda _: image(repr(os.environ).encode()),
    "text as image": lambda _: RenderedImage(b"<script>", Encoding.JPEG, 1, 1, None, "none", lossy=True),
    "other encoding": lambda _: RenderedImage(b"\x89PNG\r\n\x1a\n", Encoding.PNG, 1, 1, None, "none", lossy=True),
    "header": lambda _: RenderedImage(SIGNATURE, Encoding.JPEG, 1, 1, None, "none\r\nSet-Cookie: a=b", lossy=True),
    "garbage": say(b"\xff" * 100),
    "long garbage": say(b"\x91" * 100_000),
    "nothing": say(b""),
    "ready again": say(b"\x82\xa4type\xa5Ready\xa5level\xa0"),
    "segfault": lambda _: ctypes.string_at(0),
    "exit": lambda _: os._exit(0),
    "read file": lambda _: Path("/etc/hostname").read_bytes(),
    "write file": lambda _: Path("/tmp/vitrine-escaped").write_bytes(b"pixels"),
    "list folder": lambda _: [*Path("/").iterdir()],
    "tcp socket": lambda _: socket.socket(),
    "unix socket": lambda _: socket.socket(socket.AF_UNIX),
    "fork": lambda _: os.fork(),
    "exec": lambda _: os.execv("/bin/true", ["true"]),
    "signal the service": lambda _: os.kill(int(sys.argv[1]), 0),
    "memfd": lambda _: os.memfd_create("more"),
    "shrink": lambda _: os.truncate(int(sys.argv[2]), 0),
    "executable memory": executable_memory,
    "another descriptor": lambda _: os.dup(1),
    "frame for image": lambda _: given(b"\xff\xd8\xff"),
}
TRANSPORTED = {
    "another syntax": lambda _: given(b"\xff\xd8\xff", "1.2.840.10008.1.2.4.90"),
    "something else": lambda _: given(b"<script>"),
    "another colour space": lambda _: given(b"\xff\xd8\xff", color_space="RGB\r\nSet-Cookie: a=b"),
    "image for frame": echo,
}


def render(
    task: EncodedFrame | Transport, options: RenderOptions, maximum_pixels: int
) -> RenderedImage | TranscodedFrame:
    """Do it; what the kernel refuses is told as a damaged frame, so that the test sees which error came."""
    if isinstance(task, Transport):
        return TRANSPORTED[task.frame.transfer_syntax](task.frame)
    frame = task
    if frame.transfer_syntax == "attributes":
        return image(repr((frame.attributes, options)).encode())
    try:
        return ACTS[frame.transfer_syntax](frame)
    except OSError as error:
        raise MalformedFrame(type(error).__name__) from None


if __name__ == "__main__":
    serve(render)
