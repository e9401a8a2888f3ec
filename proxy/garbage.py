"""When the garbage collector does not look."""

from collections.abc import Generator
from contextlib import contextmanager
import gc


@contextmanager
def without_collection() -> Generator[None]:
    """Nothing of what is read can be garbage yet, and looking for it all the same takes most of the time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
