"""The service's end of one worker process: starts it, hands it frames, believes nothing that it answers."""

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack, closing
import os
import socket
import subprocess
import sys
import time
from typing import Self

from rendering.content import Content, Preparing, Task, Transport
from rendering.errors import WorkerFailed
from rendering.frame import EncodedFrame, RenderedImage, TranscodedFrame
from rendering.options import RenderOptions
from rendering.sandbox.memory import SharedMemory
from rendering.sandbox.messages import (
    LARGEST_MESSAGE,
    Given,
    Made,
    Message,
    Prepared,
    Ready,
    Refused,
    read_message,
    to_error,
    to_frame,
    to_image,
    to_transcoded,
)

COMMAND = (sys.executable, "-I", "-B", "-m", "rendering.sandbox")
# Nothing of the service's environment, which may hold secrets; numeric libraries start no threads of their own.
_ENVIRONMENT = {"LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
_START_SECONDS = 30


class WorkerProcess:
    """One locked-down process, used for one frame at a time; after `WorkerFailed` or a time-out it must be ended."""

    def __init__(self, process: "subprocess.Popen[bytes]", channel: socket.socket, memory: SharedMemory) -> None:
        self._process = process
        self._channel = channel
        self._memory = memory
        self.level = ""
        self.busy_seconds = 0.0

    @classmethod
    async def start(cls, maximum_pixels: int, cpu_seconds: int, command: Sequence[str] = COMMAND) -> Self:
        """Start a worker and wait until it is locked down. Raises `WorkerFailed` when it does not get that far."""
        with ExitStack() as failing:
            memory = failing.enter_context(closing(SharedMemory()))
            numbers = (os.getpid(), memory.descriptor, maximum_pixels, cpu_seconds)
            process, channel = _spawn([*command, *map(str, numbers)], memory.descriptor)
            failing.pop_all()
        worker = cls(process, channel, memory)
        try:
            await worker._await_ready()
        except BaseException:
            await worker.end()
            raise
        return worker

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    async def render(self, content: Content, options: RenderOptions) -> RenderedImage:
        """Have one image made. Raises what `rendering.render.render` raises, and `WorkerFailed`."""
        made, data = await self._have(content, options)
        if not isinstance(made, Made):
            raise WorkerFailed("a rendering process answered nonsense")
        return to_image(made, data, options)

    async def transcode(self, transport: Transport) -> TranscodedFrame:
        """Have one frame put into another transfer syntax. Raises what `transcode` raises, and `WorkerFailed`."""
        given, data = await self._have(transport, RenderOptions())
        if not isinstance(given, Given):
            raise WorkerFailed("a rendering process answered nonsense")
        return to_transcoded(given, data, transport)

    async def prepare(self, preparing: Preparing) -> EncodedFrame:
        """Have one frame decoded and scaled. Raises what `prepare` raises, and `WorkerFailed`."""
        prepared, data = await self._have(preparing, RenderOptions())
        if not isinstance(prepared, Prepared):
            raise WorkerFailed("a rendering process answered nonsense")
        return to_frame(prepared, data, preparing)

    async def _have(self, task: Task, options: RenderOptions) -> tuple[Made | Given | Prepared, bytes]:
        begun = time.monotonic()
        label, length = await self._memory.pack(task, options), 0
        try:
            self._send(label)
            match await self._receive():
                case Made() | Given() | Prepared() as done:
                    length = done.length
                    return done, self._memory.image(length)
                case Refused() as refused:
                    raise to_error(refused)
                case Ready():
                    raise WorkerFailed("a rendering process answered nonsense")
        finally:
            self._memory.wipe(label, length)
            self.busy_seconds += time.monotonic() - begun

    async def end(self) -> None:
        """Kill the process and wait until it is gone, also when whoever waits is cancelled."""
        self._process.kill()
        self._channel.close()
        self._memory.close()
        gone = asyncio.ensure_future(asyncio.to_thread(self._process.wait))
        try:
            await asyncio.shield(gone)
        except asyncio.CancelledError:
            await gone
            raise

    async def _await_ready(self) -> None:
        try:
            async with asyncio.timeout(_START_SECONDS):
                message = await self._receive()
        except TimeoutError:
            raise WorkerFailed("a rendering process did not start in time") from None
        if not isinstance(message, Ready):
            raise WorkerFailed("a rendering process answered nonsense")
        self.level = message.level

    def _send(self, label: bytes) -> None:
        try:
            self._channel.send(label)
        except OSError:
            raise WorkerFailed("a rendering process ended unexpectedly") from None

    async def _receive(self) -> Message:
        """Its next message; descriptors that came with it are dropped by the kernel."""
        try:
            received = await asyncio.get_running_loop().sock_recv(self._channel, LARGEST_MESSAGE)
        except OSError:
            received = b""
        if not received:
            raise WorkerFailed("a rendering process ended unexpectedly")
        return read_message(received)


def _spawn(command: Sequence[str], memory: int) -> "tuple[subprocess.Popen[bytes], socket.socket]":
    """A process in a session of its own, so that a terminal's Ctrl-C is not for it; and what its input hangs on."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setblocking(False)
    with theirs:
        try:
            return subprocess.Popen(  # noqa: S603  # our own interpreter, with numbers as arguments
                command,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                pass_fds=(memory,),
                env=_ENVIRONMENT,
                start_new_session=True,
            ), ours
        except OSError:
            ours.close()
            raise WorkerFailed("a rendering process could not be started") from None
