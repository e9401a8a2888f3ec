"""The memory that a service and one worker share: a frame on its way in, the image on its way out.

It is kept from frame to frame, because giving memory back and taking it anew costs more than the copies; so it is
wiped after each.
"""

import asyncio
import fcntl
import mmap
import os
import struct

import msgspec

from rendering.errors import TooLarge
from rendering.frame import EncodedFrame, FrameAttributes
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


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of a request but the frame's bytes; look-up tables make it too large for a message."""

    transfer_syntax: str
    attributes: FrameAttributes
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

    async def pack(self, frame: EncodedFrame, options: RenderOptions) -> bytes:
        """Lay down the frame, then the order; the label that the worker needs to find them."""
        order = msgspec.msgpack.encode(Order(frame.transfer_syntax, frame.attributes, options))
        size = len(frame.data)
        if size + len(order) > LARGEST_REQUEST:
            raise TooLarge("the frame is too large")
        with memoryview(frame.data) as data:
            for start in range(0, size, _PIECE):
                if start:
                    await asyncio.sleep(0)
                piece = data[start : start + _PIECE]
                self._room[start : start + len(piece)] = piece
        self._room[size : size + len(order)] = order
        return _label.pack(size, len(order))

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


def open_memory(descriptor: int) -> mmap.mmap:
    """The worker's side; the descriptor is not needed any longer."""
    room = mmap.mmap(descriptor, SHARED_BYTES)
    os.close(descriptor)
    return room


def unpack(room: mmap.mmap, label: bytes) -> tuple[EncodedFrame, RenderOptions]:
    """The frame, its bytes where they lie in the shared memory, and what to make of it."""
    frame_bytes, order_bytes = _label.unpack(label)
    order = msgspec.msgpack.decode(room[frame_bytes : frame_bytes + order_bytes], type=Order)
    data = memoryview(room).toreadonly()[:frame_bytes]
    return EncodedFrame(data, order.transfer_syntax, order.attributes), order.options


def put_image(room: mmap.mmap, image: bytes) -> None:
    """Lay down the image. Raises `TooLarge` when it does not fit."""
    if len(image) > LARGEST_IMAGE:
        raise TooLarge("the image would be too large")
    room[LARGEST_REQUEST : LARGEST_REQUEST + len(image)] = image
