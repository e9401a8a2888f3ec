"""Log lines that cannot carry personal data: constant words, allow-listed fields, faults without values."""

from datetime import UTC, datetime
from functools import lru_cache
import json
import logging
import re
from typing import Final, TextIO

from proxy.observability.faults import to_faults
from proxy.observability.fields import WITHHELD, Field, to_safe

_FIELDS: Final = tuple(Field)
OWN_LOGGERS: Final = ("proxy", "rendering", "policy", "demo")

# what words never contain, should a value get among them after all: numbers in a row, addresses, long tokens, controls
_VALUE: Final = re.compile(r"\d{3,}|\d+\.\d+\.\d|://|@|=|\^|[\x00-\x1f\x7f]|[A-Za-z0-9_-]{40,}")


class SafeFormatter(logging.Formatter):
    """One JSON object a line. Only our own loggers have words, and these are never merged with their arguments.

    Of other loggers stay the level, the name, the place in their code and the fault: what they say may quote URLs,
    headers or values.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": _words(record.name),
        }
        if _is_own(record):
            line["message"] = _words(record.msg)
            line |= {field: to_safe(field, record.__dict__[field]) for field in _FIELDS if field in record.__dict__}
        else:
            line["place"] = f"{record.filename}:{record.lineno} {record.funcName}"
        if record.exc_info and record.exc_info[1]:
            line["faults"] = to_faults(record.exc_info[1])
        return json.dumps(line)


class SafeHandler(logging.StreamHandler[TextIO]):
    """Writes safe lines to `stream`; of foreign loggers warnings and errors only, whatever level they were given."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self.setFormatter(SafeFormatter())
        self.addFilter(lambda record: _is_own(record) or record.levelno >= logging.WARNING)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Lose the line: the standard report would print the record's arguments."""


def _is_own(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] in OWN_LOGGERS


def _words(text: object) -> str:
    return text if isinstance(text, str) and len(text) <= 200 and _is_wordy(text) else WITHHELD


@lru_cache(256)
def _is_wordy(text: str) -> bool:
    return not _VALUE.search(text)
