"""Freed memory is overwritten by whoever manages it, so that a picture is gone when nobody uses it any more.

Bytes that Python objects share cannot be overwritten safely by anybody but the allocator, which alone knows that the
last of their users has gone (docs/decisions/0037).
"""

import ctypes
import os

_M_PERTURB = -6  # mallopt(3)
_PATTERN = 0xFF  # freed memory is filled with it, new memory with its complement
_JEMALLOC, _FILLING = "_RJEM_MALLOC_CONF", "junk:free"


def have_jemalloc_overwrite() -> None:
    """The HTTP server, which brings an allocator of its own, does the same; to be called before it is loaded."""
    os.environ.setdefault(_JEMALLOC, _FILLING)


def overwrite_freed_memory() -> bool:
    """From now on, in this process and all its threads; false where the C library knows no such thing (not glibc).

    Blocks that the kernel takes back are cleared by it. Those of up to 1 kB may be used again as they are.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and mallopt(_M_PERTURB, _PATTERN) == 1
