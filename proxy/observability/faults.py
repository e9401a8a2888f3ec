"""An exception as its types and places in the code: enough to find the fault, nothing of the values involved."""

from collections.abc import Iterator
from itertools import islice
from pathlib import PurePath
import traceback
from types import TracebackType
from typing import Final

_ERRORS: Final = 8
_FRAMES: Final = 16
_PATH_PARTS: Final = 3

Fault = dict[str, str | list[str]]


def to_faults(error: BaseException) -> list[Fault]:
    """`error`, then its causes and members, each as `{"type": …, "at": [innermost first]}`.

    The message is left out, because libraries put what they were given into it: URLs, names, claims.
    """
    return [_to_fault(one) for one in islice(_related(error, set()), _ERRORS)]


def _to_fault(error: BaseException) -> Fault:
    kind = type(error)
    return {"type": f"{kind.__module__}.{kind.__qualname__}", "at": _places(error.__traceback__)}


def _related(error: BaseException, seen: set[int]) -> Iterator[BaseException]:
    if id(error) in seen:
        return
    seen.add(id(error))
    yield error
    members = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    context = None if error.__suppress_context__ else error.__context__
    for other in (*members, error.__cause__, context):
        if other is not None:
            yield from _related(other, seen)


def _places(trace: TracebackType | None) -> list[str]:
    steps = [(frame.f_code, line) for frame, line in traceback.walk_tb(trace)]
    return [f"{_short(code.co_filename)}:{line} {code.co_qualname}" for code, line in reversed(steps[-_FRAMES:])]


def _short(path: str) -> str:
    return "/".join(PurePath(path).parts[-_PATH_PARTS:])
