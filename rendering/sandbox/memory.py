"""The memory that a service and one worker share: a frame on its way in, the image on its way out.

It is kept from frame to frame, because giving memory back and taking it anew costs more than the copies; so it is
wiped after each.
"""

import asyncio
from collections.abc import Sequence
import fcntl
from itertools import accumulate
import mmap
import os
import struct

import msgspec

from rendering.content import TASKS, Task, bodies_of, with_bodies
from rendering.errors import TooLarge
from rendering.frame import Body
from rendering.options import RenderOptions
from rendering.sandbox.messages import LARGEST_IMAGE

LARGEST_REQUEST = 512 * 2**20
SHARED_BYTES = LARGEST_REQUEST + LARGEST_IMAGE  # of address space; memory is taken when it is touched
LABEL_BYTES = 16
_KEPT = 32 * 2**20
_PIECE = 4 * 2**20  # copied at a time: about a millisecond in which nobody else is served
_ZEROS = memoryview(bytes(2**20))
_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
_label = struct.Struct("<QQ")


_TASKS = {kind.__name__: kind for kind in TASKS}


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of a request but the content's bytes; look-up tables make it too large for a message.

    `bodies` are the lengths of what lies before it, `kind` the name of the content's type.
    """

    bodies: tuple[int, ...]
    kind: str
    content: msgspec.Raw
    options: RenderOptions


class SharedMemory:
    """The service's side. The size is sealed, so that nothing a worker does can fault whoever reads."""

    def __init__(self) -> None:
        descriptor = os.memfd_create("frame", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        self._file = os.fdopen(descriptor, "r+b", buffering=0)
        self._file.truncate(SHARED_BYTES)
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, _SEALS)
        self._room = mmap.mmap(descriptor, SHARED_BYTES)

    @property
    def descriptor(self) -> int:
        return self._file.fileno()

    async def pack(self, content: Task, options: RenderOptions) -> bytes:
        """Lay down the content's bytes, then the order; the label that the worker needs to find them."""
        bodies = bodies_of(content)
        order = _to_order(content, bodies, options)
        size = sum(map(len, bodies))
        if size + len(order) > LARGEST_REQUEST:
            raise TooLarge("there is too much to render at once")
        start = 0
        for body in bodies:
            await self._lay_down(body, start)
            start += len(body)
        self._room[size : size + len(order)] = order
        return _label.pack(size, len(order))

    async def _lay_down(self, body: Body, place: int) -> None:
        with memoryview(body) as data:
            for start in range(0, len(data), _PIECE):
                if start:
                    await asyncio.sleep(0)
                piece = data[start : start + _PIECE]
                self._room[place + start : place + start + len(piece)] = piece

    def image(self, length: int) -> bytes:
        """A copy of what the worker has laid down."""
        return self._room[LARGEST_REQUEST : LARGEST_REQUEST + length]

    def wipe(self, label: bytes, length: int) -> None:
        """Leave nothing of the frame and of `length` bytes of image; give back what few frames need."""
        for start, size in ((0, sum(_label.unpack(label))), (LARGEST_REQUEST, length)):
            if size > _KEPT:
                self._room.madvise(mmap.MADV_REMOVE, start, size)
            else:
                self._overwrite(start, size)

    def _overwrite(self, start: int, size: int) -> None:
        end = start + size
        for place in range(start, end, len(_ZEROS)):
            many = min(len(_ZEROS), end - place)
            self._room[place : place + many] = _ZEROS[:many]

    def close(self) -> None:
        self._room.close()
        self._file.close()


def _to_order(content: Task, bodies: Sequence[Body], options: RenderOptions) -> bytes:
    bare = with_bodies(content, [b""] * len(bodies))
    lengths = tuple(map(len, bodies))
    order = Order(lengths, type(content).__name__, msgspec.Raw(msgspec.msgpack.encode(bare)), options)
    return msgspec.msgpack.encode(order)


def open_memory(descriptor: int) -> mmap.mmap:
    """The worker's side; the descriptor is not needed any longer."""
    room = mmap.mmap(descriptor, SHARED_BYTES)
    os.close(descriptor)
    return room


def unpack(room: mmap.mmap, label: bytes) -> tuple[Task, RenderOptions]:
    """The content, its bytes where they lie in the shared memory, and what to make of it."""
    bodies_bytes, order_bytes = _label.unpack(label)
    order = msgspec.msgpack.decode(room[bodies_bytes : bodies_bytes + order_bytes], type=Order)
    content: Task = msgspec.msgpack.decode(order.content, type=_TASKS[order.kind])
    ends = tuple(accumulate(order.bodies))
    data = memoryview(room).toreadonly()
    bodies = [data[end - length : end] for length, end in zip(order.bodies, ends, strict=True)]
    return with_bodies(content, bodies), order.options


def put_image(room: mmap.mmap, image: Body) -> None:
    """Lay down the image. Raises `TooLarge` when it does not fit."""
    if len(image) > LARGEST_IMAGE:
        raise TooLarge("the image would be too large")
    room[LARGEST_REQUEST : LARGEST_REQUEST + len(image)] = image
