"""Sends everything that the process would print about its running through the safe lines."""

import logging
import sys
import threading
from types import TracebackType
from typing import TextIO

from proxy.observability.lines import OWN_LOGGERS, SafeHandler

_logger = logging.getLogger("proxy")


def configure(level: str = "INFO", stream: TextIO | None = None) -> None:
    """Set up logging of the process, once, before anything else runs. `level` is for our own loggers.

    Warnings, uncaught exceptions of threads and of the main program, and exceptions in finalisers go the same way.
    """
    root = logging.getLogger()
    root.handlers[:] = [SafeHandler(stream or sys.stderr)]
    root.setLevel(logging.WARNING)
    for name in OWN_LOGGERS:
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(True)
    sys.excepthook = _report_uncaught
    threading.excepthook = _report_thread
    sys.unraisablehook = _report_unraisable


def _report_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        _logger.critical("uncaught exception", exc_info=(kind, error, trace))


def _report_thread(thrown: threading.ExceptHookArgs) -> None:
    if thrown.exc_value is not None:
        _logger.critical("uncaught exception in a thread", exc_info=thrown.exc_value)


def _report_unraisable(thrown: "sys.UnraisableHookArgs") -> None:
    if thrown.exc_value is not None:
        _logger.error("uncaught exception in a finaliser", exc_info=thrown.exc_value)
